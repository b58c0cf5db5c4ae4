// A connection to the database that a URL names: its waits, what it waits for at a write, and what the server must be.
// https://www.mongodb.com/docs/drivers/node/current/connect/
// Must not acknowledge what a majority doesn't have on disk, nor show what it may lose again.
import type { Db, Document } from 'mongodb'
import { MongoClient } from 'mongodb'
import { available } from './availability.ts'
import type { Collections } from './schema.ts'
import { openSchema } from './schema.ts'

export type MongoOptions = {
  /** Connections kept at most; 50 unless given. */
  readonly poolSize?: number
  /** Longest wait for an answer of the database, and for a commit to get its turn, in milliseconds; 10,000 unless given. */
  readonly timeoutMs?: number
  /** Resources that a search may test one by one, MOST_TESTED unless given. */
  readonly mostTested?: number
}

/** How long to look for a primary before the answer is "unavailable"; an election takes about as long. */
const SELECTION_MS = 2000

/**
 * Connects to the database that the URL names (`ieum` when it names none).
 * @throws Failure `unavailable` when no server answers, Error in plain words when it has no transactions
 */
export async function connectTo(
  url: string,
  { poolSize = 50, timeoutMs = 10_000 }: MongoOptions,
): Promise<{ readonly client: MongoClient; readonly db: Db; readonly timeoutMs: number }> {
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
    await available(async () => refuseStandalone(await db.admin().command({ hello: 1 })))
    return { client, db, timeoutMs }
  } catch (error) {
    await client.close()
    throw error
  }
}

export type Connection = {
  readonly client: MongoClient
  readonly db: Db
  readonly collections: Collections
  /** Milliseconds, of the options. */
  readonly timeoutMs: number
}

/**
 * The same with what is missing in the database made.
 * @throws also Error in plain words when a later release made the database
 */
export async function connect(url: string, options: MongoOptions): Promise<Connection> {
  const connected = await connectTo(url, options)
  try {
    const collections = await available(() => openSchema(connected.db))
    return { ...connected, collections }
  } catch (error) {
    await connected.client.close()
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
