// What errors of SQLite mean: to a caller of a running server, and to who starts one.
// https://www.sqlite.org/rescode.html
// Must not put SQLite's own words or a path into a Failure: clients see those.
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { fail, Failure } from '../../errors.ts'

const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOTADB = 26

/** Primary result code; undefined for other errors. */
export const sqliteCode = (error: unknown): number | undefined => {
  const code = (error as { errcode?: unknown }).errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

/** The file holds something that SQLite can't have written so. */
export const isDamage = (error: unknown): boolean =>
  sqliteCode(error) === CORRUPT || sqliteCode(error) === NOTADB

/** The disk failed: of what was being written nobody knows whether it is there. */
export const isDiskFailure = (error: unknown): boolean => sqliteCode(error) === IOERR

const cantOpen = (file: string): Error =>
  new Error(`The store ${file} can't be opened: its folder must exist, and both must be writable.`)

/** An error at the opening of a file, in plain words. */
export function plainError(error: unknown, file: string): unknown {
  // Of the file system: the folder isn't one, or can't be made.
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (/^(?:EACCES|EPERM|EROFS|ENOTDIR|EEXIST|ENOENT|EISDIR)$/.test(code)) return cantOpen(file)
  switch (sqliteCode(error)) {
    case BUSY:
    case LOCKED:
      return new Error(
        `The store ${file} is in use by another process. Stop it first, or send requests to it over HTTP (ieum load --url).`,
      )
    case CORRUPT:
    case NOTADB:
      return new Error(
        `The file ${file} is not a readable store: it is damaged, or something else. Keep a copy of it, restore it from a backup (with its -wal file, if there is one), or name another in STORE_URL.`,
      )
    case FULL:
    case IOERR:
      return new Error(
        isFull(file)
          ? `The store ${file} can't be opened: its disk is full. Make space and start again.`
          : `The disk fails under the store ${file}. Look at the disk before the data.`,
      )
    case CANTOPEN:
    case READONLY:
      return cantOpen(file)
    default:
      return error
  }
}

/** SQLite doesn't always say why a disk doesn't take what it writes. */
function isFull(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file))
    return bavail * bsize < 1_000_000
  } catch {
    return false
  }
}

/** A Failure that knows what it comes from, for the log. */
const because = (failure: Failure, cause: unknown): Failure => Object.assign(failure, { cause })

/** Whether a write is on the disk will only be known when the disk is read again. */
export const inDoubt = (cause: unknown): Failure =>
  because(
    fail(
      'unavailable',
      'The disk of this server failed while it wrote. It is not known whether the write will be there: read before you send it again',
    ),
    cause,
  )

/** An error of SQLite as the Failure that a client sees; others as they are. */
export function asFailure(error: unknown): unknown {
  if (error instanceof Failure) return error
  switch (sqliteCode(error)) {
    case FULL:
      return because(
        fail(
          'full',
          'The disk of this server is full, nothing was written; what is stored can still be read',
        ),
        error,
      )
    case IOERR:
      return because(
        fail(
          'unavailable',
          'The disk of this server fails at the moment, nothing was written; try again',
        ),
        error,
      )
    case BUSY:
      return because(
        fail(
          'unavailable',
          'The store is busy with something else, nothing was written; try again',
        ),
        error,
      )
    default:
      return error
  }
}
