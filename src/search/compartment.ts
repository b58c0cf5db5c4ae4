// Compartments: everything that is linked to one patient, encounter, practitioner, device or related person.
// https://hl7.org/fhir/R4/compartmentdefinition.html
// Must not decide who may see it: that is consent's.
import { fail } from '../errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import type { IndexPath } from './entry.ts'
import { oneOf } from './filter.ts'
import type { SearchParameters } from './parameters.ts'
import type { Condition } from './plan.ts'

/** The compartment of one resource: `{ type: 'Patient', id: '1' }`. */
export type Compartment = { readonly type: string; readonly id: string }

export type CompartmentScope = {
  /** Those of the given types that can be in it. */
  readonly types: readonly string[]
  readonly where: Condition
}

/**
 * Members of a compartment among `types` (undefined = all that can be in it). The resource itself is one of them.
 * @throws Failure `not-found` when the type has no compartment, `unsupported` when none of the types can be in it
 */
export function compartmentScope(
  { type, id }: Compartment,
  types: readonly string[] | undefined,
  parameters: SearchParameters,
  definitions: Definitions,
): CompartmentScope {
  const members = compartmentMembers(type, types, parameters, definitions)
  const where: Condition[] = []
  const { paths } = members
  if (paths.length > 0) where.push({ kind: 'reference', paths, type, id })
  if (members.itself) where.push({ kind: 'id', ids: [id], type })
  return { types: members.types, where: oneOf(where) }
}

export type Members = {
  readonly types: readonly string[]
  /** Where they refer to the resource at the centre. */
  readonly paths: readonly IndexPath[]
  /** Whether the resource at the centre has one of the types asked for. */
  readonly itself: boolean
}

/** What can be in a compartment of this type among `types`. @throws Failure as compartmentScope */
export function compartmentMembers(
  type: string,
  types: readonly string[] | undefined,
  parameters: SearchParameters,
  definitions: Definitions,
): Members {
  const members = membersOf(type, types, parameters, definitions)
  if (members.types.length === 0) {
    const names = (types ?? []).join(', ')
    throw fail('unsupported', `${names} is never in the compartment of a ${type}`)
  }
  return members
}

/** Where a resource of a type refers to those in whose compartments it is; none for what can't be in one. */
export const compartmentPaths = (
  type: string,
  member: string,
  parameters: SearchParameters,
  definitions: Definitions,
): readonly IndexPath[] => membersOf(type, [member], parameters, definitions).paths

const kept = new WeakMap<SearchParameters['all'], Map<string, Members>>()

/** Lists of types that were asked for that are kept. */
const MOST = 1000

function membersOf(
  type: string,
  types: readonly string[] | undefined,
  parameters: SearchParameters,
  definitions: Definitions,
): Members {
  const codes = definitions.compartments.get(type)
  if (codes === undefined) {
    const known = [...definitions.compartments.keys()].join(', ')
    throw fail('not-found', `${type} has no compartment; there are those of ${known}`)
  }
  const key = `${type} ${types?.join() ?? '*'}`
  let known = kept.get(parameters.all)
  if (known === undefined) kept.set(parameters.all, (known = new Map<string, Members>()))
  const before = known.get(key)
  if (before !== undefined) return before
  const found: string[] = []
  const paths = new Set<IndexPath>()
  for (const member of types ?? definitions.resourceTypes) {
    const linked = linksOf(member, codes.get(member) ?? [], type, parameters)
    for (const path of linked) paths.add(path)
    if (linked.length > 0 || member === type) found.push(member)
  }
  const members = { types: found, paths: [...paths], itself: found.includes(type) }
  if (known.size >= MOST) known.clear()
  known.set(key, members)
  return members
}

function linksOf(
  member: string,
  codes: readonly string[],
  type: string,
  parameters: SearchParameters,
): readonly IndexPath[] {
  return codes.flatMap((code) => {
    const parameter = parameters.forType(member).get(code)
    if (parameter?.type !== 'reference') return []
    return parameter.paths
      .filter(({ targets }) => targets === undefined || targets.includes(type))
      .map(({ path }) => path)
  })
}
