// How much room the answers to the entries of one Bundle have together: five thousand pages would fill the memory.
// https://hl7.org/fhir/R4/http.html#transaction-response
// Must not hide what became of a write: without room it is told of without the resource.
import { fail } from '../errors.ts'
import type { EntryText } from '../fhir/bundle.ts'
import { MAX_ANSWER_LENGTH } from '../fhir/limits.ts'

export type Room = {
  /** Whether an answer didn't fit; from then on there is none for what can be asked for by itself. */
  isFull(): boolean
  /** Whether so many characters fit; they are counted. */
  takes(length: number): boolean
}

export function createRoom(): Room {
  let left = MAX_ANSWER_LENGTH
  return {
    isFull: () => left < 0,
    takes(length) {
      left = left < 0 ? left : left - length
      return left >= 0
    },
  }
}

/** Characters of an entry that it has from resources. */
export const lengthOf = ({ resource, response }: EntryText): number =>
  (resource?.length ?? 0) + (response?.outcome?.length ?? 0)

/** What is said of an entry that asks for more than fits. */
export const noRoom = () =>
  fail(
    'too-costly',
    `The answers to the entries of this Bundle are larger than ${MAX_ANSWER_LENGTH} characters together; ask for less in one`,
  )
