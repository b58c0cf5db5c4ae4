// Search type quantity: numbers with units, the unit as given; and `[prefix]number|system|code` of a query.
// https://hl7.org/fhir/R4/search.html#quantity
// Must not convert units: that comes before, in the planner, where the analyte is known.
import { fail } from '../errors.ts'
import type { Emit, MakeLeaves } from './emit.ts'
import { fieldsOf, namesOf, numberOf, shown, textOf } from './emit.ts'
import { UNBOUNDED } from './entry.ts'
import type { Entry, IndexPath } from './entry.ts'
import { numberTarget, rangeOf } from './number.ts'
import { splitEscaped, unescape } from './parse.ts'
import { splitPrefix } from './prefix.ts'

function push(
  out: Entry[],
  path: IndexPath,
  group: number,
  low: number,
  high: number,
  unit: Readonly<Record<string, unknown>> | undefined,
): void {
  out.push({
    kind: 'quantity',
    path,
    group,
    low,
    high,
    system: textOf(unit?.['system']) ?? '',
    code: textOf(unit?.['code']) ?? '',
    unit: textOf(unit?.['unit']) ?? '',
  })
}

const emitQuantity: Emit = (value, path, group, out) => {
  const quantity = fieldsOf(value)
  const number = numberOf(quantity?.['value'])
  if (number === undefined) return
  const comparator = quantity?.['comparator']
  const below = comparator === '<' || comparator === '<='
  const above = comparator === '>' || comparator === '>='
  push(out, path, group, below ? -UNBOUNDED : number, above ? UNBOUNDED : number, quantity)
}

const emitMoney: Emit = (value, path, group, out) => {
  const money = fieldsOf(value)
  const number = numberOf(money?.['value'])
  if (number === undefined) return
  const currency = textOf(money?.['currency'])
  const unit =
    currency === undefined ? undefined : { system: 'urn:iso:std:iso:4217', code: currency }
  push(out, path, group, number, number, unit)
}

const emitRange: Emit = (value, path, group, out) => {
  const bounds = rangeOf(value)
  const range = fieldsOf(value)
  if (bounds) {
    push(out, path, group, bounds.low, bounds.high, fieldsOf(range?.['low'] ?? range?.['high']))
  }
}

// From the least to the greatest sample; E, U and L (error, above, below the limits) are no numbers.
const emitSampledData: Emit = (value, path, group, out) => {
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
  if (low <= high) push(out, path, group, low, high, origin)
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

export const quantityLeaves: MakeLeaves = ({ paths, text, at }) => {
  const query = parseQuantity(text)
  const { op, rest } = splitPrefix(query?.number ?? '')
  const bounds = numberTarget(op, rest)
  if (!query || !bounds) {
    const right =
      'number, number|system|code or number||code, after one of eq ne gt lt ge le sa eb ap or nothing'
    throw fail('parameter', `${shown(text)} is not a quantity: expected ${right}`, at)
  }
  const { system, code } = query
  return [
    {
      kind: 'quantity',
      paths: namesOf(paths),
      op,
      ...bounds,
      ...(system === undefined ? {} : { system }),
      ...(code === undefined ? {} : { code }),
    },
  ]
}
