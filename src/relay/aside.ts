// What the hub refused, or this edge could not take: set aside with the reason, for the operator, so that the rest goes on.
// Must not lose it: it stays until it was sent, or a later version was.
import type { Issue } from '../errors.ts'
import type { NoteChange, Notes } from '../store/indexing.ts'
import type { Edge } from './edge.ts'

export type Aside = {
  readonly type: string
  readonly id: string
  /** Of the edge. */
  readonly version: number
  /** Status of the hub's answer. */
  readonly status: number
  readonly issues: readonly Issue[]
  /** Instant (ISO 8601) by the edge's clock. */
  readonly at: string
}

const MOST_ISSUES = 5

/** Name of the note by which an operator asks for another try: `*`, or names with commas in between. */
export const retryName = (prefix: string): string => `${prefix}retry`

/** Name of the note by which an operator asks that all is offered to the hub again. */
export const restartName = (prefix: string): string => `${prefix}restart`

const nameOf = (prefix: string, resource: string): string => `${prefix}aside/${resource}`

export const settingAside = (
  edge: Edge,
  { type, id, version }: { readonly type: string; readonly id: string; readonly version: number },
  { status, issues }: Pick<Aside, 'status' | 'issues'>,
): NoteChange => {
  const aside: Aside = {
    type,
    id,
    version,
    status,
    issues: issues.slice(0, MOST_ISSUES),
    at: new Date(edge.clock.now()).toISOString(),
  }
  return { name: nameOf(edge.prefix, `${type}/${id}`), text: JSON.stringify(aside) }
}

/** It is at the hub now. */
export const noLongerAside = (edge: Edge, resource: string): NoteChange => ({
  name: nameOf(edge.prefix, resource),
  text: undefined,
})

export const wasSetAside = async (edge: Edge, resource: string): Promise<boolean> =>
  (await edge.context.store.notes.read(nameOf(edge.prefix, resource))) !== undefined

/** All that is set aside, by name. */
export async function asides(notes: Notes, prefix: string): Promise<readonly Aside[]> {
  const found: Aside[] = []
  for (let after: string | undefined; ;) {
    const page = await notes.list(`${prefix}aside/`, after)
    if (page.length === 0) return found
    for (const { text } of page) found.push(JSON.parse(text) as Aside)
    after = page.at(-1)!.name
  }
}
