// What the definition of an added parameter allows less than its type: modifiers, prefixes, chains, several values.
// https://hl7.org/fhir/R4/searchparameter.html#SearchParameter.modifier and the elements behind it
// Must not allow more than the type does: that is checked besides.
import { fail } from '../errors.ts'
import type { SearchParameter } from './parameters.ts'
import { splitPrefix } from './prefix.ts'

type Limited = Pick<SearchParameter, 'code' | 'limits' | 'type'>

/** @throws Failure `parameter` when a modifier, a prefix or a second value isn't allowed */
export function requireAllowed(
  { code, limits, type }: Limited,
  modifier: string | undefined,
  values: readonly string[],
  at: string,
): void {
  if (limits === undefined) return
  const { modifiers, comparators, multipleOr } = limits
  if (modifier !== undefined && modifiers !== undefined && !modifiers.includes(modifier)) {
    const isType = /^[A-Z]/.test(modifier) && modifiers.includes('type')
    if (!isType) {
      const right = modifiers.length === 0 ? 'none' : modifiers.map((one) => `:${one}`).join(', ')
      throw fail('parameter', `By its definition ${code} takes ${right}, not :${modifier}`, at)
    }
  }
  if (multipleOr === false && values.length > 1)
    throw fail('parameter', `By its definition ${code} takes one value`, at)
  if (comparators === undefined || modifier === 'missing' || !COMPARED.has(type)) return
  for (const value of values) {
    const { op } = splitPrefix(value)
    if (!comparators.includes(op))
      throw fail(
        'parameter',
        `By its definition ${code} is compared by ${comparators.join(', ')}, not by ${op}`,
        at,
      )
  }
}

const COMPARED: ReadonlySet<string> = new Set(['date', 'number', 'quantity'])

/** @throws Failure `parameter` when a parameter may not follow this one in a chain */
export function requireChained({ code, limits }: Limited, next: string, at: string): void {
  if (limits?.chains === undefined || limits.chains.includes(next)) return
  const right = limits.chains.length === 0 ? 'nothing' : limits.chains.join(', ')
  throw fail('parameter', `By its definition ${code} is followed by ${right}, not by ${next}`, at)
}

/** @throws Failure `parameter` when a parameter that may be given once is given again */
export function requireOnce({ code, limits }: Limited, isAgain: boolean, at: string): void {
  if (isAgain && limits?.multipleAnd === false)
    throw fail('parameter', `By its definition ${code} may be given once`, at)
}
