// The plan of $everything: a patient or an encounter, all that is in its compartment, and what these refer to.
// https://hl7.org/fhir/R4/patient-operation-everything.html and encounter-operation-everything.html
// Must not bring what another patient has.
import type { Definitions } from '../fhir/definitions.ts'
import { careDuring } from './care-date.ts'
import { compartmentMembers, compartmentScope } from './compartment.ts'
import type { Interval } from './date.ts'
import { allOf, oneOf } from './filter.ts'
import type { SearchParameters } from './parameters.ts'
import type { Condition, Include, Plan } from './plan.ts'

export type EverythingOptions = {
  /** Size of a page. */
  readonly count: number
  /** `_type`: only these; all but AuditEvents without it. */
  readonly types?: readonly string[]
  /** `_since`: only what was updated at or after this instant (ms). */
  readonly since?: number
  /** `start` and `end`: only what is about care in this time. */
  readonly care?: Interval
}

/**
 * @param center without an id, every resource of the type with all that is about one
 * @throws Failure `unsupported` when none of `types` can be in the compartment
 */
export function everythingPlan(
  center: { readonly type: 'Patient' | 'Encounter'; readonly id?: string },
  options: EverythingOptions,
  parameters: SearchParameters,
  definitions: Definitions,
): Plan {
  const { count, types, since, care } = options
  const { type, id } = center
  const asked = types ?? recordTypes(definitions)
  const inside =
    id === undefined
      ? anyCompartment(type, asked, parameters, definitions)
      : compartmentScope({ type, id }, asked, parameters, definitions)
  const where: Condition[] = [inside.where]
  if (since !== undefined) where.push({ kind: 'updated', op: 'ge', low: since, high: since + 1 })
  if (care !== undefined) where.push(careDuring(inside.types, care, parameters))
  return {
    types: inside.types,
    where: allOf(where),
    sort: [],
    count,
    total: false,
    includes: besideOf(type, types, definitions),
    includeCount: count,
  }
}

const kept = new WeakMap<Definitions, readonly string[]>()

/** All but who looked at it: each look would be longer than the one before. */
function recordTypes(definitions: Definitions): readonly string[] {
  let types = kept.get(definitions)
  if (types === undefined)
    kept.set(definitions, (types = definitions.resourceTypes.filter((t) => t !== 'AuditEvent')))
  return types
}

/** All resources of the type, and what refers to one as a member of its compartment does. */
function anyCompartment(
  type: string,
  types: readonly string[] | undefined,
  parameters: SearchParameters,
  definitions: Definitions,
): { types: readonly string[]; where: Condition } {
  const members = compartmentMembers(type, types, parameters, definitions)
  const where: Condition[] = [{ kind: 'type', types: [type] }]
  if (members.paths.length > 0)
    where.push({ kind: 'present', entry: 'reference', paths: members.paths, types: [type] })
  return { types: members.types, where: oneOf(where) }
}

/**
 * What comes when something in the compartment refers to it: for a patient, of the types that patients have nothing of
 * their own, since all else would be another patient's; for an encounter, of any.
 */
function besideOf(
  type: 'Patient' | 'Encounter',
  types: readonly string[] | undefined,
  { compartments, resourceTypes }: Definitions,
): readonly Include[] {
  if (type === 'Encounter') return [{ reverse: false, ...(types === undefined ? {} : { types }) }]
  const ofPatients = compartments.get(type)
  const beside = (types ?? resourceTypes).filter(
    (name) => name !== type && (ofPatients?.get(name) ?? []).length === 0,
  )
  return beside.length === 0 ? [] : [{ reverse: false, types: beside }]
}
