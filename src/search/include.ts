// `_include` and `_revinclude`: which references of the matches, or to them, are delivered beside.
// https://hl7.org/fhir/R4/search.html#include
// Must not follow anything: a store does that for one page of matches.
import { fail } from '../errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import { checkType } from './chain.ts'
import { shown } from './emit.ts'
import { nearest } from './nearest.ts'
import type { SearchParameter, SearchParameters } from './parameters.ts'
import type { ParsedParameter } from './parse.ts'
import type { ParameterPath } from './path.ts'
import type { Include } from './plan.ts'
import type { Scope } from './scope.ts'

/** @throws Failure `parameter` or `unsupported` */
export function includeOf(
  asked: ParsedParameter,
  scope: Scope,
  parameters: SearchParameters,
  definitions: Definitions,
): Include {
  const { value, name } = asked
  const at = scope.at(name)
  const modifier = asked.steps[0]?.modifier
  const reverse = asked.steps[0]?.code === '_revinclude'
  if (modifier !== undefined && modifier !== 'iterate') {
    const right = 'it takes :iterate'
    throw fail('parameter', `There is no modifier ${shown(`:${modifier}`)} here; ${right}`, at)
  }
  const iterate = modifier === 'iterate'
  const [source = '', code = value === '*' ? '*' : '', target, ...more] = value.split(':')
  const types = scope.types ?? definitions.resourceTypes
  if (more.length > 0 || source === '' || code === '' || target === '') {
    throw fail(
      'parameter',
      `${shown(value)}: expected Type:parameter, Type:parameter:Type or *`,
      at,
    )
  }
  if (source !== '*') checkType(source, definitions, at)
  if (target !== undefined) checkType(target, definitions, at)
  // What is included may be of any type, and bring others in its turn.
  const hint = iterate ? '' : `, or add :iterate for what is included`
  if (!iterate && !reverse && source !== '*' && !types.includes(source)) {
    throw fail('parameter', `This search has no ${source}: begin with ${some(types)}${hint}`, at)
  }
  if (!iterate && reverse && target !== undefined && !types.includes(target)) {
    throw fail('parameter', `This search has no ${target}: end with ${some(types)}${hint}`, at)
  }
  const anywhere = reverse || iterate
  const sources = source !== '*' ? [source] : anywhere ? definitions.resourceTypes : types
  const found = sources.flatMap((type) => referencesOf(type, code, parameters, at))
  // A reverse include asks for the references that can lead to what is searched.
  const reached = iterate ? undefined : scope.types
  const toward = reverse ? (target === undefined ? reached : [target]) : target && [target]
  const leading = found.filter(({ path, targets }) => canLead(path.targets ?? targets, toward))
  const paths = [...new Set(leading.map(({ path }) => path.path))]
  const limits = reverse ? (source === '*' ? undefined : [source]) : limitOf(leading, target)
  return {
    reverse,
    paths,
    ...(limits === undefined ? {} : { types: limits }),
    ...(iterate ? { iterate } : {}),
  }
}

type Found = { readonly path: ParameterPath; readonly targets: readonly string[] }

function referencesOf(
  type: string,
  code: string,
  parameters: SearchParameters,
  at: string,
): readonly Found[] {
  const references = new Map<string, SearchParameter>()
  for (const [name, parameter] of parameters.forType(type)) {
    if (parameter.type === 'reference') references.set(name, parameter)
  }
  const wanted = code === '*' ? [...references.values()] : [references.get(code)]
  return wanted.flatMap((parameter) => {
    if (parameter !== undefined) {
      return parameter.paths.map((path) => ({ path, targets: parameter.targets }))
    }
    const near = nearest(code, references.keys())
    const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}? It has` : '; it has'
    const known = [...references.keys()].sort().join(', ') || 'none'
    const message = `${type} has no reference parameter ${shown(code)}${hint} ${known}`
    throw fail('parameter', message, at)
  })
}

const canLead = (targets: readonly string[], toward: readonly string[] | undefined | ''): boolean =>
  !toward || targets.length === 0 || targets.some((target) => toward.includes(target))

// `patient` shares its path with `subject`, and must not bring a Group.
function limitOf(
  leading: readonly Found[],
  target: string | undefined,
): readonly string[] | undefined {
  if (target !== undefined) return [target]
  const types = new Set<string>()
  for (const { path } of leading) {
    if (path.targets === undefined) return undefined
    for (const type of path.targets) types.add(type)
  }
  return types.size === 0 ? undefined : [...types]
}

const some = (types: readonly string[]): string =>
  types.length > 5 ? 'a resource type that is searched' : types.join(' or ')
