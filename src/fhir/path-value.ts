// Values of compiled FHIRPath: plain JSON values in lists, with what is known of their types.
// http://hl7.org/fhirpath/N1/#collections and https://hl7.org/fhir/R4/json.html#primitive
// Must not copy what it looks at.

import type { Definitions } from './definitions.ts'
import type { Expression } from './path-syntax.ts'

/** A primitive that has extensions and no value. */
export type Bare = { readonly bare: unknown }

export type PathEnvironment = {
  /** %resource: the resource that the value is in, itself perhaps contained in another. */
  readonly resource: unknown
  /** %rootResource: the outermost but for a Bundle's. */
  readonly rootResource: unknown
  /** %context: the value that the expression is about. */
  readonly context: unknown
  /** %extension, where a condition of an extension's place is decided. */
  readonly extension?: unknown
  /** What a Reference points to, as far as it is at hand. */
  readonly resolve: (reference: string) => unknown
}

export type Run = (input: readonly unknown[], environment: PathEnvironment) => readonly unknown[]

export type Compiled = {
  readonly run: Run
  /** Types that its values may have; none when it has no values. */
  readonly types: readonly string[]
  /** Of an element: the properties that may hold it, with their types. */
  readonly properties?: ReadonlyMap<string, string>
  /** The same element in some of its properties only. */
  readonly narrowed?: (properties: ReadonlyMap<string, string>) => Compiled
}

export type Compiler = {
  readonly definitions: Definitions
  /** An expression whose focus has the types. */
  compile(expression: Expression, focus: readonly string[]): Compiled
}

/** What can't be compiled. */
export class Unsupported extends Error {}

/** What went wrong in evaluating: several values where one is due. */
export class Unevaluable extends Error {}

/** A type that isn't known. */
export const ANY = '*'

export const EMPTY: readonly unknown[] = []
export const TRUE: readonly unknown[] = [true]
export const FALSE: readonly unknown[] = [false]
export const BOOLEAN: readonly string[] = ['boolean']

export const isBare = (value: unknown): value is Bare =>
  typeof value === 'object' && value !== null && 'bare' in value

/** A list as a condition: undefined when it is empty. */
export function truthOf(values: readonly unknown[]): boolean | undefined {
  if (values.length === 0) return undefined
  if (values.length > 1) throw new Unevaluable()
  const [value] = values
  if (isBare(value)) return undefined
  return typeof value === 'boolean' ? value : true
}

export const fromTruth = (truth: boolean | undefined): readonly unknown[] =>
  truth === undefined ? EMPTY : truth ? TRUE : FALSE

/** The one value of a list that has one with a value; undefined if it has none. */
export function oneOf(values: readonly unknown[]): unknown {
  if (values.length > 1) throw new Unevaluable()
  return isBare(values[0]) ? undefined : values[0]
}

const DATES = new Set(['date', 'dateTime', 'instant'])

export const areDates = (types: readonly string[]): boolean =>
  types.length > 0 && types.every((type) => DATES.has(type))

export const mayBeDates = (types: readonly string[]): boolean =>
  types.some((type) => DATES.has(type) || type === 'time' || type === ANY)

/** Deep equality of JSON values; objects have no order. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return false
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, i) => isSame(item, other[i]))
    )
  }
  if (Array.isArray(other)) return false
  const keys = Object.keys(one)
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) =>
      isSame((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
    )
  )
}

const DATE =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?(Z|[+-]\d\d:\d\d)?)?)?)?$/

/** Which of two dates is earlier: below, above or 0; undefined when their precisions leave it open. */
export function compareDates(one: string, other: string): number | undefined {
  const [a, b] = [DATE.exec(one), DATE.exec(other)]
  if (a === null || b === null) return undefined
  if (a[4] !== undefined && b[4] !== undefined && a[6] !== undefined && b[6] !== undefined) {
    const [x, y] = [Date.parse(one), Date.parse(other)]
    // Milliseconds are what Date keeps; a leap second is beyond it.
    return Number.isNaN(x) || Number.isNaN(y) ? compareParts(a, b) : x - y
  }
  return compareParts(a, b)
}

function compareParts(a: RegExpExecArray, b: RegExpExecArray): number | undefined {
  for (let i = 1; i <= 6; i += 1) {
    const [x, y] = [a[i], b[i]]
    if (x === undefined && y === undefined) return 0
    if (x === undefined || y === undefined) return undefined
    if (Number(x) !== Number(y)) return Number(x) - Number(y)
  }
  return 0
}
