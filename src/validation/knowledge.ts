// The definitions that validation reads at once: what R4 publishes, and what was brought from elsewhere before.
// https://hl7.org/fhir/R4/conformance-module.html
// Must not wait: what isn't at hand is noted as wanted, and brought between two passes. What R4 itself publishes is
// never replaced by what somebody stored under the same URL.
import type { Conformance, ConformanceType } from '../fhir/conformance.ts'
import type { FindStructure, StructureDefinition } from '../fhir/structure-definition.ts'
import type { Known } from '../terminology/membership.ts'
import type { Published } from '../terminology/published.ts'
import type { CodeSystem, Concept, ValueSet } from '../terminology/resource.ts'

export type Knowledge = Known & {
  readonly structure: FindStructure
  /** Counted up whenever something else is known than before: what was made of it is stale. */
  version(): number
  /** Whether something was asked for that isn't at hand, and wasn't looked for. */
  isWanting(): boolean
  /** Look for all that is wanted. @returns whether something else is known than before */
  bring(): Promise<boolean>
}

const READ: readonly ConformanceType[] = ['StructureDefinition', 'ValueSet', 'CodeSystem']

/** Canonicals that are looked for after one pass: a resource may name a hundred thousand. */
const MOST_WANTED = 200

/** Canonicals that are kept as known or as not to be found: anybody may ask for any number. */
const KEPT = 5000

/** The same of concepts of code systems in parts. */
const KEPT_CONCEPTS = 20_000

/** Looks for a concept of a code system that is in parts. */
export type FindConcept = (system: CodeSystem, code: string) => Promise<FoundConcept>

type FoundConcept = Concept | 'unknown' | undefined

export function createKnowledge(
  structures: FindStructure,
  published: Published,
  conformance?: Pick<Conformance, 'find' | 'onChange'>,
  findConcept?: FindConcept,
): Knowledge {
  const brought = new Map<string, unknown>()
  const wanted = new Map<string, readonly [ConformanceType, string]>()
  const concepts = new Map<string, FoundConcept>()
  const wantedConcepts = new Map<string, readonly [CodeSystem, string]>()
  let version = 0

  conformance?.onChange((types) => {
    if (!READ.some((type) => types.has(type))) return
    for (const key of brought.keys())
      if (types.has(key.slice(0, key.indexOf(' ')) as ConformanceType)) brought.delete(key)
    if (types.has('CodeSystem')) concepts.clear()
    version += 1
  })

  const elsewhere = (type: ConformanceType, canonical: string): unknown => {
    if (conformance === undefined) return undefined
    const key = `${type} ${canonical}`
    const found = brought.get(key)
    if (found === undefined && wanted.size < MOST_WANTED && !brought.has(key))
      wanted.set(key, [type, canonical])
    return found
  }
  const bringConcepts = async (): Promise<boolean> => {
    const some = [...wantedConcepts]
    wantedConcepts.clear()
    if (concepts.size + some.length > KEPT_CONCEPTS) concepts.clear()
    for (const [key, [system, code]] of some) concepts.set(key, await findConcept?.(system, code))
    return some.length > 0
  }
  const ofR4 = <T extends { readonly version?: string }>(
    all: ReadonlyMap<string, T>,
    canonical: string,
  ): T | undefined => {
    const [url = '', wantedVersion] = canonical.split('|', 2)
    const found = all.get(url)
    return wantedVersion === undefined || found?.version === wantedVersion ? found : undefined
  }

  return {
    structure: (canonical) =>
      structures(canonical) ??
      (elsewhere('StructureDefinition', canonical) as StructureDefinition | undefined),
    valueSet: (canonical) =>
      ofR4(published.valueSets, canonical) ??
      (elsewhere('ValueSet', canonical) as ValueSet | undefined),
    codeSystem: (canonical) =>
      ofR4(published.codeSystems, canonical) ??
      (elsewhere('CodeSystem', canonical) as CodeSystem | undefined),
    version: () => version,
    part(system, code) {
      if (findConcept === undefined) return 'unknown'
      const key = `${system.url ?? ''}|${system.version ?? ''}|${code}`
      const found = concepts.get(key)
      if (found !== undefined || concepts.has(key)) return found
      if (wantedConcepts.size < MOST_WANTED) wantedConcepts.set(key, [system, code])
      return 'unknown'
    },
    isWanting: () => wanted.size + wantedConcepts.size > 0,
    async bring() {
      const before = version
      const some = [...wanted]
      wanted.clear()
      if (brought.size + some.length > KEPT) brought.clear()
      for (const [key, [type, canonical]] of some) {
        const found = await conformance?.find(type, canonical)
        brought.set(key, found)
        // What wasn't known before changes what was made without it.
        if (found !== undefined) version += 1
      }
      return (await bringConcepts()) || version !== before
    },
  }
}
