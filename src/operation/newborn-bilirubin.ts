// Bilirubin of a newborn by hour of age, with its rate of rise; serum, skin and whole blood each for itself.
// Rate that suggests haemolysis: AAP, Clinical Practice Guideline Revision: Management of Hyperbilirubinemia in the
// Newborn Infant 35 or More Weeks of Gestation, Pediatrics 2022;150(3):e2022058859.
// Must not say when to treat: the thresholds of phototherapy and exchange are not here.
import type { Measured, Method } from './newborn-values.ts'
import { BILIRUBIN, inUnit } from './newborn-values.ts'

/** LOINC code under which terminology/analyte.ts knows the molar mass; that of the substance, whatever the sample. */
const SUBSTANCE = '1975-2'

export type Point = {
  readonly measured: Measured
  /** Hours after birth. */
  readonly age: number | undefined
  /** Digits; undefined where the unit is none of these. */
  readonly mass: string | undefined
  readonly moles: string | undefined
  /** mg/dL and µmol/L in an hour, since the point before; undefined for the first, and for points that lie too near. */
  readonly rate: { readonly mass: number; readonly moles: number } | undefined
  /** Whether it rose as fast as the guideline says of haemolysis; undefined where that can't be said. */
  readonly isRapid: boolean | undefined
}

export type Series = {
  readonly method: Method
  readonly points: readonly Point[]
  readonly peak: Point | undefined
  readonly trend: 'rising' | 'falling' | 'steady' | undefined
}

const HOUR = 3_600_000

/** Two values within less time differ by how they were measured. */
const LEAST_HOURS = 1

/** mg/dL in an hour: in the first day, and thereafter. */
const RAPID = { firstDay: 0.3, later: 0.2 }

/** The guideline is for those. */
export const LEAST_WEEKS = 35

/** @param weeks of gestation; undefined = not known */
export function bilirubinOf(
  all: readonly Measured[],
  born: number | undefined,
  weeks: number | undefined,
): readonly Series[] {
  const methods = [...new Set(Object.values(BILIRUBIN))]
  return methods.flatMap((method) => {
    const measured = all.filter(({ code }) => BILIRUBIN[code] === method)
    if (measured.length === 0) return []
    const points: Point[] = []
    for (const one of measured) points.push(pointOf(one, points.at(-1), born, weeks))
    return [{ method, points, peak: peakOf(points), trend: trendOf(points) }]
  })
}

function pointOf(
  measured: Measured,
  before: Point | undefined,
  born: number | undefined,
  weeks: number | undefined,
): Point {
  const { quantity, instant } = measured
  const age = instant === undefined || born === undefined ? undefined : hours(instant - born)
  const mass = inUnit(quantity, 'mg/dL', SUBSTANCE)
  const moles = inUnit(quantity, 'umol/L', SUBSTANCE)
  const rate = rateBetween(before, measured, mass)
  const limit = age !== undefined && age <= 24 ? RAPID.firstDay : RAPID.later
  const isSure = rate !== undefined && age !== undefined && weeks !== undefined
  return {
    measured,
    age,
    mass,
    moles,
    rate,
    isRapid: isSure && weeks >= LEAST_WEEKS ? rate.mass >= limit : undefined,
  }
}

const hours = (ms: number): number => Math.round((ms / HOUR) * 10) / 10

function rateBetween(
  before: Point | undefined,
  { quantity, instant }: Measured,
  mass: string | undefined,
): Point['rate'] {
  if (before?.measured.instant === undefined || instant === undefined) return undefined
  const passed = (instant - before.measured.instant) / HOUR
  if (passed < LEAST_HOURS || mass === undefined || before.mass === undefined) return undefined
  // "More than 20" has no rate.
  if (quantity.comparator !== undefined || before.measured.quantity.comparator !== undefined)
    return undefined
  const exact = exactOf(quantity) - exactOf(before.measured.quantity)
  const round = (value: number): number => Number((value / passed).toFixed(3))
  return { mass: round(exact), moles: round(exact * MOLES) }
}

/** µmol/L of 1 mg/dL. */
const MOLES = Number(inUnit({ digits: '1.00000000', unit: 'mg/dL' }, 'umol/L', SUBSTANCE))

/** In mg/dL, not rounded to the digits that it was measured with. */
function exactOf({ digits, unit }: Measured['quantity']): number {
  const long = digits.includes('.') ? `${digits}000000` : `${digits}.000000`
  return Number(inUnit({ digits: long, unit }, 'mg/dL', SUBSTANCE))
}

function peakOf(points: readonly Point[]): Point | undefined {
  const known = points.filter(({ mass }) => mass !== undefined)
  return known.reduce<Point | undefined>(
    (peak, one) => (peak === undefined || Number(one.mass) > Number(peak.mass) ? one : peak),
    undefined,
  )
}

/** mg/dL in an hour below which nothing is said to move. */
const STEADY = 0.02

function trendOf(points: readonly Point[]): Series['trend'] {
  const rate = points.at(-1)?.rate?.mass
  if (rate === undefined) return undefined
  if (Math.abs(rate) < STEADY) return 'steady'
  return rate > 0 ? 'rising' : 'falling'
}
