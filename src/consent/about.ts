// What parts of a provision ask of the resource itself: class, codes, dates of care, single data.
// docs/access.md says what each means for a permit and for a deny
// Must not read search parameters that were added to R4's own: whoever adds one could widen a consent by it.
import type { Definitions } from '../fhir/definitions.ts'
import { CARE_DATES, LASTING, careDuring } from '../search/care-date.ts'
import type { Interval } from '../search/date.ts'
import type { EntryKind, IndexPath } from '../search/entry.ts'
import { createSearchParameters } from '../search/parameters.ts'
import type { Condition } from '../search/plan.ts'
import { ALL, NONE } from '../search/plan.ts'
import { foldToken } from '../search/token.ts'
import { both, either, not, truth } from './fold.ts'
import type { Code, Datum, Listed } from './rule.ts'

export type About = {
  classes(listed: Listed<Code>, type: 'permit' | 'deny'): Condition
  codes(listed: Listed<Code>, type: 'permit' | 'deny'): Condition
  care(period: Interval | 'unknown', type: 'permit' | 'deny'): Condition
  data(listed: Listed<Datum>, type: 'permit' | 'deny'): Condition
  /** Where labels and tags are indexed, of every type. */
  readonly security: readonly IndexPath[]
  readonly tag: readonly IndexPath[]
}

const RESOURCE_TYPES = 'http://hl7.org/fhir/resource-types'
const LOINC = 'http://loinc.org'
const DOCUMENTS = ['Composition', 'DocumentReference']
/** Types whose code stands at another parameter than `code`. */
const CODED: Readonly<Record<string, string>> = {
  Composition: 'type',
  DocumentReference: 'type',
  Immunization: 'vaccine-code',
}
const AUTHORS = ['author', 'performer', 'requester', 'recorder', 'asserter', 'source', 'sender']
/** What these are about refers to them. */
const CENTRES = ['Encounter', 'EpisodeOfCare', 'CarePlan']

/** It is of no time, and of every. */
const IDENTITY: Condition = { kind: 'type', types: ['Patient'] }

const made = new WeakMap<Definitions, About>()

/** Made once for the definitions of R4. */
export function aboutOf(definitions: Definitions): About {
  let about = made.get(definitions)
  if (about === undefined) made.set(definitions, (about = createAbout(definitions)))
  return about
}

function createAbout(definitions: Definitions): About {
  const parameters = createSearchParameters(definitions)
  const { resourceTypes } = definitions
  const pathsOf = (types: readonly string[], code: string, kind: EntryKind): IndexPath[] =>
    types.flatMap((type) => {
      const parameter = parameters.forType(type).get(code)
      return parameter?.type === kind ? parameter.paths.map(({ path }) => path) : []
    })
  const every = (code: string, kind: EntryKind): IndexPath[] => pathsOf(resourceTypes, code, kind)

  const documents = pathsOf(DOCUMENTS, 'type', 'token')
  const coded = resourceTypes.flatMap((type) => pathsOf([type], CODED[type] ?? 'code', 'token'))
  const components = every('component-code', 'token')
  const medications = every('medication', 'reference')
  const security = every('_security', 'token')
  const tag = every('_tag', 'token')
  const authors = [
    ...AUTHORS.flatMap((code) => every(code, 'reference')),
    ...pathsOf(['Encounter'], 'participant', 'reference'),
  ]
  const references = [
    ...new Set(
      resourceTypes.flatMap((type) =>
        [...parameters.forType(type).values()]
          .filter((parameter) => parameter.type === 'reference')
          .flatMap(({ paths }) => paths.map(({ path }) => path)),
      ),
    ),
  ]
  const first = (table: typeof CARE_DATES, at: 0 | 1): IndexPath[] =>
    Object.entries(table).flatMap(([type, codes]) => {
      const code = codes[at]
      return code === undefined ? [] : pathsOf([type], code, 'date')
    })
  const dated = first(CARE_DATES, 0)
  const datedElse = first(CARE_DATES, 1)
  const begun = first(LASTING, 0)

  const wholly = (paths: readonly IndexPath[], { low, high }: Interval): Condition => ({
    kind: 'date',
    paths,
    op: 'eq',
    low,
    high,
  })

  const datum = ({ meaning, type, id }: Datum): Condition => {
    const itself: Condition = { kind: 'id', ids: [id], type }
    const pointing = (paths: readonly IndexPath[]): Condition => ({
      kind: 'reference',
      paths,
      type,
      id,
    })
    if (meaning === 'authoredby') return pointing(authors)
    if (meaning === 'dependents' || (meaning === 'related' && CENTRES.includes(type)))
      return either(itself, pointing(references))
    return itself
  }

  return {
    security,
    tag,
    classes: ({ of, unknown }, type) => {
      const types = of.filter(({ system }) => system === RESOURCE_TYPES).map(({ code }) => code)
      const others = of.filter(({ system }) => system === LOINC)
      const odd = unknown || of.length > types.length + others.length
      return either(
        truth(odd && type === 'deny'),
        types.length === 0 ? NONE : { kind: 'type', types },
        ...others.map((code) => token(documents, code)),
      )
    },
    codes: ({ of, unknown }, type) => {
      if (type === 'permit')
        return either(...of.filter((c) => c.system !== undefined).map((code) => token(coded, code)))
      const there: Condition = { kind: 'present', entry: 'reference', paths: medications }
      return either(
        truth(unknown),
        ...of.map((code) => token([...coded, ...components], code)),
        there,
      )
    },
    care: (period, type) => {
      if (period === 'unknown') return truth(type === 'deny')
      if (type === 'deny') return both(not(IDENTITY), careDuring(resourceTypes, period, parameters))
      const dateless = not({ kind: 'present', entry: 'date', paths: dated })
      return either(
        IDENTITY,
        wholly([...dated, ...begun], period),
        both(dateless, wholly(datedElse, period)),
      )
    },
    data: ({ of, unknown }, type) => (unknown && type === 'deny' ? ALL : either(...of.map(datum))),
  }
}

const token = (paths: readonly IndexPath[], { system, code }: Code): Condition => ({
  kind: 'token',
  paths,
  ...(system === undefined ? {} : { system }),
  code: foldToken(code),
})
