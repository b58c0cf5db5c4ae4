// The store of the hub: any number of equal processes on one MongoDB, a replica set or a sharded cluster.
// https://www.mongodb.com/docs/drivers/node/current/ (this folder is the only one that imports the driver)
// Must not acknowledge what a majority doesn't have on disk, nor show what it may lose again.
import type { Store } from '../store.ts'
import { available } from './availability.ts'
import { openClock } from './clock.ts'
import { commit } from './commit.ts'
import { explained } from './explain.ts'
import { connect, type MongoOptions } from './connection.ts'
import { history, read, vread } from './history.ts'
import { changes, head } from './journal.ts'
import { latest } from './latest.ts'
import { leasesOf, notesOf } from './notes.ts'
import { reindex } from './reindex.ts'
import { count, readMany, search } from './search.ts'
import { openTrail } from './trail.ts'
import { openTurns } from './turn.ts'

/**
 * Opens the database that the URL names (`ieum` when it names none) and makes its indexes.
 * @throws Failure `unavailable` when no server answers, Error in plain words when it has no transactions
 * @example const store = await openMongoStore('mongodb://db1,db2,db3/ieum?replicaSet=rs0')
 */
export async function openMongoStore(url: string, options: MongoOptions = {}): Promise<Store> {
  const { client, db, collections, timeoutMs } = await connect(url, options)
  // One state of the data for a whole query: otherwise a long one may see a part of a transaction that commits meanwhile.
  const limits = { maxTimeMS: timeoutMs, readConcern: { level: 'snapshot' } as const }
  const committing = {
    client,
    collections,
    clock: openClock(),
    turns: openTurns(),
    patience: timeoutMs,
  }
  return {
    read: (type, id) => available(() => read(collections, type, id)),
    readMany: (references) => available(() => readMany(collections, references, limits)),
    vread: (type, id, version) => available(() => vread(collections, type, id, version)),
    history: (query) => available(() => history(collections, query, limits)),
    search: (plan, asked) =>
      available(() =>
        explained(collections, asked?.explained, (on) =>
          search(on, plan, limits, options.mostTested),
        ),
      ),
    count: (plan) => available(() => count(collections, plan, limits, options.mostTested)),
    latest: (plan, by) => available(() => latest(collections, plan, by, limits)),
    commit: (list, assertions = []) => available(() => commit(committing, list, assertions)),
    notes: notesOf(db),
    trail: openTrail(collections),
    indexing: {
      leases: leasesOf(db),
      reindex: (step) => available(() => reindex(collections, step, timeoutMs)),
    },
    changes: (after, limit) =>
      available(() => changes(client, collections, timeoutMs, after, limit)),
    head: () => available(() => head(client, collections, timeoutMs)),
    ping: () => available(async () => void (await db.command({ ping: 1 }))),
    close: () => client.close(),
  }
}
