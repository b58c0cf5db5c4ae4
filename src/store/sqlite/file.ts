// The file of an embedded store before it is opened: made whole or not at all, and refused when it can only be a remnant.
// Must not let SQLite take a remnant for a new database: it would throw away the -wal file, with the writes in it.
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * See to it that there is a whole file.
 * @param create makes a new store of a path, and leaves it closed
 * @throws Error in plain words when something of a store is there, but not the store
 */
export function ensureFile(file: string, create: (path: string) => void): void {
  const wal = `${file}-wal`
  const size = statSync(file, { throwIfNoEntry: false })?.size
  if (size === 0)
    throw new Error(
      `The file ${file} is empty (0 bytes), which no store ever is. If it was one, restore it from a backup; if not, delete it.`,
    )
  if (size !== undefined) return
  if ((statSync(wal, { throwIfNoEntry: false })?.size ?? 0) > 0)
    throw new Error(
      `The store ${file} is gone, but ${wal} is there and holds its last writes. Restore both from a backup, or delete what is left.`,
    )
  const fresh = `${file}.new`
  removeAll(fresh)
  try {
    create(fresh)
    renameSync(fresh, file)
    syncFolder(dirname(file))
  } catch (error) {
    removeAll(fresh)
    throw error
  }
}

/** A database with what SQLite keeps beside it. */
export function removeAll(file: string): void {
  for (const one of [file, `${file}-wal`, `${file}-shm`, `${file}-journal`])
    if (existsSync(one)) rmSync(one)
}

/** A new name is on disk when its folder is. */
export function syncFolder(folder: string): void {
  let fd: number | undefined
  try {
    fd = openSync(folder, 'r')
    fsyncSync(fd)
  } catch (error) {
    // Windows has no such thing.
    if (process.platform !== 'win32') throw error
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
