// Parts that many events have alike (the agents of one caller, the source), made and written once, and events as text with them.
// docs/audit.md, "The bytes"
// Must not write anything else than JSON.stringify would: hashes are of these bytes.
import type { Event } from './event.ts'

/** Different parts that are kept at a time. */
const MOST = 1000

const parts = new Map<string, object>()
const texts = new WeakMap<object, string>()

/**
 * A part of events that is the same wherever the key is.
 * @param key names all that it is made of, none of which has a line feed
 */
export function part<T extends object>(key: string, make: () => T): T {
  const before = parts.get(key)
  if (before !== undefined) return before as T
  const made = make()
  if (parts.size >= MOST) parts.clear()
  parts.set(key, made)
  texts.set(made, JSON.stringify(made))
  return made
}

const ofThings = new WeakMap<object, object>()

/** A part that several events of one request have, by what it is of. */
export function partOf<T extends object>(thing: object, make: () => T): T {
  const before = ofThings.get(thing)
  if (before !== undefined) return before as T
  const made = make()
  ofThings.set(thing, made)
  texts.set(made, JSON.stringify(made))
  return made
}

/** An event as JSON, its members in their order. */
export function textOf(event: Event): string {
  let text = '{'
  for (const name in event) {
    const value = event[name]
    if (value === undefined) continue
    text += `${text.length === 1 ? '' : ','}"${name}":${written(value)}`
  }
  return `${text}}`
}

function written(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const known = texts.get(value)
  if (known !== undefined) return known
  if (!Array.isArray(value) || value.length < 2) return JSON.stringify(value)
  let text = '['
  for (const one of value as readonly object[])
    text += `${text.length === 1 ? '' : ','}${texts.get(one) ?? JSON.stringify(one)}`
  return `${text}]`
}
