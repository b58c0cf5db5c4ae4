// The form that values have while a JSON Patch is applied, and what is measured of them.
// https://www.rfc-editor.org/rfc/rfc6902#section-4.6 (equality)
// A raw number is an object that the patching library would copy field by field, so it stands as a symbol that
// carries the digits: nothing in JSON is one. Must not be used outside a patch.

import { decimalText } from './json.ts'

type Json = Record<string, unknown>

/** A deep copy in which raw numbers are symbols. */
export function fromLossless(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (JSON.isRawJSON(value)) return Symbol(value.rawJSON)
  if (Array.isArray(value)) return value.map(fromLossless)
  const copy: Json = {}
  for (const key of Object.keys(value)) copy[key] = fromLossless((value as Json)[key])
  return copy
}

/** The way back, in place of the copy that {@link fromLossless} made. */
export function toLossless(value: unknown): unknown {
  if (typeof value === 'symbol') return JSON.rawJSON(value.description ?? '')
  if (Array.isArray(value)) return value.map(toLossless)
  if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) (value as Json)[key] = toLossless((value as Json)[key])
  }
  return value
}

/** About the length of the value as JSON text. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value === 'symbol') return value.description?.length ?? 0
  if (typeof value !== 'object' || value === null) return 4
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + sizeOf(item) + 1, 2)
  return Object.entries(value).reduce((sum, [key, item]) => sum + key.length + 4 + sizeOf(item), 2)
}

/** Levels of objects and arrays: 0 for a string, 1 for an empty object. */
export function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Object.values(value).reduce((most: number, item) => Math.max(most, depthOf(item)), 0)
}

/** Whether two values are equal as RFC 6902 has it: numbers by value, objects without regard to order. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  const digitsA = digitsOf(a)
  const digitsB = digitsOf(b)
  if (digitsA !== undefined && digitsB !== undefined) return normal(digitsA) === normal(digitsB)
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue((a as Json)[key], (b as Json)[key]))
  )
}

const digitsOf = (value: unknown): string | undefined =>
  typeof value === 'symbol' ? value.description : decimalText(value)

/** One form for all spellings of a number: 1.50, 15e-1 and 1.5 are `15e-1`. */
function normal(digits: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(digits) ?? []
  const all = `${whole}${fraction}`
  const first = all.search(/[1-9]/)
  if (first === -1) return '0'
  let end = all.length
  while (all[end - 1] === '0') end--
  return `${sign}${all.slice(first, end)}e${Number(exponent) - fraction.length + all.length - end}`
}
