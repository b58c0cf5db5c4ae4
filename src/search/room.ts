// All of search for one set of parameters, exchanged as a whole when parameters are added or go.
// https://hl7.org/fhir/R4/searchparameter.html
// Must not look for parameters itself: whoever finds them gives them.
import type { Definitions, SearchParameterDefinition } from '../fhir/definitions.ts'
import type { Resource } from '../fhir/message.ts'
import { atOnce, type Stepwise } from '../turn.ts'
import type { Entry } from './entry.ts'
import { createExtractor, type ExtractOptions } from './extract.ts'
import { createSearchParameters, type SearchParameters } from './parameters.ts'
import { createPlanner, type Planner, type PlannerOptions } from './planner.ts'

export type SearchRoom = {
  /** Those that are in force; what it gives changes with them. */
  readonly parameters: SearchParameters
  readonly plan: Planner
  readonly extract: (resource: Resource) => readonly Entry[]
  /** The same in steps, for what may be large. */
  readonly extracting: (resource: Resource) => Stepwise<readonly Entry[]>
  /** All of them but the words of the full text, in steps. */
  readonly values: (resource: Resource) => Stepwise<readonly Entry[]>
  /** Those that R4 has. */
  readonly standard: SearchParameters
  /** Put these beside those of R4, in the place of what was there before. */
  use(added: readonly SearchParameterDefinition[]): void
}

export function createSearchRoom(
  definitions: Definitions,
  options: PlannerOptions & ExtractOptions,
): SearchRoom {
  const make = (added: readonly SearchParameterDefinition[]) => {
    const parameters = createSearchParameters(definitions, added)
    return {
      parameters,
      plan: createPlanner(parameters, definitions, options),
      extractor: createExtractor(parameters, definitions, options),
    }
  }
  let now = make([])
  return {
    standard: now.parameters,
    parameters: {
      forType: (type) => now.parameters.forType(type),
      make: (...asked) => now.parameters.make(...asked),
      get byUrl() {
        return now.parameters.byUrl
      },
      get all() {
        return now.parameters.all
      },
      contexts: (type) => now.parameters.contexts(type),
    },
    plan: (...asked) => now.plan(...asked),
    extract: (resource) => atOnce(now.extractor.all(resource)),
    extracting: (resource) => now.extractor.all(resource),
    values: (resource) => now.extractor.values(resource),
    use: (added) => {
      now = make(added)
    },
  }
}
