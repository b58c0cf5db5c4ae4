// Search and count: a plan becomes one aggregation, its page one query, its includes two more at most.
// https://hl7.org/fhir/R4/search.html
// Must not use skip: a page begins after the sort values of the last row, so that writes neither hide nor repeat rows.
import type { ClientSession, Document, Filter } from 'mongodb'
import type { Condition, Plan, SortKey } from '../../search/plan.ts'
import { readIncludeCursor, writeIncludeCursor } from '../include-cursor.ts'
import { fitting, isEnough, until } from '../fitting.ts'
import type { Found, Version } from '../store.ts'
import { MOST_TESTED } from '../tested.ts'
import { withoutChains } from './chain.ts'
import { compile } from './compile.ts'
import type { CursorValue } from './cursor.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { ResourceDocument } from './document.ts'
import { FIELD, lengthOf, referenceOf, VERSION_FIELDS, versionOf } from './document.ts'
import { boundOf } from './tested.ts'
import { included } from './include.ts'
import type { Collections } from './schema.ts'

/** `limit`: longest time that the database works on one query, in milliseconds. */
export type SearchLimits = { readonly maxTimeMS: number }

type Row = ResourceDocument & { readonly [sortValue: `k${number}`]: CursorValue | undefined }

export async function search(
  { resource }: Collections,
  plan: Plan,
  limits: SearchLimits,
  mostTested = MOST_TESTED,
): Promise<Found> {
  const where = await withoutChains(resource, plan.where, limits)
  const filter = compile(plan.types, where)
  const order = orderOf(plan.sort)
  const between = readIncludeCursor(plan.cursor)
  const cursor = between === undefined ? plan.cursor : between.page
  const beyond = cursor === undefined ? undefined : afterRow(order, cursor)
  const after = beyond === undefined ? [] : [{ $match: beyond }]
  const bound = await boundOf(resource, { ...plan, where }, beyond, limits, mostTested)
  const forward = plan.includes.some((include) => !include.reverse)
  const rows: Row[] =
    plan.count === 0
      ? []
      : await until(
          resource.aggregate<Row>(
            [
              ...bound.stages,
              { $match: filter },
              ...order.computed,
              ...after,
              { $sort: order.sort },
              { $limit: plan.count + 1 },
              { $project: { ...VERSION_FIELDS, ...order.fields, ...(forward ? { r: 1 } : {}) } },
            ],
            limits,
          ),
          isEnough(lengthOf),
        )
  const page = rows.slice(0, fitting(rows, plan.count, lengthOf))
  const last = page.at(-1)
  const more = rows.length > page.length && last !== undefined
  await bound.judge(more)
  const known = plan.count > 0 && plan.cursor === undefined && !more
  const total = known
    ? page.length
    : plan.total || plan.count === 0
      ? await resource.countDocuments(filter, limits)
      : undefined
  const behind = between !== undefined ? between.next : more ? cursorOf(order, last) : undefined
  const beside = await included(resource, page, plan, between?.after, limits)
  const next =
    beside.last === undefined
      ? behind
      : writeIncludeCursor({ after: beside.last, page: cursor, next: behind })
  return {
    matches: between === undefined ? page.map(versionOf) : [],
    included: beside.versions,
    ...(next === undefined ? {} : { next }),
    ...(total === undefined ? {} : { total }),
  }
}

/** Exact number of matches of a plan. */
export const count = async (
  { resource }: Collections,
  plan: Plan,
  limits: SearchLimits,
  mostTested = MOST_TESTED,
): Promise<number> => {
  const where = await withoutChains(resource, plan.where, limits)
  await boundOf(resource, { ...plan, where, count: 0 }, undefined, limits, mostTested)
  return resource.countDocuments(compile(plan.types, where), limits)
}

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
