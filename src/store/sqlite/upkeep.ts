// Upkeep of an embedded store through a connection of its own, beside a server or without one.
// https://www.sqlite.org/wal.html#concurrency: writers take turns, and a server waits for a short one.
// Must not write anything but history, leases and notes: the server keeps the rest in memory.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { fail } from '../../errors.ts'
import type { Purge, PurgeSlice, Upkeep } from '../upkeep.ts'
import { openDatabase } from './database.ts'
import { asFailure } from './error.ts'
import { acquireLock } from './lock.ts'
import { leasesOf, notesOf } from './notes.ts'
import { TICKS } from './version.ts'

/** Versions that one transaction looks at: a few milliseconds. */
const SLICE = 500
const WAIT_MS = 10_000

/** @throws Error in plain words when there is no such store */
export async function openSqliteUpkeep(file: string): Promise<Upkeep> {
  if (file === ':memory:') throw new Error('A store in memory has no history that could be old')
  if (!existsSync(file)) throw new Error(`There is no store ${file}`)
  migrateIfIdle(file)
  const db = new DatabaseSync(file, { timeout: WAIT_MS })
  // What a power cut takes back of a purge is purged again; waiting for the disk would make a server wait, too.
  db.exec('pragma synchronous = normal')
  const now = async <T>(work: () => T): Promise<T> => {
    try {
      return work()
    } catch (error) {
      throw asFailure(error)
    }
  }
  return {
    leases: leasesOf(db, now),
    notes: notesOf(db, now),
    purge: (asked) => now(() => purge(db, asked)),
    purgedBefore: () =>
      now(
        () =>
          (db.prepare('select max(before) as b from purge').get() as { b: number | null }).b ?? 0,
      ),
    close: async () => db.close(),
  }
}

/** A store that no server holds may be of an earlier release; one that is held has been brought up to date. */
function migrateIfIdle(file: string): void {
  let lock
  try {
    lock = acquireLock(file)
  } catch {
    return
  }
  try {
    openDatabase(file).raw.close()
  } finally {
    lock.release()
  }
}

type Row = { readonly seq: number; readonly type: string; readonly replaced: number | null }

function purge(db: DatabaseSync, { before, from, dryRun }: Purge): PurgeSlice {
  if (from !== undefined && !/^\d+$/.test(from)) throw fail('parameter', 'No step of a purge')
  db.exec(dryRun ? 'begin' : 'begin immediate')
  try {
    const rows = db
      .prepare(
        `select h.seq, t.name as type, coalesce(
            (select n.seq from history n where n.pk = h.pk and n.version = h.version + 1),
            (select r.seq from resource r where r.pk = h.pk and r.version = h.version + 1)) as replaced
          from history h join type t on t.id = h.type
          where h.seq > ? and h.seq < ? order by h.seq limit ${SLICE}`,
      )
      .all(Number(from ?? 0), before * TICKS) as Row[]
    const old = rows.filter(({ replaced }) => replaced !== null && replaced < before * TICKS)
    if (!dryRun) {
      db.prepare('insert or ignore into purge (before) values (?)').run(before)
      const remove = db.prepare('delete from history where seq = ?')
      for (const { seq } of old) remove.run(seq)
    }
    db.exec('commit')
    const removed: Record<string, number> = {}
    for (const { type } of old) removed[type] = (removed[type] ?? 0) + 1
    return { removed, next: rows.length < SLICE ? undefined : String(rows.at(-1)!.seq) }
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}
