// The plan of Patient/$everything: the patient, and all that is in the patient's compartment.
// https://hl7.org/fhir/R4/patient-operation-everything.html
// Must not decide who may see it: that is consent's.
import type { Definitions } from '../fhir/definitions.ts'
import { compartmentScope } from './compartment.ts'
import { allOf } from './filter.ts'
import type { SearchParameters } from './parameters.ts'
import type { Condition, Plan } from './plan.ts'

export type EverythingOptions = {
  /** Size of a page. */
  readonly count: number
  readonly cursor?: string
  /** `_type`: only these. */
  readonly types?: readonly string[]
  /** `_since`: only what was updated at or after this instant (ms). */
  readonly since?: number
}

/** @throws Failure `unsupported` when none of `types` can be in the compartment */
export function everythingPlan(
  id: string,
  options: EverythingOptions,
  parameters: SearchParameters,
  definitions: Definitions,
): Plan {
  const { count, cursor, types, since } = options
  const inside = compartmentScope({ type: 'Patient', id }, types, parameters, definitions)
  const where: Condition[] = [inside.where]
  if (since !== undefined) where.push({ kind: 'updated', op: 'ge', low: since, high: since + 1 })
  return {
    types: inside.types,
    where: allOf(where),
    sort: [],
    count,
    ...(cursor === undefined ? {} : { cursor }),
    total: false,
    includes: [],
  }
}
