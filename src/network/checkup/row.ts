// The lines of a report: each item with its values, band, flag, the values of the visit before, and its course.
// https://hl7.org/fhir/R4/observation.html#interpretation
// Must not put anything into words, but for what came in words.
import type { Resource } from '../../fhir/message.ts'
import type { Finder } from '../../terminology/finder.ts'
import type { CodeableConcept } from '../../terminology/resource.ts'
import { intervalsFor, worse, type Judged, type Person, type Reason } from './band.ts'
import { convertedTo, amountOf, inUnits, judge, measuresOf } from './measure.ts'
import type { Amount, Measure, Units } from './measure.ts'
import { RESULT, type Bound, type Definition, type Programme } from './programme.ts'
import { bandOfResult } from './result.ts'
import { effectiveOf, isReady, type Fields, type Visit } from './visit.ts'

/** A value of an item: systolic pressure, glucose. */
export type Part = {
  /** Undefined for what the programme doesn't have. */
  readonly definition: Definition | undefined
  readonly measure: Measure
  /** As it came; undefined when it isn't a number with a unit. */
  readonly received: Amount | undefined
  /** In the units of the report. */
  readonly shown: Amount | undefined
  /** A result in words. */
  readonly coded: CodeableConcept | undefined
  readonly judged: Judged | undefined
  /** Code of v3-ObservationInterpretation. */
  readonly flag: string | undefined
  /** What normal A is, in the units of the report. */
  readonly normal: { readonly low?: Bounded; readonly high?: Bounded } | undefined
  readonly before: Before | undefined
  /** Of this and earlier visits, oldest first, in the units of the report. */
  readonly course: readonly Point[]
}

export type Bounded = { readonly digits: string; readonly unit: string; readonly open: boolean }

/** `difference`: now less before, in the units of the report. */
export type Before = {
  readonly observation: Resource
  readonly at: string
  readonly shown: Amount | undefined
  readonly coded: CodeableConcept | undefined
  readonly difference: string | undefined
}

export type Point = { readonly at: number; readonly value: number }

export type Row = {
  /** Code of the item; undefined for what the programme doesn't have. */
  readonly item: string | undefined
  readonly parts: readonly Part[]
  readonly band: string | undefined
  /** Why there is no band where there should be one. */
  readonly reason: Reason | undefined
  /** How often it was measured in the visit. */
  readonly count: number
}

/** Points of a course at most; the latest are kept. */
const MOST_POINTS = 12

/** The rows of a visit: the programme's in its order, then the others. */
export async function rowsOf(
  visit: Visit,
  programme: Programme,
  units: Units,
  finder: Finder,
): Promise<readonly Row[]> {
  const now = measuresOf(visit.observations, programme)
  const earlier = measuresOf(visit.earlier, programme)
  const rows: Row[] = []
  for (const item of new Set(programme.definitions.map((one) => one.item))) {
    const definitions = programme.definitions.filter((one) => one.item === item)
    const measured = definitions.flatMap((definition) => {
      const all = now.known.get(definition)
      return all === undefined ? [] : [{ definition, all }]
    })
    if (measured.length === 0) continue
    const parts: Part[] = []
    for (const { definition, all } of measured) {
      const before = earlier.known.get(definition) ?? []
      parts.push(await partOf(lastOf(all), before, definition, visit.person, units, finder))
    }
    const count = Math.max(...measured.map(({ all }) => all.length))
    rows.push({ item, parts, count, ...verdictOf(parts, definitions.length) })
  }
  for (const measure of now.others) {
    // A panel says nothing by itself.
    if (measure.of['hasMember'] !== undefined && !hasValue(measure.of)) continue
    const before = earlier.others.filter(
      ({ loinc }) => loinc !== undefined && loinc === measure.loinc,
    )
    const part = await partOf(measure, before, undefined, visit.person, units, finder)
    rows.push({ item: undefined, parts: [part], count: 1, band: undefined, reason: undefined })
  }
  return rows
}

const hasValue = (of: Fields): boolean => Object.keys(of).some((name) => /^value[A-Z]/.test(name))

/** The last that is final, else the last. */
const lastOf = (all: readonly Measure[]): Measure =>
  [...all].sort(
    (one, other) =>
      Number(isReady(one.observation)) - Number(isReady(other.observation)) || one.at - other.at,
  )[all.length - 1]!

/** The worst of the parts; a part that is missing is forgiven only where nothing could be worse. */
function verdictOf(parts: readonly Part[], wanted: number): Pick<Row, 'band' | 'reason'> {
  const judged = parts.flatMap((part) => (part.judged === undefined ? [] : [part.judged]))
  const bands = judged.flatMap((one) => ('band' in one ? [one.band] : []))
  const reasons = judged.flatMap((one) => ('reason' in one ? [one.reason] : []))
  const worst = bands.length === 0 ? undefined : bands.reduce(worse)
  if (judged.length === 0) return { band: undefined, reason: undefined }
  if (worst === 'suspected') return { band: worst, reason: undefined }
  if (reasons[0] !== undefined) return { band: undefined, reason: reasons[0] }
  return judged.length < wanted
    ? { band: undefined, reason: 'incomplete' }
    : { band: worst, reason: undefined }
}

async function partOf(
  measure: Measure,
  earlier: readonly Measure[],
  definition: Definition | undefined,
  person: Person,
  units: Units,
  finder: Finder,
): Promise<Part> {
  const found = amountOf(measure, definition)
  const received = typeof found === 'string' ? undefined : found
  const shown = received && inUnits(received, units)
  const words = codedOf(measure.of)
  const judged = await judgedOf(measure, definition, words, person, finder)
  const coded = words && (await knownResult(words, definition, finder))
  const normal =
    definition === undefined || shown === undefined
      ? undefined
      : normalOf(definition, person, shown)
  const previous = earlier.map((one) => ({
    measure: one,
    shown: sameUnit(one, shown, units, definition),
  }))
  const points = previous.flatMap(({ measure: { at }, shown: amount }) => pointOf(at, amount))
  const course = [...points, ...pointOf(measure.at, shown)].sort((one, other) => one.at - other.at)
  return {
    definition,
    measure,
    received,
    shown,
    coded,
    judged,
    flag: flagOf(measure, received, definition, person, judged),
    normal,
    before: await beforeOf(previous, shown, definition, finder),
    course: course.slice(-MOST_POINTS),
  }
}

async function judgedOf(
  measure: Measure,
  definition: Definition | undefined,
  coded: CodeableConcept | undefined,
  person: Person,
  finder: Finder,
): Promise<Judged | undefined> {
  if (definition === undefined) return undefined
  if (definition.isCoded) {
    if (!isReady(measure.observation)) return { reason: 'not-final' }
    return coded === undefined ? { reason: 'no-value' } : bandOfResult(coded, definition, finder)
  }
  return definition.intervals.length === 0 ? undefined : judge(measure, definition, person)
}

/** A result in words: a concept, or a text. */
function codedOf({ valueCodeableConcept, valueString }: Fields): CodeableConcept | undefined {
  if (valueCodeableConcept !== undefined) return valueCodeableConcept as CodeableConcept
  return typeof valueString === 'string' ? { text: valueString } : undefined
}

/** With the code of checkup-result before its own, where it is one: that has a name in every language. */
async function knownResult(
  concept: CodeableConcept,
  definition: Definition | undefined,
  finder: Finder,
): Promise<CodeableConcept> {
  if (definition?.isCoded !== true) return concept
  const { result } = await bandOfResult(concept, definition, finder)
  const others = (concept.coding ?? []).filter(({ system }) => system !== RESULT)
  return result === undefined
    ? concept
    : { ...concept, coding: [{ system: RESULT, code: result }, ...others] }
}

function sameUnit(
  measure: Measure,
  shown: Amount | undefined,
  units: Units,
  definition: Definition | undefined,
): Amount | undefined {
  const amount = amountOf(measure, definition)
  if (typeof amount === 'string') return undefined
  return shown === undefined ? inUnits(amount, units) : convertedTo(amount, shown.unit, shown.loinc)
}

const pointOf = (at: number, amount: Amount | undefined): readonly Point[] =>
  amount === undefined || at === 0 ? [] : [{ at, value: Number(amount.digits) }]

/** @param previous latest first */
async function beforeOf(
  previous: readonly { readonly measure: Measure; readonly shown: Amount | undefined }[],
  shown: Amount | undefined,
  definition: Definition | undefined,
  finder: Finder,
): Promise<Before | undefined> {
  const last = previous.find((one) => one.shown !== undefined || codedOf(one.measure.of))
  if (last === undefined) return undefined
  const { observation, of } = last.measure
  const words = codedOf(of)
  const isPlain = shown?.comparator === undefined && last.shown?.comparator === undefined
  return {
    observation,
    at: effectiveOf(observation) ?? '',
    shown: last.shown,
    coded: words && (await knownResult(words, definition, finder)),
    difference:
      shown === undefined || last.shown === undefined || !isPlain
        ? undefined
        : subtract(shown.digits, last.shown.digits),
  }
}

/** One decimal less another, with the decimals of the one that has fewer: it is no more exact than that. Undefined beyond what a double holds. */
export function subtract(one: string, other: string): string | undefined {
  const difference = Number(one) - Number(other)
  if (!Number.isFinite(difference)) return undefined
  const places = (digits: string): number => /\.(\d+)/.exec(digits)?.[1]?.length ?? 0
  const text = difference.toFixed(Math.min(places(one), places(other)))
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text
}

/** What normal A is for a person, in a unit; undefined where there are several, or none. */
function normalOf(definition: Definition, person: Person, shown: Amount): Part['normal'] {
  const intervals = intervalsFor(definition, person)
  if (typeof intervals === 'string') return undefined
  const [normal, ...others] = intervals.filter(({ band }) => band === 'normal-a')
  if (normal === undefined || others.length > 0) return undefined
  const low = boundedIn(normal.low, definition, shown)
  const high = boundedIn(normal.high, definition, shown)
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) }
}

function boundedIn(
  bound: Bound | undefined,
  { unit = '1', digits, loinc }: Definition,
  shown: Amount,
): Bounded | undefined {
  if (bound === undefined) return undefined
  const amount = { digits: bound.value.toFixed(digits), unit, comparator: undefined, loinc }
  const there = convertedTo(amount, shown.unit, shown.loinc)
  return there === undefined
    ? undefined
    : { digits: there.digits, unit: there.unit, open: bound.open }
}

const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation'

/** What the laboratory says; else by its reference range; else by what normal A is. */
function flagOf(
  { of }: Measure,
  received: Amount | undefined,
  definition: Definition | undefined,
  person: Person,
  judged: Judged | undefined,
): string | undefined {
  for (const { coding } of (of['interpretation'] ?? []) as readonly CodeableConcept[])
    for (const { system, code } of coding ?? [])
      if (system === INTERPRETATION && code !== undefined) return code
  if (received === undefined)
    return judged !== undefined && 'band' in judged
      ? judged.band === 'normal-a'
        ? 'N'
        : 'A'
      : undefined
  const [range] = (of['referenceRange'] ?? []) as readonly Fields[]
  const limit = (bound: unknown): Limit | undefined => limitOf(bound, definition)
  const own = range && flagIn(received, limit(range['low']), limit(range['high']))
  if (own !== undefined) return own
  const normal = definition && normalOf(definition, person, received)
  return normal && flagIn(received, normal.low, normal.high)
}

type Limit = Pick<Bounded, 'digits' | 'unit'> & { readonly open?: boolean }

function limitOf(quantity: unknown, definition: Definition | undefined): Limit | undefined {
  if (quantity === undefined) return undefined
  const amount = amountOf({ of: { valueQuantity: quantity }, loinc: undefined }, definition)
  return typeof amount === 'string' ? undefined : amount
}

function flagIn(
  { digits, unit, comparator }: Amount,
  low: Limit | undefined,
  high: Limit | undefined,
): 'H' | 'L' | 'N' | undefined {
  if (low === undefined && high === undefined) return undefined
  if ((low ?? high)!.unit !== unit || (high ?? low)!.unit !== unit) return undefined
  const value = Number(digits)
  if (
    high !== undefined &&
    (value > Number(high.digits) || (high.open === true && value === Number(high.digits)))
  )
    return comparator?.startsWith('<') === true ? undefined : 'H'
  if (
    low !== undefined &&
    (value < Number(low.digits) || (low.open === true && value === Number(low.digits)))
  )
    return comparator?.startsWith('>') === true ? undefined : 'L'
  return comparator === undefined ? 'N' : undefined
}
