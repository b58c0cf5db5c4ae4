// The store of the hub: any number of equal processes on one MongoDB, a replica set or a sharded cluster.
// https://www.mongodb.com/docs/drivers/node/current/ (this folder is the only one that imports the driver)
// Must not acknowledge what a majority doesn't have on disk, nor show what it may lose again.
import type { Document } from 'mongodb'
import { MongoClient } from 'mongodb'
import type { Store } from '../store.ts'
import { available } from './availability.ts'
import { openClock } from './clock.ts'
import { commit } from './commit.ts'
import { history, read, vread } from './history.ts'
import { changes } from './journal.ts'
import { openSchema } from './schema.ts'
import { count, readMany, search } from './search.ts'
import { openTurns } from './turn.ts'

export type MongoOptions = {
  /** Connections kept at most; 50 unless given. */
  readonly poolSize?: number
  /** Longest wait for an answer of the database, and for a commit to get its turn, in milliseconds; 10,000 unless given. */
  readonly timeoutMs?: number
}

/** How long to look for a primary before the answer is "unavailable"; an election takes about as long. */
const SELECTION_MS = 2000

/**
 * Opens the database that the URL names (`ieum` when it names none) and makes its indexes.
 * @throws Failure `unavailable` when no server answers, Error in plain words when it has no transactions
 * @example const store = await openMongoStore('mongodb://db1,db2,db3/ieum?replicaSet=rs0')
 */
export async function openMongoStore(url: string, options: MongoOptions = {}): Promise<Store> {
  const { poolSize = 50, timeoutMs = 10_000 } = options
  const client = new MongoClient(url, {
    appName: 'ieum',
    maxPoolSize: poolSize,
    serverSelectionTimeoutMS: SELECTION_MS,
    connectTimeoutMS: SELECTION_MS,
    waitQueueTimeoutMS: timeoutMs,
    socketTimeoutMS: timeoutMs,
    heartbeatFrequencyMS: SELECTION_MS,
    readPreference: 'primary',
    readConcern: { level: 'majority' },
    writeConcern: { w: 'majority', journal: true },
  })
  const db = client.db(databaseOf(url))
  try {
    return await available(async () => {
      refuseStandalone(await db.admin().command({ hello: 1 }))
      const collections = await openSchema(db)
      const limits = { maxTimeMS: timeoutMs }
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
        search: (plan) => available(() => search(collections, plan, limits)),
        count: (plan) => available(() => count(collections, plan, limits)),
        commit: (list, assertions = []) => available(() => commit(committing, list, assertions)),
        changes: (after, limit) =>
          available(() => changes(client, collections, timeoutMs, after, limit)),
        ping: () => available(async () => void (await db.command({ ping: 1 }))),
        close: () => client.close(),
      }
    })
  } catch (error) {
    await client.close()
    throw error
  }
}

/** Name of the database in a connection string; these may have several hosts, so `URL` can't read them. */
const databaseOf = (url: string): string =>
  decodeURIComponent(/^mongodb(?:\+srv)?:\/\/[^/]*\/([^?]+)/.exec(url)?.[1] ?? 'ieum')

/**
 * Checks the answer to `hello`: a replica set has a name, a router of a sharded cluster says what it is.
 * @throws Error in plain words for any other server
 */
export function refuseStandalone(hello: Document): void {
  if (typeof hello.setName !== 'string' && hello.msg !== 'isdbgrid')
    throw new Error(
      'This MongoDB is a single server without a replica set, so it has no transactions. Start it with --replSet and ' +
        'run rs.initiate() once (docker/ has a compose file that does), or use STORE_URL=sqlite:./data/ieum.db.',
    )
}
