// What errors of SQLite mean: to a caller of a running server, and to who starts one.
// https://www.sqlite.org/rescode.html
// Must not put SQLite's own words or a path into a Failure: clients see those.
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

/** The disk failed or is full; what a transaction wrote may be there in part. */
export const isDiskTrouble = (error: unknown): boolean =>
  sqliteCode(error) === IOERR || sqliteCode(error) === FULL

/** An error at the opening of a file, in plain words. */
export function plainError(error: unknown, file: string): unknown {
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
    case IOERR:
      return new Error(`The disk fails under the store ${file}. Look at the disk before the data.`)
    case FULL:
      return new Error(
        `The store ${file} can't be opened: its disk is full. Make space and start again.`,
      )
    case CANTOPEN:
    case READONLY:
      return new Error(
        `The store ${file} can't be opened: it and its folder must exist and be writable.`,
      )
    default:
      return error
  }
}

export const full = (): Failure =>
  fail(
    'full',
    'The disk of this server is full, nothing was written; what is stored can still be read',
  )

export const diskFailed = (): Failure =>
  fail(
    'unavailable',
    'The disk of this server does not take writes at the moment, nothing was written; try again',
  )

/** Whether the write is on disk will only be known when the disk can be read after a restart. */
export const inDoubt = (): Failure =>
  fail(
    'unavailable',
    'The disk of this server failed while it wrote. It is not known whether the write survives a restart: read before you send it again',
  )

/** An error of SQLite as the Failure that a client sees; others as they are. */
export function asFailure(error: unknown): unknown {
  if (error instanceof Failure) return error
  switch (sqliteCode(error)) {
    case FULL:
      return full()
    case IOERR:
    case BUSY:
      return diskFailed()
    default:
      return error
  }
}
