// Versions: the current one, an older one, and the history of a resource, of a type and of everything, newest first.
// https://hl7.org/fhir/R4/http.html#history
// Must read `resource` before `version`: a version that moves from one to the other in between is then seen, not missed.
import type { Filter } from 'mongodb'
import { fitting, isEnough, until } from '../fitting.ts'
import type { HistoryQuery, Page, Version } from '../store.ts'
import { firstOf } from './clock.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { ResourceDocument, VersionDocument } from './document.ts'
import { lengthOf, referenceOf, VERSION_FIELDS, versionOf } from './document.ts'
import type { Collections } from './schema.ts'
import type { SearchLimits } from './search.ts'

export async function read(
  { resource }: Collections,
  type: string,
  id: string,
): Promise<Version | undefined> {
  const found = await resource.findOne(
    { _id: referenceOf(type, id) },
    { projection: VERSION_FIELDS },
  )
  return found === null ? undefined : versionOf(found)
}

export async function vread(
  collections: Collections,
  type: string,
  id: string,
  version: number,
): Promise<Version | undefined> {
  const current = await read(collections, type, id)
  if (current === undefined || current.version < version) return undefined
  if (current.version === version) return current
  const older = await collections.version.findOne({
    _id: `${referenceOf(type, id)}/${String(version)}`,
  })
  return older === null ? undefined : versionOf(older)
}

type Row = { readonly ref: string; readonly seq: number; readonly version: Version }

export async function history(
  { resource, version }: Collections,
  query: HistoryQuery,
  limits: SearchLimits,
): Promise<Page> {
  const shared = filterOf(query)
  const older: Filter<VersionDocument> = {
    ...shared,
    ...(query.at === undefined ? {} : { until: { $gt: query.at.low } }),
  }
  const [seq, ref] =
    query.cursor === undefined
      ? []
      : (decodeCursor(query.cursor, ['number', 'string']) as [number, string])
  const after = (key: '_id' | 'ref') =>
    seq === undefined ? {} : { $or: [{ seq: { $lt: seq } }, { seq, [key]: { $gt: ref } }] }
  const limit = query.count + 1
  const rows: Row[] = []
  if (query.count > 0) {
    // What one of them leaves behind can't be on the page: it is full before.
    const current = await until(
      resource.find({ ...shared, ...after('_id') } as Filter<ResourceDocument>, {
        ...limits,
        projection: VERSION_FIELDS,
        sort: { seq: -1, _id: 1 },
        limit,
      }),
      isEnough(lengthOf),
    )
    const before = await until(
      version.find({ ...older, ...after('ref') } as Filter<VersionDocument>, {
        ...limits,
        sort: { seq: -1, ref: 1 },
        limit,
      }),
      isEnough(lengthOf),
    )
    for (const row of current) rows.push({ ref: row._id, seq: row.seq, version: versionOf(row) })
    for (const row of before) rows.push({ ref: row.ref, seq: row.seq, version: versionOf(row) })
  }
  const merged = newestFirst(rows)
  const page = merged.slice(
    0,
    fitting(merged, query.count, (row) => lengthOf(row.version)),
  )
  const last = page.at(-1)
  const more = merged.length > page.length && last !== undefined
  const counted = async () =>
    (await resource.countDocuments(shared as Filter<ResourceDocument>, limits)) +
    (await version.countDocuments(older, limits))
  // The versions of one resource are few; those of a type may be a billion, and are counted on request only.
  const total =
    query.count > 0 && query.cursor === undefined && !more
      ? page.length
      : query.count === 0 || query.id !== undefined
        ? await counted()
        : undefined
  return {
    versions: page.map((row) => row.version),
    ...(more ? { next: encodeCursor([last.seq, last.ref]) } : {}),
    ...(total === undefined ? {} : { total }),
  }
}

function filterOf({ type, id, since, at }: HistoryQuery): Filter<VersionDocument> {
  const seq = {
    ...(since === undefined ? {} : { $gt: firstOf(since) - 1 }),
    ...(at === undefined ? {} : { $lt: firstOf(at.high) }),
  }
  return {
    ...(type === undefined ? {} : { type }),
    ...(id === undefined ? {} : { id }),
    ...(Object.keys(seq).length === 0 ? {} : { seq }),
  }
}

function newestFirst(rows: readonly Row[]): Row[] {
  const distinct = new Map(rows.map((row) => [`${row.ref}/${String(row.version.version)}`, row]))
  return [...distinct.values()].sort((a, b) => b.seq - a.seq || (a.ref < b.ref ? -1 : 1))
}
