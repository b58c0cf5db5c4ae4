// What codes mean to one another, for whoever asks with a URL.
// https://hl7.org/fhir/R4/terminology-module.html
// Must not know what a question is for: `at` is how an error names it.
import { fail } from '../errors.ts'
import type { SearchParameters } from '../search/parameters.ts'
import type { Store } from '../store/store.ts'
import { createFinder, type Finder, type FinderOptions } from './finder.ts'
import { hierarchyOf } from './hierarchy.ts'
import { hasCodes } from './meaning.ts'
import { outlineOf } from './parts.ts'
import { codesIn, type Expansion } from './value-set.ts'

export type Terminology = {
  readonly finder: Finder
  /**
   * Codes of a value set: its canonical URL, or `ValueSet/id` here.
   * @throws Failure `parameter` when it isn't known or can't be expanded
   */
  codesIn(valueSet: string, at: string): Promise<Expansion>
  /**
   * Codes below or above a code in its code system, itself among them.
   * @throws Failure `parameter` when the system or the code isn't known
   */
  codesBy(
    op: 'below' | 'above',
    system: string,
    code: string,
    at: string,
  ): Promise<ReadonlySet<string>>
}

export function createTerminology(
  store: Store,
  parameters: SearchParameters,
  options: FinderOptions,
): Terminology {
  const finder = createFinder(store, parameters, options)
  return {
    finder,
    codesIn: (valueSet, at) => codesIn(valueSet, at, finder),
    codesBy: async (op, url, code, at) => {
      const system = await finder.codeSystem(url)
      if (!hasCodes(system))
        throw fail(
          'parameter',
          `The codes of ${url} are not here, so :${op} can not be decided`,
          at,
        )
      const hierarchy = hierarchyOf(await outlineOf(system, new Set(), finder))
      const codes = op === 'below' ? hierarchy.below(code) : hierarchy.above(code)
      if (codes === undefined) throw fail('parameter', `${url} has no code "${code}"`, at)
      return codes
    },
  }
}
