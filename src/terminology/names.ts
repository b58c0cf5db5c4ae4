// What codes are called in a language, also where nothing but a supplement with their names is here (LOINC, SNOMED CT).
// https://hl7.org/fhir/R4/codesystem.html#supplements
// Must not say that a code exists, nor that it doesn't: it only knows names.
import type { Finder } from './finder.ts'
import { hierarchyOf } from './hierarchy.ts'
import { displayOf } from './language.ts'
import { hasCodes, meaningOf, type Meaning } from './meaning.ts'
import type { CodeSystem, Coding, Concept, Designation } from './resource.ts'

/** What supplements say of a code of a system whose codes aren't here; undefined when they don't know it. */
export async function supplementedMeaning(
  url: string,
  code: string,
  finder: Pick<Finder, 'supplements'>,
): Promise<Meaning | undefined> {
  const found: Concept[] = []
  const supplements = await finder.supplements(url)
  for (const supplement of supplements) {
    const concept = hierarchyOf(supplement).codes.get(code)
    if (concept !== undefined) found.push(concept)
  }
  if (found.length === 0) return undefined
  const designations = found.flatMap(({ designation }) => designation ?? [])
  const display = englishOf(designations) ?? designations[0]?.value
  return {
    system: supplements[0]!,
    concept: { code, ...(display === undefined ? {} : { display }) },
    designations,
    properties: found.flatMap(({ property }) => property ?? []),
  }
}

const englishOf = (designations: readonly Designation[]): string | undefined =>
  designations.find(({ language }) => language?.toLowerCase().split('-')[0] === 'en')?.value

/** The meaning of a coding from its code system or from supplements; undefined when neither knows it. */
export async function knownMeaning(
  { system: url, code }: Coding,
  finder: Finder,
): Promise<Meaning | undefined> {
  if (url === undefined || code === undefined) return undefined
  const system: CodeSystem | undefined = await finder.codeSystem(url)
  const own = hasCodes(system) ? await meaningOf(system, code, finder) : undefined
  return own ?? supplementedMeaning(url, code, finder)
}

/** The name of a coding in the first of the languages that has one, its display in any else. */
export async function nameOf(
  coding: Coding,
  languages: readonly string[],
  finder: Finder,
): Promise<string | undefined> {
  const meaning = await knownMeaning(coding, finder)
  if (meaning === undefined) return coding.display
  return displayOf(meaning.concept, meaning.designations, meaning.system, languages)
}
