// What a code means: its concept in its code system, with what supplements add.
// https://hl7.org/fhir/R4/codesystem-concept-properties.html
// Must not make a meaning up: a code that isn't there has none.
import type { Finder } from './finder.ts'
import { hierarchyOf } from './hierarchy.ts'
import { isInParts } from './parts.ts'
import type { CodeSystem, Concept, Designation, Property } from './resource.ts'

export type Meaning = {
  readonly system: CodeSystem
  readonly concept: Concept
  readonly designations: readonly Designation[]
  readonly properties: readonly Property[]
}

/** Undefined when the code system has no such code. */
export async function meaningOf(
  system: CodeSystem,
  code: string,
  finder: Pick<Finder, 'supplements' | 'fragments'>,
): Promise<Meaning | undefined> {
  const concept = await conceptOf(system, code, finder)
  if (concept === undefined) return undefined
  const designations = [...(concept.designation ?? [])]
  const properties = [...(concept.property ?? [])]
  for (const supplement of await finder.supplements(system.url ?? '')) {
    const more = hierarchyOf(supplement).codes.get(concept.code)
    designations.push(...(more?.designation ?? []))
    properties.push(...(more?.property ?? []))
  }
  return { system, concept, designations, properties }
}

/** By its code, in other fragments too; case counts unless the code system says that it does not. */
export async function conceptOf(
  system: CodeSystem,
  code: string,
  finder: Pick<Finder, 'fragments'>,
): Promise<Concept | undefined> {
  const own = conceptIn(system, code, system.caseSensitive)
  if (own !== undefined || !(isInParts(system) || system.content === 'fragment')) return own
  for await (const part of finder.fragments(system.url ?? '', [code])) {
    const found = conceptIn(part, code, system.caseSensitive)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The same for who has to be sure that there is none: 'unknown' where nothing of the code system is here but that it
 * exists.
 */
export async function conceptOrUnknown(
  system: CodeSystem,
  code: string,
  finder: Pick<Finder, 'fragments' | 'hasFragments'>,
): Promise<Concept | 'unknown' | undefined> {
  const found = await conceptOf(system, code, finder)
  if (found !== undefined) return found
  return (await finder.hasFragments(system.url ?? '')) ? undefined : 'unknown'
}

function conceptIn(
  system: CodeSystem,
  code: string,
  caseSensitive: boolean | undefined,
): Concept | undefined {
  const { codes } = hierarchyOf(system)
  const found = codes.get(code)
  if (found !== undefined || caseSensitive !== false) return found
  const folded = code.toLowerCase()
  for (const concept of codes.values()) if (concept.code.toLowerCase() === folded) return concept
  return undefined
}

/** A group that stands in the hierarchy but is not for use: https://hl7.org/fhir/R4/codesystem.html#concept-properties */
export const isAbstract = ({ property }: Pick<Concept, 'property'>): boolean =>
  (property ?? []).some(
    ({ code, valueBoolean }) => (code === 'notSelectable' || code === 'abstract') && valueBoolean,
  )

/** Out of use. */
export const isInactive = ({ property }: Pick<Concept, 'property'>): boolean =>
  (property ?? []).some(
    ({ code, valueCode, valueString, valueBoolean }) =>
      (code === 'inactive' && valueBoolean) ||
      (code === 'status' && OUT_OF_USE.has(valueCode ?? valueString ?? '')),
  )

// What is deprecated may still be used.
const OUT_OF_USE = new Set(['retired', 'inactive', 'withdrawn'])

/** Whether the codes of a code system are here, or only what says that it exists. */
export const hasCodes = (system: CodeSystem | undefined): system is CodeSystem =>
  system !== undefined &&
  system.content !== 'not-present' &&
  (system.concept !== undefined || isInParts(system))
