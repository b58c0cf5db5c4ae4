// Search type date: instants, partial dates and periods as [low, high), and comparisons with them.
// https://hl7.org/fhir/R4/search.html#date
// Must not look at the machine's own zone: what has no zone is read in the configured one.
import { fail } from '../errors.ts'
import type { Emit, MakeLeaves, Settings } from './emit.ts'
import { fieldsOf, namesOf, shown } from './emit.ts'
import { FOREVER } from './entry.ts'
import { unescape } from './parse.ts'
import type { Comparator } from './plan.ts'
import { splitPrefix } from './prefix.ts'
import { createZone } from './zone.ts'
import { message } from '../words/message.ts'

/** `[low, high)` in milliseconds since 1970. */
export type Interval = { readonly low: number; readonly high: number }

// A space may stand where a `+` was not encoded in a URL.
const DATE =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9})\d*)?)?(Z|[+ -]\d\d:\d\d)?)?)?)?$/

const MINUTE = 60_000

function wallTime(year: number, month: number, day: number, hour = 0, minute = 0): number {
  if (year >= 100) return Date.UTC(year, month, day, hour, minute)
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  return date.getTime() + (hour * 60 + minute) * MINUTE
}

const daysIn = (year: number, month: number): number =>
  new Date(wallTime(year, month, 0)).getUTCDate()

/** The interval that a FHIR date, dateTime or instant of any precision covers; undefined when it isn't one. */
export function intervalOf(text: string, zone: Settings['zone']): Interval | undefined {
  const part = DATE.exec(text)
  if (!part) return undefined
  const year = Number(part[1])
  if (year === 0) return undefined
  if (part[2] === undefined) {
    return { low: zone(wallTime(year, 0, 1)), high: zone(wallTime(year + 1, 0, 1)) }
  }
  const month = Number(part[2])
  if (month < 1 || month > 12) return undefined
  if (part[3] === undefined) {
    return { low: zone(wallTime(year, month - 1, 1)), high: zone(wallTime(year, month, 1)) }
  }
  const day = Number(part[3])
  if (day < 1 || (day > 28 && day > daysIn(year, month))) return undefined
  if (part[4] === undefined) {
    return {
      low: zone(wallTime(year, month - 1, day)),
      high: zone(wallTime(year, month - 1, day + 1)),
    }
  }
  const hour = Number(part[4])
  const minute = Number(part[5])
  // 60 is a leap second; it is the first second of the next minute here.
  const second = part[6] === undefined ? 0 : Number(part[6])
  if (hour > 23 || minute > 59 || second > 60) return undefined
  let low = wallTime(year, month - 1, day, hour, minute) + second * 1000
  let length = part[6] === undefined ? MINUTE : 1000
  if (part[7] !== undefined) {
    low += Math.floor(Number(`0.${part[7]}`) * 1000 + 1e-6)
    length = 1
  }
  const offset = part[8]
  if (offset === undefined) low = zone(low)
  else if (offset !== 'Z') {
    const hours = Number(offset.slice(1, 3))
    const minutes = Number(offset.slice(4))
    if (hours > 14 || minutes > 59) return undefined
    low -= (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * MINUTE
  }
  return { low, high: low + length }
}

const zones = new Map<string, Settings['zone']>()

/**
 * The same for callers that know the zone by its name (`UTC`, `+09:00`, `Asia/Almaty`).
 * @throws RangeError for a zone that doesn't exist
 */
export function parseInstant(text: string, zone = 'UTC'): Interval | undefined {
  let known = zones.get(zone)
  if (known === undefined) {
    known = createZone(zone)
    zones.set(zone, known)
  }
  return intervalOf(text, known)
}

const emitDate: Emit = (value, path, group, out, settings) => {
  if (typeof value !== 'string') return
  const interval = intervalOf(value, settings.zone)
  if (interval) out.push({ kind: 'date', path, group, low: interval.low, high: interval.high })
}

function spanOf(value: unknown, settings: Settings): Interval | undefined {
  const period = fieldsOf(value)
  if (!period) return undefined
  const { start, end } = period
  const from = typeof start === 'string' ? intervalOf(start, settings.zone) : undefined
  const to = typeof end === 'string' ? intervalOf(end, settings.zone) : undefined
  if (!from && !to) return undefined
  if (!from) return { low: -FOREVER, high: to?.high ?? FOREVER }
  if (!to) return { low: from.low, high: FOREVER }
  // An inverted Period is no reason to refuse a resource; its span is still what it talks about.
  return { low: Math.min(from.low, to.low), high: Math.max(from.high, to.high) }
}

const emitPeriod: Emit = (value, path, group, out, settings) => {
  const span = spanOf(value, settings)
  if (span) out.push({ kind: 'date', path, group, low: span.low, high: span.high })
}

// "The specified scheduling details are ignored and only the outer limits matter."
const emitTiming: Emit = (value, path, group, out, settings) => {
  const timing = fieldsOf(value)
  if (!timing) return
  let low = Infinity
  let high = -Infinity
  const widen = (span: Interval | undefined): void => {
    if (!span) return
    low = Math.min(low, span.low)
    high = Math.max(high, span.high)
  }
  if (Array.isArray(timing['event'])) {
    for (const event of timing['event']) {
      if (typeof event === 'string') widen(intervalOf(event, settings.zone))
    }
  }
  widen(spanOf(fieldsOf(timing['repeat'])?.['boundsPeriod'], settings))
  if (low < high) out.push({ kind: 'date', path, group, low, high })
}

/** By element type. */
export const DATE_EMITS: Readonly<Record<string, Emit>> = {
  date: emitDate,
  dateTime: emitDate,
  instant: emitDate,
  Period: emitPeriod,
  Timing: emitTiming,
}

/** A comparison with an instant or a span of time. */
export type DateTarget = Interval & { readonly op: Comparator }

/**
 * `[prefix]date` of a query; for `ap` the target is widened by a tenth of the distance from now on each side.
 * @throws Failure `parameter`
 */
export function dateTarget(text: string, at: string, settings: Settings): DateTarget {
  const { op, rest } = splitPrefix(unescape(text))
  const interval = intervalOf(rest, settings.zone)
  if (!interval) {
    throw fail('parameter', message('parameter-date', { found: shown(rest || text) }), at)
  }
  if (op !== 'ap') return { op, ...interval }
  const now = settings.now()
  const { low, high } = interval
  const distance = now < low ? low - now : now >= high ? now - high : 0
  const tenth = Math.round(distance / 10)
  return { op, low: low - tenth, high: high + tenth }
}

export const dateLeaves: MakeLeaves = ({ paths, text, at, settings }) => [
  { kind: 'date', paths: namesOf(paths), ...dateTarget(text, at, settings) },
]
