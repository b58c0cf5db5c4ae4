// What the hub has, taken over here: ids, references and versions matched, one commit for all of it, and the links that
// tell so. docs/adr/0009-relay.md
// A crash at any point leaves the store as it was before or as it is after, and `recover` finds out which.
// Must not change a version that was not sent yet without keeping it (conflict.ts).
import { hash } from 'node:crypto'
import { parseJson, stringify } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { toContent } from '../interaction/content.ts'
import type { NoteChange } from '../store/indexing.ts'
import type { Applied, Change, Content, Version } from '../store/store.ts'
import { inTurn } from '../turn.ts'
import { noLongerAside } from './aside.ts'
import { isSame, marked, originOf, valueOf } from './content.ts'
import { keeping, type Reason } from './conflict.ts'
import { keep, type Edge } from './edge.ts'
import { idFromHub, type Link } from './link.ts'
import { pointTo, targetsIn } from './reference.ts'
import type { State } from './state.ts'

/** A version at the hub. */
export type Arrival = {
  readonly type: string
  readonly id: string
  readonly version: number
  /** Undefined: deleted. */
  readonly resource: Resource | undefined
  /** Id of the resource here that it is the same as, where no link says so yet; and why. */
  readonly here?: string
  readonly reason?: Reason
}

/** One resource that is to be as the hub has it. */
type Step = {
  readonly type: string
  readonly id: string
  readonly link: Link
  /** Undefined: what is here is right as it is. */
  readonly change: Change | undefined
  /** Whether nothing was known of it at the hub before. */
  readonly isNew: boolean
  /** What keeps the versions of the edge that give way. */
  readonly kept: readonly Resource[]
}

const ATTEMPTS = 10

/**
 * Take over what the hub has, all or nothing.
 * @param state what becomes true of the relay with it
 * @throws Failure of the store
 */
export async function arrive(
  edge: Edge,
  arrivals: readonly Arrival[],
  state: Partial<State> = {},
): Promise<void> {
  const { store } = edge.context
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    let steps = await stepsOf(edge, arrivals)
    const changes = steps.flatMap(({ change }) => (change === undefined ? [] : [change]))
    for (const { kept } of steps)
      for (const resource of kept)
        changes.push(withoutCondition(await putOf(edge, resource, undefined)))
    if (changes.length > 0) {
      await store.notes.write(intentName(edge), stringify(steps.flatMap(intentOf)))
      const result = await store.commit(changes)
      // Somebody here was faster: it is looked at again.
      if (!result.ok) continue
      steps = asWritten(steps, result.applied)
    }
    const done = steps.filter(({ change }) => change !== undefined).length
    const conflicts = steps.filter(({ kept }) => kept.length > 0).length
    await keep(edge, [...steps.flatMap((step) => linkingOf(edge, step)), gone(intentName(edge))], {
      received: edge.state.received + done,
      conflicts: edge.state.conflicts + conflicts,
      ...patientsOf(edge, steps),
      ...state,
    })
    return
  }
  throw new Error(
    'What came from the hub could not be stored: it is being changed here all the time',
  )
}

/** Patients that this edge knows from now on: what was written about them before is still to be fetched (record.ts). */
function patientsOf(edge: Edge, steps: readonly Step[]): Pick<State, 'patients'> {
  const met = steps.filter(({ type, isNew }) => type === 'Patient' && isNew)
  if (met.length === 0) return {}
  return { patients: [...(edge.state.patients ?? []), ...met.map(({ link }) => link.hub)] }
}

/** With the versions that it came to: what a store finds equal gets none. */
function asWritten(steps: readonly Step[], applied: readonly Applied[]): Step[] {
  let next = 0
  return steps.map((step) => {
    if (step.change === undefined) return step
    const here = applied[next++]!.current?.version ?? step.link.here
    return { ...step, link: { ...step.link, here } }
  })
}

const linkingOf = (edge: Edge, { type, id, link }: Step): readonly NoteChange[] => [
  ...edge.links.linking(type, id, link),
  noLongerAside(edge, `${type}/${id}`),
]

const gone = (name: string): NoteChange => ({ name, text: undefined })

const intentName = ({ prefix }: Edge): string => `${prefix}arriving`

/** What was about to be written: a version that says this is the one. */
type Intent = {
  readonly type: string
  readonly id: string
  readonly link: Link
  /** Hash of what the version says; '' for a deletion. */
  readonly digest: string
}

const intentOf = ({ type, id, link, change }: Step): readonly Intent[] =>
  change === undefined
    ? []
    : [{ type, id, link, digest: change.kind === 'put' ? digestOf(change.content) : '' }]

const digestOf = ({ metaRest, rest }: Content): string =>
  hash('sha256', `${metaRest}}${rest}`, 'hex')

const BEGINNING =
  /^\{"resourceType":"\w+","id":"[\w.-]+","meta":\{"versionId":"\d+","lastUpdated":"[^"]+"/

/** After a crash in the middle of `arrive`: link what was written, forget what was not. */
export async function recover(edge: Edge): Promise<void> {
  const { store } = edge.context
  const text = await store.notes.read(intentName(edge))
  if (text === undefined) return
  const notes: NoteChange[] = []
  for (const { type, id, link, digest } of JSON.parse(text) as readonly Intent[]) {
    const version = await store.vread(type, id, link.here)
    if (version === undefined) continue
    const found =
      version.text === undefined ? '' : hash('sha256', version.text.replace(BEGINNING, ''), 'hex')
    if (found === digest) notes.push(...edge.links.linking(type, id, link))
  }
  await keep(edge, [...notes, gone(intentName(edge))])
}

async function stepsOf(edge: Edge, arrivals: readonly Arrival[]): Promise<readonly Step[]> {
  // Ids first, since what arrives refers to what arrives with it.
  const places = new Map<string, string>()
  const known = new Map<Arrival, Link | undefined>()
  await inTurn(arrivals, 1, async (arrival) => {
    const { type, id, version } = arrival
    const linked = await edge.links.idHere(type, id)
    const link = linked === undefined ? undefined : await edge.links.of(type, linked)
    if (link !== undefined) places.set(`${type}/${id}`, `${type}/${linked!}`)
    // One that was asked for counts also where the hub was set back to an older backup.
    if (link !== undefined && version <= link.there && arrival.reason === undefined) return
    if (link === undefined && arrival.resource === undefined) return
    known.set(arrival, link)
    if (link === undefined)
      places.set(`${type}/${id}`, `${type}/${arrival.here ?? (await idFor(edge, arrival, places))}`)
  })
  const steps: Step[] = []
  await inTurn([...known], 1, async ([arrival, link]) => {
    const here = places.get(`${arrival.type}/${arrival.id}`)!.split('/')[1]!
    const step = await stepOf(edge, arrival, here, link, places)
    if (step !== undefined) steps.push(step)
  })
  return steps
}

/** The hub's id where it is free here, or what has it says the same. */
async function idFor(
  edge: Edge,
  arrival: Arrival,
  places: ReadonlyMap<string, string>,
): Promise<string> {
  const { type, id } = arrival
  const there = await edge.context.store.read(type, id)
  if (there?.text === undefined)
    return (await edge.links.of(type, id)) === undefined ? id : idFromHub(id)
  if ((await edge.links.of(type, id)) !== undefined) return idFromHub(id)
  const value = await localOf(edge, arrival.resource!, places)
  return isSame(value, valueOf(there.text)) ? id : idFromHub(id)
}

async function stepOf(
  edge: Edge,
  arrival: Arrival,
  id: string,
  known: Link | undefined,
  places: ReadonlyMap<string, string>,
): Promise<Step | undefined> {
  const { type, version, resource, reason = 'changed' } = arrival
  const current = await edge.context.store.read(type, id)
  const [last, sent] = [current?.version ?? 0, known?.here ?? 0]
  const isChanged = last > sent && (known !== undefined || arrival.here !== undefined)
  const isFromHub = known === undefined ? arrival.here === undefined : known.fromHub === true
  const link: Link = {
    hub: arrival.id,
    there: version,
    here: last,
    ...(isFromHub ? { fromHub: true } : {}),
  }
  const done = (change?: Change, kept: readonly Resource[] = []): Step => ({
    type,
    id,
    link: change === undefined ? link : { ...link, here: last + 1 },
    change,
    isNew: known === undefined,
    kept,
  })
  if (resource === undefined) {
    if (current?.text === undefined) return { ...done(), link: { ...link, gone: true } }
    // Who goes on with what the other side removed is right: it is sent again, as new.
    if (isChanged) return { ...done(), link: { ...link, here: sent, gone: true } }
    const step = done({ kind: 'delete', type, id, ifVersion: last })
    return { ...step, link: { ...step.link, gone: true } }
  }
  const value = await localOf(edge, resource, places)
  if (current?.text !== undefined && isSame(value, valueOf(current.text))) return done()
  const put = await putOf(edge, { ...value, id }, current)
  if (!isChanged) return done(put)
  const losers = await versionsBetween(edge, type, id, sent + 1, last)
  return done(put, losers.length === 0 ? [] : keeping(edge, losers, reason))
}

async function versionsBetween(
  edge: Edge,
  type: string,
  id: string,
  from: number,
  to: number,
): Promise<readonly Version[]> {
  const found: Version[] = []
  for (let number = from; number <= to; number++) {
    const version = await edge.context.store.vread(type, id, number)
    if (version?.text !== undefined) found.push(version)
  }
  return found
}

/** Of what has an id by what it says: the same twice is the same. */
function withoutCondition({ ifVersion: _, ...change }: Change): Change {
  return change
}

async function putOf(
  edge: Edge,
  resource: Resource,
  current: Version | undefined,
): Promise<Change> {
  const { resourceType: type, id = '' } = resource
  const plain = parseJson(stringify(resource)) as Resource
  return {
    kind: 'put',
    type,
    id,
    method: 'PUT',
    content: await toContent({ plain, exact: resource }, id, edge.context),
    ifVersion: current?.text === undefined ? 0 : current.version,
  }
}

/** A resource of the hub with references to where things are here, without the mark that this edge gave it. */
async function localOf(
  edge: Edge,
  resource: Resource,
  known: ReadonlyMap<string, string>,
): Promise<Resource> {
  const { definitions, store } = edge.context
  const copy = structuredCopy(resource)
  const places = new Map<string, string>()
  for (const name of targetsIn(copy, edge.hub, definitions)) {
    const place = known.get(name) ?? (await placeHere(edge, name))
    if (place !== undefined) places.set(name, place)
    else {
      const [type, id] = name.split('/') as [string, string]
      // Something else has this id here: what isn't here must not seem to be that.
      if ((await store.read(type, id))?.text !== undefined && (await edge.links.of(type, id)))
        places.set(name, `${edge.hub}/${name}`)
    }
  }
  pointTo(copy, edge.hub, places, definitions)
  const origin = originOf(copy)
  return marked(copy, origin?.startsWith(`${edge.key}:`) === true ? undefined : origin)
}

async function placeHere(edge: Edge, name: string): Promise<string | undefined> {
  const [type, id] = name.split('/') as [string, string]
  const here = await edge.links.idHere(type, id)
  return here === undefined ? undefined : `${type}/${here}`
}

/** Digits of numbers stay. */
const structuredCopy = (resource: Resource): Resource => valueOf(stringify(resource))
