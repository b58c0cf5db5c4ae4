// A group as the transaction Bundle that the hub gets: each entry with the condition under which it holds.
// https://hl7.org/fhir/R4/http.html#transaction, docs/adr/0009-relay.md
// Must not send a write without a condition: what somebody changed at the hub meanwhile is never overwritten.
import { CUSTODIAN_SYSTEM } from '../search/record.ts'
import { stringify } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { marked, originOf, valueOf } from './content.ts'
import type { Edge } from './edge.ts'
import { claims } from './link.ts'
import { idThere, isOurs, isRelayed, nameOf, type Group, type Item } from './outbox.ts'
import { pointTo, targetsIn } from './reference.ts'
import { inTurn } from '../turn.ts'

/** Text of the Bundle; its entries are in the order of the group. */
export async function bundleOf(edge: Edge, group: Group): Promise<string> {
  const entry: object[] = []
  await inTurn([...group.values()], 1, async (item) => {
    entry.push(await entryOf(edge, item, group))
  })
  return stringify({ resourceType: 'Bundle', type: 'transaction', entry })
}

async function entryOf(edge: Edge, item: Item, group: Group): Promise<object> {
  const { version, link } = item
  const there = idThere(edge, item)
  const url = `${version.type}/${there}`
  const ifMatch = `W/"${String(link?.there ?? 0)}"`
  if (version.text === undefined) return { request: { method: 'DELETE', url, ifMatch } }
  const resource = await copyOf(edge, item, group)
  const isNew = link === undefined || link.gone === true
  const condition =
    link === undefined && item.distinct !== true ? identityOf(edge, resource) : undefined
  return {
    fullUrl: `${edge.hub}/${url}`,
    resource,
    request: {
      method: 'PUT',
      url: condition === undefined ? url : `${version.type}?${condition}`,
      ...(isNew ? { ifNoneMatch: '*' } : { ifMatch }),
    },
  }
}

/** The resource as the hub will have it. */
export async function copyOf(edge: Edge, item: Item, group: Group): Promise<Resource> {
  const { version, link } = item
  const { baseUrl, definitions } = edge.context
  const value = valueOf(version.text!)
  const places = new Map<string, string>()
  for (const name of targetsIn(value, baseUrl, definitions)) {
    const place = await placeThere(edge, name, group)
    if (place !== name) places.set(name, place)
  }
  pointTo(value, baseUrl, places, definitions)
  const origin = link?.fromHub === true ? originOf(value) : `${edge.key}:${nameOf(version)}`
  return { ...marked(value, origin), id: idThere(edge, item) }
}

/** Where the hub has, or will have, what is here under this name. */
async function placeThere(edge: Edge, name: string, group: Group): Promise<string> {
  const [type, id] = name.split('/') as [string, string]
  const item = group.get(name)
  if (item !== undefined) return `${type}/${idThere(edge, item)}`
  const link = await edge.links.of(type, id)
  if (link !== undefined) return `${type}/${link.hub}`
  const here = isRelayed(type) ? await edge.context.store.read(type, id) : undefined
  if (here?.text === undefined || !isOurs(edge, here)) return name
  return `${type}/${claims(type, id, edge)[0]!}`
}

/** Types of which one identifier stands for one person or thing, whoever wrote it down. */
const WITH_IDENTITY: ReadonlySet<string> = new Set([
  ...['Patient', 'Practitioner', 'Organization', 'Location', 'Device'],
])

type Identifier = { readonly system?: unknown; readonly value?: unknown; readonly use?: unknown }

const NO_LONGER = new Set<unknown>(['old', 'temp'])

/** The search by which another edge's copy of the same person or thing is found; undefined when nothing tells. */
export function identityOf({ organization }: Edge, resource: Resource): string | undefined {
  if (!WITH_IDENTITY.has(resource.resourceType) || !Array.isArray(resource.identifier))
    return undefined
  const tokens = (resource.identifier as readonly Identifier[]).flatMap(({ system, value, use }) =>
    typeof system === 'string' && typeof value === 'string' && !NO_LONGER.has(use)
      ? [`${escaped(system)}|${escaped(value)}`]
      : [],
  )
  if (tokens.length === 0) return undefined
  const condition = `identifier=${encodeURIComponent([...new Set(tokens)].join(','))}`
  // Each organization has a record of its own of a patient: docs/adr/0006-who-may-see-what.md
  return organization === ''
    ? condition
    : `${condition}&_tag=${encodeURIComponent(`${CUSTODIAN_SYSTEM}|${organization}`)}`
}

/** https://hl7.org/fhir/R4/search.html#escaping */
const escaped = (text: string): string => text.replace(/[\\,|$]/g, (c) => `\\${c}`)
