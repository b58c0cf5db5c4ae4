// How much of what a query finds is one page: so many rows, and no more text than an answer may have.
// Must not read on once there is enough: a page of large resources would fill the memory before it is cut.
import { MAX_ANSWER_LENGTH } from '../../fhir/limits.ts'
import type { Database, Row, Value } from './database.ts'

/** Rows, as far as a page can go, and one more at least where there are more. @param column the one that holds the text */
export function pageRows(
  db: Database,
  sql: string,
  values: readonly Value[],
  column: number,
): Row[] {
  let room = MAX_ANSWER_LENGTH
  let count = 0
  return db.until(sql, values, (row) => {
    room -= lengthOf(row, column)
    return ++count > 1 && room < 0
  })
}

/** How many of the rows are a page of `size`: one at least, be it as large as it may. */
export function fitting(rows: readonly Row[], size: number, column: number): number {
  let room = MAX_ANSWER_LENGTH
  let fit = 0
  for (const row of rows) {
    room -= lengthOf(row, column)
    if (fit >= size || (room < 0 && fit > 0)) break
    fit++
  }
  return fit
}

const lengthOf = (row: Row, column: number): number => (row[column] as string | null)?.length ?? 0
