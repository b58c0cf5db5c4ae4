// Rows of resources: what is read of each, how much of it is a page, and where the next one begins.
// Must not know what was searched for.
import { fitting, isEnough } from '../fitting.ts'
import type { Version } from '../store.ts'
import { writeCursor, type Cursor } from './cursor.ts'
import type { Database, Row, Value } from './database.ts'
import { versionOf } from './version.ts'

/** What is read of a row `r` of `resource`. */
export const COLUMNS = 'r.pk, r.type, r.id, r.version, r.seq, r.method, r.text'

/** Texts of more bytes are read one by one, so that no more of them are than a page takes. */
const LONG = 16_384

/** The same, but for long texts, which are null: a whole page in one call costs half of what it does row by row. */
export const SHORT = COLUMNS.replace('r.text', `iif(octet_length(r.text) <= ${LONG}, r.text, null)`)

/** Behind keys that are named `d.pk`. */
export const JOINED = ' cross join resource r on r.pk = d.pk'

/** A row of COLUMNS as a version. */
export const versionFrom = (db: Database, row: Row): Version => {
  const [, type, id, version, seq, method, text] = row as [
    number,
    number,
    string,
    number,
    number,
    number,
    string,
  ]
  return versionOf(db.types.nameOf(type), id, version, seq, method, text)
}

/** A page of rows, and the cursor of the next one. */
export type Rows = { readonly rows: Row[]; readonly next: string | undefined }
export const NOTHING: Rows = { rows: [], next: undefined }

/** Of a row of COLUMNS. */
export const lengthOf = (row: Row): number => (row[6] as string).length

/** Rows as far as a page can go, with their texts. @param sql of rows that begin with SHORT, no more than a page and one */
export function texts(db: Database, sql: string, values: readonly Value[]): Row[] {
  const rows = db.all(sql, values)
  const enough = isEnough(lengthOf)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    row[6] ??= db.get('select text from resource where pk = ?', [row[0]!])![0]!
    if (enough(row)) rows.length = i + 1
  }
  return rows
}

/** A page and, when a row more was found, where the next one begins. */
export function cut(rows: Row[], size: number, at: (row: Row) => Cursor): Rows {
  const fit = fitting(rows, size, lengthOf)
  if (fit === rows.length) return { rows, next: undefined }
  rows.length = fit
  return { rows, next: writeCursor(at(rows[fit - 1]!)) }
}
