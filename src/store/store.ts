// The contract of a store: versions of resources and their index entries, read, searched and committed.
// Two implementations (sqlite/, mongo/) pass one suite, test/store/contract.ts; a difference is a bug.
// Must not know HTTP, validation, consent or parameter names: it gets text, entries and plans.
import type { Entry } from '../search/entry.ts'
import type { Latest, LatestBy } from '../search/latest.ts'
import type { Plan } from '../search/plan.ts'
import type { Indexing, Notes } from './indexing.ts'
import type { Trail } from './trail.ts'

/** One version of a resource. `text` is its JSON with id, versionId and lastUpdated in it; undefined = deleted here. */
export type Version = {
  readonly type: string
  readonly id: string
  /** 1 for the first; a deletion counts too. */
  readonly version: number
  /** Milliseconds since 1970; never less than the version before has. */
  readonly updated: number
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly text: string | undefined
}

/**
 * What a resource says, without what the store decides. Its text is made by `render` (below):
 * `{"resourceType":T,"id":I,"meta":{"versionId":V,"lastUpdated":U` + metaRest + `}` + rest, where `metaRest` is '' or
 * `,"profile":[…]…` and `rest` is `,"name":…}` or `}`.
 */
export type Content = {
  readonly metaRest: string
  readonly rest: string
  /** With the words of the full text, unless the store finds those itself (`fullText`). */
  readonly entries: readonly Entry[]
}

/** Text of a version, https://hl7.org/fhir/R4/json.html; the one place that knows how a stored resource begins. */
export const render = (
  type: string,
  id: string,
  version: number,
  updated: number,
  content: Content,
): string =>
  `{"resourceType":"${type}","id":"${id}","meta":{"versionId":"${version}","lastUpdated":"${new Date(updated).toISOString()}"${content.metaRest}}${content.rest}`

/**
 * One change. `ifVersion`: the version that must be the current one (0 = must not exist or be deleted).
 * `ifVersion` not fulfilled → outcome `version-conflict`.
 */
export type Change =
  | {
      readonly kind: 'put'
      readonly type: string
      readonly id: string
      readonly method: 'POST' | 'PUT' | 'PATCH'
      readonly content: Content
      readonly ifVersion?: number
    }
  | {
      readonly kind: 'delete'
      readonly type: string
      readonly id: string
      readonly ifVersion?: number
    }

/** A condition on the data before the changes: the search has exactly these ids (order ignored, at most 2 are looked for). */
export type Assertion = { readonly plan: Plan; readonly ids: readonly string[] }

export type Applied = {
  /** The current version afterwards; undefined only for the deletion of what never existed. */
  readonly current: Version | undefined
  /** False when nothing was written: equal content, or nothing to delete. */
  readonly changed: boolean
  /** True when the resource did not exist (or was deleted) before. */
  readonly created: boolean
}

/**
 * The result of a commit: all or nothing. `assertion` / `version` name the first one that did not hold (by index);
 * then nothing was written and the caller decides again.
 */
export type Committed =
  | { readonly ok: true; readonly applied: readonly Applied[] }
  | { readonly ok: false; readonly failed: 'assertion' | 'version'; readonly index: number }

/** `count`: size of a page; `before`: cursor of the page before. Newest first. */
export type HistoryQuery = {
  readonly type?: string
  readonly id?: string
  /** Only versions updated at or after this instant (ms). */
  readonly since?: number
  /** Only versions that were current at some time in `[low, high)` (ms). */
  readonly at?: { readonly low: number; readonly high: number }
  readonly count: number
  readonly cursor?: string
}

export type Page = {
  readonly versions: readonly Version[]
  readonly next?: string
  readonly total?: number
}

export type Found = {
  readonly matches: readonly Version[]
  /** Distinct, none of them among the matches. */
  readonly included: readonly Version[]
  /** Cursor of the next page; absent on the last. */
  readonly next?: string
  readonly total?: number
}

/**
 * Of a store that finds the words of the full text in the texts that it keeps: contents need no entries of words, and such
 * entries count for nothing.
 */
export type FullText = {
  /** Resolves when all that is committed can be found by its words; searches wait for it themselves. */
  ready(): Promise<void>
}

/** Bounds of one read. */
export type Limits = {
  /** Whether nobody waits for the result any more; asked now and then. */
  cancelled?(): boolean
  /** Told what a search did, step by step, once it is done; that makes it slower. */
  readonly explained?: (step: Step) => void
}

/** Something that a store did for a search: a note, or a query with what it cost. */
export type Step = {
  readonly text: string
  /** How the database went about it: its tables or stages, and the indexes it took. */
  readonly plan: readonly string[]
  /** Rows or documents. */
  readonly returned?: number
  /** Rows that were tested, or documents that were read, to find those. */
  readonly looked?: number
  /** Keys of an index, where the database counts them. */
  readonly keys?: number
  /** Milliseconds. */
  readonly ms?: number
}

/**
 * Errors: all methods may throw `Failure` of kind `unavailable` (database away, caller may retry), `full`,
 * or `parameter` (a cursor that isn't one). Anything else thrown is a fault.
 */
export type Store = {
  /** The current version, a deletion included; undefined if there never was one. */
  read(type: string, id: string): Promise<Version | undefined>
  /** Many at once, in no order; deleted and unknown ones are left out. */
  readMany(
    references: readonly { readonly type: string; readonly id: string }[],
  ): Promise<readonly Version[]>
  vread(type: string, id: string, version: number): Promise<Version | undefined>
  history(query: HistoryQuery, limits?: Limits): Promise<Page>
  /** May throw `too-costly` when it takes longer than the store's budget. */
  search(plan: Plan, limits?: Limits): Promise<Found>
  /** Exact number of matches. */
  count(plan: Plan, limits?: Limits): Promise<number>
  /**
   * The newest matches of each group (search/latest.ts), newest first; of the plan, types and condition count. May throw
   * `too-costly`, also for more than MOST_GROUPED matches.
   */
  latest(plan: Plan, by: LatestBy, limits?: Limits): Promise<readonly Latest[]>
  /**
   * All changes in one transaction, durable when it resolves. Assertions are judged first, then changes in order;
   * concurrent commits behave as if one came after the other. A put whose text would equal the current one (but for
   * version and time) writes nothing.
   */
  commit(changes: readonly Change[], assertions?: readonly Assertion[]): Promise<Committed>
  /** Versions committed after the cursor ('' = from the beginning), oldest first, for relay and subscriptions. */
  changes(
    after: string,
    limit: number,
  ): Promise<{ readonly versions: readonly Version[]; readonly cursor: string }>
  /** The cursor behind all that is committed, for who wants what comes from now on. */
  head(): Promise<string>
  /**
   * Another one after every write of one of the types, by whatever process; absent where that can't be told cheaply. It may
   * be another one without such a write.
   */
  stamp?(types: readonly string[]): Promise<string>
  readonly notes: Notes
  /** The journal of the log. */
  readonly trail: Trail
  readonly fullText?: FullText
  /** Absent where another process writes. */
  readonly indexing?: Indexing
  /** Resolves when the store can serve; throws `unavailable` otherwise. */
  ping(): Promise<void>
  close(): Promise<void>
}
