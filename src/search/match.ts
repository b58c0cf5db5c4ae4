// Whether a resource fulfils a condition, from its entries alone: the third reader of a plan, beside the two stores.
// https://hl7.org/fhir/R4/search.html
// Must not add meaning: each test is the definition in plan.ts, written down as plainly as possible.
import { fail } from '../errors.ts'
import type { Entry } from './entry.ts'
import type { Comparator, Condition, Leaf, WordsQuery } from './plan.ts'
import { isUnder } from './uri.ts'

/** What is judged: entries as `extract` gives them, and what a store knows besides. */
export type Candidate = {
  readonly type: string
  readonly id: string
  /** Milliseconds since 1970. */
  readonly updated: number
  readonly entries: readonly Entry[]
}

/** Other resources, for conditions that reach them. */
export type Others = {
  /** The resource that a reference names; undefined when it isn't here. */
  resolve(type: string, id: string): Candidate | undefined
  /** Resources of these types that may refer to one; more than those is no mistake. */
  referrers(candidate: Candidate, types: readonly string[]): Iterable<Candidate>
  /** Resources of these types that may have a token entry at the path; more than those is no mistake. */
  sharers(types: readonly string[], path: string): Iterable<Candidate>
}

/** For what stands alone: it refers to nothing that is here, and nothing refers to it. */
const ALONE: Others = { resolve: () => undefined, referrers: () => [], sharers: () => [] }

/**
 * Whether a resource fulfils a condition.
 * @throws Failure `unsupported` for a condition on concepts that was not expanded
 */
export function matches(
  candidate: Candidate,
  condition: Condition,
  others: Others = ALONE,
): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.of.every((one) => matches(candidate, one, others))
    case 'or':
      return condition.of.some((one) => matches(candidate, one, others))
    case 'not':
      return !matches(candidate, condition.of, others)
    case 'id':
      return (
        condition.ids.includes(candidate.id) &&
        (condition.type === undefined || condition.type === candidate.type)
      )
    case 'type':
      return condition.types.includes(candidate.type)
    case 'updated': {
      const { op, low, high } = condition
      return meetsInterval(op, candidate.updated, candidate.updated + 1, low, high)
    }
    case 'present':
      return candidate.entries.some(
        (entry) =>
          entry.kind === condition.entry &&
          condition.paths.includes(entry.path) &&
          (condition.types === undefined ||
            (entry.kind === 'reference' && condition.types.includes(entry.type))),
      )
    case 'other': {
      const { of: leaf } = condition
      return candidate.entries.some(
        (entry) =>
          entry.kind === leaf.kind && leaf.paths.includes(entry.path) && !fulfils(entry, leaf),
      )
    }
    case 'refers':
      return candidate.entries.some((entry) => {
        if (entry.kind !== 'reference' || !condition.paths.includes(entry.path)) return false
        if (!condition.types.includes(entry.type)) return false
        const target = others.resolve(entry.type, entry.id)
        return target !== undefined && matches(target, condition.where, others)
      })
    case 'referred': {
      const isToCandidate = (entry: Entry): boolean =>
        entry.kind === 'reference' &&
        condition.paths.includes(entry.path) &&
        entry.type === candidate.type &&
        entry.id === candidate.id
      for (const source of others.referrers(candidate, condition.types)) {
        if (!condition.types.includes(source.type) || !source.entries.some(isToCandidate)) continue
        if (matches(source, condition.where, others)) return true
      }
      return false
    }
    case 'shares': {
      const { path, there = path, types, where } = condition
      const isShared = (entry: Entry): boolean =>
        entry.kind === 'token' &&
        entry.path === there &&
        candidate.entries.some(
          (own) =>
            own.kind === 'token' &&
            own.path === path &&
            own.system === entry.system &&
            own.code === entry.code,
        )
      for (const other of others.sharers(types, there)) {
        if (!types.includes(other.type) || !other.entries.some(isShared)) continue
        if (matches(other, where, others)) return true
      }
      return false
    }
    case 'concept':
      throw fail(
        'unsupported',
        ':in, :not-in, :above and :below can not be used here',
        condition.at,
      )
    case 'words': {
      const there = candidate.entries.filter(
        (entry) => entry.kind === 'words' && condition.paths.includes(entry.path),
      )
      return says(
        there.flatMap((entry) => (entry.kind === 'words' ? entry.words : [])),
        condition.of,
      )
    }
    case 'together':
      return isTogether(candidate.entries, condition.of)
    default:
      return candidate.entries.some((entry) => fulfils(entry, condition))
  }
}

function says(words: readonly string[], query: WordsQuery): boolean {
  switch (query.op) {
    case 'is':
      return words.includes(query.word)
    case 'starts':
      return words.some((word) => word.startsWith(query.word))
    case 'all':
      return query.of.every((one) => says(words, one))
    case 'any':
      return query.of.some((one) => says(words, one))
  }
}

function isTogether(entries: readonly Entry[], leaves: readonly Leaf[]): boolean {
  const [first, ...others] = leaves
  if (first === undefined) return true
  return entries.some(
    (entry) =>
      fulfils(entry, first) &&
      others.every((leaf) =>
        entries.some((other) => other.group === entry.group && fulfils(other, leaf)),
      ),
  )
}

/** Whether one entry passes a test. */
export function fulfils(entry: Entry, leaf: Leaf): boolean {
  if (!leaf.paths.includes(entry.path)) return false
  switch (leaf.kind) {
    case 'token':
      return (
        entry.kind === 'token' &&
        (leaf.system === undefined || leaf.system === entry.system) &&
        (leaf.code === undefined || leaf.code === entry.code)
      )
    case 'string':
      if (entry.kind !== 'string') return false
      if (leaf.op === 'exact') return entry.exact === leaf.value
      if (leaf.op === 'equals') return entry.value === leaf.value
      if (leaf.op === 'ends') return entry.value.endsWith(leaf.value)
      return leaf.op === 'starts'
        ? entry.value.startsWith(leaf.value)
        : entry.value.includes(leaf.value)
    case 'date':
      return (
        entry.kind === 'date' && meetsInterval(leaf.op, entry.low, entry.high, leaf.low, leaf.high)
      )
    case 'number':
      return (
        entry.kind === 'number' && meetsRange(leaf.op, entry.low, entry.high, leaf.low, leaf.high)
      )
    case 'quantity':
      return (
        entry.kind === 'quantity' &&
        (leaf.code === undefined ||
          (leaf.system === undefined
            ? leaf.code === entry.code || leaf.code === entry.unit
            : leaf.system === entry.system && leaf.code === entry.code)) &&
        meetsRange(leaf.op, entry.low, entry.high, leaf.low, leaf.high)
      )
    case 'reference':
      return (
        entry.kind === 'reference' &&
        (leaf.type === undefined || leaf.type === entry.type) &&
        leaf.id === entry.id
      )
    case 'uri':
      if (entry.kind !== 'uri') return false
      if (leaf.op === 'equals') return entry.value === leaf.value
      return leaf.op === 'below'
        ? isUnder(entry.value, leaf.value)
        : isUnder(leaf.value, entry.value)
  }
}

/** Value `[l, h)` against target `[low, high)`. */
function meetsInterval(op: Comparator, l: number, h: number, low: number, high: number): boolean {
  const eq = low <= l && h <= high
  switch (op) {
    case 'eq':
      return eq
    case 'ne':
      return !eq
    case 'gt':
      return h > high
    case 'lt':
      return l < low
    case 'ge':
      return eq || h > high
    case 'le':
      return eq || l < low
    case 'sa':
      return l >= high
    case 'eb':
      return h <= low
    case 'ap':
      return l < high && h > low
  }
}

/** Value `[l, h]` against target `[low, high)`, which is one number but for eq, ne and ap. */
function meetsRange(op: Comparator, l: number, h: number, low: number, high: number): boolean {
  const eq = l >= low && h < high
  switch (op) {
    case 'eq':
      return eq
    case 'ne':
      return !eq
    case 'gt':
      return h > low
    case 'ge':
      return h >= low
    case 'lt':
      return l < low
    case 'le':
      return l <= low
    case 'sa':
      return l > low
    case 'eb':
      return h < low
    case 'ap':
      return l <= high && h >= low
  }
}
