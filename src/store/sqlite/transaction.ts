// Work of the store in a transaction of its own, and what is undone when a transaction fails.
// https://www.sqlite.org/lang_transaction.html
// Must not leave a transaction open, nor a name that was made in one that is gone.
import { forgetPathSets } from './compile.ts'
import type { Database } from './database.ts'

/** Do work in a transaction; undone when it throws. */
export function inTransaction(db: Database, work: () => void): void {
  db.raw.exec('begin immediate')
  try {
    work()
    db.raw.exec('commit')
  } catch (error) {
    undo(db)
    throw error
  }
}

/** Roll back what is open; its own errors are nobody's: SQLite undoes by itself what it can't roll back. */
export function undo(db: Database): void {
  try {
    if (db.raw.isTransaction) db.raw.exec('rollback')
  } catch {
    // closed, or undone already
  }
  forgetNames(db)
  forgetPathSets(db)
}

/** Forget the numbers of names: some may have been made in what was rolled back. */
export function forgetNames(db: Database): void {
  db.types.forget()
  db.paths.forget()
  db.systems.forget()
}
