// The first segment of a message, read from its bytes before its charset is known: what decides whether it is taken.
// HL7 v2, chapter 2: MSH
// Must not look beyond MSH.
import { charsetOf, CHARSETS, type Charset } from './charset.ts'
import { NoEr7, readerOf, separatorsOf, type Segment, type Separators } from './er7.ts'
import { Refused, type Condition } from './refused.ts'

/** Fields are texts of single bytes (latin1), as sent: they are echoed in the acknowledgement. */
export type Header = {
  readonly separators: Separators
  /** MSH-n at n. */
  readonly fields: readonly string[]
  readonly controlId: string
  readonly version: string
}

const VERSIONS = /^2\.(3(\.1)?|4|5(\.1)?|6|7(\.1)?|8(\.[12])?)$/

/** @throws Refused where there is no MSH segment that an answer could be made for */
export function readHeader(bytes: Uint8Array): Header {
  const line = Buffer.from(bytes)
    .toString('latin1')
    .split(/[\r\n]/, 1)[0]!
  let separators: Separators
  try {
    separators = separatorsOf(line)
  } catch (error) {
    if (!(error instanceof NoEr7)) throw error
    throw new Refused('content', [{ condition: 100, place: 'MSH[1]', text: error.message }])
  }
  const fields = ['MSH', separators.field, ...line.split(separators.field).slice(1)]
  const [controlId = '', version = ''] = [fields[10]?.trim(), first(fields[12], separators)]
  return { separators, fields, controlId, version }
}

const first = (field: string | undefined, { component, repetition }: Separators): string =>
  (field ?? '').split(repetition)[0]!.split(component)[0]!.trim()

/**
 * The charset of a message that this gateway takes.
 * @throws Refused as unsupported for another type, version or mode; as content for what is missing
 */
export function requireSupported({ separators, fields, controlId, version }: Header): Charset {
  const segment: Segment = { name: 'MSH', sequence: 1, fields }
  const reader = readerOf({ separators }, (b) => Buffer.from(b).toString('latin1'))
  const refuse = (
    kind: 'content' | 'unsupported',
    condition: Condition,
    field: number | string,
    text: string,
  ): never => {
    throw new Refused(kind, [{ condition, place: `MSH[1]-${String(field)}`, text }])
  }
  const shown = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 40)
  const type = reader.text(segment, 9)
  const event = reader.text(segment, 9, 2)
  if (type === '') refuse('content', 101, 9, 'The type of the message is missing')
  if (type !== 'ORU')
    refuse('unsupported', 200, '9.1', `Messages of type ORU^R01 are taken, not ${shown(type)}`)
  if (event !== 'R01')
    refuse('unsupported', 201, '9.2', `Messages of type ORU^R01 are taken, not ORU^${shown(event)}`)
  if (!VERSIONS.test(version))
    refuse('unsupported', 203, '12.1', `Versions 2.3 to 2.8 are taken, not "${shown(version)}"`)
  const mode = reader.text(segment, 11)
  if (!['P', 'T', 'D'].includes(mode))
    refuse('unsupported', 202, '11.1', `The processing id is P, T or D, not "${shown(mode)}"`)
  if (controlId === '')
    refuse('content', 101, 10, 'The control id is missing, by which a message is known again')
  if (controlId.length > 199) refuse('content', 104, 10, 'A control id has 199 characters at most')
  const name = reader.text(segment, 18)
  const charset = charsetOf(name)
  if (charset !== undefined) return charset
  return refuse(
    'content',
    103,
    18,
    `The charset is one of ${CHARSETS.join(', ')}, not "${shown(name)}"`,
  )
}

/** Whether what a message says is for exercise: training or debugging (MSH-11). */
export const isExercise = ({ separators, fields }: Header): boolean =>
  first(fields[11], separators) !== 'P'
