// How many resources a search may look at one by one, where no index has what it asks for.
// https://hl7.org/fhir/R4/search.html leaves it to the server.
// Must not refuse what an index answers, however much that is.
import { fail, type Failure } from '../errors.ts'
import type { Condition } from '../search/plan.ts'

/** Unless the settings say otherwise: a second or two of work. */
export const MOST_TESTED = 1_000_000

export const tooManyTested = (most: number): Failure =>
  fail(
    'too-costly',
    `The search would test more than ${most} resources one by one, because no index has what it asks for; add a parameter that selects fewer of them: an identifier, a patient, a code, a date`,
  )

/** Whether an index leads to what fulfils a condition, so that not everything must be tested. */
export function isIndexed(condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
      // Of nothing it is true: there is nothing to test.
      return condition.of.length === 0 || condition.of.some(isIndexed)
    case 'or':
      return condition.of.every(isIndexed)
    case 'together':
      return condition.of.some(isIndexed)
    case 'token':
      return condition.code !== undefined
    case 'string':
      return condition.op !== 'contains' && condition.op !== 'ends'
    case 'date':
    case 'number':
    case 'quantity':
      return condition.op !== 'ne'
    case 'not':
    case 'other':
    case 'present':
    case 'type':
      return false
    default:
      return true
  }
}
