// Condition → filter of MongoDB. Each leaf is an $elemMatch on the array of its kind, which the multikey indexes serve.
// https://hl7.org/fhir/R4/search.html; what each leaf means stands in search/plan.ts.
// Must not add meaning, and must not put a value where MongoDB expects a field name or an operator.
import type { Document, Filter } from 'mongodb'
import { fail } from '../../errors.ts'
import type { Condition, Leaf, WordsQuery } from '../../search/plan.ts'
import { updated } from './compare.ts'
import type { ResourceDocument } from './document.ts'
import { FIELD, referenceOf, WORDS } from './document.ts'
import { itemOf, pattern, prefix } from './leaf.ts'

const EVERYTHING: Document = {}
const NOTHING: Document = { _id: { $in: [] } }
/** MongoDB takes regular expressions up to 32,764 bytes; servers that speak its protocol, less. */
const LONGEST_PATTERN = 1000
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
      return either(alternatives(where.of))
    case 'not':
      return { $nor: [condition(where.of)] }
    case 'id':
      return where.type === undefined
        ? { id: { $in: where.ids } }
        : { _id: { $in: where.ids.map((id) => referenceOf(where.type ?? '', id)) } }
    case 'type':
      return { type: { $in: where.types } }
    case 'updated':
      return updated(where.op, where.low, where.high)
    case 'present':
      return {
        [FIELD[where.entry]]: {
          $elemMatch: {
            p: { $in: where.paths },
            ...(where.types === undefined ? {} : { t: { $in: where.types } }),
          },
        },
      }
    case 'together':
      return together(where.of)
    case 'other':
      return other(where.of)
    case 'words':
      return said(where.of, where.paths)
    case 'refers':
    case 'referred':
    case 'shares':
    case 'concept':
      throw new Error(`${where.kind}: chains and concepts are looked up before`)
    default:
      return isLong(where) ? containing(where) : matching([where])
  }
}

/** An entry at the paths of a leaf that isn't as the leaf says. */
function other(leaf: Leaf): Document {
  if (isLong(leaf)) throw fail('parameter', 'A text to be missing from others must be shorter.')
  const item = itemOf(leaf)
  if (Object.keys(item).length === 0) return NOTHING
  return { [FIELD[leaf.kind]]: { $elemMatch: { p: oneOf(leaf.paths), $nor: [item] } } }
}

/**
 * Alternatives of an `or`. Those that only differ in a value become one with a list of values: a search may name
 * thousands, and the server plans each branch of an `$or` by itself.
 */
function alternatives(of: readonly Condition[]): Document[] {
  const filters: Document[] = []
  const lists = new Map<string, unknown[]>()
  for (const one of of) {
    const equal = equality(one)
    if (equal === undefined) {
      filters.push(condition(one))
      continue
    }
    const { field, item, by, value } = equal
    const key = JSON.stringify([field, item, by])
    const others = lists.get(key)
    if (others !== undefined) {
      others.push(value)
      continue
    }
    const values: unknown[] = [value]
    lists.set(key, values)
    filters.push({ [field]: { $elemMatch: { ...item, [by]: { $in: values } } } })
  }
  return filters
}

type Equality = {
  readonly field: string
  readonly item: Document
  readonly by: string
  readonly value: string
}

/** A leaf that asks for one value of one field, taken apart; undefined for others. */
function equality(one: Condition): Equality | undefined {
  if (!isLeaf(one)) return undefined
  const by = one.kind === 'token' ? 'c' : one.kind === 'reference' ? 'i' : 'v'
  const { [by]: value, ...item } = itemOf(one)
  return typeof value === 'string'
    ? { field: FIELD[one.kind], item: { p: oneOf(one.paths), ...item }, by, value }
    : undefined
}

function said(query: WordsQuery, paths: readonly string[]): Document {
  if (!('word' in query)) {
    const parts = query.of.map((one) => said(one, paths))
    return query.op === 'all' ? both(parts) : either(parts)
  }
  const word = query.op === 'is' ? query.word : { $elemMatch: prefix(query.word) }
  return { [WORDS]: { $elemMatch: { p: oneOf(paths), w: word } } }
}

const isLeaf = (one: Condition): one is Leaf => Object.hasOwn(FIELD, one.kind)

/** Documents in which each leaf has an entry (not the same one, and in any group). */
function matching(leaves: readonly Leaf[]): Document {
  const fields = new Map<string, Document[]>()
  for (const leaf of leaves) {
    const one = { $elemMatch: { p: oneOf(leaf.paths), ...itemOf(leaf) } }
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
