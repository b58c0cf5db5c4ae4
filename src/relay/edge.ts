// What the parts of the relay share: the edge's own store, the line to the hub, and the notes that tell how far it has come.
// docs/adr/0009-relay.md
// Must not hold anything that a restart would miss: what counts is in the notes.
import { hash, randomBytes } from 'node:crypto'
import type { Context } from '../context.ts'
import type { NoteChange } from '../store/indexing.ts'
import type { Line } from './line.ts'
import { linksIn, type Links } from './link.ts'
import { NO_STATE, type State } from './state.ts'

/** Time as the relay knows it; tests have one of their own. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after so many milliseconds, or when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export type Edge = {
  readonly context: Context
  /** FHIR base of the hub. */
  readonly hub: string
  readonly line: Line
  /** Of this edge among others, made once and kept. */
  readonly key: string
  /** Id of the Organization whose records are forwarded; '' = all. */
  readonly organization: string
  readonly links: Links
  /** Names of the notes begin so. */
  readonly prefix: string
  readonly clock: Clock
  /** Where it stands; replaced as a whole. */
  state: State
}

/** Names of the notes of a relay to this hub: another hub knows nothing of what this one has. */
export const prefixOf = (hub: string): string => `relay/${hash('sha256', hub, 'hex').slice(0, 12)}/`

/** @param key of `Math.random`'s kind would be guessed; this one is kept at the first start */
export async function openEdge(
  context: Context,
  { hub, line, organization, clock }: Pick<Edge, 'hub' | 'line' | 'organization' | 'clock'>,
): Promise<Edge> {
  const { notes } = context.store
  const prefix = prefixOf(hub)
  const key = await notes.writeOnce('relay/edge', randomBytes(5).toString('hex'))
  const kept = await notes.read(`${prefix}state`)
  return {
    context,
    hub,
    line,
    key,
    organization,
    links: linksIn(notes, prefix),
    prefix,
    clock,
    state: {
      ...NO_STATE,
      hub,
      edge: key,
      ...(kept === undefined ? {} : (JSON.parse(kept) as State)),
    },
  }
}

/** Keep what came of a step, and where the relay stands now: in this order, so that a crash in between repeats the step. */
export async function keep(
  edge: Edge,
  changes: readonly NoteChange[],
  state: Partial<State> = {},
): Promise<void> {
  const next = { ...edge.state, ...state }
  await edge.context.store.notes.writeAll([
    ...changes,
    { name: `${edge.prefix}state`, text: JSON.stringify(next) },
  ])
  edge.state = next
}
