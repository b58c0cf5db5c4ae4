// The right to write a store: one process has it, and it ends with the process, however that ends.
// https://www.sqlite.org/pragma.html#pragma_locking_mode (a small database of its own, locked exclusively)
// Must not be deleted by another process: a lock file without a lock is harmless.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { plainError } from './error.ts'

export type Lock = { release(): void }

/** @throws Error in plain words when another process has the store, or there can't be one */
export function acquireLock(file: string): Lock {
  let lock: DatabaseSync | undefined
  try {
    mkdirSync(dirname(file), { recursive: true })
    lock = new DatabaseSync(`${file}.lock`, { timeout: 0 })
    lock.exec(
      'pragma locking_mode = exclusive; pragma journal_mode = memory; begin exclusive; commit',
    )
    const held = lock
    return { release: () => held.close() }
  } catch (error) {
    lock?.close()
    throw plainError(error, file)
  }
}
