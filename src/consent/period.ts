// Periods of a consent as [low, high): each bound with the whole of the day, month or year that it names.
// https://hl7.org/fhir/R4/datatypes.html#Period
// Must not guess: a bound that isn't a date makes the period unknown.
import { intervalOf, type Interval } from '../search/date.ts'
import type { Settings } from '../search/emit.ts'
import { fieldsOf } from '../search/emit.ts'
import { FOREVER } from '../search/entry.ts'

/** Undefined without a period. Milliseconds since 1970; ±8.64e15 where it is open. */
export function periodOf(value: unknown, zone: Settings['zone']): Interval | 'unknown' | undefined {
  if (value === undefined || value === null) return undefined
  const period = fieldsOf(value)
  const start = boundOf(period?.['start'], zone)
  const end = boundOf(period?.['end'], zone)
  if (period === undefined || start === 'unknown' || end === 'unknown') return 'unknown'
  return { low: start?.low ?? -FOREVER, high: end?.high ?? FOREVER }
}

function boundOf(value: unknown, zone: Settings['zone']): Interval | 'unknown' | undefined {
  if (value === undefined || value === null) return undefined
  return (typeof value === 'string' ? intervalOf(value, zone) : undefined) ?? 'unknown'
}

/** Whether an instant lies in it. */
export const isWithin = (instant: number, { low, high }: Interval): boolean =>
  low <= instant && instant < high
