// What _summary and _elements ask to leave out, https://hl7.org/fhir/R4/search.html#summary
// Must not touch texts that are asked for whole.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { parseLossless, stringify } from '../fhir/json.ts'
import type { Query, Resource } from '../fhir/message.ts'
import { subset, type Subset } from '../fhir/summary.ts'
import type { Version } from '../store/store.ts'
import { inTurn } from '../turn.ts'

/** The subset that a query of a read or search asks for; undefined for all of it. @throws Failure 400 for an unknown _summary */
export function subsetOf(query: Query): Subset | undefined {
  let wanted: Subset | undefined
  for (const [name, value] of query) {
    if (name === '_elements' && value.trim() !== '') {
      const elements = value
        .split(',')
        .map((e) => e.trim())
        .filter((e) => e !== '')
      if (elements.length > 0) wanted ??= { elements }
    }
    if (name === '_summary') {
      if (value === 'true' || value === 'text' || value === 'data') wanted = { summary: value }
      else if (value !== 'false' && value !== 'count')
        throw fail(
          'parameter',
          `_summary is one of true, text, data, count and false, not "${value}"`,
          '_summary',
        )
    }
  }
  return wanted
}

/** Versions with the subset as their text, made in slices. */
export async function subsetsOf(
  versions: readonly Version[],
  wanted: Subset,
  context: Context,
): Promise<readonly Version[]> {
  const subsets: Version[] = []
  await inTurn(versions, 1, async (version) => {
    const { text } = version
    subsets.push(
      text === undefined ? version : { ...version, text: subsetText(text, wanted, context) },
    )
  })
  return subsets
}

/** Text of the subset of a resource's text. */
export const subsetText = (text: string, wanted: Subset, context: Context): string =>
  stringify(subset(parseLossless(text) as Resource, wanted, context.definitions))
