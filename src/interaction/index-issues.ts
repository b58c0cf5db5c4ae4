// What an answer says of an index that is not complete: a search may miss resources, a condition may not rest on it.
// https://hl7.org/fhir/R4/http.html#search and #cond-update
// Must not ask the store: what the index lacks is known.
import type { Context } from '../context.ts'
import { fail, type Issue } from '../errors.ts'
import { lackedBy } from '../search/completeness.ts'
import type { Plan } from '../search/plan.ts'

/** A warning for each type of which a search may not find all. */
export function indexIssues(plan: Plan, { index }: Context): readonly Issue[] {
  const { lack, work } = index.state()
  if (lack.size === 0) return []
  return lackedBy(plan, lack).map(({ type }) => ({
    severity: 'warning',
    code: 'incomplete',
    diagnostics: `The index of ${type} is being made${progressOf(work)}: what was written before may be missing here`,
  }))
}

const progressOf = (work: { looked: number; of: number } | undefined): string =>
  work === undefined || work.of === 0
    ? ''
    : ` (${String(Math.min(100, Math.floor((100 * work.looked) / work.of)))} %)`

/**
 * A condition decides what is written, so it waits for parameters that were added and aren't indexed yet. Those of R4
 * have the entries that the release before made: a condition on them goes on.
 * @throws Failure 503
 */
export function requireIndexed(plan: Plan, { index }: Context): void {
  const { lack } = index.state()
  if (lack.size === 0) return
  const lacking = lackedBy(plan, lack).find(({ isAdded }) => isAdded)
  if (lacking !== undefined)
    throw fail(
      'unavailable',
      `The index of ${lacking.type} is being made, so that the condition can't be decided yet; try again`,
    )
}
