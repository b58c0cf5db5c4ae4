// Names of the codes that a report speaks of, in each of its languages, looked up once for a report.
// Must not invent a name: what has none in a language is shown as it came.
import type { Finder } from '../../terminology/finder.ts'
import { hierarchyOf } from '../../terminology/hierarchy.ts'
import { displayOf } from '../../terminology/language.ts'
import { conceptOf, hasCodes } from '../../terminology/meaning.ts'
import type { CodeSystem, Coding, Concept, Designation } from '../../terminology/resource.ts'
import type { Language } from '../../words/language.ts'

export type Terms = {
  /** The name of a coding in a language; its display, else its code, where there is none. */
  name(coding: Coding, language: Language): string
  /** Whether a name is known in that language. */
  knows(coding: Coding, language: Language): boolean
}

type Known = {
  readonly concept: Pick<Concept, 'display'>
  readonly designations: readonly Designation[]
  readonly system: CodeSystem | undefined
}

/** Look up what will be spoken of. */
export async function termsOf(codings: readonly Coding[], finder: Finder): Promise<Terms> {
  const known = new Map<string, Known>()
  for (const url of new Set(codings.map(({ system }) => system))) {
    if (url === undefined) continue
    const system = await finder.codeSystem(url)
    const supplements = await finder.supplements(url)
    const codes = new Set(codings.flatMap((one) => (one.system === url ? (one.code ?? []) : [])))
    for (const code of codes) {
      const concept = hasCodes(system) ? await conceptOf(system, code, finder) : undefined
      const more = supplements.flatMap((one) => hierarchyOf(one).codes.get(code)?.designation ?? [])
      known.set(`${url}|${code}`, {
        concept: concept ?? {},
        designations: [...(concept?.designation ?? []), ...more],
        system,
      })
    }
  }
  const find = ({ system = '', code = '' }: Coding, language: Language): string | undefined => {
    const found = known.get(`${system}|${code}`)
    return found && displayOf(found.concept, found.designations, found.system, [language])
  }
  return {
    name: (coding, language) => find(coding, language) ?? coding.display ?? coding.code ?? '',
    knows: (coding, language) => find(coding, language) !== undefined,
  }
}
