// A commit that the disk failed at: its frames may be in the log all the same, and a recovery after a crash would find
// them. A small commit that succeeds puts its own frames in their place, on the disk: then what was refused can't return.
// docs/adr/0003-failed-sync.md; https://www.sqlite.org/walformat.html
// Must not say "nothing was written" while that isn't known.
import type { Database } from './database.ts'
import { asFailure, inDoubt, isDiskFailure } from './error.ts'

/** What a caller hears of a commit that failed in its last step. */
export function failureOfCommit({ raw }: Database, error: unknown): unknown {
  if (!isDiskFailure(error)) return asFailure(error)
  try {
    const row = raw.prepare('pragma user_version').get() as { user_version: number }
    raw.exec('begin immediate')
    // Changes nothing, but is written.
    raw.exec(`pragma user_version = ${String(row.user_version)}; commit`)
    return asFailure(error)
  } catch {
    try {
      if (raw.isTransaction) raw.exec('rollback')
    } catch {
      // Undone by SQLite already.
    }
    return inDoubt(error)
  }
}
