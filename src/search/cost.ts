// What a query would cost, as far as its plan tells: comparisons that no list can be looked up for.
// https://hl7.org/fhir/R4/search.html leaves it to the server.
// Must not know a store: what is cheap is what an index holds as a whole value.
import { fail } from '../errors.ts'
import { MAX_COMPARED, MAX_COMPARED_TOGETHER } from '../fhir/limits.ts'
import type { Condition, WordsQuery } from './plan.ts'

/**
 * How many comparisons a parameter asks for.
 * @throws Failure 403 `too-costly` that names it: codes, references and ids may be ten thousand, whole URIs a thousand, but
 *   dates, numbers and parts of strings are compared one by one, and each of them with all that may match the others
 */
export function comparisonsOf(c: Condition, at: string): number {
  switch (c.kind) {
    case 'and':
      return c.of.reduce((sum, one) => sum + comparisonsOf(one, at), 0)
    case 'or': {
      const sum = c.of.reduce((all, one) => all + comparisonsOf(one, at), 0)
      if (sum > MAX_COMPARED)
        throw fail(
          'too-costly',
          `A list may have ${MAX_COMPARED} dates, numbers, strings or parts of URIs as alternatives`,
          at,
        )
      return sum
    }
    case 'together':
      return c.of.reduce((sum, one) => sum + comparisonsOf(one, at), 0)
    case 'not':
    case 'other':
      return comparisonsOf(c.of, at)
    case 'refers':
    case 'referred':
    case 'shares':
      return comparisonsOf(c.where, at)
    case 'updated':
    case 'string':
    case 'date':
    case 'number':
    case 'quantity':
      return 1
    case 'words':
      return wordsIn(c.of)
    case 'uri':
      // Looked up as a whole, but each for itself.
      return c.op === 'equals' ? 1 / 5 : 1
    default:
      return 0
  }
}

/** @throws Failure 403 `too-costly` for more comparisons than all parameters of a query may have together */
export function requireAffordable(comparisons: number): void {
  if (comparisons > MAX_COMPARED_TOGETHER)
    throw fail(
      'too-costly',
      `A query may have ${MAX_COMPARED_TOGETHER} dates, numbers, strings and parts of URIs to compare with together`,
    )
}

const wordsIn = (query: WordsQuery): number =>
  'word' in query ? 1 : query.of.reduce((sum, one) => sum + wordsIn(one), 0)
