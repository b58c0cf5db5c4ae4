// Search and count: a plan becomes one aggregation, its page one query, its includes two more at most.
// https://hl7.org/fhir/R4/search.html
// Must not use skip: a page begins after the sort values of the last row, so that writes neither hide nor repeat rows.
import type { ClientSession, Document, Filter } from 'mongodb'
import type { Condition, Include, Plan, SortKey } from '../../search/plan.ts'
import type { Found, Version } from '../store.ts'
import { withoutChains } from './chain.ts'
import { compile } from './compile.ts'
import type { CursorValue } from './cursor.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { ResourceDocument } from './document.ts'
import { FIELD, referenceOf, VERSION_FIELDS, versionOf } from './document.ts'
import type { Collections } from './schema.ts'

/** `limit`: longest time that the database works on one query, in milliseconds. */
export type SearchLimits = { readonly maxTimeMS: number }

type Row = ResourceDocument & { readonly [sortValue: `k${number}`]: CursorValue | undefined }

export async function search(
  { resource }: Collections,
  plan: Plan,
  limits: SearchLimits,
): Promise<Found> {
  const filter = compile(plan.types, await withoutChains(resource, plan.where, limits))
  const order = orderOf(plan.sort)
  const after = plan.cursor === undefined ? [] : [{ $match: afterRow(order, plan.cursor) }]
  const forward = plan.includes.some((include) => !include.reverse)
  const rows: Row[] =
    plan.count === 0
      ? []
      : await resource
          .aggregate<Row>(
            [
              { $match: filter },
              ...order.computed,
              ...after,
              { $sort: order.sort },
              { $limit: plan.count + 1 },
              { $project: { ...VERSION_FIELDS, ...order.fields, ...(forward ? { r: 1 } : {}) } },
            ],
            limits,
          )
          .toArray()
  const page = rows.slice(0, plan.count)
  const last = page.at(-1)
  const more = rows.length > plan.count && last !== undefined
  const known = plan.count > 0 && plan.cursor === undefined && !more
  const total = known
    ? page.length
    : plan.total || plan.count === 0
      ? await resource.countDocuments(filter, limits)
      : undefined
  return {
    matches: page.map(versionOf),
    included: await included(resource, page, plan.includes, limits),
    ...(more ? { next: cursorOf(order, last) } : {}),
    ...(total === undefined ? {} : { total }),
  }
}

/** Exact number of matches of a plan. */
export const count = async (
  { resource }: Collections,
  { types, where }: Plan,
  limits: SearchLimits,
): Promise<number> =>
  resource.countDocuments(compile(types, await withoutChains(resource, where, limits)), limits)

/** Logical ids of up to `limit` matches, in no order, as a transaction sees them. */
export async function idsOf(
  { resource }: Collections,
  types: readonly string[] | undefined,
  where: Condition,
  limit: number,
  session: ClientSession,
): Promise<string[]> {
  const filter = compile(types, await withoutChains(resource, where, { session }))
  const found = resource.find(filter, { session, limit, projection: { id: 1 } })
  return (await found.toArray()).map((document) => document.id)
}

/** Live resources by reference, in no order. */
export async function readMany(
  { resource }: Collections,
  references: readonly { readonly type: string; readonly id: string }[],
  limits: SearchLimits,
): Promise<Version[]> {
  if (references.length === 0) return []
  const ids = references.map(({ type, id }) => referenceOf(type, id))
  const found = resource.find(
    { _id: { $in: ids }, live: true },
    { ...limits, projection: VERSION_FIELDS },
  )
  return (await found.toArray()).map(versionOf)
}

/** `keys` name the fields that a row is ordered by before its `_id`; -1 is descending. */
type Order = {
  readonly computed: readonly Document[]
  readonly keys: readonly {
    readonly field: string
    readonly direction: 1 | -1
    readonly computed: boolean
  }[]
  readonly sort: Record<string, 1 | -1>
  readonly fields: Document
}

function orderOf(sort: readonly SortKey[]): Order {
  const values: Document = {}
  const missing: Document = {}
  const keys: Order['keys'][number][] = []
  const sorted: Record<string, 1 | -1> = {}
  sort.forEach((key, i) => {
    const direction = key.descending ? -1 : 1
    if (!('paths' in key)) {
      const field = key.by === 'id' ? 'id' : 'seq'
      keys.push({ field, direction, computed: false })
      sorted[field] ??= direction
      return
    }
    const field = `k${String(i)}`
    values[field] = extreme(key)
    missing[`m${String(i)}`] = { $cond: [{ $eq: [{ $ifNull: [`$${field}`, null] }, null] }, 1, 0] }
    keys.push({ field, direction, computed: true })
    sorted[`m${String(i)}`] = 1
    sorted[field] = direction
  })
  const fields = Object.fromEntries(Object.keys(values).map((field) => [field, 1]))
  return {
    computed:
      Object.keys(values).length === 0 ? [] : [{ $addFields: values }, { $addFields: missing }],
    keys,
    sort: { ...sorted, _id: 1 },
    fields,
  }
}

/** The least or greatest value of a resource at the paths of a sort key; null where there is none. */
function extreme(key: Extract<SortKey, { paths: unknown }>): Document {
  const entries = {
    $filter: {
      input: { $ifNull: [`$${FIELD[key.by]}`, []] },
      as: 'e',
      cond: { $in: ['$$e.p', { $literal: key.paths }] },
    },
  }
  const values = { $map: { input: entries, as: 'e', in: SORTED_BY[key.by] } }
  return key.descending ? { $max: values } : { $min: values }
}

/** The field of an entry that it is ordered by. */
const SORTED_BY = {
  token: '$$e.c',
  string: '$$e.v',
  date: '$$e.l',
  number: '$$e.l',
  quantity: '$$e.l',
  reference: '$$e.i',
  uri: '$$e.v',
} as const

const cursorOf = (order: Order, row: Row): string =>
  encodeCursor([...order.keys.map(({ field }) => (row as Document)[field] as CursorValue), row._id])

/** Rows that come after the one of the cursor; a missing value is null, after all others in both directions. */
function afterRow(order: Order, cursor: string): Filter<Document> {
  const values = decodeCursor(cursor, [...order.keys.map(() => 'any' as const), 'string'])
  let after: Document = { _id: { $gt: values.at(-1) } }
  for (let i = order.keys.length - 1; i >= 0; i--) {
    const { field, direction, computed } = order.keys[i] as Order['keys'][number]
    const value = values[i]
    const same = { $and: [{ [field]: value }, after] }
    const later = { [field]: { [direction === 1 ? '$gt' : '$lt']: value } }
    if (value === null) after = same
    else after = { $or: [later, ...(computed ? [{ [field]: null }] : []), same] }
  }
  return after
}

async function included(
  resource: Collections['resource'],
  page: readonly ResourceDocument[],
  includes: readonly Include[],
  limits: SearchLimits,
): Promise<Version[]> {
  if (page.length === 0 || includes.length === 0) return []
  const alternatives: Filter<ResourceDocument>[] = []
  const targets = referred(page, includes)
  if (targets.length > 0) alternatives.push({ _id: { $in: targets } })
  const [one, other] = await Promise.all([
    alternatives.length === 0 ? [] : find(alternatives),
    includes.some((include) => include.reverse) ? find(referring(page, includes)) : [],
  ])
  const found = new Map([...one, ...other].map((document) => [document._id, document]))
  for (const match of page) found.delete(match._id)
  return [...found.values()].map(versionOf)

  function find(filters: Filter<ResourceDocument>[]): Promise<ResourceDocument[]> {
    return resource
      .find({ live: true, $or: filters }, { ...limits, projection: VERSION_FIELDS })
      .toArray()
  }
}

/** What the matches refer to at the paths of the forward includes. */
function referred(page: readonly ResourceDocument[], includes: readonly Include[]): string[] {
  const targets = new Set<string>()
  for (const include of includes) {
    if (include.reverse) continue
    for (const match of page)
      for (const { p, t, i } of match.r ?? [])
        if (
          include.paths.includes(p) &&
          t !== '' &&
          (include.types === undefined || include.types.includes(String(t)))
        )
          targets.add(referenceOf(String(t), String(i)))
  }
  return [...targets]
}

/** Filters of what refers to the matches at the paths of the reverse includes. */
function referring(
  page: readonly ResourceDocument[],
  includes: readonly Include[],
): Filter<ResourceDocument>[] {
  const ids = new Map<string, string[]>()
  for (const { type, id } of page) ids.set(type, [...(ids.get(type) ?? []), id])
  return includes
    .filter((include) => include.reverse)
    .flatMap(({ paths, types }) =>
      [...ids].map(([t, of]) => ({
        ...(types === undefined ? {} : { type: { $in: types } }),
        r: { $elemMatch: { p: { $in: paths }, i: { $in: of }, t } },
      })),
    )
}
