// Resources that matches refer to, or that refer to them, and those that these bring.
// https://hl7.org/fhir/R4/search.html#include
// Must not deliver one twice, nor a match again.
import type { Filter } from 'mongodb'
import type { Condition, Include, Plan } from '../../search/plan.ts'
import { fitting, isEnough, until } from '../fitting.ts'
import { INCLUDED, MOST_INCLUDED, tooManyIncluded } from '../include-cursor.ts'
import type { Version } from '../store.ts'
import { idsOf, withoutChains } from './chain.ts'
import { compile } from './compile.ts'
import type { ResourceDocument } from './document.ts'
import { lengthOf, referenceOf, VERSION_FIELDS, versionOf } from './document.ts'
import type { Collections } from './schema.ts'
import type { SearchLimits } from './search.ts'

export type Included = {
  readonly versions: readonly Version[]
  /** `_id` of the last one when there are more behind it. */
  readonly last?: string
}

type Resources = Collections['resource']

/** References in one filter at most. */
const BATCH = 2000

/**
 * What the matches of a page include; where that is more than a page holds, those with the least `_id` behind `after`.
 * @throws Failure `too-costly` for more than can be gathered
 */
export async function included(
  resource: Resources,
  page: readonly ResourceDocument[],
  { includes, includeCount = INCLUDED }: Plan,
  after: string | number | undefined,
  limits: SearchLimits,
): Promise<Included> {
  if (page.length === 0 || includes.length === 0) return { versions: [] }
  if (after === undefined) {
    const found = await gather(resource, page, includes, VERSION_FIELDS, includeCount, limits)
    if (found !== undefined) return { versions: found.map(versionOf) }
  }
  const keys = { type: 1, id: 1 } as const
  const all = await gather(resource, page, includes, keys, MOST_INCLUDED, limits)
  if (all === undefined) throw tooManyIncluded()
  // Ids are ASCII, so that this is the order of MongoDB too.
  const left = all
    .map(({ _id }) => _id)
    .filter((id) => after === undefined || id > String(after))
    .sort((a, b) => (a < b ? -1 : 1))
  const some = left.slice(0, includeCount + 1)
  const found = await until(
    resource
      .find({ _id: { $in: some }, live: true }, { ...limits, projection: VERSION_FIELDS })
      .sort({ _id: 1 }),
    isEnough(lengthOf),
  )
  const beside = found.slice(0, fitting(found, includeCount, lengthOf))
  const versions = beside.map(versionOf)
  const last = beside.at(-1)?._id
  return found.length > beside.length && last !== undefined ? { versions, last } : { versions }
}

/** Documents of what is included, each once; undefined when there are more than `most`, or more text than fits. */
async function gather(
  resource: Resources,
  page: readonly ResourceDocument[],
  includes: readonly Include[],
  fields: Readonly<Record<string, 1>>,
  most: number,
  limits: SearchLimits,
): Promise<ResourceDocument[] | undefined> {
  const again = includes.filter(({ iterate }) => iterate === true)
  const forward = again.some(({ reverse }) => !reverse)
  const projection = forward ? { ...fields, r: 1 } : fields
  const seen = new Set(page.map(({ _id }) => _id))
  const found: ResourceDocument[] = []
  const enough = isEnough(lengthOf)
  let from: readonly ResourceDocument[] = page
  for (let asked = includes; asked.length > 0 && from.length > 0; asked = again) {
    const next: ResourceDocument[] = []
    for (const [where, group] of Map.groupBy(asked, (include) => include.where))
      for (const near of filtersOf(from, group)) {
        const filter = where === undefined ? near : await fulfilling(resource, near, where, limits)
        if (filter === undefined) return undefined
        const documents = resource
          .find({ live: true, ...filter }, { ...limits, projection })
          // Those that were seen come again; beyond them, one more than fits tells that there are too many.
          .limit(seen.size + most - found.length + 1)
        for await (const document of documents) {
          if (seen.has(document._id)) continue
          if (found.length >= most || enough(document)) return undefined
          seen.add(document._id)
          found.push(document)
          next.push(document)
        }
      }
    from = next
  }
  return found
}

/** What of it fulfils a condition, whose chains look no further than these can see; undefined for too many. */
async function fulfilling(
  resource: Resources,
  filter: Filter<ResourceDocument>,
  where: Condition,
  limits: SearchLimits,
): Promise<Filter<ResourceDocument> | undefined> {
  const found = await resource
    .find({ live: true, ...filter }, { ...limits, projection: { _id: 0, type: 1, id: 1 } })
    .limit(MOST_INCLUDED + 1)
    .toArray()
  if (found.length > MOST_INCLUDED) return undefined
  const them = idsOf(found.map(({ type, id }) => [type, id]))
  const plain = await withoutChains(resource, { kind: 'and', of: [them, where] }, limits)
  return compile(undefined, plain)
}

function* filtersOf(
  from: readonly ResourceDocument[],
  includes: readonly Include[],
): Generator<Filter<ResourceDocument>> {
  for (let i = 0; i < from.length; i += BATCH) {
    const some = from.slice(i, i + BATCH)
    const targets = referred(some, includes)
    for (let j = 0; j < targets.length; j += BATCH)
      yield { _id: { $in: targets.slice(j, j + BATCH) } }
    const filters = referring(some, includes)
    if (filters.length > 0) yield { $or: filters }
  }
}

/** What documents refer to at the paths of the forward includes. */
function referred(from: readonly ResourceDocument[], includes: readonly Include[]): string[] {
  const targets = new Set<string>()
  for (const { reverse, paths, types } of includes) {
    if (reverse) continue
    const at = paths && new Set(paths)
    for (const { r } of from)
      for (const { p, t, i } of r ?? [])
        if (at?.has(p) !== false && t !== '' && (types === undefined || types.includes(String(t))))
          targets.add(referenceOf(String(t), String(i)))
  }
  return [...targets]
}

/** Filters of what refers to documents at the paths of the reverse includes. */
function referring(
  from: readonly ResourceDocument[],
  includes: readonly Include[],
): Filter<ResourceDocument>[] {
  const ids = new Map<string, string[]>()
  for (const { type, id } of from) {
    const known = ids.get(type)
    if (known === undefined) ids.set(type, [id])
    else known.push(id)
  }
  return includes
    .filter((include) => include.reverse)
    .flatMap(({ paths, types }) =>
      [...ids].map(([t, of]) => ({
        ...(types === undefined ? {} : { type: { $in: types } }),
        r: {
          $elemMatch: { ...(paths === undefined ? {} : { p: { $in: paths } }), i: { $in: of }, t },
        },
      })),
    )
}
