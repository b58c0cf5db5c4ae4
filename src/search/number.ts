// Search type number: values as they are, and comparisons with the precision that the digits of a query imply.
// https://hl7.org/fhir/R4/search.html#number
// Must not round: bounds are computed on the decimal digits and become doubles once.
import { fail } from '../errors.ts'
import type { Emit, MakeLeaves } from './emit.ts'
import { fieldsOf, namesOf, numberOf, shown } from './emit.ts'
import { UNBOUNDED } from './entry.ts'
import { unescape } from './parse.ts'
import type { Comparator } from './plan.ts'
import { splitPrefix } from './prefix.ts'

export type Bounds = { readonly low: number; readonly high: number }

const emitNumber: Emit = (value, path, group, out) => {
  const number = numberOf(value)
  if (number !== undefined) out.push({ kind: 'number', path, group, low: number, high: number })
}

/** Bounds of a Range, open ends as ±1e308; undefined when it has neither. */
export function rangeOf(value: unknown): Bounds | undefined {
  const range = fieldsOf(value)
  const low = numberOf(fieldsOf(range?.['low'])?.['value'])
  const high = numberOf(fieldsOf(range?.['high'])?.['value'])
  if (low === undefined && high === undefined) return undefined
  const from = low ?? -UNBOUNDED
  const to = high ?? UNBOUNDED
  return { low: Math.min(from, to), high: Math.max(from, to) }
}

const emitRange: Emit = (value, path, group, out) => {
  const bounds = rangeOf(value)
  if (bounds) out.push({ kind: 'number', path, group, low: bounds.low, high: bounds.high })
}

/** By element type. */
export const NUMBER_EMITS: Readonly<Record<string, Emit>> = {
  decimal: emitNumber,
  integer: emitNumber,
  positiveInt: emitNumber,
  unsignedInt: emitNumber,
  Range: emitRange,
}

// Longer ones cost time and say nothing that a double could hold.
const DECIMAL = /^([+-]?)(\d{1,60})(?:\.(\d{1,60}))?(?:[eE]([+-]?\d{1,4}))?$/

/**
 * The target of a comparison with the number `text`: its implied precision for eq and ne, a tenth of it (or the
 * precision, where that is wider) for ap, the number itself otherwise. Undefined when the text is no number.
 *
 * Precision is half a unit of the last digit given: 100 → [99.5, 100.5), 5.40e-3 → [0.005395, 0.005405). One digit
 * with an exponent counts as two, since the specification says that 1e2 is [95, 105).
 */
export function numberTarget(op: Comparator, text: string): Bounds | undefined {
  const part = DECIMAL.exec(text)
  if (!part) return undefined
  const [, sign = '', whole = '', fraction = '', exponent] = part
  let digits = BigInt(sign === '-' ? `-${whole}${fraction}` : whole + fraction)
  let scale = Number(exponent ?? 0) - fraction.length
  const value = Number(text)
  if (!Number.isFinite(value)) return undefined
  if (op !== 'eq' && op !== 'ne' && op !== 'ap') return { low: value, high: value }
  if (exponent !== undefined && whole.length === 1 && fraction === '') {
    digits *= 10n
    scale -= 1
  }
  // In units of a tenth of the last digit.
  const tenths = digits * 10n
  const tenth = digits < 0n ? -digits : digits
  const around = op === 'ap' && tenth > 5n ? tenth : 5n
  return {
    low: Number(`${tenths - around}e${scale - 1}`),
    high: Number(`${tenths + around}e${scale - 1}`),
  }
}

export const numberLeaves: MakeLeaves = ({ paths, text, at }) => {
  const { op, rest } = splitPrefix(unescape(text))
  const bounds = numberTarget(op, rest)
  if (!bounds) {
    const right = '5, 5.4 or 5.4e-3, after one of eq ne gt lt ge le sa eb ap or nothing'
    throw fail('parameter', `${shown(rest || text)} is not a number: expected one as ${right}`, at)
  }
  return [{ kind: 'number', paths: namesOf(paths), op, ...bounds }]
}
