// Values of results: which item they are of, in which unit they came, and what they are in the units of the reader.
// https://hl7.org/fhir/R4/observation.html
// Must not convert what terminology/units.ts isn't sure of, nor lose the digits that were received.
import { decimalText } from '../../fhir/json.ts'
import type { Resource } from '../../fhir/message.ts'
import { analyteOf } from '../../terminology/analyte.ts'
import { convertDecimal } from '../../terminology/decimal.ts'
import { conversion, ucumOf } from '../../terminology/units.ts'
import type { Judged, Person } from './band.ts'
import { bandOf } from './band.ts'
import { ITEM, plainUnit, type Definition, type Programme } from './programme.ts'
import { effectiveOf, isReady, loincOf, type Fields } from './visit.ts'

/** Units of a report: amounts, masses, or as they were received. */
export type Units = 'si' | 'conventional' | 'received'

/** A value of an Observation or of one of its components. */
export type Measure = {
  readonly observation: Resource
  /** The Observation itself or the component: where value, interpretation and reference range are. */
  readonly of: Fields
  readonly loinc: string | undefined
  /** Milliseconds since 1970; 0 where it isn't said. */
  readonly at: number
}

/** A number with its unit (UCUM), and the LOINC code of that kind of quantity. */
export type Amount = {
  readonly digits: string
  readonly unit: string
  readonly comparator: string | undefined
  readonly loinc: string | undefined
}

/** Values by the definition that they are of, the rest beside; in the order of the Observations. */
export function measuresOf(
  observations: readonly Resource[],
  { byLoinc, definitions }: Programme,
): { readonly known: ReadonlyMap<Definition, Measure[]>; readonly others: readonly Measure[] } {
  const known = new Map<Definition, Measure[]>()
  const others: Measure[] = []
  for (const observation of observations) {
    const at = Date.parse(effectiveOf(observation) ?? '') || 0
    const parts = [observation, ...((observation['component'] ?? []) as readonly Fields[])]
    let isKnown = false
    for (const of of parts) {
      const codes = loincOf(of)
      const loinc = codes.find((code) => byLoinc.has(code)) ?? codes[0]
      const definition = byLoinc.get(loinc ?? '') ?? ofItem(of, definitions)
      if (definition === undefined) continue
      isKnown = true
      const before = known.get(definition)
      const measure = { observation, of, loinc, at }
      if (before === undefined) known.set(definition, [measure])
      else before.push(measure)
    }
    if (!isKnown) others.push({ observation, of: observation, loinc: loincOf(observation)[0], at })
  }
  return { known, others }
}

/** By a code of the item itself, where it has one value. */
function ofItem({ code }: Fields, definitions: readonly Definition[]): Definition | undefined {
  const codings = (((code ?? {}) as Fields)['coding'] ?? []) as readonly Fields[]
  for (const { system, code: item } of codings) {
    const found = system === ITEM ? definitions.filter((one) => one.item === item) : []
    if (found.length === 1) return found[0]
  }
  return undefined
}

/** The quantity of a measure; what is missing of it otherwise. */
export function amountOf(
  { of, loinc }: Pick<Measure, 'of' | 'loinc'>,
  definition?: Definition,
): Amount | 'no-value' | 'no-unit' | 'unit' {
  const quantity = of['valueQuantity'] as Fields | undefined
  const digits = decimalText(quantity?.['value'])
  if (quantity === undefined || digits === undefined) return 'no-value'
  const [system, code, unit, comparator] = ['system', 'code', 'unit', 'comparator'].map((name) => {
    const text = quantity[name]
    return typeof text === 'string' && text !== '' ? text : undefined
  })
  if (code === undefined && unit === undefined) return 'no-unit'
  const own = (text: string | undefined): string | undefined =>
    text !== undefined && definition?.customary.has(plainUnit(text)) === true
      ? definition.unit
      : undefined
  // A code goes before what is written beside it.
  const ucum = own(code ?? unit) ?? ucumOf(system, code, unit) ?? own(unit)
  return ucum === undefined ? 'unit' : { digits, unit: ucum, comparator, loinc }
}

/** The same amount in the units of a reader; itself where that is what it is in, or nothing is sure. */
export function inUnits(amount: Amount, units: Units): Amount {
  const analyte = amount.loinc === undefined ? undefined : analyteOf(amount.loinc)
  if (units === 'received' || analyte === undefined) return amount
  const { unit, loinc } = analyte[units]
  return convertedTo(amount, unit, loinc) ?? amount
}

/** In a unit, under the code that it then has; undefined where there is no sure way. */
export function convertedTo(
  amount: Amount,
  unit: string,
  loinc: string | undefined = amount.loinc,
): Amount | undefined {
  if (amount.unit === unit) return amount
  const way = conversion(amount.unit, unit, amount.loinc)
  if (way === undefined) return undefined
  if (way.factor === 1 && way.offset === 0) return { ...amount, unit, loinc }
  const digits = convertDecimal(amount.digits, way)
  return digits === undefined ? undefined : { ...amount, digits, unit, loinc }
}

/** The band of a measure that is a number. */
export function judge(measure: Measure, definition: Definition, person: Person): Judged {
  if (!isReady(measure.observation)) return { reason: 'not-final' }
  const amount = amountOf(measure, definition)
  if (typeof amount === 'string') return { reason: amount }
  const way = conversion(amount.unit, definition.unit ?? '1', amount.loinc ?? definition.loinc)
  if (way === undefined) return { reason: 'unit' }
  // Twelve digits, so that 5.6 × 18.0156 doesn't fall short of a bound by the last bit of a double.
  const value = Number((Number(amount.digits) * way.factor + way.offset).toPrecision(12))
  return bandOf({ value, comparator: amount.comparator }, definition, person)
}
