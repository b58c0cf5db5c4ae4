// The acknowledgement of a message: MSH, MSA, and an ERR segment for each reason of a refusal.
// HL7 v2, chapter 2: ACK, in original mode, or in enhanced mode where MSH-15 or MSH-16 asks for that
// Must not say more than the reasons say.
import type { Separators } from './er7.ts'
import { escapeEr7 } from './er7.ts'
import type { Header } from './header.ts'
import { CONDITIONS, type Problem, type Refusal } from './refused.ts'

export type Acknowledged = {
  /** AA, AE or AR; CA, CE or CR where the sender asks for commit acknowledgements only. */
  readonly code: string
  /** Undefined where the sender wants none. */
  readonly bytes: Buffer | undefined
}

const DEFAULT: Header = {
  separators: { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' },
  fields: [],
  controlId: '',
  version: '2.5.1',
}

/** @param header undefined for what had none that could be read */
export function acknowledge(
  header: Header | undefined,
  refused?: { readonly kind: Refusal; readonly problems: readonly Problem[] },
  now: Date = new Date(),
): Acknowledged {
  const { separators, fields, controlId, version } = header ?? DEFAULT
  const { field, component, repetition, escape, subcomponent } = separators
  const letter = refused === undefined ? 'A' : refused.kind === 'content' ? 'E' : 'R'
  const mode = modeOf(fields[15] ?? '', fields[16] ?? '', letter)
  const code = `${mode ?? 'A'}${letter}`
  if (mode === undefined) return { code, bytes: undefined }
  // Field 18 is echoed; what that charset may lack is not written.
  const isUnicode = /UTF-?8/i.test(fields[18] ?? '')
  const write = (text: string): string => encode(escapeEr7(text, separators), isUnicode)
  const number = VERSION.exec(version)?.[1]
  const isOld = number !== undefined && Number(number) < 5
  const own = version === '2.3' ? 'ACK' : `ACK${component}R01`
  const msh = [
    ...['MSH', component + repetition + escape + subcomponent],
    ...[fields[5] ?? '', fields[6] ?? '', fields[3] ?? '', fields[4] ?? ''],
    ...[stamp(now), '', isOld ? own : `ACK${component}R01${component}ACK`],
    ...[`${now.getTime().toString(36)}${(count++ % 1296).toString(36)}`, fields[11] ?? 'P'],
    ...[fields[12] ?? version, '', '', '', '', '', fields[18] ?? ''],
  ]
  // Withdrawn in 2.7, deprecated since 2.4.
  const said = isOld ? write(refused?.problems[0]?.text ?? '') : ''
  const msa = ['MSA', code, controlId, said]
  const errors = (refused?.problems ?? []).map((problem) =>
    isOld ? oldError(problem, separators) : error(problem, separators, write),
  )
  const text = [msh, msa, ...errors]
    .map((segment) => `${segment.join(field).replace(new RegExp(`\\${field}+$`), '')}\r`)
    .join('')
  return { code, bytes: Buffer.from(text, 'latin1') }
}

const VERSION = /^2\.(\d)/

let count = 0

/** A: application acknowledgement, C: commit; undefined: none. One message is answered by one at most. */
function modeOf(accept: string, application: string, letter: string): 'A' | 'C' | undefined {
  const isWanted = (condition: string): boolean =>
    condition === 'AL' ||
    (condition === 'ER' && letter !== 'A') ||
    (condition === 'SU' && letter === 'A')
  const [onAccept, onApplication] = [accept.trim(), application.trim()]
  if (onAccept === '' && onApplication === '') return 'A'
  if (isWanted(onApplication)) return 'A'
  return isWanted(onAccept) ? 'C' : undefined
}

/** Bytes of a text, one character each. */
const encode = (text: string, isUnicode: boolean): string =>
  isUnicode
    ? Buffer.from(text, 'utf8').toString('latin1')
    : text.replace(/µ|μ/g, 'u').replace(/[^\x20-\x7e]/gu, '?')

const stamp = (now: Date): string => `${now.toISOString().slice(0, 19).replace(/[-T:]/g, '')}+0000`

const PLACE = /^([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+)(?:\.(\d+))?)?$/

/** ERR-2 to ERR-8, since version 2.5. */
function error(
  { condition, place, text }: Problem,
  { component }: Separators,
  write: (text: string) => string,
): string[] {
  const [, segment = '', sequence = '', field = '', part = ''] = PLACE.exec(place) ?? []
  const location = [segment, sequence, field, ...(part === '' ? [] : ['1', part])]
    .join(component)
    .replace(new RegExp(`\\${component}+$`), '')
  const coded = [String(condition), write(CONDITIONS[condition]), 'HL70357'].join(component)
  return ['ERR', '', location, coded, 'E', '', '', write(`${place}: ${text}`), write(text)]
}

/** ERR-1, up to version 2.4. */
function oldError(
  { condition, place }: Problem,
  { component, subcomponent }: Separators,
): string[] {
  const [, segment = '', sequence = '', field = ''] = PLACE.exec(place) ?? []
  const coded = [String(condition), CONDITIONS[condition], 'HL70357'].join(subcomponent)
  return ['ERR', [segment, sequence, field, coded].join(component)]
}
