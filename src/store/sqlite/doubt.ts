// A commit that the disk failed at: its frames may be in the log all the same, and a recovery after a crash would find
// them. A small commit that succeeds puts its own frames in their place, on the disk: then what was refused can't return.
// docs/adr/0003-failed-sync.md; https://www.sqlite.org/walformat.html
// Must not let another write be acknowledged before that, nor say "nothing was written" while it isn't known.
import type { Database } from './database.ts'
import { asFailure, inDoubt, isDiskFailure } from './error.ts'

export type Doubt = {
  /** What a caller hears of a commit that failed in its last step. */
  failureOf(error: unknown): unknown
  /** Before a transaction begins. @throws while the disk still fails */
  end(): void
}

export function openDoubt({ raw }: Database): Doubt {
  let doubtful = false
  const overwrite = (): void => {
    const row = raw.prepare('pragma user_version').get() as { user_version: number }
    raw.exec('begin immediate')
    try {
      // Changes nothing, but is written.
      raw.exec(`pragma user_version = ${String(row.user_version)}; commit`)
      doubtful = false
    } catch (error) {
      if (raw.isTransaction) raw.exec('rollback')
      throw error
    }
  }
  return {
    failureOf: (error) => {
      if (!isDiskFailure(error)) return asFailure(error)
      doubtful = true
      try {
        overwrite()
        return asFailure(error)
      } catch {
        return inDoubt(error)
      }
    },
    end: () => {
      if (doubtful) overwrite()
    },
  }
}
