// Conditional references of a transaction, `Patient?identifier=…` in place of a reference, replaced by what they select.
// https://hl7.org/fhir/R4/http.html#trules (Conditional References)
// They see the data as the transaction leaves it: what it writes counts, what it deletes doesn't. Must not guess: one match or none goes.
import type { Context } from '../context.ts'
import { Failure, fail } from '../errors.ts'
import type { Assertion } from '../store/store.ts'
import type { Entry } from '../search/entry.ts'
import { incomingOf } from './bundle-entry.ts'
import { conditionPlan, conditionQuery } from './conditional.ts'
import { requireSearch } from './needs.ts'
import type { Failures } from './transaction-failure.ts'
import type { ConditionalReference } from './transaction-link.ts'
import type { Part } from './transaction-part.ts'
import { openView, type View, type Written } from './transaction-view.ts'
import { inTurn } from '../turn.ts'

const TOGETHER = 16

/**
 * Replace each by `Type/id`, in place; equal conditions are looked up once.
 * @returns what the commit has to check again
 */
export async function resolveConditionalReferences(
  references: readonly ConditionalReference[],
  parts: readonly Part[],
  failures: Failures,
  context: Context,
): Promise<readonly Assertion[]> {
  if (references.length === 0) return []
  const groups = [...Map.groupBy(references, (r) => r.holder.reference)]
  const view = openView(writtenOf(parts, context), context)
  const assertions: Assertion[] = []
  await inTurn(groups, TOGETHER, async ([condition, group]) => {
    try {
      for (const { entry } of group) requireSearch(entry.request, typeOf(condition))
      const { assertions: found, local } = await resolve(condition, view, context)
      assertions.push(...found)
      for (const { holder } of group) holder.reference = local
    } catch (error) {
      for (const { entry, holder } of group)
        failures.during(entry, () => {
          throw error instanceof Failure ? at(error, expressionOf(entry.resource, holder)) : error
        })
    }
  })
  return assertions
}

/** What the transaction leaves of the resources it touches. */
function writtenOf(parts: readonly Part[], context: Context): readonly Written[] {
  return parts.flatMap(({ type, ids, entry, selected }): Written[] => {
    const { method } = entry.request
    const isFound = method === 'POST' && selected !== undefined && selected.versions.length > 0
    // A patched resource counts as it is: a condition on what the very patch changes is out of the ordinary.
    if (isFound || method === 'PATCH') return []
    let made: readonly Entry[] | undefined
    const entries =
      method === 'DELETE'
        ? () => undefined
        : () => (made ??= context.extract(incomingOf(entry).plain))
    return ids.map((id) => ({ type, id, entries }))
  })
}

async function resolve(
  condition: string,
  view: View,
  context: Context,
): Promise<{ readonly assertions: readonly Assertion[]; readonly local: string }> {
  const type = typeOf(condition)
  const plan = conditionPlan(type, conditionQuery(condition, type), context)
  const { ids, assertions } = await view.select(plan)
  if (ids.length === 1) return { assertions, local: `${type}/${ids[0]!}` }
  throw ids.length === 0
    ? fail(
        'precondition',
        `The conditional reference selects no ${type}; it must select one`,
        undefined,
        'not-found',
      )
    : fail(
        'multiple-matches',
        `The conditional reference selects more than one ${type}; it must select one`,
      )
}

const typeOf = (condition: string): string => condition.slice(0, condition.indexOf('?'))

const at = (failure: Failure, expression: string): Failure =>
  new Failure(
    failure.kind,
    failure.issues.map((issue) => ({ ...issue, expression: [expression] })),
    failure.headers,
  )

/** Where an object stands in a resource: `Observation.subject.reference`. */
function expressionOf(
  resource: (object & { resourceType?: string }) | undefined,
  holder: object,
): string {
  const search = (value: unknown, path: string): string | undefined => {
    if (value === holder) return path
    if (typeof value !== 'object' || value === null) return undefined
    for (const [name, member] of Object.entries(value)) {
      const found = search(member, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`)
      if (found !== undefined) return found
    }
    return undefined
  }
  return `${search(resource, resource?.resourceType ?? '') ?? ''}.reference`
}
