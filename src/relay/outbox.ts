// What waits to be sent: the store's changes behind the cursor, those of this edge, in groups that each become a Bundle.
// In a group no resource stands twice, and what one refers to stands in it or is at the hub already. docs/adr/0009-relay.md
// Must not write anything.
import { custodianIn } from '../consent/custody.ts'
import { isCase } from '../consent/teaching-case.ts'
import type { Version } from '../store/store.ts'
import { giveWay, inTurn, worked } from '../turn.ts'
import { wasSetAside } from './aside.ts'
import { valueOf } from './content.ts'
import type { Edge } from './edge.ts'
import { claims, type Link } from './link.ts'
import { targetsIn } from './reference.ts'
import { MOST_COUNTED } from './state.ts'

/** A version on its way to the hub. */
export type Item = {
  readonly version: Version
  /** What is known of it at the hub before. */
  readonly link: Link | undefined
  /** Which of the ids that it may get is tried. */
  readonly claim: number
  /** Whether it is one of its own, though the hub has another with the same identifier. */
  readonly distinct?: true
}

/** By `Type/id`. */
export type Group = ReadonlyMap<string, Item>

/** How servers work, and what was done on them: that is each server's own. */
const OWN_TO_SERVER: ReadonlySet<string> = new Set([
  ...['AuditEvent', 'Subscription', 'SearchParameter', 'CapabilityStatement'],
  ...['CompartmentDefinition', 'StructureDefinition', 'StructureMap', 'ImplementationGuide'],
  ...['OperationDefinition', 'TerminologyCapabilities', 'NamingSystem'],
])

export const isRelayed = (type: string): boolean => !OWN_TO_SERVER.has(type)

export const nameOf = ({ type, id }: { readonly type: string; readonly id: string }): string =>
  `${type}/${id}`

/** Id at the hub, known or hoped for. */
export const idThere = (edge: Edge, { version: { type, id }, link, claim }: Item): string =>
  link?.hub ?? claims(type, id, edge)[claim]!

/** Entries of a Bundle at most: each may have an issue, and an answer names a hundred. */
const MOST_ENTRIES = 250

/**
 * What of some changes is to be sent, in groups; each is made when the one before has been sent.
 * @param versions in the order of the store
 */
export async function* groupsOf(
  edge: Edge,
  versions: readonly Version[],
): AsyncGenerator<Group, void, undefined> {
  let group = new Map<string, Item>()
  let bytes = 0
  let began = worked()
  for (const version of versions) {
    const pause = giveWay(began)
    if (pause !== undefined) {
      await pause
      began = worked()
    }
    // What is known of a resource changes when the group with its version before is sent.
    if (group.has(nameOf(version))) {
      yield group
      group = new Map()
      bytes = 0
    }
    let added = await withTargets(edge, version, group)
    let more = sizeOf(added)
    const isFull = bytes + more > edge.state.room || group.size + added.size > MOST_ENTRIES
    if (isFull && group.size > 0 && added.size > 0) {
      yield group
      group = new Map()
      bytes = 0
      added = await withTargets(edge, version, group)
      more = sizeOf(added)
    }
    for (const [name, item] of added) group.set(name, item)
    bytes += more
  }
  if (group.size > 0) yield group
}

/** Bytes in a Bundle, about. */
function sizeOf(items: Group): number {
  let bytes = 0
  for (const { version } of items.values()) bytes += (version.text?.length ?? 0) + 200
  return bytes
}

/** A version as an item behind what it needs; none when it is not to be sent, or has been. */
async function withTargets(
  edge: Edge,
  version: Version,
  group: Group,
): Promise<ReadonlyMap<string, Item>> {
  const added = new Map<string, Item>()
  const item = await itemOf(edge, version)
  if (item !== undefined) await add(edge, item, group, added)
  return added
}

/** What it takes to know what waits. */
type Counting = Pick<Edge, 'context' | 'organization' | 'links'> & {
  readonly state: { readonly cursor: string }
}

/** Versions that wait to be sent, as far as they are counted. */
export async function waiting(edge: Counting): Promise<number> {
  let [count, looked, cursor] = [0, 0, edge.state.cursor]
  while (looked < MOST_COUNTED) {
    const { versions, cursor: next } = await edge.context.store.changes(cursor, AT_A_TIME)
    if (versions.length === 0) break
    await inTurn(versions, 1, async (version) => {
      if ((await itemOf(edge, version)) !== undefined) count++
    })
    looked += versions.length
    cursor = next
  }
  return count
}

const AT_A_TIME = 500

async function itemOf(
  edge: Pick<Edge, 'context' | 'organization' | 'links'>,
  version: Version,
): Promise<Item | undefined> {
  const { type, id } = version
  // A case is reviewed and released where it was made: the tags that say so are its server's alone.
  if (!isRelayed(type) || isCase(version)) return undefined
  const link = await edge.links.of(type, id)
  if (link !== undefined && version.version <= link.here) return undefined
  if (link !== undefined) return { version, link, claim: 0 }
  const isOwn = version.text !== undefined && isOurs(edge, version)
  return isOwn ? { version, link, claim: 0 } : undefined
}

/** Whether a resource that the hub has not seen yet is to go there; what it has seen goes whenever it is changed here. */
export function isOurs(
  { organization, context }: Pick<Edge, 'context' | 'organization'>,
  version: Version,
): boolean {
  if (organization === '') return true
  const custodian = custodianIn(version)
  // In open mode nobody is named: who writes here is the organization.
  return custodian === organization || (custodian === '' && context.config.auth === 'open')
}

/** Targets first; what refers to one another goes together. */
async function add(edge: Edge, item: Item, group: Group, added: Map<string, Item>): Promise<void> {
  const name = nameOf(item.version)
  if (added.has(name)) return
  added.set(name, item)
  if (item.version.text === undefined) return
  const { baseUrl, definitions } = edge.context
  for (const target of targetsIn(valueOf(item.version.text), baseUrl, definitions)) {
    if (group.has(target) || added.has(target)) continue
    const needed = await firstUnsent(edge, target)
    if (needed !== undefined) await add(edge, needed, group, added)
  }
  // A map keeps the order in which its names came first.
  added.delete(name)
  added.set(name, item)
}

/** The first version of a resource nothing of which was sent yet; undefined when it needs none, or the hub refuses it. */
async function firstUnsent(edge: Edge, name: string): Promise<Item | undefined> {
  const [type, id] = name.split('/') as [string, string]
  if (!isRelayed(type) || (await edge.links.of(type, id)) !== undefined) return undefined
  const { store } = edge.context
  const current = await store.read(type, id)
  if (current?.text === undefined || !isOurs(edge, current)) return undefined
  if (await wasSetAside(edge, name)) return undefined
  const first = current.version === 1 ? current : await store.vread(type, id, 1)
  return { version: first?.text === undefined ? current : first, link: undefined, claim: 0 }
}
