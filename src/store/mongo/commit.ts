// A commit: assertions and versions judged, then all changes written, in one transaction of few round trips.
// https://hl7.org/fhir/R4/http.html#transaction
// Must not write before everything is judged, and must write every document that a decision rested on, so that two
// commits of which each overturns the other's decision collide.
import type { ClientSession, MongoClient } from 'mongodb'
import type { Applied, Assertion, Change, Committed } from '../store.ts'
import { firstFailed, lock, locksOf } from './assertion.ts'
import type { Resource } from './change.ts'
import { apply } from './change.ts'
import type { Clock } from './clock.ts'
import type { ResourceDocument } from './document.ts'
import { referenceOf, VERSION_FIELDS } from './document.ts'
import type { JournalDocument } from './journal.ts'
import { journalOf } from './journal.ts'
import type { Collections } from './schema.ts'
import { inTransaction } from './transaction.ts'
import type { Turns } from './turn.ts'

/** What a commit needs. `patience`: how long it may wait for its turn and be tried again, in milliseconds. */
export type Committing = {
  readonly client: MongoClient
  readonly collections: Collections
  readonly clock: Clock
  readonly turns: Turns
  readonly patience: number
}

/** Documents go in messages of this many, so that the time for one answer stays short. */
const BATCH = 500

export async function commit(
  { client, collections, clock, turns, patience }: Committing,
  changes: readonly Change[],
  assertions: readonly Assertion[],
): Promise<Committed> {
  const end = performance.now() + patience
  const locks = locksOf(changes, assertions)
  const references = [...new Set(changes.map(({ type, id }) => referenceOf(type, id)))]
  const work = async (session: ClientSession): Promise<Tried> => {
    await lock(collections, locks, session)
    const failed = await firstFailed(collections, assertions, session)
    if (failed !== undefined)
      return { committed: { ok: false, failed: 'assertion', index: failed } }
    const resources = await resourcesOf(collections, references, session)
    const applied: Applied[] = []
    for (const [index, change] of changes.entries()) {
      const resource = resources.get(referenceOf(change.type, change.id)) as Resource
      const result = apply(resource, change, clock)
      if (result === undefined) return { committed: { ok: false, failed: 'version', index } }
      applied.push(result)
    }
    const all = [...resources.values()]
    await write(collections, all, session)
    const written = all.find(({ current, stored }) => current !== stored)?.current
    return { committed: { ok: true, applied }, ...(written === undefined ? {} : { written }) }
  }
  const tookEffect = async ({ written }: Tried, session: ClientSession): Promise<boolean> =>
    written !== undefined && (await isKept(collections, written, session))
  const tried = await turns([...locks, ...references], () =>
    inTransaction(client, end, work, tookEffect),
  )
  return tried.committed
}

/** `written`: one of the documents that were written; what holds for it holds for all, since they share the transaction. */
type Tried = { readonly committed: Committed; readonly written?: ResourceDocument }

/** Whether a version is in the store to the letter; it may no longer be the current one. */
async function isKept(
  { resource, version }: Collections,
  written: ResourceDocument,
  session: ClientSession,
): Promise<boolean> {
  const { _id } = written
  const isSame = (one: { seq: number; version: number; text?: string } | null): boolean =>
    one?.version === written.version && one.seq === written.seq && one.text === written.text
  const projection = { seq: 1, version: 1, text: 1 }
  return (
    isSame(await resource.findOne({ _id }, { session, projection })) ||
    isSame(
      await version.findOne({ _id: `${_id}/${String(written.version)}` }, { session, projection }),
    )
  )
}

/** Index entries are left out: they are only ever replaced. */
async function resourcesOf(
  { resource }: Collections,
  references: readonly string[],
  session: ClientSession,
): Promise<Map<string, Resource>> {
  const resources = new Map<string, Resource>()
  for (const _id of references)
    resources.set(_id, { stored: undefined, current: undefined, older: [] })
  for (const some of batches(references)) {
    const projection = { ...VERSION_FIELDS, hash: 1, live: 1 }
    const found = resource.find({ _id: { $in: some } }, { session, projection })
    for (const stored of await found.toArray())
      resources.set(stored._id, { stored, current: stored, older: [] })
  }
  return resources
}

async function write(
  { resource, version, journal }: Collections,
  resources: readonly Resource[],
  session: ClientSession,
): Promise<void> {
  const inserted: ResourceDocument[] = []
  const replaced: ResourceDocument[] = []
  const untouched: string[] = []
  const fresh: JournalDocument[] = []
  for (const { stored, current, older } of resources) {
    if (current === undefined) continue
    if (current === stored) untouched.push(current._id)
    else (stored === undefined ? inserted : replaced).push(current)
    for (const one of [...older, current])
      if (one.version > (stored?.version ?? 0)) fresh.push(journalOf(one))
  }
  if (fresh.length === 0) return
  const older = resources.flatMap((one) => one.older)
  for (const some of batches(inserted)) await resource.insertMany(some, { session })
  for (const some of batches(replaced))
    await resource.bulkWrite(
      some.map((current) => ({
        replaceOne: { filter: { _id: current._id }, replacement: current },
      })),
      { session },
    )
  for (const some of batches(untouched))
    await resource.updateMany({ _id: { $in: some } }, { $inc: { touched: 1 } }, { session })
  for (const some of batches(older)) await version.insertMany(some, { session })
  for (const some of batches(fresh)) await journal.insertMany(some, { session })
}

function* batches<T>(all: readonly T[]): Generator<T[]> {
  for (let i = 0; i < all.length; i += BATCH) yield all.slice(i, i + BATCH)
}
