// The states of a Task that asks another organization for something, and whose step leads from one to the next.
// https://hl7.org/fhir/R4/task.html#statemachine, docs/network.md
// Must not know who an organization is, nor any other type than Task.

/** Who takes a step: the organization that asks, or the one that is asked. */
export type Side = 'requester' | 'owner'

type Steps = Readonly<Partial<Record<string, Side>>>

const WITHDRAWN: Steps = { cancelled: 'requester', 'entered-in-error': 'requester' }
const ENDED: Steps = { 'entered-in-error': 'requester' }

/** By state: what may follow, and who makes it so. */
const MACHINE: Readonly<Record<string, Steps>> = {
  draft: { requested: 'requester', ...WITHDRAWN },
  requested: { received: 'owner', accepted: 'owner', rejected: 'owner', ...WITHDRAWN },
  received: { accepted: 'owner', rejected: 'owner', ...WITHDRAWN },
  accepted: { ready: 'owner', 'in-progress': 'owner', ...WITHDRAWN },
  ready: { 'in-progress': 'owner', ...WITHDRAWN },
  'in-progress': { completed: 'owner', failed: 'owner', 'on-hold': 'owner', ...WITHDRAWN },
  'on-hold': { 'in-progress': 'owner', failed: 'owner', ...WITHDRAWN },
  rejected: ENDED,
  completed: ENDED,
  failed: ENDED,
  cancelled: ENDED,
  'entered-in-error': {},
}

/** Who may go from one state to another; undefined when nobody may. */
export const stepOf = (from: string, to: string): Side | undefined => MACHINE[from]?.[to]

/** What may follow a state, in the order of the way. */
export const following = (from: string): readonly string[] => Object.keys(MACHINE[from] ?? {})

/** States in which the one who asks may still change what is asked, and of whom. */
export const OPEN: ReadonlySet<string> = new Set(['draft', 'requested'])

/** States in which somebody works on it, so that it can't just vanish. */
export const UNDER_WAY: ReadonlySet<string> = new Set([
  ...['received', 'accepted', 'ready', 'in-progress', 'on-hold'],
])
