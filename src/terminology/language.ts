// Which of a concept's words a reader gets: its display or a designation, by the languages that are asked for.
// https://hl7.org/fhir/R4/codesystem-definitions.html#CodeSystem.concept.designation
// Must not translate, nor take a definition or a comment for a name.
import type { CodeSystem, Concept, Designation } from './resource.ts'

/** Whether words in a language serve a reader of another: the same, or one is the other with a region or script. */
export const serves = (language: string | undefined, wanted: string): boolean => {
  const [one, other] = [language?.toLowerCase() ?? '', wanted.toLowerCase()]
  return one === other || one.startsWith(`${other}-`) || other.startsWith(`${one}-`)
}

/**
 * The words for a concept.
 * @param designations those of its own and of supplements
 * @param languages best first; the display when none of them is there
 */
export function displayOf(
  concept: Pick<Concept, 'display'>,
  designations: readonly Designation[],
  system: Pick<CodeSystem, 'language'> | undefined,
  languages: readonly string[],
): string | undefined {
  for (const wanted of languages) {
    // What says no language is in English in all that R4 publishes.
    if (concept.display !== undefined && serves(system?.language ?? 'en', wanted))
      return concept.display
    const found = designations.find((one) => isName(one) && serves(one.language, wanted))
    if (found !== undefined) return found.value
  }
  // Of a system whose codes aren't here, only supplements have names.
  return (
    concept.display ?? designations.find((one) => isName(one) && serves(one.language, 'en'))?.value
  )
}

const isName = ({ language, use }: Designation): boolean =>
  language !== undefined && (use?.code === undefined || NAMES.has(use.code))

/** https://hl7.org/fhir/R4/valueset-designation-use.html, and what v2 and v3 call it. */
const NAMES = new Set([
  'display',
  'preferredForLanguage',
  '900000000000003001',
  '900000000000013009',
])
