// The events of one Subscription, numbered, in notes of the store: what is still to be delivered, and what was.
// Must not lose an event that was appended, nor deliver one for good before it is noted: after a crash the last ones come
// again.
import type { Notes } from '../store/indexing.ts'

/** A version that fulfilled the criteria. */
export type Event = {
  /** From 1, without gaps. */
  readonly number: number
  readonly type: string
  readonly id: string
  readonly version: number
  /** When it was committed, ms since 1970. */
  readonly at: number
}

export type Queue = {
  /** Oldest first. */
  readonly pending: readonly Event[]
  /** Number of the last event; 0 before the first. */
  readonly last: () => number
  append(events: readonly Omit<Event, 'number'>[]): Promise<void>
  /** Take the first ones out, up to a number. */
  delivered(through: number): void
  /** When the deliveries that fail now began to, ms since 1970. */
  readonly failingSince: () => number | undefined
  failing(since: number | undefined): void
  /** When the Subscription became active for the first time, ms since 1970; undefined before. */
  readonly since: () => number | undefined
  began(at: number): void
  /** Note what was delivered. */
  flush(): Promise<void>
}

/** Events that are kept once they were delivered, and for how long at most. */
export const KEPT = 1000
const KEPT_MS = 7 * 86_400_000

/** Events in a note at most. */
const CHUNK = 200
/** New events after which old ones are looked for. */
const TRIM_AFTER = 100

type State = {
  readonly delivered: number
  readonly failingSince?: number
  readonly since?: number
}

const NEW = '{"delivered":0}'

const stateName = (id: string): string => `subscription/${id}`
const prefix = (id: string): string => `subscription-event/${id}/`
const nameOf = (id: string, number: number): string => prefix(id) + String(number).padStart(15, '0')

/** Events of a Subscription as notes have them, from a number on. */
export async function eventsFrom(notes: Notes, id: string, from: number): Promise<Event[]> {
  const found: Event[] = []
  let after = nameOf(id, Math.max(0, from - CHUNK))
  for (;;) {
    const some = await notes.list(prefix(id), after)
    if (some.length === 0) return found.filter(({ number }) => number >= from)
    for (const { name, text } of some) found.push(...readChunk(name, text))
    after = some.at(-1)!.name
  }
}

/** Events behind the last one that was read so. */
export async function newerThan(notes: Notes, id: string, last: number): Promise<Event[]> {
  const found = await notes.list(prefix(id), nameOf(id, last))
  return found.flatMap(({ name, text }) => readChunk(name, text))
}

type Packed = readonly [type: string, id: string, version: number, at: number]

function readChunk(name: string, text: string): Event[] {
  const first = Number(name.slice(name.lastIndexOf('/') + 1))
  return (JSON.parse(text) as Packed[]).map(([type, id, version, at], i) => ({
    number: first + i,
    type,
    id,
    version,
    at,
  }))
}

export async function openQueue(notes: Notes, id: string): Promise<Queue> {
  const state = JSON.parse((await notes.read(stateName(id))) ?? NEW) as State
  const pending = await eventsFrom(notes, id, state.delivered + 1)
  let { delivered, failingSince, since } = state
  let last = pending.at(-1)?.number ?? delivered
  let noted = JSON.stringify(state)
  let untrimmed = TRIM_AFTER

  const trim = async (): Promise<void> => {
    untrimmed = 0
    const now = Date.now()
    for (const { name, text } of await notes.list(prefix(id))) {
      const end = readChunk(name, text).at(-1)!
      if (end.number > delivered) return
      if (end.number > last - KEPT && end.at > now - KEPT_MS) return
      await notes.write(name, undefined)
    }
  }

  return {
    pending,
    last: () => last,
    append: async (events) => {
      for (let i = 0; i < events.length; i += CHUNK) {
        const some = events.slice(i, i + CHUNK)
        const packed = some.map(({ type, id, version, at }): Packed => [type, id, version, at])
        await notes.write(nameOf(id, last + 1), JSON.stringify(packed))
        for (const event of some) pending.push({ ...event, number: ++last })
      }
      untrimmed += events.length
      if (untrimmed >= TRIM_AFTER) await trim()
    },
    delivered: (through) => {
      delivered = Math.max(delivered, through)
      const left = pending.findIndex(({ number }) => number > through)
      pending.splice(0, left < 0 ? pending.length : left)
    },
    failingSince: () => failingSince,
    failing: (since) => {
      failingSince = since
    },
    since: () => since,
    began: (at) => {
      since ??= at
    },
    flush: async () => {
      const now = JSON.stringify({ delivered, failingSince, since })
      if (now === noted) return
      await notes.write(stateName(id), now)
      noted = now
    },
  }
}

/** Number of the last event of a Subscription. */
export async function lastOf(notes: Notes, id: string): Promise<number> {
  const { delivered } = JSON.parse((await notes.read(stateName(id))) ?? NEW) as State
  return (await eventsFrom(notes, id, delivered + 1)).at(-1)?.number ?? delivered
}

/** Remove all that is noted of a Subscription that is no more. */
export async function removeQueue(notes: Notes, id: string): Promise<void> {
  for (;;) {
    const some = await notes.list(prefix(id))
    if (some.length === 0) break
    for (const { name } of some) await notes.write(name, undefined)
  }
  await notes.write(stateName(id), undefined)
}
