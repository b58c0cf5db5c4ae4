// The entries of some resources of an embedded store made anew: read, extracted and compared in one short turn.
// Must not keep the thread for long, since requests wait for it.
import { parsed } from '../examine.ts'
import type { ReindexSlice, ReindexStep } from '../indexing.ts'
import { reserve } from './commit.ts'
import type { Database } from './database.ts'
import { kindsOf, replaceEntries, tablesOf } from './entries.ts'
import { readUpTo } from './full-text.ts'
import { inTransaction } from './transaction.ts'
import { TICKS } from './version.ts'
import { replaceWords, tokensOf } from './words.ts'

/** Resources that are read for one step at most, and milliseconds after which it takes no more. */
const PAGE = 50
const BUDGET_MS = 3

/** One step; it takes a turn among the commits. */
export function reindex(db: Database, { type, from, before, extract }: ReindexStep): ReindexSlice {
  const typeId = db.types.of(type)
  if (typeId === undefined) return { looked: 0, changed: 0, next: undefined }
  const start = performance.now()
  const rows = db.all(
    `select pk, seq, kinds, text from resource
      where type = ? and state = 1 and seq > ? and seq < ? order by seq limit ${PAGE}`,
    [typeId, Number(from ?? 0), before * TICKS],
  ) as [pk: number, seq: number, kinds: number, text: string][]
  let looked = 0
  let changed = 0
  inTransaction(db, () => {
    const upTo = readUpTo(db)
    const pathOf = (path: string): number => db.paths.make(path)
    for (const [pk, seq, kinds, text] of rows) {
      looked++
      const resource = parsed(text)
      // What isn't the text that was written is for `ieum check`.
      if (resource === undefined) continue
      const entries = extract(resource)
      const touched = touchedRows(db)
      replaceEntries(db, pk, kinds, entries, (name, id) => reserve(db, name, id))
      // What is later is read in its turn (full-text.ts).
      if (seq <= upTo) replaceWords(db, pk, tokensOf(entries, pathOf))
      if (kindsOf(entries) !== tablesOf(kinds))
        db.run('update resource set kinds = ? where pk = ?', [kindsOf(entries), pk])
      if (touchedRows(db) !== touched) changed++
      if (performance.now() - start > BUDGET_MS) break
    }
  })
  const last = rows[looked - 1]
  return {
    looked,
    changed,
    next:
      last === undefined || (looked === rows.length && looked < PAGE) ? undefined : String(last[1]),
  }
}

const touchedRows = (db: Database): number => db.get('select total_changes()', [])![0] as number
