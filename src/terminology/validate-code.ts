// Whether a code is in a code system or a value set, and whether its display is one of its names.
// https://hl7.org/fhir/R4/codesystem-operation-validate-code.html, https://hl7.org/fhir/R4/valueset-operation-validate-code.html
// Must not refuse what can't be decided: a code of a system whose codes aren't here is judged by its form.
import { serves } from './language.ts'
import type { Finder } from './finder.ts'
import { formIssue } from './form.ts'
import { hasCodes, isAbstract, meaningOf, type Meaning } from './meaning.ts'
import { supplementedMeaning } from './names.ts'
import type { CodeSystem, Coding } from './resource.ts'
import type { Expansion } from './value-set.ts'
import { textOf } from '../words/message.ts'

export type Verdict = {
  readonly result: boolean
  /** What is wrong, or what could not be decided. */
  readonly message?: string
  readonly meaning?: Meaning
  /** What supplements call a code of a system whose codes aren't here. */
  readonly supplemented?: Meaning
}

export type ValidateCodeOptions = {
  /** Whether a concept that only groups others counts. */
  readonly abstract?: boolean
  /** Languages whose designations are names too; empty = all. */
  readonly languages?: readonly string[]
}

/** Whether a coding is in its code system. */
export async function validateCoding(
  { system: url, code, display, version }: Coding,
  finder: Finder,
  options: ValidateCodeOptions = {},
): Promise<Verdict> {
  if (url === undefined)
    return { result: false, message: 'A code needs the URL of its code system' }
  if (code === undefined) return { result: false, message: `There is no code of ${url} to look at` }
  const system = await finder.codeSystem(version === undefined ? url : `${url}|${version}`)
  if (!hasCodes(system)) {
    const issue = formIssue(url, code)
    if (issue !== undefined) return { result: false, message: textOf(issue) }
    const what = version === undefined ? url : `${url}, version ${version},`
    const supplemented = await supplementedMeaning(url, code, finder)
    return {
      ...(supplemented === undefined ? {} : { supplemented }),
      // Whoever names a version or a system that nobody knows here gets no for an answer.
      result: system !== undefined || isKnownElsewhere(url),
      message: `The codes of ${what} are not here, so only the form of "${code}" was looked at`,
    }
  }
  return judge(system, url, code, display, finder, options)
}

async function judge(
  system: CodeSystem,
  url: string,
  code: string,
  display: string | undefined,
  finder: Finder,
  { abstract, languages = [] }: ValidateCodeOptions,
): Promise<Verdict> {
  const meaning = await meaningOf(system, code, finder)
  if (meaning === undefined) {
    if (system.content !== 'complete')
      return {
        result: true,
        message: `Not all codes of ${url} are here, and "${code}" is not among those that are`,
      }
    return { result: false, message: `${url} has no code "${code}"` }
  }
  if (abstract === false && isAbstract(meaning.concept))
    return { result: false, message: `"${code}" of ${url} only groups other codes`, meaning }
  if (display === undefined) return { result: true, meaning }
  const names = namesOf(meaning, languages)
  if (names.some((name) => isSameName(name, display))) return { result: true, meaning }
  return {
    result: false,
    message: `"${display}" is not a name of "${code}" of ${url}: ${names.map((n) => `"${n}"`).join(', ')}`,
    meaning,
  }
}

/** What a concept may be called. */
export const namesOf = (
  { concept, designations }: Meaning,
  languages: readonly string[] = [],
): readonly string[] => {
  const isWanted = (language: string | undefined): boolean =>
    languages.length === 0 || languages.some((wanted) => serves(language, wanted))
  const others = designations.filter((d) => isWanted(d.language)).map((d) => d.value)
  return concept.display === undefined ? others : [concept.display, ...others]
}

/** Case and white space don't count, https://hl7.org/fhir/R4/datatypes.html#Coding */
export const isSameName = (one: string, other: string): boolean => plain(one) === plain(other)

const plain = (name: string): string =>
  name.normalize('NFC').trim().replaceAll(/\s+/g, ' ').toLowerCase()

/** A coding in an expansion. Without a system, the code decides when only one system of the set has it. */
export function placeIn(
  expansion: Expansion,
  { system, code }: Coding,
): { readonly system: string; readonly isWhole: boolean } | undefined {
  if (code === undefined) return undefined
  const found: { system: string; isWhole: boolean }[] = []
  for (const [url, codes] of expansion) {
    if (system !== undefined && system !== url) continue
    if (codes === 'all') found.push({ system: url, isWhole: true })
    else if (codes.has(code)) found.push({ system: url, isWhole: false })
  }
  const sure = found.filter(({ isWhole }) => !isWhole)
  return system === undefined && sure.length > 0
    ? sure.length === 1
      ? sure[0]
      : undefined
    : found[0]
}

const KNOWN = new Set([
  'http://loinc.org',
  'http://snomed.info/sct',
  'http://unitsofmeasure.org',
  'http://hl7.org/fhir/sid/icd-10',
  'http://www.nlm.nih.gov/research/umls/rxnorm',
  'http://www.whocc.no/atc',
  'urn:ietf:bcp:13',
  'urn:ietf:bcp:47',
  'urn:iso:std:iso:3166',
  'urn:iso:std:iso:4217',
  'urn:oid:2.16.840.1.113883.6.238',
])

/** Code systems that R4 names but whose codes it doesn't publish, https://hl7.org/fhir/R4/terminologies-systems.html */
const isKnownElsewhere = (url: string): boolean => KNOWN.has(url)
