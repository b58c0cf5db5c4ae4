// Removes versions from the history that were replaced long ago, in steps with pauses, so that servers go on beside it.
// https://hl7.org/fhir/R4/http.html#history: a server may forget old versions; the current one and its number stay.
// Must run once at a time over all processes: it takes the lease `purge-history`.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Upkeep } from '../store/upkeep.ts'
import { underLease, type Leased, type LeaseOptions } from './lease.ts'
import { patiently } from './patience.ts'

/** Versions by type. */
export type Purged = Readonly<Record<string, number>>

export type PurgeOptions = LeaseOptions & {
  readonly dryRun?: boolean
  /** Called after each step with what it came to so far. */
  readonly onProgress?: (removed: Purged) => void
}

/** A step may take a fifth of the time, so that a server never waits for more than one. */
const PAUSE_FACTOR = 4

/**
 * @param before versions that were replaced before this instant (ms) go
 * @throws what ended the lease, when another process got it
 */
export const purgeHistory = (
  upkeep: Upkeep,
  before: number,
  options: PurgeOptions = {},
): Promise<Leased<Purged>> =>
  underLease(
    upkeep.leases,
    'purge-history',
    async (signal) => {
      const { dryRun = false, onProgress } = options
      const all: Record<string, number> = {}
      for (let from: string | undefined; ;) {
        signal.throwIfAborted()
        const start = performance.now()
        const { removed, next } = await patiently(
          () => upkeep.purge({ before, from, dryRun }),
          signal,
        )
        for (const [type, count] of Object.entries(removed)) all[type] = (all[type] ?? 0) + count
        onProgress?.(all)
        if (next === undefined) return all
        from = next
        await sleep(PAUSE_FACTOR * (performance.now() - start))
      }
    },
    options,
  )

const DAY_MS = 86_400_000

/**
 * The instant (ms) that `5y`, `18mo`, `6w`, `90d` or a date means; undefined for anything else.
 * @example instantOf('5y', Date.parse('2026-07-01T00:00:00Z')) // 2021-07-01T00:00:00Z
 */
export function instantOf(age: string, now: number): number | undefined {
  const [, digits, unit] = /^(\d{1,4})(y|mo|w|d)$/.exec(age) ?? []
  if (digits === undefined || unit === undefined) {
    const date = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(age)
    const instant = date ? Date.parse(age) : Number.NaN
    return Number.isNaN(instant) ? undefined : instant
  }
  const count = Number(digits)
  if (unit === 'd' || unit === 'w') return now - count * DAY_MS * (unit === 'w' ? 7 : 1)
  return monthsBefore(now, unit === 'y' ? 12 * count : count)
}

/** The last day of a month when the day isn't in it: never later than meant, so never more is removed. */
function monthsBefore(now: number, months: number): number {
  const date = new Date(now)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() - months)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return date.getTime()
}
