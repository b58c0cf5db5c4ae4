// Chains: a parameter of the resource that a reference names (`subject:Patient.name`), and `_has`, the same backwards.
// https://hl7.org/fhir/R4/search.html#chaining and #has
// Must not follow anything: it says what must hold of the other resource, and a store finds it.
import { Failure, fail } from '../errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import { namesOf, shown } from './emit.ts'
import { allOf, oneOf } from './filter.ts'
import { requireChained } from './limits.ts'
import { nearest } from './nearest.ts'
import type { SearchParameter, SearchParameters } from './parameters.ts'
import { parseName } from './parse.ts'
import type { NameStep } from './parse.ts'
import type { ParameterPath } from './path.ts'
import type { Condition } from './plan.ts'
import type { Scope } from './scope.ts'
import { message } from '../words/message.ts'

/** References from one end of a chain to the other at most. */
export const MOST_LINKS = 5

export type ChainRoom = {
  readonly parameters: SearchParameters
  readonly definitions: Definitions
  readonly scopes: (types: readonly string[] | undefined) => Scope
}

/** A step; `also`: what else must hold of the resource that it leads to. */
export type ChainStep = NameStep & { readonly also?: (scope: Scope) => Condition }

/** What is asked of the resource at the end of a chain by its parameter; may throw a Failure. */
export type Last = (parameter: SearchParameter, modifier: string | undefined) => Condition

/**
 * The condition of a parameter's name, one step or many; `last` makes that of the last step.
 * @param at the parameter as an error names it
 * @throws Failure `parameter` or `unsupported`
 */
export function chainCondition(
  steps: readonly ChainStep[],
  scope: Scope,
  at: string,
  room: ChainRoom,
  last: Last,
  links = 0,
): Condition {
  const [step, ...rest] = steps
  if (step === undefined) throw fail('parameter', 'A parameter needs a name', at)
  if (links > MOST_LINKS || (links === MOST_LINKS && (rest.length > 0 || step.code === '_has'))) {
    throw fail('parameter', `A chain has ${MOST_LINKS} references at most`, at)
  }
  if (step.code === '_has') {
    if (step.also !== undefined) throw fail('unsupported', '_has takes no brackets', at)
    return has(step.modifier ?? '', scope, at, room, last, links)
  }
  const parameter = scope.parameters.get(step.code)
  if (parameter === undefined) throw unknownParameter(step.code, scope, at)
  return rest.length === 0
    ? last(parameter, step.modifier)
    : forward(parameter, step, rest, at, room, last, links)
}

/** Types that can be reached alike: the next parameter has one type of values, and the same paths lead there. */
type Way = { readonly paths: readonly ParameterPath[]; readonly types: string[] }

function forward(
  parameter: SearchParameter,
  { modifier, also }: ChainStep,
  rest: readonly ChainStep[],
  at: string,
  room: ChainRoom,
  last: Last,
  links: number,
): Condition {
  const { code } = parameter
  const { definitions, parameters, scopes } = room
  if (parameter.type !== 'reference') {
    throw fail(
      'parameter',
      `${code} is a ${parameter.type} parameter; a chain goes along references`,
      at,
    )
  }
  if (modifier !== undefined) checkType(modifier, definitions, at)
  if (parameter.paths.every(isCanonical)) {
    throw fail('unsupported', `${code} holds canonical URLs, which a chain can not follow`, at)
  }
  const next = rest[0]?.code ?? ''
  requireChained(parameter, next, at)
  const ways = new Map<string, Way>()
  const reached: string[] = []
  for (const type of modifier === undefined ? targetsOf(parameter, definitions) : [modifier]) {
    const paths = parameter.paths.filter((path) => canReach(path, parameter, type))
    if (paths.length === 0) continue
    reached.push(type)
    const kind = next === '_has' ? next : parameters.forType(type).get(next)?.type
    if (kind === undefined) continue
    const key = `${kind} ${paths.map(({ path }) => path).join(' ')}`
    const way = ways.get(key)
    if (way === undefined) ways.set(key, { paths, types: [type] })
    else way.types.push(type)
  }
  if (reached.length === 0) {
    const right = some(parameter.targets)
    throw fail(
      'parameter',
      `${code} never refers to a ${modifier ?? ''}; it refers to ${right}`,
      at,
    )
  }
  if (ways.size === 0) throw unknownNext(code, next, reached, parameters, at)
  const found: Condition[] = []
  let failure: Failure | undefined
  for (const { paths, types } of ways.values()) {
    try {
      const within = scopes(types)
      const end = chainCondition(rest, within, at, room, last, links + 1)
      const where = also === undefined ? end : allOf([also(within), end])
      found.push({ kind: 'refers', paths: namesOf(paths), types, where })
    } catch (error) {
      // What makes no sense for one of several types (a word as a date) can't be fulfilled by it.
      if (!(error instanceof Failure)) throw error
      failure ??= error
    }
  }
  if (found.length === 0 && failure !== undefined) throw failure
  return oneOf(found)
}

function has(
  text: string,
  scope: Scope,
  at: string,
  room: ChainRoom,
  last: Last,
  links: number,
): Condition {
  const part = /^([^:]*):([^:]*):(.+)$/s.exec(text)
  const [, type = '', code = '', name = ''] = part ?? []
  if (type === '' || code === '' || name === '') {
    throw fail('parameter', 'Expected _has:Type:reference:parameter', at)
  }
  checkType(type, room.definitions, at)
  const inner = room.scopes([type])
  const parameter = inner.parameters.get(code)
  if (parameter?.type !== 'reference') {
    const known = [...inner.parameters.values()]
      .filter((one) => one.type === 'reference')
      .map((one) => one.code)
    const hint = known.length === 0 ? 'none' : known.sort().join(', ')
    throw fail('parameter', `${type} has no reference parameter ${shown(code)}; it has ${hint}`, at)
  }
  const paths = parameter.paths.filter(
    (path) =>
      !isCanonical(path) &&
      (scope.types === undefined || scope.types.some((one) => canReach(path, parameter, one))),
  )
  if (paths.length === 0) {
    throw fail('parameter', `${type}:${code} never refers to ${some(scope.types ?? [])}`, at)
  }
  const where = chainCondition(parseName(name), inner, at, room, last, links + 1)
  return { kind: 'referred', paths: namesOf(paths), types: [type], where }
}

const CANONICAL: ReadonlySet<string> = new Set(['canonical', 'uri', 'url'])

const isCanonical = ({ types }: ParameterPath): boolean =>
  types.length > 0 && types.every((type) => CANONICAL.has(type))

function canReach(path: ParameterPath, { targets }: SearchParameter, type: string): boolean {
  const allowed = path.targets ?? targets
  return allowed.length === 0 || allowed.includes(type)
}

function targetsOf(
  { paths, targets }: SearchParameter,
  definitions: Definitions,
): readonly string[] {
  const types = new Set<string>()
  for (const path of paths) {
    const allowed = path.targets ?? targets
    if (allowed.length === 0) return definitions.resourceTypes
    for (const type of allowed) types.add(type)
  }
  return [...types]
}

/** Also says what was probably meant. */
export function checkType(type: string, definitions: Definitions, at: string): void {
  if (definitions.isResourceType(type)) return
  const near = nearest(type, definitions.resourceTypes)
  const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''
  throw fail('parameter', `There is no resource type ${shown(type)}${hint}`, at)
}

export function unknownParameter(code: string, scope: Scope, at: string): Failure {
  const [only] = scope.types ?? []
  const types = scope.types?.length === 1 && only !== undefined ? only : message('all-types')
  const near = nearest(code, scope.parameters.keys())
  const hint = near.length > 0 ? message('near', { names: near.join(' | ') }) : undefined
  return fail('parameter', message('parameter-unknown', { found: shown(code), types, hint }), at)
}

function unknownNext(
  code: string,
  next: string,
  types: readonly string[],
  parameters: SearchParameters,
  at: string,
): Failure {
  const near = nearest(next, new Set(types.flatMap((type) => [...parameters.forType(type).keys()])))
  const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''
  const message = `${code} refers to ${some(types)}, with no parameter ${shown(next)}${hint}`
  return fail('parameter', message, at)
}

const some = (types: readonly string[]): string =>
  types.length === 0 || types.length > 6 ? 'many types' : types.join(' or ')
