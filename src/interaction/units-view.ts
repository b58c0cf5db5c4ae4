// `_units=si` or `conventional`: values of Observations also in the other kind of unit, beside what was received.
// profiles/ieum/StructureDefinition-converted-quantity.json; a parameter of our own.
// Must not change, round or drop what was received, nor add a value that terminology/units.ts isn't sure of.
import { decimalText, numberFrom, parseLossless, stringify } from '../fhir/json.ts'
import type { Query, Resource } from '../fhir/message.ts'
import { viewOf, type UnitsView } from '../search/result.ts'
import type { Version } from '../store/store.ts'
import { analyteOf, type Form } from '../terminology/analyte.ts'
import { convertDecimal } from '../terminology/decimal.ts'
import { UCUM } from '../terminology/ucum.ts'
import { conversion, LOINC, ucumOf } from '../terminology/units.ts'
import { inTurn } from '../turn.ts'

/** The extension of a Quantity that holds the converted value. */
export const CONVERTED = 'http://ieum.example/fhir/StructureDefinition/converted-quantity'

type Fields = Readonly<Record<string, unknown>>

/** What isn't metric, and its unit in a metric country, whatever is measured. */
const METRIC: Readonly<Record<string, string>> = {
  '[degF]': 'Cel',
  '[in_i]': 'cm',
  '[ft_i]': 'cm',
  '[lb_av]': 'kg',
  '[oz_av]': 'g',
}

/** The view that a query of a read asks for. @throws Failure 400 for one that there isn't */
export function unitsAsked(query: Query): UnitsView | undefined {
  const asked = query.findLast(([name]) => name === '_units')
  return asked === undefined ? undefined : viewOf(asked[1], '_units')
}

/** Versions with the view as their text, made in slices. */
export async function allInUnits(
  versions: readonly Version[],
  view: UnitsView,
): Promise<readonly Version[]> {
  const shown: Version[] = []
  await inTurn(versions, 1, async (version) => {
    const { type, text } = version
    const isOther = type !== 'Observation' || text === undefined
    shown.push(isOther ? version : { ...version, text: inUnits(type, text, view) })
  })
  return shown
}

/** The text of a resource with converted values; the same text where there are none. */
export function inUnits(type: string, text: string, view: UnitsView): string {
  if (type !== 'Observation') return text
  const received = parseLossless(text) as Resource
  const shown = observationIn(received, view)
  return shown === received ? text : stringify(shown)
}

function observationIn(observation: Resource, view: UnitsView): Resource {
  const codes = loincOf(observation.code)
  const whole = measuredIn(observation, codes, view)
  const component = itemsIn(observation.component, (one) =>
    measuredIn(one, loincOf(one['code']), view),
  )
  return (component === undefined ? whole : { ...whole, component }) as Resource
}

/** The Observation or a component of it: both have values and reference ranges in the same places. */
function measuredIn(of: Fields, codes: readonly string[], view: UnitsView): Fields {
  const changed: Record<string, unknown> = {}
  const put = (name: string, before: unknown, after: unknown): void => {
    if (after !== before && after !== undefined) changed[name] = after
  }
  put('valueQuantity', of['valueQuantity'], quantityIn(of['valueQuantity'], codes, view))
  put('valueRange', of['valueRange'], rangeIn(of['valueRange'], codes, view))
  const ranges = itemsIn(of['referenceRange'], (one) => rangeIn(one, codes, view) as Fields)
  put('referenceRange', of['referenceRange'], ranges)
  return Object.keys(changed).length === 0 ? of : { ...of, ...changed }
}

function rangeIn(range: unknown, codes: readonly string[], view: UnitsView): unknown {
  if (!isFields(range)) return range
  const low = quantityIn(range['low'], codes, view)
  const high = quantityIn(range['high'], codes, view)
  if (low === range['low'] && high === range['high']) return range
  return {
    ...range,
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
  }
}

function quantityIn(quantity: unknown, codes: readonly string[], view: UnitsView): unknown {
  if (!isFields(quantity)) return quantity
  const [system, code, unit] = ['system', 'code', 'unit'].map((name) => text(quantity[name]))
  const extension = Array.isArray(quantity['extension']) ? (quantity['extension'] as unknown[]) : []
  const digits = decimalText(quantity['value'])
  const from = ucumOf(system, code, unit)
  if (digits === undefined || from === undefined) return quantity
  if (extension.some((one) => isFields(one) && one['url'] === CONVERTED)) return quantity
  for (const [loinc, to] of targets(from, codes, view)) {
    const way = conversion(from, to.unit, loinc)
    const value = way && convertDecimal(digits, way)
    if (value === undefined || (way?.factor === 1 && way.offset === 0)) continue
    const { comparator } = quantity
    const valueQuantity = {
      value: numberFrom(value),
      ...(comparator === undefined ? {} : { comparator }),
      unit: to.unit,
      system: UCUM,
      code: to.unit,
    }
    const isOfOther = to.loinc !== '' && !codes.includes(to.loinc)
    const converted = {
      url: CONVERTED,
      extension: [
        { url: 'value', valueQuantity },
        { url: 'factor', valueDecimal: way?.factor },
        ...(way?.offset === 0 ? [] : [{ url: 'offset', valueDecimal: way?.offset }]),
        { url: 'source', valueString: way?.source },
        ...(isOfOther ? [{ url: 'code', valueCoding: { system: LOINC, code: to.loinc } }] : []),
      ],
    }
    return { ...quantity, extension: [...extension, converted] }
  }
  return quantity
}

/** Units that a view would have, by the codes of what is measured; no two of them are of one kind. */
function targets(
  from: string,
  codes: readonly string[],
  view: UnitsView,
): (readonly [loinc: string | undefined, to: Form])[] {
  const metric = view === 'si' && Object.hasOwn(METRIC, from) ? METRIC[from] : undefined
  const found: (readonly [string | undefined, Form])[] = codes.flatMap((code) => {
    const analyte = analyteOf(code)
    return analyte === undefined ? [] : [[code, analyte[view]] as const]
  })
  return metric === undefined ? found : [...found, [undefined, { unit: metric, loinc: '' }]]
}

function loincOf(concept: unknown): readonly string[] {
  const coding = isFields(concept) ? concept['coding'] : undefined
  if (!Array.isArray(coding)) return []
  return (coding as unknown[]).flatMap((one) =>
    isFields(one) && one['system'] === LOINC && typeof one['code'] === 'string'
      ? [one['code']]
      : [],
  )
}

/** The items with some of them changed; undefined when none is. */
function itemsIn(items: unknown, change: (item: Fields) => Fields): unknown[] | undefined {
  if (!Array.isArray(items)) return undefined
  const changed = (items as unknown[]).map((one) => (isFields(one) ? change(one) : one))
  return changed.some((one, i) => one !== items[i]) ? changed : undefined
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
