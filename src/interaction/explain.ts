// `_explain=true`: beside the matches, how the search was understood and what the store did for it.
// Own parameter, docs/search.md; an OperationOutcome as https://hl7.org/fhir/R4/search.html#outcome has it.
// Must not be part of what is paged: it tells of one page.
import type { Issue } from '../errors.ts'
import { information } from '../fhir/outcome.ts'
import { describePlan } from '../search/describe.ts'
import type { Plan } from '../search/plan.ts'
import type { Step } from '../store/store.ts'

/** What is told of one page; times in milliseconds. */
export type Account = {
  readonly plan: Plan
  readonly steps: readonly Step[]
  readonly planningMs: number
  readonly storeMs: number
}

/** An issue for the plan, one for each step of the store, and one for the times. */
export const accountIssues = ({ plan, steps, planningMs, storeMs }: Account): Issue[] => [
  information(`plan: ${describePlan(plan).join('; ')}`),
  ...steps.map((step) => information(stepText(step))),
  information(`time: planning ${ms(planningMs)}, store ${ms(storeMs)}, this account included`),
]

function stepText({ text, plan, returned, looked, keys, ms: took }: Step): string {
  const figures = [
    ...(returned === undefined ? [] : [`${returned} returned`]),
    ...(looked === undefined ? [] : [`${looked} looked at`]),
    ...(keys === undefined ? [] : [`${keys} index keys`]),
    ...(took === undefined ? [] : [ms(took)]),
  ]
  return [
    `step: ${text}`,
    ...(plan.length === 0 ? [] : [`by: ${plan.join(' / ')}`]),
    ...(figures.length === 0 ? [] : [figures.join(', ')]),
  ].join('\n')
}

const ms = (time: number): string => `${time.toFixed(2)} ms`
