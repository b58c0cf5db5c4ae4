// Whether the database of a hub is sound: versions, journal, index entries; and entries written anew where they aren't.
// Runs beside servers that write: what looks wrong is looked at again in one snapshot before it is reported.
// Must not change a text, nor trust one that has faults: an index is only made of a sound one.
import type { ClientSession, WithId } from 'mongodb'
import { differenceOf, faultsOf, type Kept } from '../examine.ts'
import type { Checked, CheckOptions, Finding, Maintenance } from '../maintenance.ts'
import { available } from './availability.ts'
import { millisecondsOf } from './clock.ts'
import { connect, type Connection, type MongoOptions } from './connection.ts'
import type { ResourceDocument, VersionDocument } from './document.ts'
import { referenceOf, versionOf } from './document.ts'
import { keysOf, updateTo, wantedOf } from './reindex.ts'
import type { Collections } from './schema.ts'
import { inTransaction } from './transaction.ts'

/** @throws as openMongoStore */
export async function openMongoMaintenance(
  url: string,
  options: MongoOptions = {},
): Promise<Maintenance> {
  const connection = await connect(url, options)
  return {
    check: (how) => available(() => check(connection, how)),
    currentOf: (type) =>
      available(async () =>
        (await connection.collections.resource.find({ type, live: true }).toArray()).map(versionOf),
      ),
    close: () => connection.client.close(),
  }
}

type Tally = { -readonly [name in keyof Checked]: number }

const PAGE = 100
/** In the collection `counter`, see upkeep.ts. */
const PURGED = 'purged'

async function check(connection: Connection, options: CheckOptions): Promise<Checked> {
  const { collections } = connection
  const tally: Tally = { resources: 0, deleted: 0, versions: 0, entries: 0, unused: 0 }
  const all = Math.max(1, await collections.resource.estimatedDocumentCount())
  let done = 0
  for (let last = ''; ;) {
    const page = await collections.resource
      .find({ _id: { $gt: last } }, { sort: { _id: 1 }, limit: PAGE })
      .toArray()
    if (page.length === 0) break
    await checkPage(connection, page, options, tally)
    last = page.at(-1)?._id ?? ''
    done += page.length
    options.onProgress?.(done, Math.min(1, done / all), '')
  }
  options.onProgress?.(done, 1, 'what belongs to no resource')
  await checkStrays(collections, options)
  return tally
}

async function checkPage(
  connection: Connection,
  page: readonly ResourceDocument[],
  options: CheckOptions,
  tally: Tally,
): Promise<void> {
  const around = await aroundOf(connection.collections, page)
  for (const document of page) {
    tally[document.live ? 'resources' : 'deleted']++
    tally.versions += (around.versions.get(document._id)?.length ?? 0) + 1
    tally.entries += keysOf(document).length
    if (findingsOf(document, around, options).length === 0) continue
    for (const finding of await lookAgain(connection, document._id, options)) {
      const repaired =
        options.repair &&
        finding.aspect === 'index' &&
        (await repair(connection, document, options))
      options.onFinding({ ...finding, repaired })
    }
  }
}

/** What lies around resources in other collections. */
type Around = {
  readonly versions: ReadonlyMap<string, readonly VersionDocument[]>
  readonly journal: ReadonlySet<string>
  /** What was replaced before this instant (ms) may have been removed on purpose. */
  readonly purgedBefore: number
}

async function aroundOf(
  { version, journal, counter }: Collections,
  page: readonly ResourceDocument[],
  session?: ClientSession,
): Promise<Around> {
  const options = session === undefined ? {} : { session }
  const ids = page.flatMap(({ _id, version: n }) =>
    Array.from({ length: n }, (_, i) => `${_id}/${String(i + 1)}`),
  )
  const versions = new Map<string, VersionDocument[]>()
  for (const one of await version.find({ _id: { $in: ids } }, options).toArray())
    versions.set(one.ref, [...(versions.get(one.ref) ?? []), one])
  const noted = await journal
    .find({ _id: { $in: ids } }, { ...options, projection: { _id: 1 } })
    .toArray()
  const purged = await counter.findOne({ _id: PURGED }, options)
  return {
    versions,
    journal: new Set(noted.map(({ _id }) => _id)),
    purgedBefore: purged?.value ?? 0,
  }
}

type Found = Omit<Finding, 'repaired'>

function findingsOf(
  document: ResourceDocument,
  { versions, journal, purgedBefore }: Around,
  { extract }: CheckOptions,
): Found[] {
  const reference = document._id
  const found: Found[] = []
  const older = [...(versions.get(reference) ?? [])].sort((a, b) => a.version - b.version)
  if (reference !== referenceOf(document.type, document.id))
    found.push({ reference, aspect: 'version', message: 'is kept under another name than its own' })
  if (document.live === (document.method === 'DELETE'))
    found.push({ reference, aspect: 'version', message: 'is marked as here and deleted at once' })
  const kept = [...older, document].map(keptFrom)
  const faults = faultsOf(kept, purgedBefore)
  for (const fault of faults) found.push({ reference, ...fault })
  for (const [i, { version, until }] of older.entries())
    if (until !== kept[i + 1]?.updated)
      found.push({
        reference,
        version,
        aspect: 'version',
        message: 'does not end where the next one begins',
      })
  for (const { version, until } of [...older, { version: document.version, until: Infinity }])
    if (until >= purgedBefore && !journal.has(`${reference}/${String(version)}`))
      found.push({
        reference,
        version,
        aspect: 'version',
        message: 'is not in the journal of changes',
      })
  if (faults.some(({ version, aspect }) => aspect === 'text' && version === document.version))
    return found
  const message = differenceOf(keysOf(document), keysOf(wantedOf(document, extract)))
  if (message !== undefined) found.push({ reference, aspect: 'index', message })
  return found
}

const keptFrom = (stored: ResourceDocument | VersionDocument): Kept => ({
  ...versionOf(stored),
  updated: millisecondsOf(stored.seq),
  order: stored.seq,
  hash: stored.hash,
})

/** What is wrong with a resource in one snapshot; nothing when it is gone meanwhile. */
const lookAgain = (
  { client, collections, timeoutMs }: Connection,
  _id: string,
  options: CheckOptions,
): Promise<Found[]> =>
  inTransaction(client, performance.now() + timeoutMs, async (session) => {
    const document = await collections.resource.findOne({ _id }, { session })
    if (document === null) return []
    return findingsOf(document, await aroundOf(collections, [document], session), options)
  })

/** Writes the entries of a resource anew, unless it changes meanwhile: then its writer has done so. */
async function repair(
  { collections }: Connection,
  { _id }: ResourceDocument,
  options: CheckOptions,
): Promise<boolean> {
  const document: WithId<ResourceDocument> | null = await collections.resource.findOne({ _id })
  if (document === null) return true
  const update = updateTo(wantedOf(document, options.extract))
  await collections.resource.updateOne({ _id, seq: document.seq }, update)
  return true
}

/** Versions and notes of the journal whose resource isn't there, or hasn't come as far. */
async function checkStrays(collections: Collections, { onFinding }: CheckOptions): Promise<void> {
  for (const [name, what] of [
    ['version', 'versions'],
    ['journal', 'notes of the journal'],
  ] as const) {
    let strays = 0
    for (let last = ''; ;) {
      const page = (await collections[name as 'version']
        .find(
          { _id: { $gt: last } },
          { sort: { _id: 1 }, limit: 1000, projection: { ref: 1, version: 1 } },
        )
        .toArray()) as readonly { _id: string; ref: string; version: number }[]
      if (page.length === 0) break
      const refs = [...new Set(page.map(({ ref }) => ref))]
      // Read after the page: a resource that is older than a version of it isn't a matter of timing.
      const current = new Map(
        (
          await collections.resource
            .find({ _id: { $in: refs } }, { projection: { version: 1 } })
            .toArray()
        ).map(({ _id, version }) => [_id, version]),
      )
      strays += page.filter(({ ref, version }) => version > (current.get(ref) ?? 0)).length
      last = page.at(-1)?._id ?? ''
    }
    if (strays > 0)
      onFinding({
        aspect: 'version',
        message: `${String(strays)} ${what} belong to no resource`,
        repaired: false,
      })
  }
}
