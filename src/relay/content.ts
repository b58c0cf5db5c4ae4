// What a resource says apart from where it is: the form in which edge and hub compare versions, and the marks of a copy.
// Must not lose digits of a number.
import { COUNTRY_SYSTEM, CUSTODIAN_SYSTEM, RECIPIENT_SYSTEM } from '../search/record.ts'
import { parseLossless, stringify } from '../fhir/json.ts'
import type { Meta, Resource } from '../fhir/message.ts'

/** System of the tag on the hub's copy of what an edge made: key of the edge, `:`, type and id there. */
export const ORIGIN_SYSTEM = 'http://ieum.example/fhir/CodeSystem/relay-origin'

type Tag = { readonly system?: unknown; readonly code?: unknown }

/** A stored text as a value that may be changed. */
export const valueOf = (text: string): Resource => parseLossless(text) as Resource

/** Which edge made it, and what it is there; undefined for what says nothing of it. */
export function originOf({ meta }: Resource): string | undefined {
  const code = tagsOf(meta).find(({ system }) => system === ORIGIN_SYSTEM)?.code
  return typeof code === 'string' ? code : undefined
}

/** With this mark alone of those that name an edge, without version and time of where it was. */
export function marked(resource: Resource, origin: string | undefined): Resource {
  const { resourceType, id, meta, ...rest } = resource
  const { versionId: _v, lastUpdated: _l, tag: _t, ...others } = meta ?? {}
  const tag = tagsOf(meta).filter(({ system }) => system !== ORIGIN_SYSTEM)
  if (origin !== undefined) tag.push({ system: ORIGIN_SYSTEM, code: origin })
  const made = { ...others, ...(tag.length === 0 ? {} : { tag }) } as Meta
  return {
    resourceType,
    ...(id === undefined ? {} : { id }),
    ...(Object.keys(made).length === 0 ? {} : { meta: made }),
    ...rest,
  }
}

/** Whether two say the same: what each server sets by itself, and the order of members, count for nothing. */
export const isSame = (a: Resource, b: Resource): boolean => bare(a) === bare(b)

/** Systems of tags that servers give by themselves. */
const BY_SERVER: ReadonlySet<unknown> = new Set([
  CUSTODIAN_SYSTEM,
  COUNTRY_SYSTEM,
  RECIPIENT_SYSTEM,
])

function bare(resource: Resource): string {
  const { id: _id, meta, ...rest } = marked(resource, undefined)
  const tag = tagsOf(meta).filter(({ system }) => !BY_SERVER.has(system))
  const { tag: _t, ...others } = meta ?? {}
  return stringify(inOrder({ ...rest, meta: tag.length === 0 ? others : { ...others, tag } }))
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, inOrder(member)]),
  )
}

const tagsOf = (meta: Meta | undefined): Tag[] =>
  Array.isArray(meta?.tag) ? [...(meta.tag as readonly Tag[])] : []
