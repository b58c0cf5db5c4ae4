// What was refused, kept for the operator: a Communication that was not done, with the message and why.
// https://hl7.org/fhir/R4/communication.html; docs/network.md, "A device gateway and the diagnosis kit"
// Must not be seen by others than the organisation that it was sent to: nobody knows whose data is in it.
import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import { doorOf, identified, type Caller } from './caller.ts'
import { digestOf, URI } from './names.ts'
import type { Problem } from './refused.ts'

export const CATEGORY = {
  system: 'http://ieum.example/fhir/CodeSystem/communication',
  code: 'gateway-refused',
}

/** A device that goes wrong sends its like day and night: more wait for the operator at no time. */
export const MOST_KEPT = 1000

/** Of a message that is too large, so much. */
const MOST_BYTES = 1 << 20

export type Refusal = {
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly problems: readonly Problem[]
  /** As it named itself; '' where that can't be read. */
  readonly sender: string
  readonly id: string
}

/** When it was last said that no more are kept; a device that goes wrong would fill the log. */
let said = 0
const SAID_MS = 60_000

/** @returns the reference under which it is kept; undefined, and a line in the log, where it could not be */
export async function keepRefused(
  { bytes, contentType, problems, sender, id }: Refusal,
  caller: Caller,
  context: Context,
): Promise<string | undefined> {
  const door = doorOf(caller, context)
  const digest = { system: URI, value: digestOf(bytes) }
  const kept = bytes.subarray(0, MOST_BYTES)
  try {
    const waiting = await door.count('Communication', [
      ['category', `${CATEGORY.system}|${CATEGORY.code}`],
      ['status', 'not-done'],
    ])
    if (waiting >= MOST_KEPT) {
      if (Date.now() - said > SAID_MS) {
        said = Date.now()
        context.log.error({ waiting }, 'the device gateway keeps no more refused messages')
      }
      return undefined
    }
    const { id: made } = await door.post(
      ['Communication'],
      {
        resourceType: 'Communication',
        identifier: [digest],
        status: 'not-done',
        statusReason: { text: why(problems) },
        category: [{ coding: [CATEGORY] }],
        received: new Date().toISOString(),
        ...(sender === '' ? {} : { sender: { display: sender } }),
        payload: [
          ...problems.map(({ place, text }) => ({
            contentString: place === '' ? text : `${place}: ${text}`,
          })),
          {
            contentAttachment: {
              contentType,
              data: Buffer.from(kept).toString('base64'),
              size: bytes.length,
              hash: createHash('sha1').update(kept).digest('base64'),
              ...(id === '' ? {} : { title: id }),
            },
          },
        ],
      },
      identified(digest),
    )
    return made === undefined ? undefined : `Communication/${made}`
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    context.log.error({ kind: error.kind }, 'the device gateway could not keep a refused message')
    return undefined
  }
}

const why = (problems: readonly Problem[]): string => {
  const [first] = problems
  if (first === undefined) return 'Refused'
  const more = problems.length > 1 ? ` (and ${String(problems.length - 1)} more)` : ''
  return `${first.place === '' ? '' : `${first.place}: `}${first.text}${more}`
}
