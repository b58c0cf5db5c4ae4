// Criteria of a Subscription → what is watched for: a type, and a condition that the planner made once.
// https://hl7.org/fhir/R4/subscription-definitions.html#Subscription.criteria
// Must not run a search: a condition that reaches other resources is marked as one that only the store can decide.
import { fail, Failure } from '../errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import { readQuery } from '../fhir/query.ts'
import type { Condition } from '../search/plan.ts'
import type { Planner } from '../search/planner.ts'
import type { Query } from '../fhir/message.ts'

/** Versions of a type that fulfil a condition. */
export type Watch = {
  readonly type: string
  readonly where: Condition
  /** Whether the condition reaches other resources, so that the store has to decide. */
  readonly byStore: boolean
  /** Whether it asks for words of the full text. */
  readonly words: boolean
}

export type CriteriaRoom = { readonly plan: Planner; readonly definitions: Definitions }

/** Where an issue of criteria is. */
export const AT = 'Subscription.criteria'

/** They shape an answer, and there is none. */
const OF_ANSWERS =
  /^(_sort|_count|_include|_revinclude|_summary|_elements|_total|_contained|_containedType|_explain|_units|_cursor)(:|$)/
const FORM = new Set(['_format', '_pretty'])

/**
 * What criteria such as `Observation?code=http://loinc.org|89579-7` watch for.
 * @throws Failure 422 that names Subscription.criteria
 */
export function watchOf(criteria: string, room: CriteriaRoom): Watch {
  const [, type, , query = ''] = /^([A-Za-z]+)(\?(.*))?$/s.exec(criteria) ?? []
  if (type === undefined)
    throw fail(
      'invalid',
      'criteria are a search without the base, as in "Observation?code=http://loinc.org|1975-2", or the canonical URL of a topic that the CapabilityStatement names',
      AT,
    )
  if (!room.definitions.isResourceType(type))
    throw fail('invalid', `There is no resource type "${type.slice(0, 64)}"`, AT)
  return watchFor(
    type,
    at(() => readQuery(query)),
    room,
  )
}

/**
 * The same for a type and parameters that have been read.
 * @throws Failure 422 that names Subscription.criteria
 */
export function watchFor(type: string, asked: Query, { plan }: CriteriaRoom): Watch {
  if (type === 'AuditEvent')
    throw fail('invalid', 'Each notification is logged, so that the log can not be watched', AT)
  const filters = asked.filter(([name]) => !FORM.has(name))
  const shaping = filters.find(([name]) => OF_ANSWERS.test(name))
  if (shaping !== undefined)
    throw fail(
      'invalid',
      `${shaping[0].slice(0, 64)} shapes the answer to a search; criteria have parameters that filter only`,
      AT,
    )
  const { where } = at(() => plan(type, filters, { strict: true })).plan
  return { type, where, byStore: reachesOthers(where), words: asksForWords(where) }
}

/** What is wrong with a search is wrong with the criteria. */
function at<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure(
      'invalid',
      error.issues.map(({ message: _, expression, ...issue }) => ({
        ...issue,
        diagnostics:
          expression === undefined ? issue.diagnostics : `${expression[0]!}: ${issue.diagnostics}`,
        expression: [AT],
      })),
    )
  }
}

const anyPart = (condition: Condition, is: (one: Condition) => boolean): boolean => {
  if (is(condition)) return true
  if (condition.kind === 'and' || condition.kind === 'or')
    return condition.of.some((one) => anyPart(one, is))
  return condition.kind === 'not' && anyPart(condition.of, is)
}

const reachesOthers = (condition: Condition): boolean =>
  anyPart(condition, ({ kind }) => kind === 'refers' || kind === 'referred' || kind === 'shares')

const asksForWords = (condition: Condition): boolean =>
  anyPart(condition, ({ kind }) => kind === 'words')
