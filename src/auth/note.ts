// What this room keeps in the notes of the store: texts with an end, swept when it is over.
// Must not keep a secret by its name: what is looked up by a secret is named by its hash.
import { createHash } from 'node:crypto'
import type { Notes } from '../store/indexing.ts'

/** What all names begin with. */
const PREFIX = 'auth.'

/** Name of a note about something that may be a secret (a token) or of any length (a login name). */
export const noteName = (kind: string, key: string): string =>
  `${PREFIX}${kind}.${createHash('sha256').update(key).digest('base64url')}`

type Kept<T> = { readonly until?: number; readonly value: T }

/** @param until ms since 1970; undefined = for good */
export const keptText = (value: unknown, until?: number): string =>
  JSON.stringify(until === undefined ? { value } : { until, value })

/** The value, unless its time is over. */
export function keptValue<T>(text: string | undefined, now = Date.now()): T | undefined {
  if (text === undefined) return undefined
  const { until, value } = JSON.parse(text) as Kept<T>
  return until !== undefined && until <= now ? undefined : value
}

/** Remove the notes whose time is over: how many. */
export async function sweepNotes(notes: Notes, now = Date.now()): Promise<number> {
  let removed = 0
  for await (const { name, text } of allNotes(notes, PREFIX)) {
    const { until } = JSON.parse(text) as Kept<unknown>
    if (until === undefined || until > now) continue
    await notes.write(name, undefined)
    removed++
  }
  return removed
}

/** All notes whose names begin so. */
export async function* allNotes(notes: Notes, prefix: string) {
  let after: string | undefined
  for (;;) {
    const some = await notes.list(prefix, after)
    yield* some
    if (some.length === 0) return
    after = some.at(-1)!.name
  }
}
