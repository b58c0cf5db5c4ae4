// Which codes a value set has, from the code systems and value sets that R4 publishes.
// https://hl7.org/fhir/R4/valueset.html#compositions
// Must not guess: a value set with a filter, an exclusion or a system without its codes is not enumerable here.

type Concept = { readonly code: string; readonly concept?: readonly Concept[] }

type Include = {
  readonly system?: string
  readonly concept?: readonly { readonly code: string }[]
  readonly filter?: readonly unknown[]
  readonly valueSet?: readonly string[]
}

export type RawTerminology =
  | {
      readonly resourceType: 'CodeSystem'
      readonly url: string
      readonly concept?: readonly Concept[]
    }
  | {
      readonly resourceType: 'ValueSet'
      readonly url: string
      readonly compose?: {
        readonly include: readonly Include[]
        readonly exclude?: readonly unknown[]
      }
    }

/** Codes by code system. */
export type Codings = ReadonlyMap<string, ReadonlySet<string>>

const flatten = (concepts: readonly Concept[]): string[] =>
  concepts.flatMap(({ code, concept }) => [code, ...flatten(concept ?? [])])

/** The canonical without its version. */
export const withoutVersion = (canonical: string): string => canonical.split('|', 1)[0] ?? canonical

/**
 * A function from a value set's url (with or without a version) to its codes by system, undefined when these cannot
 * be enumerated from what is given.
 */
export function expander(
  terminology: readonly RawTerminology[],
): (valueSet: string) => Codings | undefined {
  const systems = new Map<string, readonly Concept[]>()
  const valueSets = new Map<string, Extract<RawTerminology, { resourceType: 'ValueSet' }>>()
  for (const resource of terminology) {
    if (resource.resourceType === 'ValueSet') valueSets.set(resource.url, resource)
    else if (resource.concept) systems.set(resource.url, resource.concept)
  }

  const includeCodes = (include: Include, seen: readonly string[]): Codings | undefined => {
    if (include.filter) return undefined
    let codings: Map<string, ReadonlySet<string>> | undefined
    if (include.system !== undefined) {
      const codes =
        include.concept?.map(({ code }) => code) ?? flatten(systems.get(include.system) ?? [])
      if (codes.length === 0) return undefined
      codings = new Map([[include.system, new Set(codes)]])
    }
    // Within one include, the system and each value set restrict one another.
    for (const url of include.valueSet ?? []) {
      const other = expand(url, seen)
      if (!other) return undefined
      codings = codings === undefined ? new Map(other) : intersect(codings, other)
    }
    return codings
  }

  const expand = (canonical: string, seen: readonly string[]): Codings | undefined => {
    const url = withoutVersion(canonical)
    const compose = valueSets.get(url)?.compose
    if (!compose || compose.exclude || seen.includes(url)) return undefined
    const all = new Map<string, Set<string>>()
    for (const include of compose.include) {
      const codings = includeCodes(include, [...seen, url])
      if (!codings) return undefined
      for (const [system, codes] of codings) {
        all.set(system, new Set([...(all.get(system) ?? []), ...codes]))
      }
    }
    return all
  }

  return (valueSet) => expand(valueSet, [])
}

const intersect = (a: Codings, b: Codings): Map<string, ReadonlySet<string>> =>
  new Map([...a].map(([system, codes]) => [system, codes.intersection(b.get(system) ?? new Set())]))
