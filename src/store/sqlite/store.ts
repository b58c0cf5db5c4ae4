// The embedded store: one SQLite file, one process that writes it, any number that read. The contract is store/store.ts.
// Must not let two processes write: lock.ts sees to it.
import type { Plan } from '../../search/plan.ts'
import type { Notes } from '../indexing.ts'
import type { Assertion, Change, Committed, Store, Version } from '../store.ts'
import { createCommitter } from './commit.ts'
import { knownTypes } from './compile.ts'
import { inSnapshot, openDatabase, type Database } from './database.ts'
import { asFailure } from './error.ts'
import { explained } from './explain.ts'
import { isBehind, openFullText, TRUSTED_MS } from './full-text.ts'
import { changes, head, history } from './history.ts'
import { latest } from './latest.ts'
import { MOST_TESTED, tooManyTested } from '../tested.ts'
import { acquireLock } from './lock.ts'
import { leasesOf, notesOf } from './notes.ts'
import { openReaders, type ReaderOptions, type Readers } from './readers.ts'
import { reindex } from './reindex.ts'
import { HEAVY } from './scope.ts'
import { count, search } from './search.ts'
import { openSqliteUpkeep } from './upkeep.ts'
import { openLargeWriter } from './writer.ts'
import {
  clearTrailFiles,
  openTrail,
  openTrailKeeping,
  type SqliteTrail,
  type TrailKeeping,
} from './trail.ts'
import { versionOf } from './version.ts'
import { asksForWords } from './words.ts'

/** A file of the journal that nobody appended to for so long is nobody's. */
const LEFT_MS = 60_000

const DEFAULTS: ReaderOptions = { threads: 1, budgetMs: 10_000 }

/**
 * Open or create a store, to read and write.
 * @param file a path, or ':memory:'
 * @throws Error in plain words when the file is in use, unreadable, or written by a later release
 */
export async function openSqliteStore(
  file: string,
  options: ReaderOptions = DEFAULTS,
): Promise<SqliteStore> {
  const lock = file === ':memory:' ? undefined : acquireLock(file)
  try {
    // A store in memory has no threads that could see it.
    const inMemory = file === ':memory:' ? watchTested(options.mostTested) : undefined
    const db = openDatabase(file, 'writer', inMemory?.watch)
    const large = file === ':memory:' ? undefined : openLargeWriter(file)
    const fullText = openFullText(db, (work) => committer.turn(work))
    const committer = createCommitter(db, Date.now, large, fullText)
    const readers = file === ':memory:' ? undefined : openReaders(file, options)
    const keeping = openTrailKeeping(db, file, committer.turn)
    // Of processes that are gone: nobody else has the lock.
    await clearTrailFiles(file, keeping, LEFT_MS)
    const trail = openTrail(db, file, keeping)
    return {
      ...reading(db, readers, fullText.ready, inMemory?.within),
      fullText,
      notes: notesOf(db.raw, committer.turn, now),
      trail,
      indexing: {
        leases: leasesOf(db.raw, committer.turn),
        reindex: (step) => committer.turn(() => reindex(db, step)),
      },
      commit: (changes, assertions = []) => committer.commit(changes, assertions),
      close: async () => {
        fullText.close()
        await trail.close()
        await clearTrailFiles(file, keeping, 0)
        await committer.drain()
        await large?.close()
        await readers?.close()
        db.raw.close()
        lock?.release()
      },
    }
  } catch (error) {
    lock?.release()
    throw error
  }
}

/** What the process that writes does for others, besides. */
export type SqliteStore = Store & { readonly trail: SqliteTrail }

/** Counts what a search tests one by one, where no thread does. */
function watchTested(most = MOST_TESTED) {
  let left = Infinity
  const alive = (rows: number): void => {
    if ((left -= rows) < 0) throw tooManyTested(most)
  }
  return {
    watch: { alive, most },
    within: <T>(work: () => T): T => {
      left = most
      try {
        return work()
      } finally {
        left = Infinity
      }
    },
  }
}

/** Hands a commit, or what is done to the journal of the log, to the process that writes. */
export type Forward = {
  commit(changes: readonly Change[], assertions: readonly Assertion[]): Promise<Committed>
  /** As that of a store's full text. */
  ready(): Promise<void>
  readonly trail: TrailKeeping
}

/** A store whose writer is another process: reads come from the file, commits are forwarded. */
export async function openSqliteReader(
  file: string,
  forward: Forward,
  options: ReaderOptions = DEFAULTS,
): Promise<Store> {
  const db = openDatabase(file, 'reader')
  const readers = openReaders(file, options)
  const trail = openTrail(db, file, forward.trail)
  let trustedUntil = -Infinity
  const ready = async (): Promise<void> => {
    const asked = performance.now()
    if (asked < trustedUntil && !isBehind(db)) return
    await forward.ready()
    trustedUntil = asked + TRUSTED_MS
  }
  return {
    ...reading(db, readers, ready),
    fullText: { ready },
    notes: readersNotes(file, db),
    trail,
    commit: (changes, assertions = []) => forward.commit(changes, assertions),
    close: async () => {
      await trail.close()
      await readers.close()
      db.raw.close()
    },
  }
}

/** Notes are seldom written, so that a connection for it isn't kept. */
function readersNotes(file: string, db: Database): Notes {
  const writing = async <T>(work: (notes: Notes) => Promise<T>): Promise<T> => {
    const upkeep = await openSqliteUpkeep(file)
    try {
      return await work(upkeep.notes)
    } finally {
      await upkeep.close()
    }
  }
  const reading = notesOf(db.raw, now)
  return {
    read: (name) => reading.read(name),
    write: (name, text) => writing((notes) => notes.write(name, text)),
    writeOnce: (name, text) => writing((notes) => notes.writeOnce(name, text)),
    writeAll: (all) => writing((notes) => notes.writeAll(all)),
    list: (...asked) => reading.list(...asked),
  }
}

/** Work on a connection is synchronous; as a promise its errors take the same way as a remote store's. */
const now = async <T>(work: () => T): Promise<T> => {
  try {
    return work()
  } catch (error) {
    throw asFailure(error)
  }
}

/** What is the same for who writes and who reads. */
function reading(
  db: Database,
  readers: Readers | undefined,
  ready: () => Promise<void>,
  within = <T>(work: () => T): T => work(),
): Omit<Store, 'commit' | 'close' | 'notes' | 'trail' | 'indexing' | 'fullText'> {
  /** Light work at once, heavy work in a thread; a store in memory has no threads that could see it. */
  const weighed = async <T>(
    plan: Plan | undefined,
    work: (light: boolean) => T,
    elsewhere: (readers: Readers) => Promise<T>,
  ): Promise<T> => {
    try {
      if (plan !== undefined && asksForWords(plan)) await ready()
      return inSnapshot(db, () => within(() => work(readers !== undefined)))
    } catch (error) {
      if (error === HEAVY && readers !== undefined) return elsewhere(readers)
      throw asFailure(error)
    }
  }
  return {
    read: (type, id) => now(() => read(db, type, id)),
    readMany: (references) =>
      now(() =>
        references.flatMap(({ type, id }) => {
          const version = read(db, type, id)
          return version?.text === undefined ? [] : [version]
        }),
      ),
    vread: (type, id, version) => now(() => vread(db, type, id, version)),
    history: (query, limits) =>
      weighed(
        undefined,
        (light) => history(db, query, light),
        (threads) => threads.history(query, limits),
      ),
    search: (plan, limits) =>
      weighed(
        plan,
        (light) => explained(db, limits?.explained, (on) => search(on, plan, light)),
        (threads) => threads.search(plan, limits),
      ),
    count: (plan, limits) =>
      weighed(
        plan,
        (light) => count(db, plan, light),
        (threads) => threads.count(plan, limits),
      ),
    latest: (plan, by, limits) =>
      weighed(
        plan,
        (light) => latest(db, plan, by, light),
        (threads) => threads.latest(plan, by, limits),
      ),
    changes: (after, limit) => now(() => changes(db, after, limit)),
    head: () => now(() => head(db)),
    stamp: (types) => now(() => stamp(db, types)),
    ping: () => now(() => void db.get('select 1', [])),
  }
}

/** Versions are numbered in the order in which they are committed, so the last one of a type tells of all. */
function stamp(db: Database, types: readonly string[]): string {
  const known = knownTypes(db, types)
  if (known.length === 0) return ''
  const last =
    '(select max(seq) from resource where type = ? and state = 1), (select max(seq) from resource where type = ? and state = 2)'
  const row = db.get(
    `select ${known.map(() => last).join(', ')}`,
    known.flatMap((type) => [type, type]),
  )
  return row!.join()
}

function read(db: Database, type: string, id: string): Version | undefined {
  const typeId = db.types.of(type)
  if (typeId === undefined) return undefined
  const row = db.get(
    'select version, seq, method, text, state from resource where type = ? and id = ?',
    [typeId, id],
  )
  if (row === undefined || row[4] === 0) return undefined
  const [version, seq, method, text] = row as [number, number, number, string | null]
  return versionOf(type, id, version, seq, method, text)
}

function vread(db: Database, type: string, id: string, version: number): Version | undefined {
  const current = read(db, type, id)
  if (current === undefined || current.version === version) return current
  const row = db.get(
    `select seq, method, text from history where version = ? and pk = (select pk from resource where type = ? and id = ?)`,
    [version, db.types.of(type)!, id],
  )
  if (row === undefined) return undefined
  const [seq, method, text] = row as [number, number, string | null]
  return versionOf(type, id, version, seq, method, text)
}
