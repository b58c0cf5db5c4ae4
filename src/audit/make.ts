// AuditEvents of entries: ordinary resources that can be searched, made some time after the entry, each exactly once.
// Must not make one that says anything else than its entry: the text is taken over to the letter.
import type { Resource } from '../fhir/message.ts'
import type { Change, Content, Store } from '../store/store.ts'
import type { Sealed } from '../store/trail.ts'
import { TEXT } from './bytes.ts'

export type Maker = {
  /** Resolves when all that was recorded before has its AuditEvent. */
  catchUp(): Promise<void>
  /** Make some. @returns how many; 0 when none is left */
  some(most: number): Promise<number>
  /** How old (ms) the entry was that was made last. */
  lag(): number
}

/** Entries that are made in one commit. */
export const BATCH = 100

/** @param store without the guard */
export function createMaker(
  store: Store,
  extract: (resource: Resource) => Content['entries'],
): Maker {
  let lag = 0
  const some = async (most: number): Promise<number> => {
    const entries = await store.trail.pending(Math.min(most, BATCH))
    lag = entries.length === 0 ? 0 : ageOf(entries.at(-1)!)
    if (entries.length === 0) return 0
    await commit(store, entries, extract)
    await store.trail.made(entries)
    return entries.length
  }
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const all = async (): Promise<void> => {
    while ((await some(BATCH)) > 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const start = (): Promise<void> => {
    running = all().finally(() => (running = undefined))
    return running
  }
  return {
    some,
    lag: () => lag,
    // One that is under way may have looked before the last entry was there.
    catchUp: () => {
      if (running === undefined) return start()
      next ??= running
        .catch(() => undefined)
        .then(() => {
          next = undefined
          return running ?? start()
        })
      return next
    },
  }
}

const ageOf = ({ text }: Sealed): number =>
  Date.now() - Date.parse(/"recorded":"([^"]+)"/.exec(text)?.[1] ?? '')

/** Another process may make the same ones: then they are there, and it is well. */
async function commit(
  store: Store,
  entries: readonly Sealed[],
  extract: (resource: Resource) => Content['entries'],
): Promise<void> {
  let changes = entries.map((entry) => changeOf(entry, extract))
  while (changes.length > 0) {
    const result = await store.commit(changes)
    if (result.ok) return
    const there = await store.readMany(changes)
    const ids = new Set(there.map(({ id }) => id))
    changes = changes.filter(({ id }) => !ids.has(id))
  }
}

export function changeOf(
  { text }: Sealed,
  extract: (resource: Resource) => Content['entries'],
): Change & { readonly kind: 'put' } {
  return {
    kind: 'put',
    type: 'AuditEvent',
    id: idIn(text) ?? '',
    method: 'POST',
    ifVersion: 0,
    content: { ...partsOf(text), entries: extract(JSON.parse(text) as Resource) },
  }
}

/** The id that the text of an entry says. */
export const idIn = (text: string): string | undefined => TEXT.exec(text)?.[2]

/** The text of an entry, taken apart as the store keeps a resource. */
export function partsOf(text: string): Pick<Content, 'metaRest' | 'rest'> {
  const begin = TEXT.exec(text)?.[0].length
  if (begin === undefined) throw new Error('an entry of the log is no AuditEvent')
  const end = endOfObject(text, begin)
  return { metaRest: `,${text.slice(begin, end)}`, rest: text.slice(end + 1) }
}

/** Place of the brace that closes the object in which a text is at a place. */
function endOfObject(text: string, from: number): number {
  let depth = 0
  for (let i = from; i < text.length; i++) {
    const c = text[i]
    if (c === '"') for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++
    if (c === '{') depth++
    if (c === '}' && depth-- === 0) return i
  }
  throw new Error('an entry of the log is not whole')
}

/** The text of an entry again, from the stored AuditEvent; undefined where it can be none. */
export function entryText(stored: string): string | undefined {
  const found =
    /^(\{"resourceType":"AuditEvent","id":"[A-Za-z0-9.-]+","meta":\{)"versionId":"1","lastUpdated":"[^"]+",/.exec(
      stored,
    )
  return found === null ? undefined : found[1]! + stored.slice(found[0].length)
}
