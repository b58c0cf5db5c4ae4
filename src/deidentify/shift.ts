// Dates moved by days, as exact as they were: what lies between two dates of one patient stays what it was.
// https://hl7.org/fhir/R4/datatypes.html#dateTime
// Must not tell a zone that is to be hidden: it says where somebody lives.

/** `zone`: minutes before UTC of the clock that all times are told by, as if it were UTC's; undefined to keep their zones. */
export type Move = { readonly days: number; readonly zone?: number }

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(.*?)(Z|[+-]\d{2}:\d{2}))?)?)?$/

/**
 * A date, dateTime or instant some days later; a year or month is the one that its middle falls into.
 * @param isInstant whether a time must stay: midnight where times are left out
 * @returns undefined for what is no date, or none of the years 1 to 9999
 */
export function shifted(
  text: string,
  { days, zone }: Move,
  time: 'keep' | 'remove',
  isInstant: boolean = false,
): string | undefined {
  const [, year, month, day, hour, minute, seconds, offset] = DATE.exec(text) ?? []
  if (year === undefined) return undefined
  const at = new Date(0)
  at.setUTCFullYear(
    Number(year),
    month === undefined ? 6 : Number(month) - 1,
    day === undefined ? (month === undefined ? 1 : 15) : Number(day),
  )
  at.setUTCDate(at.getUTCDate() + days)
  const isTime = offset !== undefined
  const isHidden = isTime && zone !== undefined
  if (isTime)
    at.setUTCHours(Number(hour), Number(minute) + (isHidden ? zone - (minutesOf(offset) ?? 0) : 0))
  const [y, rest] = [at.getUTCFullYear(), at.toISOString()]
  if (!(y >= 1 && y <= 9999)) return undefined
  const date = rest.slice(0, month === undefined ? 4 : day === undefined ? 7 : 10)
  if (!isTime) return date
  const told = isHidden ? 'Z' : offset
  if (time === 'keep') return `${date}${rest.slice(10, 16)}${seconds ?? ''}${told}`
  return isInstant ? `${date}T00:00:00${told}` : date
}

/** Minutes before UTC that an offset says. */
export function minutesOf(offset: string): number | undefined {
  if (offset === 'Z') return 0
  const [, sign, hours, minutes] = /^([+-])(\d{2}):(\d{2})$/.exec(offset) ?? []
  if (sign === undefined) return undefined
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** The offset, in minutes, that most times in some texts have; 0 without any. */
export function usualZone(texts: Iterable<string>): number {
  const met = new Map<number, number>()
  for (const text of texts)
    for (const [, offset = ''] of text.matchAll(
      /T\d{2}:\d{2}:\d{2}(?:\.\d+)?([+-]\d{2}:\d{2})"/g,
    )) {
      const minutes = minutesOf(offset) ?? 0
      met.set(minutes, (met.get(minutes) ?? 0) + 1)
    }
  return [...met].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0
}
