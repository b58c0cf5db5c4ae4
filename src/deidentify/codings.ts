// What is known of the codes of some resources: whether they are codes at all, and what their code systems call them.
// https://hl7.org/fhir/R4/terminologies.html
// Must not take a text for a code: what neither a code system here nor the policy knows is unknown.
import { fieldsOf, textOf } from '../search/emit.ts'
import type { Finder } from '../terminology/finder.ts'
import { displayOf } from '../terminology/language.ts'
import { hasCodes, meaningOf } from '../terminology/meaning.ts'
import type { CodeSystem, Concept, Designation } from '../terminology/resource.ts'
import { checkUnit, UCUM } from '../terminology/ucum.ts'
import type { Policy } from './policy.ts'

/** `names`: all that it is called; `name`: what readers of the languages asked for get, '' where it has none. */
export type KnownCode = { readonly names: readonly string[]; readonly name: string }

export type Codings = (system: string, code: string) => KnownCode | undefined

/** Of all codings and quantities anywhere in the resources. */
export async function knownCodings(
  resources: readonly unknown[],
  policy: Policy,
  finder: Finder,
  languages: readonly string[],
): Promise<Codings> {
  const met = new Map<string, Set<string>>()
  for (const resource of resources) collect(resource, met)
  const known = new Map<string, KnownCode>()
  for (const [url, codes] of met) {
    const system = await finder.codeSystem(url)
    const supplements = hasCodes(system) ? [] : await finder.supplements(url)
    for (const code of codes) {
      const found = hasCodes(system)
        ? await namesIn(system, code, finder, languages)
        : formOf(url, code, policy, supplements, languages)
      if (found !== undefined) known.set(`${url}|${code}`, found)
    }
  }
  return (system, code) => known.get(`${system}|${code}`)
}

async function namesIn(
  system: CodeSystem,
  code: string,
  finder: Finder,
  languages: readonly string[],
): Promise<KnownCode | undefined> {
  const meaning = await meaningOf(system, code, finder)
  if (meaning === undefined) return undefined
  return namedBy(meaning.concept, meaning.designations, system, languages)
}

function formOf(
  url: string,
  code: string,
  { systems }: Policy,
  supplements: readonly CodeSystem[],
  languages: readonly string[],
): KnownCode | undefined {
  if (systems.get(url)?.test(code) !== true) return undefined
  if (url === UCUM) return checkUnit(code).ok ? { names: [code], name: code } : undefined
  const concepts = supplements.flatMap(({ concept = [] }) =>
    concept.filter((one) => one.code === code),
  )
  const designations = concepts.flatMap(({ designation = [] }) => designation)
  const display = concepts.find((one) => one.display !== undefined)?.display
  return namedBy(display === undefined ? {} : { display }, designations, undefined, languages)
}

function namedBy(
  concept: Pick<Concept, 'display'>,
  designations: readonly Designation[],
  system: CodeSystem | undefined,
  languages: readonly string[],
): KnownCode {
  const names = [concept.display ?? '', ...designations.map(({ value }) => value)].filter(Boolean)
  return { names, name: displayOf(concept, designations, system, languages) ?? names[0] ?? '' }
}

function collect(value: unknown, met: Map<string, Set<string>>): void {
  if (Array.isArray(value)) {
    for (const one of value) collect(one, met)
    return
  }
  const fields = fieldsOf(value)
  if (fields === undefined || JSON.isRawJSON(value)) return
  const [system, code] = [textOf(fields['system']), textOf(fields['code'])]
  if (system !== undefined && code !== undefined) {
    const codes = met.get(system)
    if (codes === undefined) met.set(system, new Set([code]))
    else codes.add(code)
  }
  for (const one of Object.values(fields)) collect(one, met)
}
