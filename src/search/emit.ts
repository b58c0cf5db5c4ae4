// What every search type shares: how it makes entries of a value, and what it needs to know of this server for that.
// https://hl7.org/fhir/R4/search.html#table
// Must not hold meaning of a single type: that is in token.ts, string.ts, date.ts and so on.
import type { Entry, IndexPath } from './entry.ts'
import type { ParameterPath } from './path.ts'
import type { Leaf } from './plan.ts'
import type { Units } from './unit.ts'

/** What the meaning of values depends on beside the specification. */
export type Settings = {
  /** Instant (ms, UTC) of what a clock on the wall of the configured zone shows, given as if it were UTC. */
  readonly zone: (wall: number) => number
  /** Our own base URLs, each with a slash at the end: a reference that begins with one is local. */
  readonly bases: readonly string[]
  readonly isResourceType: (name: string) => boolean
  /** Milliseconds since 1970, for `ap` on dates. */
  readonly now: () => number
  /** How quantities of different units meet; without, units are compared as they are written. */
  readonly units?: Units
}

/** Appends the entries that a value of one element type yields. Ignores what hasn't the shape of that type. */
export type Emit = (
  value: unknown,
  path: IndexPath,
  group: number,
  out: Entry[],
  settings: Settings,
) => void

/** The elements of a complex value; undefined for whatever isn't one. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined

/** A string that says something, or undefined. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** A JSON number, or one kept as its digits (`JSON.rawJSON`), as a double; undefined otherwise. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  const digits = fieldsOf(value)?.['rawJSON']
  if (typeof digits !== 'string') return undefined
  const number = Number(digits)
  return Number.isFinite(number) ? number : undefined
}

/** One value of a query, still escaped, for the paths of a parameter (or of a composite's part). */
export type Asked = {
  readonly paths: readonly ParameterPath[]
  readonly text: string
  /** One that the type allows (for references, a resource type); absent for none. */
  readonly modifier?: string
  /** Types that a reference parameter may point to; empty = any. */
  readonly targets: readonly string[]
  /** The parameter as an error names it: `Observation?date`. */
  readonly at: string
  readonly settings: Settings
}

/**
 * The tests that a value means; a resource fulfils it when it fulfils one of them (none: nothing can).
 * @throws Failure `parameter` that names the parameter and says what would be right
 */
export type MakeLeaves = (asked: Asked) => readonly Leaf[]

const names = new WeakMap<readonly ParameterPath[], readonly IndexPath[]>()

/** The index paths, each once; the same list again for the same paths, as ten thousand alternatives share one. */
export function namesOf(paths: readonly ParameterPath[]): readonly IndexPath[] {
  let known = names.get(paths)
  if (known === undefined) {
    known = [...new Set(paths.map(({ path }) => path))]
    names.set(paths, known)
  }
  return known
}

const besides = new Map<IndexPath, IndexPath>()

/**
 * The path of entries that only some queries ask for, kept beside the plain ones: `Patient.identifier:of-type`.
 * A colon is in no expression, so that no parameter can read them by accident.
 */
export function pathBeside(
  path: IndexPath,
  beside: 'of-type' | 'identifier' | 'text' | 'canonical' | 'latin' | 'hangul',
): IndexPath {
  const key = `${path}:${beside}`
  const known = besides.get(key)
  if (known === undefined) besides.set(key, key)
  return known ?? key
}

/** A value as an error message shows it: not more than anybody wants to read. */
export const shown = (text: string): string =>
  text.length > 80 ? `"${text.slice(0, 80)}…"` : `"${text}"`
