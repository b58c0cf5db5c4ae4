// Dates moved by days, as exact as they were: what lies between two dates of one patient stays what it was.
// https://hl7.org/fhir/R4/datatypes.html#dateTime
// Must not change zones or times of day, unless these are to be left out.

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T.+)?)?)?$/

/**
 * A date, dateTime or instant some days later; a year or month is the one that its middle falls into.
 * @param isInstant whether a time must stay: midnight where times are left out
 * @returns undefined for what is no date, or none of the years 1 to 9999
 */
export function shifted(
  text: string,
  days: number,
  time: 'keep' | 'remove',
  isInstant: boolean = false,
): string | undefined {
  const [, year, month, day, rest] = DATE.exec(text) ?? []
  if (year === undefined) return undefined
  const date = new Date(0)
  date.setUTCFullYear(
    Number(year),
    month === undefined ? 6 : Number(month) - 1,
    day === undefined ? (month === undefined ? 1 : 15) : Number(day),
  )
  date.setUTCDate(date.getUTCDate() + days)
  const [y, m, d] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
  if (!(y >= 1 && y <= 9999)) return undefined
  const parts = [String(y).padStart(4, '0')]
  if (month !== undefined) parts.push(String(m).padStart(2, '0'))
  if (day !== undefined) parts.push(String(d).padStart(2, '0'))
  const moved = parts.join('-')
  if (rest === undefined) return moved
  if (time === 'keep') return moved + rest
  return isInstant ? `${moved}T00:00:00${ZONE.exec(rest)?.[0] ?? 'Z'}` : moved
}

const ZONE = /(?:Z|[+-]\d{2}:\d{2})$/
