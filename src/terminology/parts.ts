// Code systems too large for one resource: a CodeSystem without concepts, and fragments of the same URL that have them.
// https://hl7.org/fhir/R4/codesystem-definitions.html#CodeSystem.content
// Must not hold all concepts with their words in memory, however many there are.
import type { Finder } from './finder.ts'
import type { CodeSystem, Concept, Property } from './resource.ts'

/** Concepts of a fragment that `ieum terminology load` writes. */
export const PART_SIZE = 500

/** Whether the concepts of a code system are in fragments, if anywhere. */
export const isInParts = ({ content, concept }: CodeSystem): boolean =>
  content === 'complete' && concept === undefined

/** One after the other; those that are nested come after the one they are in. */
export async function* conceptsOf(
  system: CodeSystem,
  finder: Pick<Finder, 'fragments'>,
): AsyncGenerator<Concept> {
  if (!isInParts(system)) yield* flat(system.concept)
  else for await (const part of finder.fragments(system.url ?? '')) yield* flat(part.concept)
}

function* flat(concepts: readonly Concept[] | undefined): Generator<Concept> {
  const left = [...(concepts ?? [])]
  for (const concept of left) {
    yield concept
    left.push(...(concept.concept ?? []))
  }
}

const RELATIONS = new Set(['parent', 'subsumedBy', 'child'])

/**
 * The code system with bare concepts: their codes, how they lie under one another, and the properties that are asked for.
 * One that is not in parts comes back as it is.
 */
export async function outlineOf(
  system: CodeSystem,
  properties: ReadonlySet<string>,
  finder: Pick<Finder, 'fragments'>,
): Promise<CodeSystem> {
  if (!isInParts(system)) return system
  const isWanted = ({ code }: Property): boolean => RELATIONS.has(code) || properties.has(code)
  const bare = (one: Concept): Concept => {
    const property = (one.property ?? []).filter(isWanted)
    return {
      code: one.code,
      ...(property.length === 0 ? {} : { property }),
      ...(one.concept === undefined ? {} : { concept: one.concept.map(bare) }),
    }
  }
  const concept: Concept[] = []
  for await (const part of finder.fragments(system.url ?? ''))
    for (const one of part.concept ?? []) concept.push(bare(one))
  return { ...system, concept }
}
