// The right to write a store: one process has it, and it ends with the process, however that ends.
// https://www.sqlite.org/pragma.html#pragma_locking_mode (a small database of its own, locked exclusively)
// Must not be deleted by another process: a lock file without a lock is harmless.
import { DatabaseSync } from 'node:sqlite'

export type Lock = { release(): void }

/** @throws Error in plain words when another process has the store */
export function acquireLock(file: string): Lock {
  const lock = new DatabaseSync(`${file}.lock`, { timeout: 0 })
  try {
    lock.exec(
      'pragma locking_mode = exclusive; pragma journal_mode = memory; begin exclusive; commit',
    )
  } catch (error) {
    lock.close()
    const code = (error as { errcode?: number }).errcode
    if (code !== 5) throw error
    throw new Error(
      `The store ${file} is in use by another process. Stop it first, or send requests to it over HTTP (ieum load --url).`,
      { cause: error },
    )
  }
  return { release: () => lock.close() }
}
