// The tree that a query becomes once all meaning is decided, and that each store (and match.ts) only compiles.
// https://hl7.org/fhir/R4/search.html
// Must not hold query text, parameter names or modifiers: they are gone by now. Stores must not add meaning.
import type { EntryKind, IndexPath } from './entry.ts'

/** Search prefixes, https://hl7.org/fhir/R4/search.html#prefix. */
export type Comparator = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap'

/**
 * A test of one entry at one of `paths` (alternatives). A resource fulfils a leaf when any of its entries does.
 *
 * - token: `system` undefined = any, '' = none; `code` undefined = any. Folded like the entries.
 * - string: `starts`, `contains`, `ends` and `equals` compare folded values, `exact` the exact one.
 * - date, target `[l, h)`, value `[low, high)`: eq `low <= l && h <= high`; ne its negation (by entry);
 *   gt `h > high`; lt `l < low`; ge `gt || eq`; le `lt || eq`; sa `l >= high`; eb `h <= low`; ap `l < high && h > low`.
 * - number and quantity, target `[l, h]`: eq `l >= low && h < high`; ne its negation (by entry); ap `l <= high && h >= low`;
 *   the others ignore precision and have `low = high = v`: gt `h > v`; ge `h >= v`; lt `l < v`; le `l <= v`; sa `l > v`; eb `h < v`.
 * - quantity's unit: `system` and `code` both given: both equal; only `code`: equals the entry's code or its unit.
 * - reference: `type` undefined = any type; type '' = `id` is a URL.
 * - uri: `below` = equal or under the value at a `/` boundary (or `:` for urn), `above` the other way round.
 */
export type Leaf =
  | {
      readonly kind: 'token'
      readonly paths: readonly IndexPath[]
      readonly system?: string
      readonly code?: string
    }
  | {
      readonly kind: 'string'
      readonly paths: readonly IndexPath[]
      readonly op: 'starts' | 'contains' | 'ends' | 'equals' | 'exact'
      readonly value: string
      /** Of `exact`: what has the value has an entry with this folded one, too; an index may begin there. */
      readonly folded?: string
    }
  | {
      readonly kind: 'date' | 'number'
      readonly paths: readonly IndexPath[]
      readonly op: Comparator
      readonly low: number
      readonly high: number
    }
  | {
      readonly kind: 'quantity'
      readonly paths: readonly IndexPath[]
      readonly op: Comparator
      readonly low: number
      readonly high: number
      readonly system?: string
      readonly code?: string
    }
  | {
      readonly kind: 'reference'
      readonly paths: readonly IndexPath[]
      readonly type?: string
      readonly id: string
    }
  | {
      readonly kind: 'uri'
      readonly paths: readonly IndexPath[]
      readonly op: 'equals' | 'below' | 'above'
      readonly value: string
    }

/** `is`: the word (or the pair of neighbours) is there; `starts`: one that begins with it. */
export type WordsQuery =
  | { readonly op: 'is' | 'starts'; readonly word: string }
  | { readonly op: 'all' | 'any'; readonly of: readonly WordsQuery[] }

/** The words at the paths together are as the query says. */
export type Words = {
  readonly kind: 'words'
  readonly paths: readonly IndexPath[]
  readonly of: WordsQuery
}

export type Condition =
  /** `and` of nothing is true, `or` of nothing is false. */
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  /** `type`: only a resource of this type, where a plan searches several. */
  | { readonly kind: 'id'; readonly ids: readonly string[]; readonly type?: string }
  /** One of these types, where a plan searches several. */
  | { readonly kind: 'type'; readonly types: readonly string[] }
  /** `meta.lastUpdated`, an instant compared like a date entry `[t, t + 1)`. */
  | {
      readonly kind: 'updated'
      readonly op: Comparator
      readonly low: number
      readonly high: number
    }
  /** There is an entry at one of the paths; `types`, for references: one to a resource of these ('' = elsewhere, or unknown). */
  | {
      readonly kind: 'present'
      readonly entry: EntryKind
      readonly paths: readonly IndexPath[]
      readonly types?: readonly string[]
    }
  /** There is an entry at the paths of the leaf that does not fulfil it. */
  | { readonly kind: 'other'; readonly of: Leaf }
  /** It refers, at one of the paths, to a resource that is here, of one of the types, and fulfils `where`. */
  | {
      readonly kind: 'refers'
      readonly paths: readonly IndexPath[]
      readonly types: readonly string[]
      readonly where: Condition
    }
  /** A resource that is here, of one of the types, refers to it at one of the paths and fulfils `where`. */
  | {
      readonly kind: 'referred'
      readonly paths: readonly IndexPath[]
      readonly types: readonly string[]
      readonly where: Condition
    }
  /**
   * A resource that is here, of one of the types, has a token entry at `there` that equals (system and code) one of its
   * own at `path`, and fulfils `where`.
   */
  | {
      readonly kind: 'shares'
      readonly path: IndexPath
      /** `path` unless given: few entries there make it cheap, whatever many others share. */
      readonly there?: IndexPath
      readonly types: readonly string[]
      readonly where: Condition
    }
  | Concept
  /** A composite: every part is fulfilled by entries of one and the same group. */
  | { readonly kind: 'together'; readonly of: readonly Leaf[] }
  | Words
  | Leaf

/**
 * A token entry whose code is in a value set, or below or above a code (itself included) in its code system.
 * terminology/expand.ts makes leaves of it before a store sees the plan, since that needs what the store holds.
 */
export type Concept = {
  readonly kind: 'concept'
  /** Paths whose entries have their system. */
  readonly paths: readonly IndexPath[]
  /** Paths whose entries have none because the element implies it. */
  readonly implied: readonly IndexPath[]
  readonly by:
    | { readonly op: 'in'; readonly valueSet: string }
    | { readonly op: 'below' | 'above'; readonly system: string; readonly code: string }
  /** How an error names it. */
  readonly at: string
}

export type SortKey =
  | { readonly by: 'id' | 'updated'; readonly descending: boolean }
  /** The least (ascending) or greatest (descending) entry at the paths; resources without one come last, either way. */
  | {
      readonly by: EntryKind
      readonly paths: readonly IndexPath[]
      readonly descending: boolean
    }

/**
 * Resources to deliver beside the matches of a page. Forward: those that a match (or, with `iterate`, an included one)
 * refers to at `paths`. Reverse: those that refer to it at `paths`. `types` limits the types of what is included.
 * Without `paths` at any; a reverse include has some.
 */
export type Include = {
  readonly reverse: boolean
  readonly paths?: readonly IndexPath[]
  readonly types?: readonly string[]
  /** Also from what is included, again and again until nothing new comes. */
  readonly iterate?: boolean
  /** What is included fulfils it; what doesn't isn't followed either. */
  readonly where?: Condition
}

export type Plan = {
  /** Types searched; undefined = all. */
  readonly types: readonly string[] | undefined
  readonly where: Condition
  /** Ties, and everything when empty, come in a stable order of the store's own. */
  readonly sort: readonly SortKey[]
  /** Size of a page; 0 when only the total is wanted. */
  readonly count: number
  /** `next` of an earlier page of the same plan. */
  readonly cursor?: string
  /** Whether an exact total is wanted; without, it is given when it is known anyway. */
  readonly total: boolean
  readonly includes: readonly Include[]
  /** Included resources on a page at most, 1000 unless given; the others come on pages of their own behind it. */
  readonly includeCount?: number
}

export const ALL: Condition = { kind: 'and', of: [] }
export const NONE: Condition = { kind: 'or', of: [] }
