// The operators of compiled FHIRPath, with its logic of three values.
// http://hl7.org/fhirpath/N1/#operations
// Must not compare what has no order, nor dates as texts.
import {
  areDates,
  BOOLEAN,
  compareDates,
  EMPTY,
  FALSE,
  fromTruth,
  isBare,
  isSame,
  mayBeDates,
  oneOf,
  TRUE,
  truthOf,
  Unevaluable,
  Unsupported,
  type Compiled,
  type Run,
} from './path-value.ts'

type Make = (left: Compiled, right: Compiled) => Compiled

const boolean = (run: Run): Compiled => ({ run, types: BOOLEAN })

const and: Make = (left, right) =>
  boolean((input, env) => {
    const one = truthOf(left.run(input, env))
    if (one === false) return FALSE
    const other = truthOf(right.run(input, env))
    return other === false ? FALSE : one === undefined || other === undefined ? EMPTY : TRUE
  })

const or: Make = (left, right) =>
  boolean((input, env) => {
    const one = truthOf(left.run(input, env))
    if (one === true) return TRUE
    const other = truthOf(right.run(input, env))
    return other === true ? TRUE : one === undefined || other === undefined ? EMPTY : FALSE
  })

const xor: Make = (left, right) =>
  boolean((input, env) => {
    const one = truthOf(left.run(input, env))
    const other = truthOf(right.run(input, env))
    return one === undefined || other === undefined ? EMPTY : fromTruth(one !== other)
  })

const implies: Make = (left, right) =>
  boolean((input, env) => {
    const one = truthOf(left.run(input, env))
    if (one === false) return TRUE
    const other = truthOf(right.run(input, env))
    if (other === true) return TRUE
    return one === undefined || other === undefined ? EMPTY : FALSE
  })

/** How values of two expressions are found equal: undefined when that is open. */
function equality(
  left: Compiled,
  right: Compiled,
): (a: unknown, b: unknown) => boolean | undefined {
  if (areDates(left.types) && areDates(right.types)) {
    return (a, b) => {
      if (typeof a !== 'string' || typeof b !== 'string') return isBare(a) && isBare(b)
      const order = compareDates(a, b)
      return order === undefined ? undefined : order === 0
    }
  }
  if (mayBeDates(left.types) && mayBeDates(right.types)) throw new Unsupported('= of dates')
  // Without values, primitives are alike, as the engine has it.
  return (a, b) => (isBare(a) || isBare(b) ? isBare(a) && isBare(b) : isSame(a, b))
}

const equal =
  (wanted: boolean): Make =>
  (left, right) => {
    const same = equality(left, right)
    return boolean((input, env) => {
      const one = left.run(input, env)
      if (one.length === 0) return EMPTY
      const other = right.run(input, env)
      if (other.length === 0) return EMPTY
      if (one.length !== other.length) return fromTruth(!wanted)
      for (const [i, item] of one.entries()) {
        const found = same(item, other[i])
        if (found === undefined) return EMPTY
        if (!found) return fromTruth(!wanted)
      }
      return fromTruth(wanted)
    })
  }

const order =
  (test: (difference: number) => boolean): Make =>
  (left, right) => {
    const dates = areDates(left.types) && areDates(right.types)
    if (!dates && mayBeDates(left.types) && mayBeDates(right.types))
      throw new Unsupported('order of dates')
    return boolean((input, env) => {
      const one = oneOf(left.run(input, env))
      const other = oneOf(right.run(input, env))
      if (one === undefined || other === undefined) return EMPTY
      const difference = compare(one, other, dates)
      return difference === undefined ? EMPTY : fromTruth(test(difference))
    })
  }

function compare(one: unknown, other: unknown, dates: boolean): number | undefined {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  if (typeof one === 'string' && typeof other === 'string')
    return dates ? compareDates(one, other) : one < other ? -1 : one > other ? 1 : 0
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return undefined
  const [a, b] = [one as Quantity, other as Quantity]
  const sameUnit = a.system === b.system && (a.code ?? a.unit) === (b.code ?? b.unit)
  return sameUnit && typeof a.value === 'number' && typeof b.value === 'number'
    ? a.value - b.value
    : undefined
}

type Quantity = { value?: unknown; system?: unknown; code?: unknown; unit?: unknown }

const membership =
  (listFirst: boolean): Make =>
  (left, right) => {
    const same = equality(left, right)
    const [item, list] = listFirst ? [right, left] : [left, right]
    return boolean((input, env) => {
      const wanted = item.run(input, env)
      if (wanted.length === 0) return EMPTY
      if (wanted.length > 1) throw new Unevaluable()
      const [one] = wanted
      for (const other of list.run(input, env)) if (same(one, other) === true) return TRUE
      return FALSE
    })
  }

/** Values at most on the sides of a union: each is compared with each. */
const union: Make = (left, right) => ({
  run: (input, env) => distinct([...left.run(input, env), ...right.run(input, env)]),
  types: [...new Set([...left.types, ...right.types])],
})

/** Each value once. */
export function distinct(values: readonly unknown[]): readonly unknown[] {
  const seen = new Set<unknown>()
  return values.filter((value) => {
    const key = typeof value === 'object' && value !== null ? canonicalText(value) : value
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** The same text for objects that are the same but for the order of their members. */
function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
}

const plus: Make = (left, right) => ({
  run: (input, env) => {
    const [one, other] = [oneOf(left.run(input, env)), oneOf(right.run(input, env))]
    if (typeof one === 'string' && typeof other === 'string') return [one + other]
    if (typeof one === 'number' && typeof other === 'number') return [one + other]
    return EMPTY
  },
  types: left.types,
})

const join: Make = (left, right) => ({
  run: (input, env) => {
    const [one, other] = [oneOf(left.run(input, env)), oneOf(right.run(input, env))]
    return [`${textOf(one)}${textOf(other)}`]
  },
  types: ['string'],
})

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : ''

export const OPERATORS: Readonly<Record<string, Make>> = {
  and,
  or,
  xor,
  implies,
  '=': equal(true),
  '!=': equal(false),
  '<': order((difference) => difference < 0),
  '<=': order((difference) => difference <= 0),
  '>': order((difference) => difference > 0),
  '>=': order((difference) => difference >= 0),
  in: membership(false),
  contains: membership(true),
  '|': union,
  '+': plus,
  '&': join,
}
