// Search type quantity: numbers with units, as given and in canonical units; and `[prefix]number|system|code` of a query.
// https://hl7.org/fhir/R4/search.html#quantity
// Must not derive precision anew where units are converted: the bounds of what was asked are converted.
import { fail } from '../errors.ts'
import type { Emit, MakeLeaves } from './emit.ts'
import { fieldsOf, namesOf, numberOf, pathBeside, shown, textOf } from './emit.ts'
import type { Settings } from './emit.ts'
import { UNBOUNDED } from './entry.ts'
import type { Entry, IndexPath, QuantityEntry } from './entry.ts'
import { numberTarget, rangeOf } from './number.ts'
import { splitEscaped, unescape } from './parse.ts'
import type { ParameterPath } from './path.ts'
import type { Leaf } from './plan.ts'
import { splitPrefix } from './prefix.ts'
import { convert } from './unit.ts'
import type { Canonical } from './unit.ts'

function push(
  out: Entry[],
  path: IndexPath,
  group: number,
  low: number,
  high: number,
  of: Readonly<Record<string, unknown>> | undefined,
  { units }: Settings,
): void {
  const system = textOf(of?.['system']) ?? ''
  const code = textOf(of?.['code']) ?? ''
  const unit = textOf(of?.['unit']) ?? ''
  out.push({ kind: 'quantity', path, group, low, high, system, code, unit })
  if (units === undefined) return
  const known = units.canonical({ system, code, unit })
  out.push(
    known === undefined
      ? canonical(path, group, low, high, '')
      : canonical(path, group, convert(low, known), convert(high, known), known.code),
  )
}

/**
 * What is compared across units, and sorted by: each quantity has one of these, of the unit `code` without a system;
 * where its unit isn't known, its number alone.
 */
const canonical = (
  path: IndexPath,
  group: number,
  low: number,
  high: number,
  code: string,
): QuantityEntry => ({
  kind: 'quantity',
  path: pathBeside(path, 'canonical'),
  group,
  low,
  high,
  system: '',
  code,
  unit: '',
})

/** The same in the other kind of unit that an analyte is measured in. */
export const counterpart = (entry: QuantityEntry, to: Canonical): QuantityEntry => ({
  ...entry,
  low: convert(entry.low, to),
  high: convert(entry.high, to),
  code: to.code,
})

const canonicals = new WeakMap<readonly ParameterPath[], readonly IndexPath[]>()

/** Where the canonical quantities of some paths are; the same list again for the same paths. */
export function canonicalNames(paths: readonly ParameterPath[]): readonly IndexPath[] {
  let known = canonicals.get(paths)
  if (known === undefined) {
    known = namesOf(paths).map((path) => pathBeside(path, 'canonical'))
    canonicals.set(paths, known)
  }
  return known
}

const emitQuantity: Emit = (value, path, group, out, settings) => {
  const quantity = fieldsOf(value)
  const number = numberOf(quantity?.['value'])
  if (number === undefined) return
  const comparator = quantity?.['comparator']
  const below = comparator === '<' || comparator === '<='
  const above = comparator === '>' || comparator === '>='
  push(
    out,
    path,
    group,
    below ? -UNBOUNDED : number,
    above ? UNBOUNDED : number,
    quantity,
    settings,
  )
}

const emitMoney: Emit = (value, path, group, out, settings) => {
  const money = fieldsOf(value)
  const number = numberOf(money?.['value'])
  if (number === undefined) return
  const currency = textOf(money?.['currency'])
  const unit =
    currency === undefined ? undefined : { system: 'urn:iso:std:iso:4217', code: currency }
  push(out, path, group, number, number, unit, settings)
}

const emitRange: Emit = (value, path, group, out, settings) => {
  const bounds = rangeOf(value)
  const range = fieldsOf(value)
  const unit = fieldsOf(range?.['low'] ?? range?.['high'])
  if (bounds) {
    push(out, path, group, bounds.low, bounds.high, unit, settings)
  }
}

// From the least to the greatest sample; E, U and L (error, above, below the limits) are no numbers.
const emitSampledData: Emit = (value, path, group, out, settings) => {
  const sampled = fieldsOf(value)
  const data = textOf(sampled?.['data'])
  const origin = fieldsOf(sampled?.['origin'])
  const zero = numberOf(origin?.['value'])
  if (data === undefined || zero === undefined) return
  const factor = numberOf(sampled?.['factor']) ?? 1
  let low = Infinity
  let high = -Infinity
  for (const sample of data.split(/\s+/)) {
    const number = sample === '' ? NaN : Number(sample) * factor + zero
    if (number < low) low = number
    if (number > high) high = number
  }
  if (low <= high) push(out, path, group, low, high, origin, settings)
}

/** By element type. */
export const QUANTITY_EMITS: Readonly<Record<string, Emit>> = {
  Quantity: emitQuantity,
  SimpleQuantity: emitQuantity,
  MoneyQuantity: emitQuantity,
  Age: emitQuantity,
  Count: emitQuantity,
  Distance: emitQuantity,
  Duration: emitQuantity,
  Money: emitMoney,
  Range: emitRange,
  SampledData: emitSampledData,
}

type QuantityQuery = {
  readonly number: string
  readonly system?: string
  readonly code?: string
}

/** `number`, `number|system|code` or `number||code`, still escaped; undefined when it is none. */
function parseQuantity(text: string): QuantityQuery | undefined {
  const parts = splitEscaped(text, '|').map(unescape)
  const [number = '', system = '', code = ''] = parts
  if (parts.length === 1 || (parts.length === 3 && system === '' && code === '')) return { number }
  if (parts.length !== 3 || code === '') return undefined
  return system === '' ? { number, code } : { number, system, code }
}

export const quantityLeaves: MakeLeaves = ({ paths, text, at, settings }) => {
  const query = parseQuantity(text)
  const { op, rest } = splitPrefix(query?.number ?? '')
  const bounds = numberTarget(op, rest)
  if (!query || !bounds) {
    const right =
      'number, number|system|code or number||code, after one of eq ne gt lt ge le sa eb ap or nothing'
    throw fail('parameter', `${shown(text)} is not a quantity: expected ${right}`, at)
  }
  const { system, code } = query
  const literal: Leaf = {
    kind: 'quantity',
    paths: namesOf(paths),
    op,
    ...bounds,
    ...(system === undefined ? {} : { system }),
    ...(code === undefined ? {} : { code }),
  }
  const unit = code === undefined ? undefined : settings.units?.asked(system, code, at)
  if (unit === undefined) return [literal]
  const across: Leaf = {
    kind: 'quantity',
    paths: canonicalNames(paths),
    op,
    low: convert(bounds.low, unit),
    high: convert(bounds.high, unit),
    system: '',
    code: unit.code,
  }
  // Whatever is of a system that has the unit has its canonical form too; without one, words may be equal and no unit.
  return system === undefined ? [across, literal] : [across]
}
