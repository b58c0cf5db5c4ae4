// One pass over what waits: each group sent as a transaction, again until all of it is at the hub, gave way or was set aside.
// docs/adr/0009-relay.md
// Must not take a version for sent before the hub has said so: that is what links stand for.
import type { Issue } from '../errors.ts'
import type { NoteChange } from '../store/indexing.ts'
import type { Version } from '../store/store.ts'
import { noLongerAside, settingAside } from './aside.ts'
import { bundleOf } from './bundle.ts'
import { keep, type Edge } from './edge.ts'
import { LineDown, type Answer } from './line.ts'
import { logSending } from './log.ts'
import type { Link } from './link.ts'
import { groupsOf, idThere, type Group, type Item } from './outbox.ts'
import { linkArrived, settle } from './settle.ts'
import { LEAST_ROOM, MOST_ROOM } from './state.ts'

/** Versions that one pass looks at. */
const AT_A_TIME = 500

/** A group whose answer was lost: the hub is asked about it before anything else is sent. */
export type Doubt = { group: Group | undefined }

/**
 * Send what waits, from the cursor on.
 * @returns whether there is more
 * @throws LineDown, Failure of the store; what was acknowledged until then is kept
 */
export async function push(edge: Edge, doubt: Doubt, stop: AbortSignal): Promise<boolean> {
  if (doubt.group !== undefined) {
    await linkArrived(edge, doubt.group)
    doubt.group = undefined
  }
  const { versions, cursor } = await edge.context.store.changes(edge.state.cursor, AT_A_TIME)
  if (versions.length === 0) return false
  await sendAll(edge, versions, doubt, stop)
  await keep(edge, [], { cursor })
  return true
}

/** Send versions, in the order of the store. */
export async function sendAll(
  edge: Edge,
  versions: readonly Version[],
  doubt: Doubt,
  stop: AbortSignal,
): Promise<void> {
  for await (const group of groupsOf(edge, versions)) {
    stop.throwIfAborted()
    await sendGroup(edge, group, doubt)
  }
}

/** Each round sends less, or something that the hub has been asked about. */
const MOST_ROUNDS = 12

async function sendGroup(edge: Edge, given: Group, doubt: Doubt): Promise<void> {
  let group = given
  for (let round = 0; group.size > 0; round++) {
    if (round >= MOST_ROUNDS) throw new LineDown('The hub keeps changing what is sent to it', false)
    const answer = await post(edge, group, doubt)
    if (answer.status < 300) return acknowledge(edge, group, answer)
    const named = namedIn(group, answer.issues)
    if (answer.status === 413 && group.size > 1) {
      for (const half of halves(group)) await sendGroup(edge, half, doubt)
      return
    }
    // What the hub has of them decides: most of what is refused has arrived before, or is there from elsewhere.
    const asked = named.size > 0 ? named : group
    const settled = await settle(edge, asked)
    const left = new Map(group)
    for (const [name, outcome] of settled)
      if (outcome === 'done') left.delete(name)
      else left.set(name, outcome)
    const unexplained = [...asked].filter(([name]) => !settled.has(name))
    if (unexplained.length === group.size) {
      if (group.size === 1) return setAside(edge, unexplained[0]![1], answer)
      for (const half of halves(group)) await sendGroup(edge, half, doubt)
      return
    }
    // Alone each gets an answer of its own.
    for (const [name, item] of unexplained) {
      left.delete(name)
      await sendGroup(edge, new Map([[name, item]]), doubt)
    }
    group = left
  }
}

/** Answers by which a hub says that there is nothing to post to. */
const NO_BASE: ReadonlySet<number> = new Set([404, 405, 406, 410, 415])

/** Powers of two of the usual time. */
const MOST_PATIENCE = 5
const MOST_FAULTS = 6

/** @throws LineDown, with the group in doubt and less room for the next one */
async function post(edge: Edge, group: Group, doubt: Doubt): Promise<Answer> {
  const text = await bundleOf(edge, group)
  await logSending(edge, group)
  try {
    // What can't be made smaller gets more time with each failure.
    const patience = group.size > 1 ? 1 : 2 ** Math.min(edge.state.failures, MOST_PATIENCE)
    const answer = await edge.line.ask('POST', '', text, patience)
    if (NO_BASE.has(answer.status))
      throw new LineDown(`RELAY_HUB is no base of a FHIR server: ${String(answer.status)}`, false)
    const { room } = edge.state
    // What was smaller than the room says nothing about it.
    if (answer.status < 300 && text.length > room / 2)
      edge.state = { ...edge.state, room: Math.min(MOST_ROOM, Math.ceil(room * 1.5)) }
    return answer
  } catch (error) {
    if (!(error instanceof LineDown)) throw error
    // What makes the hub fail by itself must not hold up the rest for ever.
    if (error.status === 500 && group.size === 1 && edge.state.failures >= MOST_FAULTS)
      return { status: 500, body: undefined, issues: [], date: undefined }
    if (error.inDoubt) {
      doubt.group = group
      edge.state = { ...edge.state, room: Math.max(LEAST_ROOM, edge.state.room >> 1) }
    }
    throw error
  }
}

/** The hub has them. */
async function acknowledge(edge: Edge, group: Group, answer: Answer): Promise<void> {
  const responses = (answer.body?.entry ?? []) as readonly Answered[]
  if (responses.length !== group.size)
    throw new LineDown('The hub answers something else than was asked', true)
  const notes: NoteChange[] = []
  let next = 0
  for (const [name, item] of group) {
    const { type, id } = item.version
    const etag = /"(\d+)"/.exec(responses[next++]?.response?.etag ?? '')?.[1]
    const there = etag === undefined ? (item.link?.there ?? 0) + 1 : Number(etag)
    notes.push(
      ...edge.links.linking(type, id, linkOf(edge, item, there)),
      noLongerAside(edge, name),
    )
  }
  await keep(edge, notes, {
    sent: edge.state.sent + group.size,
    bytes: edge.state.bytes + edge.line.bytes(),
    lastSuccess: new Date(edge.clock.now()).toISOString(),
  })
}

type Answered = { readonly response?: { readonly etag?: string } }

/** The link of an item that the hub has as this version. */
export const linkOf = (edge: Edge, item: Item, there: number): Link => ({
  hub: idThere(edge, item),
  there,
  here: item.version.version,
  ...(item.version.text === undefined ? { gone: true } : {}),
  ...(item.link?.fromHub === true ? { fromHub: true } : {}),
})

const setAside = (edge: Edge, { version }: Item, answer: Answer): Promise<void> =>
  keep(edge, [settingAside(edge, version, answer)])

/** The items that issues are about. */
function namedIn(group: Group, issues: readonly Issue[]): Group {
  const items = [...group]
  const named = new Map<string, Item>()
  for (const { expression } of issues)
    for (const path of expression ?? []) {
      const index = /^Bundle\.entry\[(\d+)\]/.exec(path)?.[1]
      const found = index === undefined ? undefined : items[Number(index)]
      if (found !== undefined) named.set(...found)
    }
  return named
}

function halves(group: Group): readonly Group[] {
  const items = [...group]
  return [new Map(items.slice(0, items.length >> 1)), new Map(items.slice(items.length >> 1))]
}
