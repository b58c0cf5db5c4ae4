// What a code becomes in another code system, by concept maps, in either direction.
// https://hl7.org/fhir/R4/conceptmap-operation-translate.html
// Must not take for a match what a map says is none: `unmatched` and `disjoint` are given, but don't make a result.
import type { Coding, ConceptMap, MapGroup, Mapping } from './resource.ts'

export type Match = {
  readonly equivalence: string
  readonly concept: Coding
  /** Canonical URL of the map. */
  readonly source: string | undefined
  readonly product: readonly { readonly element: string; readonly concept: Coding }[]
}

export type TranslateOptions = {
  /** Only into this code system. */
  readonly targetSystem?: string | undefined
  /** From target to source: https://hl7.org/fhir/R4/conceptmap-operation-translate.html (reverse). */
  readonly reverse?: boolean
}

const NO_MATCH = new Set(['unmatched', 'disjoint'])

/** Whether one of the matches says that there is a translation. */
export const isTranslated = (matches: readonly Match[]): boolean =>
  matches.some(({ equivalence }) => !NO_MATCH.has(equivalence))

/** All that a map says of a coding; without a system, of the code in any of its groups. */
export function translate(
  map: ConceptMap,
  coding: Coding,
  { targetSystem, reverse = false }: TranslateOptions = {},
): readonly Match[] {
  const matches: Match[] = []
  for (const group of map.group ?? []) {
    const [from, to] = reverse ? [group.target, group.source] : [group.source, group.target]
    if (coding.system !== undefined && from !== undefined && coding.system !== from) continue
    if (targetSystem !== undefined && to !== targetSystem) continue
    const found = reverse ? backwards(group, coding) : forwards(group, coding)
    for (const [concept, mapping] of found)
      matches.push({
        equivalence: reverse
          ? (INVERSE.get(mapping.equivalence) ?? mapping.equivalence)
          : mapping.equivalence,
        concept: { ...(to === undefined ? {} : { system: to }), ...concept },
        source: map.url,
        product: (mapping.product ?? []).map(({ property, system, value, display }) => ({
          element: property,
          concept: {
            ...(system === undefined ? {} : { system }),
            code: value,
            ...(display === undefined ? {} : { display }),
          },
        })),
      })
  }
  return matches
}

type Found = readonly [Coding, Mapping]

function forwards({ element, unmapped }: MapGroup, { code, display }: Coding): Found[] {
  const entries = (element ?? []).filter((one) => one.code === code)
  if (entries.length > 0)
    return entries.flatMap(({ target }) =>
      (target ?? []).map((mapping): Found => [named(mapping.code, mapping.display), mapping]),
    )
  const equivalence = 'inexact'
  if (unmapped?.mode === 'provided') return [[named(code, display), { equivalence: 'equal' }]]
  if (unmapped?.mode === 'fixed') return [[named(unmapped.code, unmapped.display), { equivalence }]]
  return []
}

const backwards = ({ element }: MapGroup, { code }: Coding): Found[] =>
  (element ?? []).flatMap(({ code: source, display, target }) =>
    (target ?? [])
      .filter((mapping) => mapping.code === code)
      .map((mapping): Found => [named(source, display), mapping]),
  )

const named = (code: string | undefined, display: string | undefined): Coding => ({
  ...(code === undefined ? {} : { code }),
  ...(display === undefined ? {} : { display }),
})

/** https://hl7.org/fhir/R4/valueset-concept-map-equivalence.html read the other way round. */
const INVERSE = new Map([
  ['wider', 'narrower'],
  ['narrower', 'wider'],
  ['subsumes', 'specializes'],
  ['specializes', 'subsumes'],
])
