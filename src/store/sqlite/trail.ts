// The journal of the log in an embedded store: appended to files, one for each process, and moved from there to a table.
// Must not lose what a file has: a file goes when the table has all of it, on disk, and nobody appends to it.
import { join } from 'node:path'
import type { KeptHead, Sealed, Tail, Trail } from '../trail.ts'
import { inTransaction } from './transaction.ts'
import type { Database, Row } from './database.ts'
import type { Turn } from './notes.ts'
import {
  folderOf,
  isIdle,
  openTrailWriter,
  readTrailFile,
  removeTrailFile,
  trailFiles,
  type TrailWriter,
} from './trail-file.ts'

/** What only the process that writes the database does; the others ask it to. */
export type TrailKeeping = {
  /** Move what files have to the table. */
  settle(): Promise<void>
  made: Trail['made']
  publish: Trail['publish']
}

export type SqliteTrail = Trail & { readonly keeping: TrailKeeping; close(): Promise<void> }

/** @param file the database, or ':memory:', which keeps no files */
export function openTrailKeeping(db: Database, file: string, turn: Turn): TrailKeeping {
  const settle = file === ':memory:' ? () => Promise.resolve() : settling(db, folderOf(file), turn)
  return {
    settle,
    made: (entries) =>
      turn(() =>
        inTransaction(db, () => {
          for (const { chain, from, to } of runsOf(entries))
            db.run('update trail set made = 1 where chain = ? and number between ? and ?', [
              ...[chain, from, to],
            ])
        }),
      ),
    publish: ({ chain, number, text }) =>
      turn(
        () =>
          void db.run('insert or ignore into head (chain, number, text) values (?, ?, ?)', [
            chain,
            number,
            text,
          ]),
      ),
  }
}

type Run = { readonly chain: string; readonly from: number; to: number }

/** Entries that follow each other in their chain, drawn together. */
function runsOf(entries: readonly Pick<Sealed, 'chain' | 'number'>[]): readonly Run[] {
  const runs: Run[] = []
  for (const { chain, number } of entries) {
    const last = runs.at(-1)
    if (last?.chain === chain && last.to === number - 1) last.to = number
    else runs.push({ chain, from: number, to: number })
  }
  return runs
}

/** One after the other, and each sees all that was on disk when it was asked for. */
function settling(db: Database, folder: string, turn: Turn): TrailKeeping['settle'] {
  const read = new Map<string, number>()
  const work = async (): Promise<void> => {
    const names = trailFiles(folder)
    for (const [place, name] of names.entries()) {
      const from = read.get(name) ?? 0
      const { entries, next } = readTrailFile(join(folder, name), from)
      if (entries.length > 0) await turn(() => insert(db, entries))
      read.set(name, next)
      const chain = name.split('.')[0]!
      // Who appends goes on in the last file of its chain.
      if (names[place + 1]?.split('.')[0] === chain) removeTrailFile(folder, name)
    }
  }
  let last: Promise<void> = Promise.resolve()
  return () => (last = last.catch(() => undefined).then(work))
}

const insert = (db: Database, entries: readonly Sealed[]): void =>
  inTransaction(db, () => {
    for (const { chain, number, hash, text } of entries)
      db.run('insert or ignore into trail (chain, number, hash, text) values (?, ?, ?, ?)', [
        chain,
        number,
        hash,
        text,
      ])
  })

/**
 * Remove files that the table has all of.
 * @param idleMs only those that nobody has appended to for so long: a process that has lost its writer may serve on for
 *   a moment
 */
export async function clearTrailFiles(
  file: string,
  keeping: TrailKeeping,
  idleMs: number,
): Promise<void> {
  const folder = folderOf(file)
  const names = trailFiles(folder).filter((name) => isIdle(folder, name, idleMs))
  if (names.length === 0) return
  await keeping.settle()
  for (const name of names) removeTrailFile(folder, name)
}

/**
 * @param db where it is read
 * @param file as above
 */
export function openTrail(db: Database, file: string, keeping: TrailKeeping): SqliteTrail {
  const writer: TrailWriter =
    file === ':memory:'
      ? { append: async (entries) => insert(db, entries), close: () => Promise.resolve() }
      : openTrailWriter(folderOf(file))
  const settled = async <T>(work: () => T): Promise<T> => {
    await keeping.settle()
    return work()
  }
  return {
    keeping,
    append: (entries) => writer.append(entries),
    read: (chain, from, limit) =>
      settled(() =>
        db
          .all(`${SELECT} where chain = ? and number >= ? order by number limit ?`, [
            chain,
            from,
            limit,
          ])
          .map(sealedOf),
      ),
    tails: (limit, before = LAST) => settled(() => tails(db, limit, before)),
    pending: (limit) =>
      settled(() => db.all(`${SELECT} where made = 0 order by pk limit ?`, [limit]).map(sealedOf)),
    made: (entries) => keeping.made(entries),
    publish: (head) => keeping.publish(head),
    heads: async (chain, from, limit) =>
      db
        .all(
          'select chain, number, text from head where chain = ? and number >= ? order by number limit ?',
          [chain, from, limit],
        )
        .map(headOf),
    lastHeads: async (limit, before = LAST) =>
      eachChain(limit, before, (chain) =>
        db.get(
          'select chain, number, text from head where chain < ? order by chain desc, number desc limit 1',
          [chain],
        ),
      ).map(headOf),
    close: () => writer.close(),
  }
}

/** Behind every chain. */
const LAST = '~'

const SELECT = 'select chain, number, hash, text from trail'

const tails = (db: Database, limit: number, before: string): readonly Tail[] =>
  eachChain(limit, before, (chain) =>
    db.get(
      'select chain, number, hash from trail where chain < ? order by chain desc, number desc limit 1',
      [chain],
    ),
  ).map(([chain, number, hash]) => ({ chain, number, hash }) as Tail)

/** A row for each chain, from the last chain before one. */
function eachChain(
  limit: number,
  before: string,
  next: (before: string) => Row | undefined,
): readonly Row[] {
  const rows: Row[] = []
  for (let at = before; rows.length < limit;) {
    const row = next(at)
    if (row === undefined) return rows
    rows.push(row)
    at = row[0] as string
  }
  return rows
}

const sealedOf = ([chain, number, hash, text]: Row): Sealed =>
  ({ chain, number, hash, text }) as Sealed

const headOf = ([chain, number, text]: Row): KeptHead => ({ chain, number, text }) as KeptHead
