// Backups of an embedded store: a copy as of one moment, taken beside a server, verified before it has its name;
// and a backup put in the place of a store. https://www.sqlite.org/backup.html
// Must not leave half a file under a name that says backup, nor lose the store that a restore replaces.
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { checksum } from '../checksum.ts'
import { openDatabase } from './database.ts'
import { isDamage, plainError, sqliteCode } from './error.ts'
import { removeAll, syncFolder } from './file.ts'
import { acquireLock } from './lock.ts'
import { requireReadable } from './schema.ts'

export type Verified = {
  readonly resources: number
  readonly versions: number
  readonly bytes: number
}

/** Records of people: for the one who made the copy only. */
const PRIVATE = 0o600
const WAIT_MS = 10_000
const ALL_PAGES = 2 ** 31 - 1

/**
 * Copy a store, which a server may be writing, to a new file.
 * @param target replaced when it exists
 * @throws Error in plain words when it can't be read or written, or the copy is not sound; then there is no new file
 */
export async function backupStore(file: string, target: string): Promise<Verified> {
  if (!existsSync(file)) throw new Error(`There is no store ${file}`)
  const fresh = `${target}.part`
  removeAll(fresh)
  try {
    const source = new DatabaseSync(file, { readOnly: true, timeout: WAIT_MS })
    try {
      requireReadable(source, file)
      closeSync(openSync(fresh, 'wx', PRIVATE))
      // All pages in one step: with several it would begin anew at each write of the server.
      await backup(source, fresh, { rate: ALL_PAGES })
    } finally {
      source.close()
    }
    const verified = verify(fresh, file)
    sync(fresh)
    renameSync(fresh, target)
    syncFolder(dirname(target))
    return verified
  } catch (error) {
    removeAll(fresh)
    throw explained(error, file, target)
  }
}

/**
 * Put a backup in the place of a store that no server has.
 * @returns what it holds, and under which name the store that was there is kept
 * @throws Error in plain words when a server has the store, or the backup is not sound; then nothing has changed
 */
export function restoreStore(
  file: string,
  source: string,
  now: Date,
): Verified & { readonly aside: string | undefined } {
  if (!existsSync(source)) throw new Error(`There is no backup ${source}`)
  mkdirSync(dirname(file), { recursive: true })
  const lock = acquireLock(file)
  const fresh = `${file}.restoring`
  removeAll(fresh)
  try {
    copyFileSync(source, fresh, constants.COPYFILE_FICLONE)
    // A copy of a file system has the last writes beside the store.
    if (existsSync(`${source}-wal`)) copyFileSync(`${source}-wal`, `${fresh}-wal`)
    chmodSync(fresh, PRIVATE)
    const verified = verify(fresh, source)
    sync(fresh)
    const aside = existsSync(file) ? putAside(file, now) : undefined
    removeAll(`${file}-wal`)
    renameSync(fresh, file)
    syncFolder(dirname(file))
    return { ...verified, aside }
  } catch (error) {
    removeAll(fresh)
    throw explained(error, source, file)
  } finally {
    lock.release()
  }
}

/** A second name for the store, so that there is one under the old name until the new one takes its place. */
function putAside(file: string, now: Date): string {
  const aside = `${file}.before-${now.toISOString().replace(/\.\d+|[-:]/g, '')}`
  try {
    // Brings what is in its -wal file into the store itself.
    openDatabase(file).raw.close()
  } catch {
    // It can't be read; what there is of it is kept.
  }
  const beside = `${file}-wal`
  if (existsSync(beside)) renameSync(beside, `${aside}-wal`)
  try {
    linkSync(file, aside)
  } catch {
    copyFileSync(file, aside, constants.COPYFILE_EXCL)
    sync(aside)
  }
  return aside
}

/**
 * Look whether a file is a sound store that this release reads, and make one file of it.
 * @param name what a message calls it
 * @throws Error in plain words
 */
function verify(file: string, name: string): Verified {
  const db = new DatabaseSync(file)
  try {
    requireReadable(db, name)
    const { version } = db.prepare('select user_version as version from pragma_user_version').get()!
    if (version === 0) throw new Error(`${name} is no store`)
    db.exec('pragma journal_mode = delete')
    const [line] = db.prepare('pragma integrity_check(1)').all()
    if (line?.integrity_check !== 'ok') throw new Error(DAMAGED)
    if (Number(version) > 1) {
      db.function('checksum', { deterministic: true }, (text) => checksum(String(text)))
      for (const table of ['resource', 'history'])
        if (countOf(db, `${table} where text is not null and hash is not checksum(text)`) > 0)
          throw new Error(DAMAGED)
    }
    const current = countOf(db, 'resource where state > 0')
    return {
      resources: countOf(db, 'resource where state = 1'),
      versions: current + countOf(db, 'history'),
      bytes: statSync(file).size,
    }
  } finally {
    db.close()
  }
}

const DAMAGED = 'It is damaged: not all that is in it is what was written. `ieum check` says what'

const countOf = (db: DatabaseSync, what: string): number =>
  Number(db.prepare(`select count(*) as n from ${what}`).get()!.n)

function sync(file: string): void {
  const fd = openSync(file, 'r+')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

const FULL = 13

function explained(error: unknown, from: string, to: string): unknown {
  if ((error as { code?: unknown }).code === 'ENOSPC' || sqliteCode(error) === FULL)
    return new Error(`There is no room for ${to}`)
  if (isDamage(error)) return new Error(`${from} can not be copied. ${DAMAGED}`)
  if (error instanceof Error && error.message === DAMAGED)
    return new Error(`${from} can not be copied. ${DAMAGED}`)
  return plainError(error, from)
}
