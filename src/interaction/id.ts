// Logical ids, https://hl7.org/fhir/R4/datatypes.html#id
// Must not be guessable from one another, yet later ones sort after earlier ones, which keeps indexes dense.
import { randomFillSync } from 'node:crypto'

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
const pool = new Uint8Array(4096)
let used = pool.length

/** A new id: 8 characters of time and 12 random ones (62 bits), `[0-9a-z]{20}`. */
export function newId(): string {
  if (used + 12 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let id = Date.now().toString(36).padStart(8, '0')
  for (let i = 0; i < 12; i++) id += DIGITS[pool[used++]! % 36]
  return id
}

/** Whether an id was made by this server since an instant (ms), or looks so: nobody knew it before. */
export function isMadeSince(id: string, since: number): boolean {
  if (!/^[0-9a-z]{20}$/.test(id)) return false
  const made = parseInt(id.slice(0, 8), 36)
  return made >= since && made <= Date.now()
}

const ID = /^[A-Za-z0-9\-.]{1,64}$/

/** Whether a text may be an id. */
export const isId = (text: string): boolean => ID.test(text)
