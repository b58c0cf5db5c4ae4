// Condition → filter of MongoDB. Each leaf is an $elemMatch on the array of its kind, which the multikey indexes serve.
// https://hl7.org/fhir/R4/search.html; what each leaf means stands in search/plan.ts.
// Must not add meaning, and must not put a value where MongoDB expects a field name or an operator.
import type { Document, Filter } from 'mongodb'
import { fail } from '../../errors.ts'
import type { Comparator, Condition, Leaf } from '../../search/plan.ts'
import { firstOf } from './clock.ts'
import type { ResourceDocument } from './document.ts'
import { FIELD, referenceOf } from './document.ts'

const EVERYTHING: Document = {}
const NOTHING: Document = { _id: { $in: [] } }
/** MongoDB takes regular expressions up to 32,764 bytes; servers that speak its protocol, less. */
const LONGEST_PATTERN = 1000
/** Characters of all the beginnings of one URI together; a message to MongoDB holds 48 MB. */
const LONGEST_BEGINNINGS = 1_000_000

/** Filter for the live resources of a plan. */
export const compile = (
  types: readonly string[] | undefined,
  where: Condition,
): Filter<ResourceDocument> =>
  both([{ ...(types === undefined ? {} : { type: { $in: types } }), live: true }, condition(where)])

/** Both hold; nested `$and`s of one are kept out, because the planner of the server reads flat ones better. */
function both(filters: readonly Document[]): Document {
  const needed = filters.filter((filter) => filter !== EVERYTHING)
  if (needed.includes(NOTHING)) return NOTHING
  return needed.length === 0
    ? EVERYTHING
    : needed.length === 1
      ? (needed[0] as Document)
      : { $and: needed }
}

function either(filters: readonly Document[]): Document {
  const possible = filters.filter((filter) => filter !== NOTHING)
  if (possible.includes(EVERYTHING)) return EVERYTHING
  return possible.length === 0
    ? NOTHING
    : possible.length === 1
      ? (possible[0] as Document)
      : { $or: possible }
}

function condition(where: Condition): Document {
  switch (where.kind) {
    case 'and':
      return both(where.of.map(condition))
    case 'or':
      return either(where.of.map(condition))
    case 'not':
      return { $nor: [condition(where.of)] }
    case 'id':
      return where.type === undefined
        ? { id: { $in: where.ids } }
        : { _id: { $in: where.ids.map((id) => referenceOf(where.type ?? '', id)) } }
    case 'updated':
      return updated(where.op, where.low, where.high)
    case 'present':
      return { [FIELD[where.entry]]: { $elemMatch: { p: { $in: where.paths } } } }
    case 'together':
      return together(where.of)
    default:
      return isLong(where) ? containing(where) : matching([where])
  }
}

/** Documents in which each leaf has an entry (not the same one, and in any group). */
function matching(leaves: readonly Leaf[]): Document {
  const fields = new Map<string, Document[]>()
  for (const leaf of leaves) {
    const one = { $elemMatch: { p: oneOf(leaf.paths), ...item(leaf) } }
    const others = fields.get(FIELD[leaf.kind])
    if (others === undefined) fields.set(FIELD[leaf.kind], [one])
    else others.push(one)
  }
  return Object.fromEntries(
    [...fields].map(([field, ones]) => [field, ones.length === 1 ? ones[0] : { $all: ones }]),
  )
}

const oneOf = (values: readonly string[]): unknown =>
  values.length === 1 ? values[0] : { $in: values }

// The first part is what the indexes serve; the second is decided on the few documents that are left.
function together(leaves: readonly Leaf[]): Document {
  if (leaves.length === 0) return EVERYTHING
  if (leaves.some(isLong)) throw fail('parameter', 'A part of a composite value must be shorter.')
  const inGroup = { $or: [{ g: { $exists: false } }, { g: { $elemMatch: matching(leaves) } }] }
  return both([matching(leaves), inGroup])
}

/** What an entry must be, besides standing at one of the paths. */
function item(leaf: Leaf): Document {
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
      return joined(numbers(leaf.op, leaf.low, leaf.high), unit(leaf.system, leaf.code))
    case 'reference':
      return { i: leaf.id, ...(leaf.type === undefined ? {} : { t: leaf.type }) }
    case 'uri':
      return uri(leaf.op, leaf.value)
  }
}

function string(op: 'starts' | 'contains' | 'equals' | 'exact', value: string): Document {
  switch (op) {
    case 'starts':
      return { v: prefix(value) }
    case 'contains':
      return { v: { $regex: pattern(value) } }
    case 'equals':
      return { v: value }
    case 'exact':
      return { e: value }
  }
}

const pattern = (value: string): string => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

const isLong = (leaf: Leaf): leaf is LongText =>
  leaf.kind === 'string' && leaf.op === 'contains' && pattern(leaf.value).length > LONGEST_PATTERN

/** As isLong says: a text to be found inside others that is too long for a regular expression. */
type LongText = Extract<Leaf, { kind: 'string' }>

/** The same without a regular expression; it can't stand inside an $elemMatch. */
const containing = ({ paths, value }: LongText): Document => ({
  $expr: {
    $anyElementTrue: {
      $map: {
        input: {
          $filter: {
            input: { $ifNull: [`$${FIELD.string}`, []] },
            as: 'e',
            cond: { $in: ['$$e.p', { $literal: paths }] },
          },
        },
        as: 'e',
        in: { $gte: [{ $indexOfCP: ['$$e.v', { $literal: value }] }, 0] },
      },
    },
  },
})

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

// Entries are `[l, h)` with l ≤ h, so bounds on `l` that follow from those on `h` are added for the index.
function instants(op: Comparator, low: number, high: number): Document {
  const eq = { l: { $gte: low, $lte: high }, h: { $lte: high } }
  switch (op) {
    case 'eq':
      return eq
    case 'ne':
      return { $or: [{ l: { $lt: low } }, { h: { $gt: high } }] }
    case 'gt':
      return { h: { $gt: high } }
    case 'lt':
      return { l: { $lt: low } }
    case 'ge':
      return { $or: [{ h: { $gt: high } }, eq] }
    case 'le':
      return { $or: [{ l: { $lt: low } }, eq] }
    case 'sa':
      return { l: { $gte: high } }
    case 'eb':
      return { l: { $lte: low }, h: { $lte: low } }
    case 'ap':
      return { l: { $lt: high }, h: { $gt: low } }
  }
}

function numbers(op: Comparator, low: number, high: number): Document {
  switch (op) {
    case 'eq':
      return { l: { $gte: low, $lt: high }, h: { $lt: high } }
    case 'ne':
      return { $or: [{ l: { $lt: low } }, { h: { $gte: high } }] }
    case 'gt':
      return { h: { $gt: high } }
    case 'ge':
      return { h: { $gte: high } }
    case 'lt':
      return { l: { $lt: low } }
    case 'le':
      return { l: { $lte: low } }
    case 'sa':
      return { l: { $gt: high } }
    case 'eb':
      return { l: { $lt: low }, h: { $lt: low } }
    case 'ap':
      return { l: { $lte: high }, h: { $gte: low } }
  }
}

/** Both, about different fields; only `$or` can stand in each. */
const joined = (one: Document, other: Document): Document =>
  '$or' in one && '$or' in other ? { $and: [one, other] } : { ...one, ...other }

function unit(system: string | undefined, code: string | undefined): Document {
  if (code === undefined) return EVERYTHING
  return system === undefined ? { $or: [{ c: code }, { u: code }] } : { s: system, c: code }
}

/** An instant counts as `[t, t + 1)`; it is compared by `seq`. */
// Bounds are strict, because an inclusive one at the end of an index gets lost in the server of the tests.
function updated(op: Comparator, low: number, high: number): Document {
  const eq = { seq: { $gt: firstOf(low) - 1, $lt: firstOf(Math.floor(high)) } }
  const gt = { seq: { $gt: firstOf(Math.floor(high - 1) + 1) - 1 } }
  const lt = { seq: { $lt: firstOf(low) } }
  switch (op) {
    case 'eq':
      return eq
    case 'ne':
      return { $nor: [eq] }
    case 'gt':
      return gt
    case 'lt':
      return lt
    case 'ge':
      return { $or: [gt, eq] }
    case 'le':
      return { $or: [lt, eq] }
    case 'sa':
      return { seq: { $gt: firstOf(high) - 1 } }
    case 'eb':
      return { seq: { $lt: firstOf(Math.floor(low)) } }
    case 'ap':
      return { seq: { $gt: firstOf(Math.floor(low - 1) + 1) - 1, $lt: firstOf(high) } }
  }
}
