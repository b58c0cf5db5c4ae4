// The collections and indexes of a database, made at start; creating one that is there already costs nothing.
// https://www.mongodb.com/docs/manual/core/indexes/index-types/index-multikey/
// Must not drop anything: an index that a later release no longer needs is named in its notes.
import type { Collection, Db, IndexDescription } from 'mongodb'
import { RELEASE } from '../../release.ts'
import type { ResourceDocument, VersionDocument } from './document.ts'
import type { JournalDocument } from './journal.ts'
import type { HeadDocument, TrailDocument } from './trail.ts'

/** What this release reads and writes; raised when an older release could no longer read what is written. */
export const SCHEMA = 1

/** `lock`: what commits collide on, see commit.ts. `counter`: last position given out, see journal.ts. `trail`, `head`: see trail.ts. `about`: the schema version and who made it. */
export type Collections = {
  readonly resource: Collection<ResourceDocument>
  readonly version: Collection<VersionDocument>
  readonly journal: Collection<JournalDocument>
  readonly lock: Collection<{ _id: string; count: number; at: Date }>
  readonly counter: Collection<{ _id: string; value: number }>
  readonly about: Collection<{ _id: string; version: number; release: string }>
  readonly trail: Collection<TrailDocument>
  readonly head: Collection<HeadDocument>
}

// `_id` last lets the default order come from the index when the keys before it are equal.
const INDEXES: Readonly<Record<keyof Collections, readonly IndexDescription[]>> = {
  resource: [
    { key: { type: 1, live: 1, _id: 1 } },
    { key: { type: 1, seq: -1, _id: 1 } },
    { key: { seq: -1, _id: 1 } },
    { key: { id: 1 } },
    { key: { 't.p': 1, 't.c': 1, 't.s': 1, _id: 1 } },
    { key: { 's.p': 1, 's.v': 1, _id: 1 } },
    { key: { 's.p': 1, 's.e': 1, _id: 1 } },
    { key: { 'd.p': 1, 'd.l': 1, 'd.h': 1 } },
    // For gt and ge, which ask where an entry ends.
    { key: { 'd.p': 1, 'd.h': 1 } },
    { key: { 'n.p': 1, 'n.l': 1, 'n.h': 1 } },
    { key: { 'n.p': 1, 'n.h': 1 } },
    { key: { 'q.p': 1, 'q.l': 1, 'q.h': 1 } },
    { key: { 'q.p': 1, 'q.h': 1 } },
    { key: { 'r.p': 1, 'r.i': 1, 'r.t': 1, _id: 1 } },
    { key: { 'u.p': 1, 'u.v': 1, _id: 1 } },
    { key: { 'w.p': 1, 'w.w': 1, _id: 1 } },
  ],
  version: [
    { key: { type: 1, id: 1, seq: -1, ref: 1 } },
    { key: { type: 1, seq: -1, ref: 1 } },
    { key: { seq: -1, ref: 1 } },
  ],
  journal: [
    { key: { position: 1 }, sparse: true },
    { key: { pending: 1, _id: 1 }, partialFilterExpression: { pending: { $exists: true } } },
  ],
  lock: [{ key: { at: 1 }, expireAfterSeconds: 3600 }],
  counter: [],
  about: [],
  trail: [{ key: { pending: 1, _id: 1 }, partialFilterExpression: { pending: { $exists: true } } }],
  head: [],
}

/**
 * Makes what is missing and returns the collections.
 * @throws Error in plain words when a later release made them
 */
export async function openSchema(db: Db): Promise<Collections> {
  const collections: Collections = {
    resource: db.collection('resource'),
    version: db.collection('version'),
    journal: db.collection('journal'),
    lock: db.collection('lock'),
    counter: db.collection('counter'),
    about: db.collection('about'),
    trail: db.collection('trail'),
    head: db.collection('head'),
  }
  const made = await collections.about.findOne({ _id: 'schema' })
  if (made !== null && made.version > SCHEMA)
    throw new Error(
      `The database ${db.databaseName} has schema version ${made.version}; this release (${RELEASE}) reads up to ${SCHEMA}. Use release ${made.release}, or a later one.`,
    )
  // A collection that a transaction would create makes concurrent ones fail, so all are there before.
  const present = new Set(
    (await db.listCollections({}, { nameOnly: true }).toArray()).map((c) => c.name),
  )
  for (const [name, indexes] of Object.entries(INDEXES)) {
    if (!present.has(name))
      await db.createCollection(name).catch((error: unknown) => {
        if ((error as { code?: unknown }).code !== 48) throw error // another process was first
      })
    if (indexes.length > 0) await db.collection(name).createIndexes([...indexes])
  }
  if (made === null)
    await collections.about.updateOne(
      { _id: 'schema' },
      { $setOnInsert: { version: SCHEMA, release: RELEASE } },
      { upsert: true },
    )
  return collections
}
