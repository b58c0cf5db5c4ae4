// Dates of birth as they are mistaken: day and month in each other's place, one digit another one, two neighbours swapped.
// https://hl7.org/fhir/R4/datatypes.html#date
// Must not make a date of what is none.
import { isOneSlip, isTransposed } from './near.ts'

export type DateLikeness =
  'same' | 'swapped' | 'transposed' | 'typo' | 'month' | 'year' | 'different'

const WHOLE = 10

/** @param one a FHIR date, with or without month and day */
export function compareDates(one: string, other: string): DateLikeness {
  if (one === other) return one.length === WHOLE ? 'same' : one.length === 7 ? 'month' : 'year'
  if (one.length !== other.length) {
    const [short, long] = one.length < other.length ? [one, other] : [other, one]
    if (!long.startsWith(short)) return 'different'
    return short.length === 7 ? 'month' : 'year'
  }
  if (one.length !== WHOLE) return 'different'
  if (swapped(one) === other) return 'swapped'
  const [digits, others] = [one.replaceAll('-', ''), other.replaceAll('-', '')]
  if (isTransposed(digits, others)) return 'transposed'
  return isOneSlip(digits, others) ? 'typo' : 'different'
}

const swapped = (date: string): string => `${date.slice(0, 5)}${date.slice(8)}-${date.slice(5, 7)}`

/** The date with day and month in each other's place; undefined when that is none, or the same. */
export function swappedDate(date: string): string | undefined {
  if (date.length !== WHOLE) return undefined
  const other = swapped(date)
  return other !== date && isDate(other) ? other : undefined
}

/** Dates from which a slip of one digit, or of two neighbours, makes this one; in the last 120 years. */
export function slipsOf(date: string, now = new Date()): readonly string[] {
  if (date.length !== WHOLE) return []
  const digits = date.replaceAll('-', '')
  const forms = new Set<string>()
  for (let at = 0; at < digits.length; at++) {
    for (let digit = 0; digit < 10; digit++)
      forms.add(digits.slice(0, at) + String(digit) + digits.slice(at + 1))
    if (at > 0)
      forms.add(digits.slice(0, at - 1) + digits[at]! + digits[at - 1]! + digits.slice(at + 1))
  }
  forms.delete(digits)
  const today = now.toISOString().slice(0, 10)
  const oldest = String(now.getUTCFullYear() - 120)
  return [...forms]
    .map((form) => `${form.slice(0, 4)}-${form.slice(4, 6)}-${form.slice(6)}`)
    .filter((form) => form <= today && form >= oldest && isDate(form))
}

function isDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}
