// What search knows of a resource: index entries, extracted once and normalised once; both stores keep the same.
// https://hl7.org/fhir/R4/search.html
// Must not hold anything that a query can't ask for.

/**
 * Names the place that entries come from, with the resource type: `Observation.code`, `Patient.name.family`,
 * `Patient.telecom.where(system='phone')`. Several search parameters may read one path, and one parameter several.
 */
export type IndexPath = string

/**
 * `group` tells apart the repetitions of an element whose parts a composite parameter reads together
 * (the 0-based place of the `component` of an Observation); 0 elsewhere.
 */
type At = { readonly path: IndexPath; readonly group: number }

/** `code` folded to lower case; `system` '' where there is none or the element (a `code`, a boolean) implies it. */
export type TokenEntry = At & {
  readonly kind: 'token'
  readonly system: string
  readonly code: string
}
/** `value` folded (case, accents, NFC; see search/string.ts), `exact` as it stands in the resource (NFC). */
export type StringEntry = At & {
  readonly kind: 'string'
  readonly value: string
  readonly exact: string
}
/** `[low, high)` in milliseconds since 1970; ±8.64e15 where a Period is open. */
export type DateEntry = At & { readonly kind: 'date'; readonly low: number; readonly high: number }
/** A number is `low = high`; a Range has both, ±1e308 where it is open. */
export type NumberEntry = At & {
  readonly kind: 'number'
  readonly low: number
  readonly high: number
}
/**
 * As a number, with the unit: `system|code`, and the unit's text for searches that give no system. '' where absent.
 * Beside it, at the same path with `:canonical`, the number in canonical units, which `code` names alone (`g.m-3`).
 */
export type QuantityEntry = At & {
  readonly kind: 'quantity'
  readonly low: number
  readonly high: number
  readonly system: string
  readonly code: string
  readonly unit: string
}
/** A reference to `type/id` here; one to elsewhere (or a canonical) has type '' and the URL as `id`. */
export type ReferenceEntry = At & {
  readonly kind: 'reference'
  readonly type: string
  readonly id: string
}
export type UriEntry = At & { readonly kind: 'uri'; readonly value: string }

/** What parameters of a search type read. */
export type ValueEntry =
  TokenEntry | StringEntry | DateEntry | NumberEntry | QuantityEntry | ReferenceEntry | UriEntry

/** The words of a text, and pairs of neighbours (`blood pressure`), each once (full-text.ts); one entry for each path. */
export type WordsEntry = At & { readonly kind: 'words'; readonly words: readonly string[] }

export type Entry = ValueEntry | WordsEntry

export type EntryKind = ValueEntry['kind']

/** Bounds of time that stand for "open" in a DateEntry (the limits of an ECMAScript Date). */
export const FOREVER = 8.64e15
/** Bound that stands for "open" in a NumberEntry or QuantityEntry. */
export const UNBOUNDED = 1e308

/** Whether the paths all name one of the types: `Observation.code` is of an Observation, `p1` of nothing known. */
export const namesTypes = (paths: readonly IndexPath[], types: readonly string[]): boolean =>
  paths.every((path) => {
    const dot = path.indexOf('.')
    return dot > 0 && types.includes(path.slice(0, dot))
  })
