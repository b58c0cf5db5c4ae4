// SearchParameter resources as parameters that work beside those of R4: what is wrong with one, and what is made of all.
// https://hl7.org/fhir/R4/searchparameter.html
// Must not change what R4 says: a parameter may widen one of R4's that it says it is derived from, and no other.
import { best } from '../fhir/canonical.ts'
import { Failure, type Issue } from '../errors.ts'
import type { Definitions, SearchLimits, SearchParameterDefinition } from '../fhir/definitions.ts'
import { compileBounded } from '../fhir/fhirpath.ts'
import type { Resource } from '../fhir/message.ts'
import { shown } from './emit.ts'
import { parseExpression } from './expression.ts'
import { isEntryKind } from './kinds.ts'
import {
  createSearchParameters,
  type SearchParameter,
  type SearchParameters,
} from './parameters.ts'
import { isOrDerives } from './path.ts'

/** The elements that matter here; a validator has seen to their types. */
export type SearchParameterResource = Resource & {
  readonly url?: string
  readonly version?: string
  readonly status?: string
  readonly code?: string
  readonly base?: readonly string[]
  readonly type?: SearchParameterDefinition['type']
  readonly description?: string
  readonly derivedFrom?: string
  readonly expression?: string
  readonly target?: readonly string[]
  readonly component?: readonly { readonly definition: string; readonly expression: string }[]
  readonly modifier?: readonly string[]
  readonly comparator?: readonly string[]
  readonly chain?: readonly string[]
  readonly multipleOr?: boolean
  readonly multipleAnd?: boolean
}

/** Whether it is to work: `retired` ones are kept and do nothing, and so are those that don't say where to look. */
export const isInForce = ({ status, expression }: SearchParameterResource): boolean =>
  (status === 'active' || status === 'draft') && expression !== undefined

/** A parameter as the R4 definitions have theirs. */
export function definitionOf(resource: SearchParameterResource): SearchParameterDefinition {
  const { modifier, comparator, chain, multipleOr, multipleAnd } = resource
  const limits: SearchLimits = {
    ...(modifier === undefined ? {} : { modifiers: modifier }),
    ...(comparator === undefined ? {} : { comparators: comparator }),
    ...(chain === undefined ? {} : { chains: chain }),
    ...(multipleOr === undefined ? {} : { multipleOr }),
    ...(multipleAnd === undefined ? {} : { multipleAnd }),
  }
  return {
    url: resource.url ?? '',
    code: resource.code ?? '',
    base: resource.base ?? [],
    type: resource.type ?? 'special',
    description: resource.description ?? '',
    expression: resource.expression,
    target: resource.target ?? [],
    components: (resource.component ?? []).map((component) => ({
      ...component,
      definition: component.definition.replace(/\|.*$/, ''),
    })),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  }
}

/**
 * Why a resource may not be written, besides what its structure says: a SearchParameter that can not work.
 * @returns nothing for other types
 */
export const refusalsOf =
  (parameters: SearchParameters, definitions: Definitions) =>
  (resource: Resource): readonly Issue[] =>
    resource.resourceType === 'SearchParameter' ? issuesOf(resource, parameters, definitions) : NONE

const NONE: readonly Issue[] = []

/**
 * Why a parameter can not work; nothing when it can, or isn't to (see isInForce).
 * @param parameters those that are in force, an earlier version of this one perhaps among them
 */
export function issuesOf(
  resource: SearchParameterResource,
  parameters: SearchParameters,
  definitions: Definitions,
): readonly Issue[] {
  if (!isInForce(resource)) return []
  const definition = definitionOf(resource)
  const own = definitions.searchParameters.find(({ url }) => url === definition.url)
  if (own !== undefined && own.expression === definition.expression) return []
  const wrong =
    wrongType(definition) ??
    wrongCode(definition) ??
    wrongExpression(definition) ??
    wrongComponents(definition, parameters) ??
    wrongMeaning(resource, definition, parameters, definitions)
  return wrong === undefined ? [] : [wrong]
}

const issue = (code: string, element: string, diagnostics: string): Issue => ({
  severity: 'error',
  code,
  diagnostics,
  expression: [`SearchParameter.${element}`],
})

function wrongType({ type, url }: SearchParameterDefinition): Issue | undefined {
  if (url === '') return issue('required', 'url', 'A search parameter needs a url to be known by')
  if (isEntryKind(type) || type === 'composite') return undefined
  const right = 'token, string, date, number, quantity, reference, uri or composite'
  return issue(
    'not-supported',
    'type',
    `A parameter of type ${type} needs code of its own, so that it can not be added; expected ${right}`,
  )
}

/** As the names of R4's are: what a URL or a chain gives another meaning to is in none. */
function wrongCode({ code }: SearchParameterDefinition): Issue | undefined {
  if (/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/.test(code)) return undefined
  return issue(
    'value',
    'code',
    `${shown(code)} can not be asked for: a code has 1 to 64 of A-Z a-z 0-9 - _`,
  )
}

/** Longer ones are nobody's, and their evaluation would take long. */
const LONGEST = 2000

function wrongExpression({ expression }: SearchParameterDefinition): Issue | undefined {
  if (expression === undefined) return undefined
  if (expression.length > LONGEST)
    return issue(
      'too-long',
      'expression',
      `An expression may have ${String(LONGEST)} characters; this one has ${String(expression.length)}`,
    )
  if (parseExpression(expression) !== undefined) return undefined
  return unparsed(expression, 'expression')
}

function unparsed(expression: string, element: string): Issue | undefined {
  try {
    compileBounded(expression)
    return undefined
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return issue('invalid', element, `${error.message}: ${shown(expression)}`)
  }
}

function wrongComponents(
  { type, components }: SearchParameterDefinition,
  { byUrl }: SearchParameters,
): Issue | undefined {
  if (type !== 'composite') return undefined
  if (components.length < 2)
    return issue('required', 'component', 'A composite needs two components at least')
  for (const [i, component] of components.entries()) {
    const at = `component[${String(i)}]`
    const url = component.definition
    const found = byUrl.get(url)
    if (found === undefined)
      return issue(
        'not-found',
        `${at}.definition`,
        `There is no search parameter ${shown(url)} here`,
      )
    if (!isEntryKind(found.type))
      return issue('invalid', `${at}.definition`, `A part can not be of type ${found.type}`)
    if (parseExpression(component.expression) === undefined)
      return (
        unparsed(component.expression, `${at}.expression`) ??
        issue(
          'not-supported',
          `${at}.expression`,
          `The parts of a composite are elements and types: ${shown(component.expression)} is more`,
        )
      )
  }
  return undefined
}

function wrongMeaning(
  { derivedFrom = '' }: SearchParameterResource,
  definition: SearchParameterDefinition,
  parameters: SearchParameters,
  definitions: Definitions,
): Issue | undefined {
  const { code, url, base, type: kind } = definition
  const standard = definitions.searchParameters.find((one) => one.url === url)
  let isSomewhere = false
  for (const type of definitions.resourceTypes) {
    if (!base.some((one) => isOrDerives(type, one, definitions))) continue
    const here = parameters.make(definition, type)
    if (here === undefined) continue
    isSomewhere = true
    const there = parameters.forType(type).get(code)
    if (standard !== undefined && (there === undefined || !saysNoMore(here, there)))
      return issue(
        'business-rule',
        'url',
        `${url} is a parameter of FHIR R4, which this would change; give yours another url`,
      )
    if (there === undefined || there.url === url || saysNoMore(here, there)) continue
    if (there.type === kind && derivedFrom.split('|')[0] === there.url) continue
    return issue(
      'business-rule',
      'code',
      `${type} has a parameter ${shown(code)} already: ${there.url}, of type ${there.type}. ` +
        'Take another code; or, to widen that one, say so by derivedFrom and take its type',
    )
  }
  if (isSomewhere) return undefined
  return issue(
    'invalid',
    'expression',
    `${shown(definition.expression ?? '')} leads to no element of ${base.join(', ')} that can be searched as a ${kind}`,
  )
}

/** Whether all that one parameter reads is read by another one, and in the same way. */
function saysNoMore(one: SearchParameter, other: SearchParameter): boolean {
  if (one.type !== other.type) return false
  const paths = new Set(other.paths.map(({ path }) => path))
  const branches = new Set((other.composite ?? []).map((branch) => JSON.stringify(branch)))
  return (
    one.paths.every(({ path }) => paths.has(path)) &&
    (one.composite ?? []).every((branch) => branches.has(JSON.stringify(branch)))
  )
}

/** A SearchParameter as it is stored. */
export type StoredParameter = {
  readonly resource: SearchParameterResource
  /** When it was last written (ms): of two that want one code, the earlier one has it. */
  readonly updated: number
}

export type InForce = {
  readonly definitions: readonly SearchParameterDefinition[]
  /** Those that should work and can't, with the reason. */
  readonly refused: readonly { readonly url: string; readonly reason: string }[]
}

/** What is in force of all that is stored: one of each URL, and none that says something else than an earlier one. */
export function inForce(stored: readonly StoredParameter[], definitions: Definitions): InForce {
  const byUrl = new Map<string, StoredParameter[]>()
  for (const one of stored) {
    if (!isInForce(one.resource)) continue
    const url = one.resource.url ?? ''
    byUrl.set(url, [...(byUrl.get(url) ?? []), one])
  }
  const isComposite = ({ resource }: StoredParameter): number =>
    Number(resource.type === 'composite')
  const candidates = [...byUrl.values()]
    .map((same) => {
      const resource = best(same.map((one) => one.resource))
      return same.find((one) => one.resource === resource)!
    })
    .sort(
      (a, b) =>
        isComposite(a) - isComposite(b) ||
        a.updated - b.updated ||
        ((a.resource.url ?? '') < (b.resource.url ?? '') ? -1 : 1),
    )
  const accepted: SearchParameterDefinition[] = []
  const refused: { url: string; reason: string }[] = []
  let parameters = createSearchParameters(definitions)
  for (const { resource } of candidates) {
    const [wrong] = issuesOf(resource, parameters, definitions)
    if (wrong !== undefined) {
      refused.push({ url: resource.url ?? '', reason: wrong.diagnostics })
      continue
    }
    const definition = definitionOf(resource)
    // Nothing of R4's is said twice.
    if (definitions.searchParameters.some(({ url }) => url === definition.url)) continue
    accepted.push(definition)
    parameters = createSearchParameters(definitions, accepted)
  }
  return { definitions: accepted, refused }
}
