// The planner: a query becomes a plan in which all meaning is decided; stores only carry it out.
// https://hl7.org/fhir/R4/search.html
// Must not know a store or HTTP. Errors name a parameter as `Observation?date` (`?_tag` over several types).
import { fail } from '../errors.ts'
import type { Failure, Issue } from '../errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import type { Query } from '../fhir/message.ts'
import { compartmentScope } from './compartment.ts'
import type { Compartment } from './compartment.ts'
import { comparisonsOf, requireAffordable } from './cost.ts'
import { shown } from './emit.ts'
import { chainCondition, unknownParameter } from './chain.ts'
import { containedOf, containedTypeOf, insideCondition, insideKey } from './contained.ts'
import type { Contained } from './contained.ts'
import { filterCondition } from './filter-condition.ts'
import type { FilterRoom } from './filter-condition.ts'
import { allOf, conditionOf } from './filter.ts'
import { includeOf } from './include.ts'
import { requireOnce } from './limits.ts'
import { nearest } from './nearest.ts'
import type { SearchParameters } from './parameters.ts'
import { parseName, parseSearch } from './parse.ts'
import type { ParsedParameter } from './parse.ts'
import type { Condition, Include, Plan, SortKey } from './plan.ts'
import { listCondition } from './list.ts'
import { countOf, elementsOf, explainOf, sortOf, summaryOf, totalOf, viewOf } from './result.ts'
import type { Summary, Total, UnitsView } from './result.ts'
import { createScopes } from './scope.ts'
import type { Scope } from './scope.ts'
import { createSettings } from './settings.ts'
import type { SearchOptions } from './settings.ts'
import { message } from '../words/message.ts'

export type PlannerOptions = SearchOptions & {
  /** Size of a page when none is asked for; default 20. */
  readonly count?: number
  /** Greatest size of a page; default 1000. */
  readonly maxCount?: number
}

export type PlanContext = {
  /** `Prefer: handling=strict`: what isn't known is refused rather than left out. */
  readonly strict: boolean
  readonly compartment?: Compartment
  /** Where the page before ended (a store's `next`). */
  readonly cursor?: string
}

export type Planned = {
  readonly plan: Plan
  /** What the self link shows: the parameters used, in the order sent. */
  readonly used: Query
  /** One warning for each parameter left out, and for whatever else the caller should know. */
  readonly unknown: readonly Issue[]
  readonly summary?: Summary
  /** Elements to return, besides the mandatory ones. */
  readonly elements?: readonly string[]
  readonly total: Total
  /** Whether it is to be told how the search was understood, and what the store did. */
  readonly explain?: boolean
  /** Units to show values in, beside what was received. */
  readonly units?: UnitsView
  /** Contained resources of a type that fulfil the condition are answered in the place of what they are in. */
  readonly contained?: Inside & { readonly matching: Condition }
}

/** Resources of a type that are contained in others. */
type Inside = Contained & { readonly type: string }

/** `type` undefined = all types. @throws Failure `parameter`, `unsupported` or `not-found` */
export type Planner = (type: string | undefined, query: Query, context: PlanContext) => Planned

/** In the specification, and refused by name until they work. */
const NOT_YET = new Set(['_query', 'near'])

/** They filter, and are no parameter of any type. */
const OF_ALL = new Set(['_filter', '_has', '_list'])

type Draft = {
  readonly where: Condition[]
  readonly used: (readonly [string, string])[]
  readonly unknown: Issue[]
  readonly includes: Include[]
  readonly sort: SortKey[]
  readonly elements: string[]
  comparisons: number
  count?: number
  total?: Total
  summary?: Summary
  explain?: boolean
  units?: UnitsView
  contained?: Contained['where'] | undefined
  containedType?: Contained['as']
}

export function createPlanner(
  parameters: SearchParameters,
  definitions: Definitions,
  options: PlannerOptions = {},
): Planner {
  const settings = createSettings(definitions, options)
  const scopes = createScopes(parameters, definitions)
  const room: FilterRoom = { parameters, definitions, scopes, settings }
  const maxCount = options.maxCount ?? 1000
  const defaultCount = Math.min(options.count ?? 20, maxCount)

  /** Leaves a parameter out, or refuses it when the caller wants that. */
  const leaveOut = (failure: Failure, strict: boolean, draft: Draft): void => {
    if (strict) throw failure
    for (const issue of failure.issues) draft.unknown.push({ ...issue, severity: 'warning' })
  }

  const whereOf = (asked: ParsedParameter, scope: Scope, at: string): Condition => {
    const { value, values, steps } = asked
    if (steps[0]?.code === '_list') return listCondition(asked, at, parameters)
    if (steps[0]?.code === '_filter') {
      if (steps.length > 1 || steps[0].modifier !== undefined) {
        throw fail('parameter', '_filter takes no modifier and no chain', at)
      }
      return filterCondition(value, scope, at, room)
    }
    return chainCondition(steps, scope, at, room, (parameter, modifier) =>
      conditionOf(parameter, { modifier, value, values }, at, settings),
    )
  }

  const addFilter = (asked: ParsedParameter, scope: Scope, strict: boolean, draft: Draft): void => {
    const { name, value, steps } = asked
    const at = scope.at(name)
    const code = steps[0]?.code ?? ''
    if (NOT_YET.has(code)) throw fail('unsupported', `${code} is not supported`, at)
    const isKnown = OF_ALL.has(code) || scope.parameters.has(code)
    if (!isKnown) {
      leaveOut(unknownParameter(code, scope, at), strict, draft)
      return
    }
    if (value === '') {
      leaveOut(fail('parameter', message('parameter-empty', { name: code }), at), strict, draft)
      return
    }
    const parameter = scope.parameters.get(code)
    if (parameter?.limits !== undefined)
      requireOnce(
        parameter,
        draft.used.some(([used]) => parseName(used)[0]?.code === code),
        at,
      )
    const where = whereOf(asked, scope, at)
    draft.comparisons += comparisonsOf(where, at)
    draft.where.push(where)
    draft.used.push([name, value])
  }

  const addResult = (asked: ParsedParameter, scope: Scope, strict: boolean, draft: Draft): void => {
    const { name, value, steps } = asked
    const at = scope.at(name)
    const code = steps[0]?.code ?? ''
    let used = value
    if (code === '_include' || code === '_revinclude') {
      draft.includes.push(includeOf(asked, scope, parameters, definitions))
    } else if (steps[0]?.modifier !== undefined) {
      throw fail('parameter', `${code} takes no modifier`, at)
    } else if (code === '_count') {
      once(draft.count, at)
      draft.count = countOf(asked, maxCount, at)
      used = String(draft.count)
    } else if (code === '_total') {
      once(draft.total, at)
      draft.total = totalOf(asked, at)
    } else if (code === '_summary') {
      once(draft.summary, at)
      const summary = summaryOf(asked, at)
      if (summary !== undefined) draft.summary = summary
    } else if (code === '_explain') {
      draft.explain = explainOf(asked, at)
    } else if (code === '_units') {
      once(draft.units, at)
      draft.units = viewOf(value, at)
    } else if (code === '_sort') draft.sort.push(...sortOf(asked, scope, at, settings))
    else if (code === '_elements') {
      const { known, failures } = elementsOf(asked, scope, definitions, at)
      for (const failure of failures) leaveOut(failure, strict, draft)
      if (known.length === 0) return
      draft.elements.push(...known)
      used = known.join(',')
    } else if (code === '_contained') {
      draft.contained = containedOf(asked, at)
    } else if (code === '_containedType') {
      draft.containedType = containedTypeOf(asked, at)
    }
    draft.used.push([name, used])
  }

  return (type, query, { strict, compartment, cursor }) => {
    const search = parseSearch(query)
    let filters = search.filters
    let types: readonly string[] | undefined = type === undefined ? undefined : [type]
    const draft: Draft = {
      where: [],
      used: [],
      unknown: [],
      includes: [],
      sort: [],
      elements: [],
      comparisons: 0,
    }
    if (types === undefined) {
      const limits = filters.filter(({ steps }) => steps[0]?.code === '_type')
      if (limits.length > 0) {
        types = typesOf(limits, definitions)
        filters = filters.filter(({ steps }) => steps[0]?.code !== '_type')
        for (const { name, value } of limits) draft.used.push([name, value])
      }
    }
    if (compartment !== undefined) {
      const inside = compartmentScope(compartment, types, parameters, definitions)
      types = inside.types
      draft.where.push(inside.where)
    }
    const scope = scopes(types)
    for (const asked of filters) addFilter(asked, scope, strict, draft)
    for (const asked of search.results) addResult(asked, scope, strict, draft)
    requireAffordable(draft.comparisons)
    const contained = containedIn(draft, type, compartment)
    const { summary, elements } = draft
    const count = summary === 'count' ? 0 : (draft.count ?? defaultCount)
    const total = draft.total ?? 'none'
    return {
      plan: {
        ...(contained === undefined
          ? { types, where: allOf(draft.where), sort: draft.sort }
          : insidePlan(contained, draft)),
        count,
        ...(cursor === undefined ? {} : { cursor }),
        // No store has a cheap estimate yet: asked for one, it counts.
        total: total !== 'none' || count === 0,
        includes: draft.includes,
        ...(draft.includes.length === 0 ? {} : { includeCount: maxCount }),
      },
      used: inOrder(draft.used, query),
      unknown: draft.unknown,
      ...(draft.explain === true ? { explain: true } : {}),
      ...(draft.units === undefined ? {} : { units: draft.units }),
      ...(contained?.as === 'contained'
        ? { contained: { ...contained, matching: allOf(draft.where) } }
        : {}),
      total,
      ...(count === 0 ? { summary: 'count' as const } : summary === undefined ? {} : { summary }),
      ...(elements.length === 0 ? {} : { elements }),
    }
  }
}

/** @throws Failure `unsupported` where no one type is searched */
function containedIn(
  { contained, containedType }: Draft,
  type: string | undefined,
  compartment: Compartment | undefined,
): Inside | undefined {
  if (contained === undefined) return undefined
  if (type === undefined || compartment !== undefined)
    throw fail(
      'unsupported',
      'Contained resources are searched by one type, as in Patient?_contained=true, and in no compartment',
      `${type ?? ''}?_contained`,
    )
  return { where: contained, as: containedType ?? 'container', type }
}

function insidePlan(
  inside: Inside,
  { where, sort }: Draft,
): Pick<Plan, 'types' | 'where' | 'sort'> {
  const within = insideCondition(inside.type, where, `${inside.type}?_contained`)
  const whole: Condition = allOf([{ kind: 'type', types: [inside.type] }, ...where])
  return {
    types: undefined,
    where: inside.where === 'both' ? { kind: 'or', of: [whole, within] } : within,
    sort: sort.map((key) => insideKey(key, inside)),
  }
}

function typesOf(limits: readonly ParsedParameter[], definitions: Definitions): string[] {
  let types: readonly string[] | undefined
  for (const { name, values } of limits) {
    if (name !== '_type')
      throw fail('parameter', '_type takes no modifier', `?${name.slice(0, 100)}`)
    for (const value of values) {
      if (definitions.isResourceType(value)) continue
      const near = nearest(value, definitions.resourceTypes)
      const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''
      throw fail('parameter', `There is no resource type ${shown(value)}${hint}`, '?_type')
    }
    types = types === undefined ? values : types.filter((one) => values.includes(one))
  }
  return [...new Set(types)]
}

function once(before: unknown, at: string): void {
  if (before !== undefined) throw fail('parameter', 'It may be given once only', at)
}

// Filters and results were read apart; a self link keeps the order in which they came.
function inOrder(used: readonly (readonly [string, string])[], query: Query): Query {
  const place = new Map<string, number>()
  query.forEach(([name], i) => {
    if (!place.has(name)) place.set(name, i)
  })
  return [...used].sort(([a], [b]) => (place.get(a) ?? 0) - (place.get(b) ?? 0))
}
