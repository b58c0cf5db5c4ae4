// The order in which versions are handed on (relay, subscriptions): each exactly once, a resource's own in their order.
// Writers only note each version as pending; whoever reads gives the pending ones their positions, in a transaction
// that takes numbers from one counter. So positions become visible in their order and a commit that becomes visible
// late gets a later one, while writers never wait for each other, as a counter in each commit would make them.
import type { ClientSession, MongoClient } from 'mongodb'
import type { Version } from '../store.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { referenceOf, VERSION_FIELDS, versionOf } from './document.ts'
import type { Collections } from './schema.ts'
import { inTransaction } from './transaction.ts'

/**
 * Collection `journal`: `_id` is `Type/id/version`; either `pending` (the version's `seq`) or `position` is there.
 */
export type JournalDocument = {
  _id: string
  ref: string
  version: number
  pending?: number
  position?: number
}

const COUNTER = 'position'
const BATCH = 1000

export const journalOf = (version: {
  type: string
  id: string
  version: number
  seq: number
}): JournalDocument => {
  const ref = referenceOf(version.type, version.id)
  return {
    _id: `${ref}/${String(version.version)}`,
    ref,
    version: version.version,
    pending: version.seq,
  }
}

/** Versions after a cursor ('' = from the beginning), oldest first; see Store.changes. */
export async function changes(
  client: MongoClient,
  collections: Collections,
  patience: number,
  after: string,
  limit: number,
): Promise<{ readonly versions: readonly Version[]; readonly cursor: string }> {
  const position = after === '' ? 0 : (decodeCursor(after, ['number'])[0] as number)
  let entries = await positioned(collections, position, limit)
  for (let more = true; more && entries.length < limit;) {
    const end = performance.now() + patience
    more = await inTransaction(client, end, (session) => sequence(collections, session))
    entries = await positioned(collections, position, limit)
  }
  const last = entries.at(-1)
  return {
    versions: await versionsOf(collections, entries),
    cursor: last === undefined ? after : encodeCursor([last.position ?? 0]),
  }
}

/** The cursor behind all that is committed: what has no position yet gets one first. */
export async function head(
  client: MongoClient,
  collections: Collections,
  patience: number,
): Promise<string> {
  for (let more = true; more;)
    more = await inTransaction(client, performance.now() + patience, (session) =>
      sequence(collections, session),
    )
  const last = await collections.counter.findOne({ _id: COUNTER })
  return encodeCursor([last?.value ?? 0])
}

const positioned = (
  { journal }: Collections,
  after: number,
  limit: number,
): Promise<JournalDocument[]> =>
  journal.find({ position: { $gt: after } }, { sort: { position: 1 }, limit }).toArray()

/**
 * Gives positions to the oldest pending versions; true when there may be more. A second reader at the same time
 * collides on the counter.
 */
async function sequence(
  { journal, counter }: Collections,
  session: ClientSession,
): Promise<boolean> {
  const pending = await journal
    .find({ pending: { $gt: 0 } }, { session, sort: { pending: 1, _id: 1 }, limit: BATCH })
    .toArray()
  if (pending.length === 0) return false
  const taken = await counter.findOneAndUpdate(
    { _id: COUNTER },
    { $inc: { value: pending.length } },
    { session, upsert: true, returnDocument: 'after' },
  )
  const first = (taken?.value ?? 0) - pending.length + 1
  await journal.bulkWrite(
    pending.map(({ _id }, i) => ({
      updateOne: {
        filter: { _id },
        update: { $set: { position: first + i }, $unset: { pending: '' } },
      },
    })),
    { session },
  )
  return pending.length === BATCH
}

/** The versions that entries name, in their order; `resource` first, as in history.ts. */
async function versionsOf(
  { resource, version }: Collections,
  entries: readonly JournalDocument[],
): Promise<Version[]> {
  if (entries.length === 0) return []
  const current = await resource
    .find({ _id: { $in: entries.map(({ ref }) => ref) } }, { projection: VERSION_FIELDS })
    .toArray()
  const found = new Map(current.map((one) => [`${one._id}/${String(one.version)}`, versionOf(one)]))
  const missing = entries.filter(({ _id }) => !found.has(_id))
  if (missing.length > 0) {
    const older = version.find({ _id: { $in: missing.map(({ _id }) => _id) } })
    for (const one of await older.toArray()) found.set(one._id, versionOf(one))
  }
  return entries.flatMap(({ _id }) => found.get(_id) ?? [])
}
