// What the hub has of versions that it refused, or whose answer was lost: they arrived before, somebody else has changed
// or claimed them, or it has nothing of them. docs/adr/0009-relay.md
// Must not write at the hub.
import { stringify } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import type { NoteChange } from '../store/indexing.ts'
import { arrive } from './arrive.ts'
import { noLongerAside, settingAside } from './aside.ts'
import { copyOf, identityOf } from './bundle.ts'
import { isSame, originOf } from './content.ts'
import { keep, type Edge } from './edge.ts'
import { LineDown } from './line.ts'
import { claims } from './link.ts'
import { idThere, nameOf, type Group, type Item } from './outbox.ts'
import { linkOf } from './push.ts'

/** What became of an item: nothing is left to send, or it is to be sent in another way. */
export type Settled = ReadonlyMap<string, Item | 'done'>

/** Answers that hold bodies stay short on a bad line. */
const AT_A_TIME = 20

/**
 * After a lost answer: link what has arrived of a group. Each is looked at, since one of them may have arrived before, in
 * another transaction than the one that nobody heard of.
 */
export async function linkArrived(edge: Edge, group: Group): Promise<void> {
  const items = [...group.values()].filter(({ version }) => version.text !== undefined)
  for (let i = 0; i < items.length; i += AT_A_TIME) {
    const some = items.slice(i, i + AT_A_TIME)
    const found = await ask(
      edge,
      some.map((item) => landingUrl(edge, item)),
    )
    for (const [n, item] of some.entries()) {
      const { status, resource } = found[n]!
      if (status === 200 && isSame(resource!, await copyOf(edge, item, group)))
        await linked(edge, item, versionOf(resource!))
    }
  }
}

/** The version that the hub would have made of it. */
const landingUrl = (edge: Edge, item: Item): string =>
  `${item.version.type}/${idThere(edge, item)}/_history/${String((item.link?.there ?? 0) + 1)}`

/** Ask the hub about items, and act on what it has. */
export async function settle(edge: Edge, group: Group): Promise<Settled> {
  const settled = new Map<string, Item | 'done'>()
  const items = [...group.values()]
  for (let i = 0; i < items.length; i += AT_A_TIME) {
    const some = items.slice(i, i + AT_A_TIME)
    const answers = await ask(
      edge,
      some.flatMap((item) => [
        `${item.version.type}/${idThere(edge, item)}`,
        landingUrl(edge, item),
      ]),
    )
    for (const [n, item] of some.entries()) {
      const outcome = await decide(edge, item, group, answers[2 * n]!, answers[2 * n + 1]!)
      if (outcome !== undefined) settled.set(nameOf(item.version), outcome)
    }
  }
  return settled
}

async function decide(
  edge: Edge,
  item: Item,
  group: Group,
  current: Found,
  landing: Found,
): Promise<Item | 'done' | undefined> {
  const { version, link } = item
  const { type, id } = version
  const isChanged =
    link !== undefined && current.status === 200 && versionOf(current.resource!) !== link.there
  if (version.text === undefined) {
    if (current.status === 410 || current.status === 404)
      return linked(edge, item, (link?.there ?? 0) + 1)
    return isChanged ? giveWay(edge, item, current, 'changed') : undefined
  }
  const ours = await copyOf(edge, item, group)
  if (landing.status === 200 && isSame(landing.resource!, ours))
    return linked(edge, item, versionOf(landing.resource!))
  if (current.status === 200 && isSame(current.resource!, ours))
    return linked(edge, item, versionOf(current.resource!))
  if (link !== undefined) {
    // The hub has lost it, or somebody removed it there: who goes on with it makes it anew.
    if ((current.status === 410 || current.status === 404) && link.gone !== true)
      return { ...item, link: { ...link, gone: true } }
    return isChanged ? giveWay(edge, item, current, 'changed') : undefined
  }
  // This edge sent it and has forgotten: it was set back to an older backup.
  if (current.status === 200 && originOf(current.resource!) === `${edge.key}:${type}/${id}`)
    return giveWay(edge, item, current, 'changed')
  const identical = await sameIdentity(edge, item, ours)
  if (identical !== undefined || current.status !== 200) return identical
  // Somebody else has claimed this id.
  const next = item.claim + 1
  return next < claims(type, id, edge).length ? { ...item, claim: next } : undefined
}

/** Another edge's copy of the same person or thing: from now on both are one. */
async function sameIdentity(
  edge: Edge,
  item: Item,
  ours: Resource,
): Promise<Item | 'done' | undefined> {
  const condition = item.distinct === true ? undefined : identityOf(edge, ours)
  if (condition === undefined) return undefined
  const { type } = item.version
  const [found] = await ask(edge, [`${type}?${condition}&_count=2`])
  const matches = ((found?.resource?.entry ?? []) as { resource?: Resource }[]).flatMap(
    ({ resource }) => (resource?.resourceType === type ? [resource] : []),
  )
  const others = await Promise.all(matches.map(({ id }) => edge.links.idHere(type, id!)))
  if (matches.length > 1) {
    // This edge has two of them, and means it.
    if (others.some((here) => here !== undefined)) return { ...item, distinct: true }
    const diagnostics = `The hub has more than one ${type} with these identifiers: ${matches.map((one) => one.id).join(', ')}`
    const issue = { severity: 'error', code: 'multiple-matches', diagnostics } as const
    await keep(edge, [settingAside(edge, item.version, { status: 412, issues: [issue] })])
    return 'done'
  }
  const [match] = matches
  if (match === undefined) return undefined
  if (others[0] !== undefined) return { ...item, distinct: true }
  return giveWay(edge, item, { status: 200, resource: match }, 'identity')
}

async function linked(edge: Edge, item: Item, there: number): Promise<'done'> {
  const { type, id } = item.version
  const notes: NoteChange[] = [
    ...edge.links.linking(type, id, linkOf(edge, item, there)),
    noLongerAside(edge, `${type}/${id}`),
  ]
  await keep(edge, notes, { sent: edge.state.sent + 1 })
  return 'done'
}

/** What the hub has becomes what is here; what was here is kept (conflict.ts). */
async function giveWay(
  edge: Edge,
  item: Item,
  { resource }: Found,
  reason: 'changed' | 'identity',
): Promise<'done'> {
  const { type, id } = item.version
  await arrive(edge, [
    {
      type,
      id: resource!.id!,
      version: versionOf(resource!),
      resource,
      reason,
      ...(item.link === undefined ? { here: id } : {}),
    },
  ])
  return 'done'
}

export const versionOf = ({ meta }: Resource): number => Number(meta?.versionId ?? NaN)

export type Found = { readonly status: number; readonly resource: Resource | undefined }

/** Several reads in one request. @throws LineDown */
export async function ask(edge: Edge, urls: readonly string[]): Promise<readonly Found[]> {
  const { status, body } = await edge.line.ask(
    'POST',
    '',
    stringify({
      resourceType: 'Bundle',
      type: 'batch',
      entry: urls.map((url) => ({ request: { method: 'GET', url } })),
    }),
  )
  const entry = (body?.entry ?? []) as readonly {
    resource?: Resource
    response?: { status?: string }
  }[]
  if (status !== 200 || entry.length !== urls.length)
    throw new LineDown(`The hub does not say what it has: ${String(status)}`, false)
  return entry.map(({ resource, response }) => ({
    status: Number.parseInt(response?.status ?? '', 10),
    resource,
  }))
}
