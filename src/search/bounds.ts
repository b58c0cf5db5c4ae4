// How much one query may ask, judged before any of it gets a meaning. The figures are those of fhir/limits.ts.
// https://hl7.org/fhir/R4/search.html leaves them to the server.
// Must not judge what a parameter means: a query within the bounds may still be wrong, or cost too much to carry out.
import { fail } from '../errors.ts'
import {
  MAX_CHAIN,
  MAX_INCLUDES,
  MAX_NAMES,
  MAX_PARAMETERS,
  MAX_SORT_KEYS,
  MAX_VALUE_LENGTH,
  MAX_VALUES,
  MAX_VALUES_TOGETHER,
} from '../fhir/limits.ts'
import type { ParsedParameter, ParsedSearch } from './parse.ts'

/** @throws Failure 403 `too-costly` that says how much is allowed */
export function requireBounded(search: ParsedSearch): void {
  const { filters, results } = search
  if (filters.length + results.length > MAX_PARAMETERS)
    throw tooMany(undefined, 'parameters', MAX_PARAMETERS)
  let together = 0
  for (const asked of filters) {
    const { name, values } = asked
    together += values.length
    if (values.length > MAX_VALUES) throw tooMany(name, 'alternatives', MAX_VALUES)
    if (together > MAX_VALUES_TOGETHER)
      throw tooMany(undefined, 'alternatives in all its parameters together', MAX_VALUES_TOGETHER)
    if (asked.value.length > MAX_VALUE_LENGTH && values.some((v) => v.length > MAX_VALUE_LENGTH))
      throw tooMany(name, 'characters in a value', MAX_VALUE_LENGTH)
    if (stepsIn(asked) > MAX_CHAIN) throw tooMany(name, 'steps', MAX_CHAIN)
  }
  const lists: Record<string, number> = {}
  for (const { steps, values } of results) {
    const code = steps[0]?.code ?? ''
    const list = code === '_revinclude' ? '_include' : code
    const most = LISTS[list]
    if (most === undefined) continue
    lists[list] = (lists[list] ?? 0) + (list === '_include' ? 1 : values.length)
    if (lists[list] > most) throw tooMany(code, 'values', most)
  }
}

const LISTS: Readonly<Record<string, number>> = {
  _elements: MAX_NAMES,
  _include: MAX_INCLUDES,
  _sort: MAX_SORT_KEYS,
}

/** `_has` holds the names of its own chain, in one step. */
const stepsIn = ({ steps }: ParsedParameter): number =>
  steps.reduce(
    (sum, { code, modifier }) =>
      sum + (code === '_has' ? (modifier ?? '').split(/:_has:|\./).length : 1),
    0,
  )

const tooMany = (name: string | undefined, what: string, most: number) =>
  fail(
    'too-costly',
    name === undefined
      ? `A query may have ${most} ${what}`
      : `${name.slice(0, 80)} may have ${most} ${what}`,
    name === undefined ? undefined : `?${name.slice(0, 80)}`,
  )
