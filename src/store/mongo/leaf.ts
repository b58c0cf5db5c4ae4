// What an entry must be to fulfil a leaf, as the inside of an $elemMatch.
// https://hl7.org/fhir/R4/search.html; what each leaf means stands in search/plan.ts.
// Must not put a value where MongoDB expects a field name or an operator.
import type { Document } from 'mongodb'
import { fail } from '../../errors.ts'
import type { Leaf } from '../../search/plan.ts'
import { instants, numbers } from './compare.ts'

/** Characters of all the beginnings of one URI together; a message to MongoDB holds 48 MB. */
const LONGEST_BEGINNINGS = 1_000_000

/** MongoDB takes regular expressions up to 32,764 bytes; servers that speak its protocol, less. */
const LONGEST_END = 1000

/** What an entry must be, besides standing at one of the paths. */
export function itemOf(leaf: Leaf): Document {
  switch (leaf.kind) {
    case 'token':
      return {
        ...(leaf.code === undefined ? {} : { c: leaf.code }),
        ...(leaf.system === undefined ? {} : { s: leaf.system }),
      }
    case 'string':
      return string(leaf.op, leaf.value)
    case 'date':
      return instants(leaf.op, leaf.low, leaf.high)
    case 'number':
      return numbers(leaf.op, leaf.low, leaf.high)
    case 'quantity':
      return joined(numbers(leaf.op, leaf.low, leaf.high), unit(leaf))
    case 'reference':
      return { i: leaf.id, ...(leaf.type === undefined ? {} : { t: leaf.type }) }
    case 'uri':
      return uri(leaf.op, leaf.value)
  }
}

function string(op: Extract<Leaf, { kind: 'string' }>['op'], value: string): Document {
  switch (op) {
    case 'starts':
      return { v: prefix(value) }
    case 'contains':
      return { v: { $regex: pattern(value) } }
    case 'ends': {
      const end = pattern(value)
      if (end.length > LONGEST_END)
        throw fail('parameter', 'A text that others end with must be shorter.')
      return { v: { $regex: `${end}$` } }
    }
    case 'equals':
      return { v: value }
    case 'exact':
      return { e: value }
  }
}

/** A text as a regular expression that finds just it. */
export const pattern = (value: string): string => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** A range is answered by an index, a regular expression less well: from the prefix to before the next one. */
export function prefix(value: string): Document {
  const points = [...value]
  while (points.length > 0) {
    const last = points.pop()?.codePointAt(0) ?? 0
    // Surrogates are no characters of their own, and there is nothing behind the last code point.
    const next = last === 0xd7ff ? 0xe000 : last + 1
    if (next <= 0x10ffff) return { $gte: value, $lt: points.join('') + String.fromCodePoint(next) }
  }
  return { $gte: value }
}

function uri(op: 'equals' | 'below' | 'above', value: string): Document {
  const separator = value.toLowerCase().startsWith('urn:') ? ':' : '/'
  switch (op) {
    case 'equals':
      return { v: value }
    case 'below':
      return value.endsWith(separator)
        ? { v: prefix(value) }
        : { $or: [{ v: value }, { v: prefix(value + separator) }] }
    case 'above':
      return { v: { $in: beginnings(value, separator) } }
  }
}

/** The value and whatever it is below of: cut before and after each separator (`urn` alone is no URN). */
function beginnings(value: string, separator: string): string[] {
  const found = [value]
  let length = value.length
  for (let at = value.indexOf(separator); at !== -1; at = value.indexOf(separator, at + 1)) {
    if (separator === '/' || at > 3) found.push(value.slice(0, at))
    found.push(value.slice(0, at + 1))
    length += 2 * at + 1
    if (length > LONGEST_BEGINNINGS)
      throw fail('parameter', 'A URI that is searched above has too many parts.')
  }
  return found
}

/** Both, about different fields; only `$or` can stand in each. */
const joined = (one: Document, other: Document): Document =>
  '$or' in one && '$or' in other ? { $and: [one, other] } : { ...one, ...other }

function unit({ system, code }: Extract<Leaf, { kind: 'quantity' }>): Document {
  if (code === undefined) return {}
  return system === undefined ? { $or: [{ c: code }, { u: code }] } : { s: system, c: code }
}
