// The parameters that a search may use: those of its type, or those that all of its types have in common.
// https://hl7.org/fhir/R4/search.html#intro (searches across types)
// Must not read queries.
import type { Definitions } from '../fhir/definitions.ts'
import type { SearchParameter, SearchParameters } from './parameters.ts'

export type Scope = {
  /** Undefined = all. */
  readonly types: readonly string[] | undefined
  /** By code; where there are several types, with the paths of all of them. */
  readonly parameters: ReadonlyMap<string, SearchParameter>
  /** How an error names a parameter: `Observation?date`, or `?_tag` in a search over several types. */
  readonly at: (name: string) => string
}

/** Characters of a name that an error repeats; longer ones are nobody's parameters. */
const LONGEST = 100

/** A function that gives the scope of a search over types; that over all is made once. */
export function createScopes(
  parameters: SearchParameters,
  definitions: Definitions,
): (types: readonly string[] | undefined) => Scope {
  let all: ReadonlyMap<string, SearchParameter> | undefined
  return (types) => {
    const [only] = types ?? []
    if (types?.length === 1 && only !== undefined) {
      return {
        types,
        parameters: parameters.forType(only),
        at: (name) => `${only}?${name.slice(0, LONGEST)}`,
      }
    }
    if (types === undefined) all ??= merge(definitions.resourceTypes, parameters)
    return {
      types,
      parameters: types === undefined && all ? all : merge(types ?? [], parameters),
      at: (name) => `?${name.slice(0, LONGEST)}`,
    }
  }
}

function merge(
  types: readonly string[],
  parameters: SearchParameters,
): ReadonlyMap<string, SearchParameter> {
  const [first, ...others] = types.map((type) => parameters.forType(type))
  const merged = new Map<string, SearchParameter>()
  for (const [code, parameter] of first ?? []) {
    const same = others.map((map) => map.get(code))
    if (!same.every((other) => other?.type === parameter.type)) continue
    const each = [parameter, ...same.filter((other) => other !== undefined)]
    const composite = each.flatMap((one) => one.composite ?? [])
    const texts = each.flatMap((one) => one.texts ?? [])
    merged.set(code, {
      ...parameter,
      // Without targets anything may be referred to.
      targets: each.some((one) => one.targets.length === 0)
        ? []
        : [...new Set(each.flatMap((one) => one.targets))],
      paths: each.flatMap((one) => one.paths),
      ...(composite.length === 0 ? {} : { composite }),
      ...(texts.length === 0 ? {} : { texts }),
    })
  }
  return merged
}
