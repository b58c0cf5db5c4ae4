// The band of one value, by the intervals of a programme, sex and age; or why there is none.
// https://hl7.org/fhir/R4/observationdefinition-definitions.html#ObservationDefinition.qualifiedInterval
// Must not guess: what the criteria don't cover, or what they would have to know of the person and don't, isn't judged.
import type { Definition, Interval } from './programme.ts'

/** Why a value has no band; each has words in words/report.ts. */
export type Reason =
  | 'no-value'
  | 'not-final'
  | 'no-unit'
  | 'unit'
  | 'sex'
  | 'age'
  | 'comparator'
  | 'outside'
  | 'result'
  | 'unreadable'
  | 'incomplete'

/** `result`: the code of checkup-result that a result in words is. */
export type Judged =
  | { readonly band: string; readonly result?: string }
  | { readonly reason: Reason; readonly result?: string }

/** Of whom is judged: sex as Patient.gender, age in whole years. */
export type Person = { readonly gender: string | undefined; readonly years: number | undefined }

/** Bands from the best to the worst. */
export const BANDS = ['normal-a', 'normal-b', 'suspected'] as const

/** The worse of two bands. */
export const worse = (one: string, other: string): string =>
  BANDS.indexOf(one as never) >= BANDS.indexOf(other as never) ? one : other

/** A number and, for `<5`, what it was written with. */
export type Measured = { readonly value: number; readonly comparator?: string | undefined }

/** The band of a value in the unit of the definition. */
export function bandOf(measured: Measured, definition: Definition, person: Person): Judged {
  const intervals = intervalsFor(definition, person)
  if (typeof intervals === 'string') return { reason: intervals }
  const { value, comparator } = measured
  if (comparator !== undefined) return bandOfOpen(value, comparator, intervals)
  // What lies between two bands of a table is judged with the digits of the table.
  const band = bandIn(intervals, value) ?? bandIn(intervals, rounded(value, definition.digits))
  return band === undefined ? { reason: 'outside' } : { band }
}

/** The intervals that hold for a person, or what would have to be known of the person. */
export function intervalsFor(
  { intervals }: Definition,
  { gender, years }: Person,
): readonly Interval[] | 'sex' | 'age' {
  const bySex = intervals.some((one) => one.gender !== undefined)
  if (bySex && gender !== 'male' && gender !== 'female') return 'sex'
  if (intervals.some(({ age }) => age !== undefined) && years === undefined) return 'age'
  return intervals.filter(
    (one) =>
      (one.gender === undefined || one.gender === gender) &&
      (one.age === undefined || (years! >= one.age.low && years! <= one.age.high)),
  )
}

const bandIn = (intervals: readonly Interval[], value: number): string | undefined =>
  intervals.find(
    ({ low, high }) =>
      (low === undefined || (low.open ? value > low.value : value >= low.value)) &&
      (high === undefined || (high.open ? value < high.value : value <= high.value)),
  )?.band

const rounded = (value: number, digits: number): number =>
  Number(
    (Math.round(Number((value * 10 ** digits).toPrecision(12))) / 10 ** digits).toFixed(digits),
  )

/** `<5`: judged when all that it may be is in one band. */
function bandOfOpen(value: number, comparator: string, intervals: readonly Interval[]): Judged {
  const below = comparator.startsWith('<')
  const touched = intervals.filter(({ low, high }) =>
    below ? low === undefined || low.value < value : high === undefined || high.value > value,
  )
  const bands = new Set(touched.map(({ band }) => band))
  const reaches = touched.some(({ low, high }) => (below ? low : high) === undefined)
  const [band] = bands
  return bands.size === 1 && reaches && band !== undefined ? { band } : { reason: 'comparator' }
}
