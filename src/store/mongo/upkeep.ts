// Upkeep of the hub's database, beside any number of servers: old versions removed with their journal entries, leases.
// https://www.mongodb.com/docs/manual/reference/method/db.collection.deleteMany/
// Must not touch `resource`, where the current versions are.
import type { Purge, PurgeSlice, Upkeep } from '../upkeep.ts'
import { available } from './availability.ts'
import { firstOf } from './clock.ts'
import { connect, type MongoOptions } from './connection.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { leasesOf, notesOf } from './notes.ts'
import type { Collections } from './schema.ts'

/** Versions that one step looks at. */
const SLICE = 500
/** In the collection `counter`, beside the position of the journal. */
const PURGED = 'purged'

/** @throws Failure `unavailable` when no server answers, Error in plain words when it has no transactions */
export async function openMongoUpkeep(url: string, options: MongoOptions): Promise<Upkeep> {
  const { client, db, collections, timeoutMs } = await available(() => connect(url, options))
  return {
    leases: leasesOf(db),
    notes: notesOf(db),
    purge: (asked) => available(() => purge(collections, asked, timeoutMs)),
    purgedBefore: () =>
      available(async () => (await collections.counter.findOne({ _id: PURGED }))?.value ?? 0),
    close: () => client.close(),
  }
}

async function purge(
  { version, journal, counter }: Collections,
  { before, from, dryRun }: Purge,
  maxTimeMS: number,
): Promise<PurgeSlice> {
  const [after] = (from === undefined ? [0] : decodeCursor(from, ['number'])) as [number]
  const found = await version
    .find(
      { seq: { $gt: after, $lt: firstOf(before) } },
      {
        maxTimeMS,
        projection: { _id: 1, type: 1, seq: 1, until: 1 },
        sort: { seq: 1 },
        limit: SLICE,
      },
    )
    .toArray()
  // Versions of two processes can have one number; all of them are left to the next step, which begins before it.
  const last = found.length < SLICE ? Infinity : found.at(-1)!.seq
  const rows = found.filter(({ seq }) => seq < last)
  const old = rows.filter(({ until }) => until < before)
  if (!dryRun && old.length > 0) {
    await counter.updateOne({ _id: PURGED }, { $max: { value: before } }, { upsert: true })
    const ids = old.map(({ _id }) => _id)
    // A version without its journal entry is found and removed by the next purge; an entry without its version would
    // stay for good. So entries go first.
    await journal.deleteMany({ _id: { $in: ids } })
    await version.deleteMany({ _id: { $in: ids } })
  }
  const removed: Record<string, number> = {}
  for (const { type } of old) removed[type] = (removed[type] ?? 0) + 1
  const end = rows.at(-1)?.seq
  return {
    removed,
    next: end === undefined || found.length < SLICE ? undefined : encodeCursor([end]),
  }
}
