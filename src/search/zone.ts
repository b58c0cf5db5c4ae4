// Time zones: which instant the time on a wall is, for dates and times that carry no zone themselves.
// https://hl7.org/fhir/R4/search.html#date
// Must not use the machine's own zone: a record means the same on every server of a network.

const FIXED = /^([+-])(\d\d):(\d\d)$/

/**
 * A function from the time on a wall in `zone` (as if it were UTC, ms) to the instant (ms).
 * @throws RangeError for a zone that doesn't exist
 */
export function createZone(zone: string): (wall: number) => number {
  if (zone === 'UTC' || zone === 'Z') return (wall) => wall
  const fixed = FIXED.exec(zone)
  if (fixed) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3])
    const offset = (fixed[1] === '-' ? -minutes : minutes) * 60_000
    return (wall) => wall - offset
  }
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const offsetAt = (instant: number): number => {
    const part: Record<string, number> = {}
    for (const { type, value } of clock.formatToParts(instant)) part[type] = Number(value)
    const shown = Date.UTC(
      part['year'] ?? 0,
      (part['month'] ?? 1) - 1,
      part['day'] ?? 1,
      part['hour'] ?? 0,
      part['minute'] ?? 0,
      part['second'] ?? 0,
    )
    return shown - Math.floor(instant / 1000) * 1000
  }
  return (wall) => {
    // Years that Date.UTC reads as 19xx, or that the formatter would show in another era, had no zones anyway.
    if (wall < -59_000_000_000_000) return wall
    const guess = wall - offsetAt(wall)
    return wall - offsetAt(guess)
  }
}
