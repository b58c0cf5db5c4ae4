// What the hub has for this edge: its history since the last look, of which comes over what concerns the edge, with what
// that refers to. https://hl7.org/fhir/R4/http.html#history, docs/adr/0009-relay.md
// Must not go by the edge's clock: `_since` is an instant that the hub told.
import type { Resource } from '../fhir/message.ts'
import { isShared } from '../consent/shared.ts'
import { arrive, type Arrival } from './arrive.ts'
import { keep, type Edge } from './edge.ts'
import { LineDown } from './line.ts'
import { isRelayed } from './outbox.ts'
import { targetsIn } from './reference.ts'
import { fetchRecords, nextIn } from './record.ts'
import { ask, versionOf } from './settle.ts'
import { MOST_PAGE } from './state.ts'

/** What is committed while a look is under way may stand in the history a little later than its instant says. */
const OVERLAP_MS = 15_000

/**
 * Look at the hub's history to its end. Each page is kept, so that a look goes on where it was interrupted.
 * @throws LineDown, Failure of the store
 */
export async function pull(edge: Edge, stop: AbortSignal): Promise<void> {
  for (;;) {
    stop.throwIfAborted()
    const { sweep, since } = edge.state
    const answer = await look(edge, sweep?.next ?? firstPage(edge, since))
    if (answer === 'gone') {
      await keep(edge, [], { sweep: undefined })
      continue
    }
    const { body, date } = answer
    const until =
      sweep?.until ?? (date === undefined ? since : new Date(date - OVERLAP_MS).toISOString())
    const next = nextIn(body, '_history?')
    const arrivals = await inFull(edge, await concerning(edge, await unknown(edge, listedIn(body))))
    const state =
      next === undefined ? { sweep: undefined, since: until } : { sweep: { next, until } }
    const skew = edge.line.skew()
    await arrive(edge, await withNeeded(edge, arrivals), {
      ...state,
      ...(skew === undefined ? {} : { skew }),
    })
    if (next === undefined) return fetchRecords(edge, stop)
  }
}

const firstPage = ({ state }: Edge, since: string): string =>
  `_history?_elements=${LISTED.join(',')}&_count=${String(state.page)}${since === '' ? '' : `&_since=${since}`}`

type Page = { readonly body: Resource; readonly date: number | undefined }

/** @returns 'gone' for the link of a page that the hub no longer knows */
async function look(edge: Edge, url: string): Promise<Page | 'gone'> {
  try {
    const { status, body, issues, date } = await edge.line.ask('GET', url)
    if (status === 200 && body !== undefined) {
      const page = Math.min(MOST_PAGE, Math.ceil(edge.state.page * 1.5))
      edge.state = { ...edge.state, page }
      return { body, date }
    }
    if (edge.state.sweep !== undefined) return 'gone'
    throw new LineDown(
      `The hub shows no history: ${String(status)} ${issues[0]?.diagnostics ?? ''}`,
      false,
    )
  } catch (error) {
    if (error instanceof LineDown)
      edge.state = { ...edge.state, page: Math.max(1, edge.state.page >> 1) }
    throw error
  }
}

type HistoryEntry = {
  readonly resource?: Resource
  readonly request?: { readonly method?: string; readonly url?: string }
  readonly response?: { readonly etag?: string }
}

/** Elements by which a resource says what it is about: the rest of it is fetched when that concerns the edge. */
const LISTED: readonly string[] = [
  ...['subject', 'patient', 'for', 'beneficiary', 'individual', 'encounter', 'context', 'target'],
  ...['focus', 'basedOn', 'partOf', 'about', 'request', 'response', 'inResponseTo', 'derivedFrom'],
  ...['hasMember', 'result', 'owner', 'requester', 'recipient', 'performer', 'participant'],
  ...['sender', 'source', 'securityContext', 'related', 'relatesTo', 'supportingInfo'],
]

/** The newest version of each resource on a page, the oldest first. */
function listedIn({ entry }: Resource): readonly Arrival[] {
  const found = new Map<string, Arrival>()
  for (const { resource, request, response } of (entry ?? []) as readonly HistoryEntry[]) {
    const [type, id] =
      resource === undefined
        ? (request?.url ?? '').split('/')
        : [resource.resourceType, resource.id]
    const version = Number(/"(\d+)"/.exec(response?.etag ?? '')?.[1])
    if (type === undefined || id === undefined || !isRelayed(type) || Number.isNaN(version))
      continue
    const name = `${type}/${id}`
    if (!found.has(name)) found.set(name, { type, id, version, resource })
  }
  return [...found.values()].reverse()
}

/** Without what this edge has, most of which it has sent itself, and without the removal of what it hasn't. */
async function unknown(edge: Edge, listed: readonly Arrival[]): Promise<readonly Arrival[]> {
  const left: Arrival[] = []
  for (const one of listed) {
    const here = await edge.links.idHere(one.type, one.id)
    const link = here === undefined ? undefined : await edge.links.of(one.type, here)
    const isNews =
      link === undefined
        ? !isShared(one.type) && one.resource !== undefined
        : one.version > link.there
    if (isNews) left.push(one)
  }
  return left
}

/** Bodies that are asked for at once, on a bad line. */
const AT_A_TIME = 50

/** The same with all that they say. */
async function inFull(edge: Edge, listed: readonly Arrival[]): Promise<readonly Arrival[]> {
  const full = new Map<Arrival, Arrival>()
  const wanted = listed.filter(({ resource }) => resource !== undefined)
  for (let i = 0; i < wanted.length; i += AT_A_TIME) {
    const some = wanted.slice(i, i + AT_A_TIME)
    const found = await ask(
      edge,
      some.map(({ type, id, version }) => `${type}/${id}/_history/${String(version)}`),
    )
    for (const [n, { status, resource }] of found.entries())
      if (status === 200 && resource !== undefined) full.set(some[n]!, { ...some[n]!, resource })
  }
  // What is hidden since then is left out.
  return listed.flatMap((one) => (one.resource === undefined ? one : (full.get(one) ?? [])))
}

/** Types by which organizations ask something of one another. */
const REQUESTS: ReadonlySet<string> = new Set([
  ...['Task', 'ServiceRequest', 'Communication', 'CommunicationRequest', 'Appointment'],
])

/** Those that this edge has, or that are about something that it has. */
async function concerning(edge: Edge, arrivals: readonly Arrival[]): Promise<readonly Arrival[]> {
  const taken = new Set<Arrival>()
  const names = new Set<string>()
  // What concerns may stand behind what it makes concern.
  for (let isMore = true; isMore;) {
    isMore = false
    for (const arrival of arrivals) {
      if (taken.has(arrival) || !(await concerns(edge, arrival, names))) continue
      taken.add(arrival)
      if (!isShared(arrival.type)) names.add(`${arrival.type}/${arrival.id}`)
      isMore = true
    }
  }
  return arrivals.filter((one) => taken.has(one))
}

async function concerns(
  edge: Edge,
  { type, id, resource }: Arrival,
  taken: ReadonlySet<string>,
): Promise<boolean> {
  if ((await edge.links.idHere(type, id)) !== undefined) return true
  if (resource === undefined) return false
  for (const target of targetsIn(resource, edge.hub, edge.context.definitions)) {
    if (taken.has(target)) return true
    const [targetType, targetId] = target.split('/') as [string, string]
    if (REQUESTS.has(type) && (await isParty(edge, targetType, targetId))) return true
    // Many records name one device, one medicine or one place: that they share it is no reason.
    if (!isShared(targetType) && !OF_MANY.has(targetType))
      if ((await edge.links.idHere(targetType, targetId)) !== undefined) return true
  }
  return false
}

const PARTIES: ReadonlySet<string> = new Set([
  ...['Organization', 'PractitionerRole', 'Practitioner', 'Location'],
])

/** Whether it is who asks or is asked at this edge: its organization, or in open mode whoever was made here. */
async function isParty(edge: Edge, type: string, id: string): Promise<boolean> {
  if (edge.organization !== '') return type === 'Organization' && id === edge.organization
  if (!PARTIES.has(type)) return false
  const here = await edge.links.idHere(type, id)
  return here !== undefined && (await edge.links.of(type, here))?.fromHub !== true
}

const OF_MANY: ReadonlySet<string> = new Set([
  'Device',
  'DeviceDefinition',
  'Medication',
  'Substance',
  'Group',
])

/** References are followed so far, and so many at most. */
const STEPS = 3
const MOST_NEEDED = 200

/** What arrives, behind what it refers to and isn't here, as far as the hub shows it. */
async function withNeeded(edge: Edge, arrivals: readonly Arrival[]): Promise<readonly Arrival[]> {
  const all = new Map(arrivals.map((one) => [`${one.type}/${one.id}`, one]))
  const asked = new Set<string>()
  let latest: readonly Arrival[] = arrivals
  const needed: Arrival[] = []
  for (let step = 0; step < STEPS && latest.length > 0 && asked.size < MOST_NEEDED; step++) {
    const missing = new Set<string>()
    for (const { resource } of latest)
      if (resource !== undefined)
        for (const target of targetsIn(resource, edge.hub, edge.context.definitions))
          if (!all.has(target) && !asked.has(target) && (await isMissing(edge, target)))
            missing.add(target)
    const urls = [...missing].slice(0, MOST_NEEDED - asked.size)
    for (const url of urls) asked.add(url)
    const found = urls.length === 0 ? [] : await ask(edge, urls)
    latest = found.flatMap(({ status, resource }) =>
      status === 200 && resource !== undefined
        ? [
            {
              type: resource.resourceType,
              id: resource.id!,
              version: versionOf(resource),
              resource,
            },
          ]
        : [],
    )
    needed.unshift(...latest)
  }
  return [...needed, ...arrivals]
}

async function isMissing(edge: Edge, name: string): Promise<boolean> {
  const [type, id] = name.split('/') as [string, string]
  if (!isRelayed(type) || (await edge.links.idHere(type, id)) !== undefined) return false
  const here = await edge.context.store.read(type, id)
  if (here?.text === undefined) return true
  // Who gives care and where has one id on the network; of anything else this may be another one.
  return !isShared(type)
}
