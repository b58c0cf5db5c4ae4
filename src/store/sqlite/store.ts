// The embedded store: one process, one SQLite file. The contract is store/store.ts.
// Must not be opened twice; the second gets a clear message.
import type { Store, Version } from '../store.ts'
import { createCommitter } from './commit.ts'
import { asFailure, openDatabase, type Database } from './database.ts'
import { changes, history } from './history.ts'
import { count, search } from './search.ts'
import { versionOf } from './version.ts'

/**
 * Open or create a store.
 * @param file a path, or ':memory:'
 * @throws Error in plain words when the file is in use, unreadable, or written by a later release
 */
export async function openSqliteStore(file: string): Promise<Store> {
  const db = openDatabase(file)
  const committer = createCommitter(db)
  /** Reads are synchronous; as promises their errors take the same way as a remote store's. */
  const reading = async <T>(work: () => T): Promise<T> => {
    try {
      return work()
    } catch (error) {
      throw asFailure(error)
    }
  }
  return {
    read: (type, id) => reading(() => read(db, type, id)),
    readMany: (references) =>
      reading(() =>
        references.flatMap(({ type, id }) => {
          const version = read(db, type, id)
          return version?.text === undefined ? [] : [version]
        }),
      ),
    vread: (type, id, version) => reading(() => vread(db, type, id, version)),
    history: (query) => reading(() => history(db, query)),
    search: (plan) => reading(() => search(db, plan)),
    count: (plan) => reading(() => count(db, plan)),
    commit: (changes, assertions = []) => committer.commit(changes, assertions),
    changes: (after, limit) => reading(() => changes(db, after, limit)),
    ping: () => reading(() => void db.get('select 1', [])),
    close: async () => {
      await committer.drain()
      db.raw.exec('pragma optimize')
      db.raw.close()
    },
  }
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
