// How much of what a store found is one page: so many rows, and no more text than an answer may have.
// Must not leave a page empty: a row that is too large by itself is a page of its own.
import { MAX_ANSWER_LENGTH } from '../fhir/limits.ts'

/** How many of the rows, from the first, are a page of `size`. */
export function fitting<T>(rows: readonly T[], size: number, lengthOf: (row: T) => number): number {
  let room = MAX_ANSWER_LENGTH
  let fit = 0
  for (const row of rows) {
    room -= lengthOf(row)
    if (fit >= size || (room < 0 && fit > 0)) break
    fit++
  }
  return fit
}

/** Rows of a cursor as far as a page can go. */
export async function until<T>(rows: AsyncIterable<T>, enough: (row: T) => boolean): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) {
    found.push(row)
    if (enough(row)) break
  }
  return found
}

/** A test, to be asked for each row once, whether a page can't go beyond the rows so far: the last is one more already. */
export function isEnough<T>(lengthOf: (row: T) => number): (row: T) => boolean {
  let room = MAX_ANSWER_LENGTH
  let count = 0
  return (row) => {
    room -= lengthOf(row)
    return ++count > 1 && room < 0
  }
}
