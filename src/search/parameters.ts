// The search parameters of every resource type, from their definitions: which index paths each of them reads.
// https://hl7.org/fhir/R4/searchparameter.html
// Must not read resources or queries. Parameters on the same element share its path, so that one entry serves all.
import type { Definitions, SearchLimits, SearchParameterDefinition } from '../fhir/definitions.ts'
import type { EntryKind, IndexPath } from './entry.ts'
import { parseExpression } from './expression.ts'
import type { Branch } from './expression.ts'
import { contentPath, narrativePath } from './full-text.ts'
import { isEntryKind } from './kinds.ts'
import { isOrDerives, resolveBranch } from './path.ts'
import type { ParameterPath } from './path.ts'

/** `words`: the full text, which R4 calls a string. */
export type SearchType = EntryKind | 'composite' | 'words'

/** One part of a composite, as one branch of its expression sees it. */
export type CompositePart = {
  readonly type: EntryKind
  readonly paths: readonly ParameterPath[]
  /** Reads `%resource`, not the element that the other parts share: its entries have group 0. */
  readonly outside: boolean
}

/** A branch of a composite: an element (`Observation.component`) and what is compared in it, in order. */
export type CompositeBranch = { readonly context: string; readonly parts: readonly CompositePart[] }

export type SearchParameter = {
  readonly code: string
  readonly type: SearchType
  readonly url: string
  readonly description: string
  /** Types that a reference parameter may point to; empty = any. */
  readonly targets: readonly string[]
  /** Empty for composites, the full text, `_id` and `_lastUpdated`. */
  readonly paths: readonly ParameterPath[]
  /** For composites: one entry for each branch that the type has; each has the same number of parts. */
  readonly composite?: readonly CompositeBranch[]
  /** For the full text: where its words are. */
  readonly texts?: readonly IndexPath[]
  readonly limits?: SearchLimits
}

export type SearchParameters = {
  /** By code: the type's own, and those of all resources. */
  forType(type: string): ReadonlyMap<string, SearchParameter>
  /** What a definition comes to on a type; undefined when it leads to nothing there. */
  make(definition: SearchParameterDefinition, type: string): SearchParameter | undefined
  /** Definitions by canonical URL. */
  readonly byUrl: ReadonlyMap<string, SearchParameterDefinition>
  readonly all: readonly SearchParameterDefinition[]
  /** Elements of a type whose place is the group of the entries below them: `Observation.component`. */
  contexts(type: string): ReadonlySet<string>
}

/** Known to the specification; they need more than entries, and are advertised when they work. */
const ELSEWHERE = new Set(['_query', 'near'])

/** They read words that no expression says. */
const FULL_TEXT: Readonly<Record<string, (type: string) => readonly IndexPath[]>> = {
  _text: (type) => [narrativePath(type)],
  _content: (type) => [narrativePath(type), contentPath(type)],
}

/**
 * Made for a type when it is first asked for.
 * @param added parameters beside those of R4 (custom.ts says which may be); one with the code of another widens it
 */
export function createSearchParameters(
  definitions: Definitions,
  added: readonly SearchParameterDefinition[] = [],
): SearchParameters {
  // What is made of R4's own is the same for all that is added to it.
  let standard = standards.get(definitions)
  if (standard === undefined) {
    standard = build(definitions, [], undefined)
    standards.set(definitions, standard)
  }
  return added.length === 0 ? standard : build(definitions, added, standard)
}

const standards = new WeakMap<Definitions, SearchParameters>()

function build(
  definitions: Definitions,
  added: readonly SearchParameterDefinition[],
  standard: SearchParameters | undefined,
): SearchParameters {
  const own =
    standard === undefined
      ? definitions.searchParameters.filter(
          ({ code, type }) => (isEntryKind(type) || type === 'composite') && !ELSEWHERE.has(code),
        )
      : added
  const all = standard === undefined ? own : [...standard.all, ...added]
  const byUrl = new Map(all.map((definition) => [definition.url, definition]))
  const made = new Map<string, ReadonlyMap<string, SearchParameter>>()
  const contextsOf = new Map<string, ReadonlySet<string>>()

  const pathsOf = (expression: string, type: string, kind: EntryKind): readonly ParameterPath[] => {
    const branches = branchesOf(expression)
    if (branches === undefined) {
      const path = `${type} ${expression}`
      return [{ path, kind, routes: [], types: [], implied: false, expression }]
    }
    const paths = new Map<string, ParameterPath>()
    for (const branch of branches) {
      if (isForeign(branch, type, definitions)) continue
      const resolved = resolveBranch(branch, type, kind, definitions)
      if (resolved === undefined) continue
      const key = `${resolved.path} ${resolved.targets?.join() ?? ''}`
      if (!paths.has(key)) paths.set(key, resolved)
    }
    return [...paths.values()]
  }

  const compositeOf = (
    definition: SearchParameterDefinition,
    type: string,
  ): readonly CompositeBranch[] => {
    const found: CompositeBranch[] = []
    for (const context of branchesOf(definition.expression ?? '') ?? []) {
      if (isForeign(context, type, definitions)) continue
      const kinds = definition.components
        .map((component) => byUrl.get(component.definition)?.type ?? '')
        .filter((kind) => isEntryKind(kind))
      const parts = definition.components.map((component): CompositePart | undefined => {
        const declared = byUrl.get(component.definition)?.type ?? ''
        const branches = branchesOf(component.expression) ?? []
        const outside = branches.some(([first]) => first?.kind === 'variable')
        // DocumentReference's `relationship` has the definitions of its two components exchanged.
        for (const kind of isEntryKind(declared) ? [declared, ...kinds] : kinds) {
          const paths = branches.flatMap(
            (branch) =>
              resolveBranch(outside ? branch : [...context, ...branch], type, kind, definitions) ??
              [],
          )
          if (paths.length > 0) return { type: kind, paths, outside }
        }
        return undefined
      })
      if (parts.length > 0 && parts.every((part) => part !== undefined)) {
        found.push({ context: nameOf(context, type), parts })
      }
    }
    return found
  }

  const make = (type: string): ReadonlyMap<string, SearchParameter> => {
    const parameters = new Map(standard?.forType(type))
    for (const definition of own) {
      if (!definition.base.some((base) => isOrDerives(type, base, definitions))) continue
      const parameter = makeOne(definition, type)
      const known = standard === undefined ? undefined : parameters.get(definition.code)
      if (parameter) parameters.set(definition.code, known ? widened(known, parameter) : parameter)
    }
    return parameters
  }

  const makeOne = (
    definition: SearchParameterDefinition,
    type: string,
  ): SearchParameter | undefined => {
    const { code, url, description, target, expression, limits } = definition
    const common = {
      code,
      url,
      description,
      targets: target,
      ...(limits === undefined ? {} : { limits }),
    }
    if (code === '_id') return { ...common, type: 'token', paths: [] }
    if (code === '_lastUpdated') return { ...common, type: 'date', paths: [] }
    const texts = FULL_TEXT[code]?.(type)
    if (texts !== undefined) return { ...common, type: 'words', paths: [], texts }
    if (expression === undefined) return undefined
    if (definition.type === 'composite') {
      const composite = compositeOf(definition, type)
      return composite.length === 0
        ? undefined
        : { ...common, type: 'composite', paths: [], composite }
    }
    if (!isEntryKind(definition.type)) return undefined
    const paths = pathsOf(expression, type, definition.type)
    return paths.length === 0 ? undefined : { ...common, type: definition.type, paths }
  }

  const forType = (type: string): ReadonlyMap<string, SearchParameter> => {
    let parameters = made.get(type)
    if (parameters === undefined) {
      parameters = definitions.isResourceType(type) ? make(type) : new Map()
      made.set(type, parameters)
    }
    return parameters
  }

  return {
    forType,
    make: makeOne,
    byUrl,
    all,
    contexts: (type) => {
      let contexts = contextsOf.get(type)
      if (contexts === undefined) {
        const found = new Set<string>()
        for (const { composite } of forType(type).values()) {
          for (const branch of composite ?? [])
            if (branch.context !== type) found.add(branch.context)
        }
        contexts = found
        contextsOf.set(type, contexts)
      }
      return contexts
    },
  }
}

/** Expressions that are kept parsed: R4 has 1,500. */
const PARSED = 10_000
const parsed = new Map<string, readonly Branch[] | undefined>()

function branchesOf(expression: string): readonly Branch[] | undefined {
  if (!parsed.has(expression)) {
    if (parsed.size >= PARSED) parsed.clear()
    parsed.set(expression, parseExpression(expression))
  }
  return parsed.get(expression)
}

/** What one reads, and what another of the same type reads besides. */
function widened(one: SearchParameter, other: SearchParameter): SearchParameter {
  if (one.type !== other.type) return one
  const known = new Set(one.paths.map(({ path }) => path))
  const paths = other.paths
    .filter(({ path }) => !known.has(path))
    .map((path) => (other.targets.length === 0 ? path : { targets: other.targets, ...path }))
  const branches = new Set((one.composite ?? []).map((branch) => JSON.stringify(branch)))
  const composite = [
    ...(one.composite ?? []),
    ...(other.composite ?? []).filter((branch) => !branches.has(JSON.stringify(branch))),
  ]
  return {
    ...one,
    paths: [...one.paths, ...paths],
    ...(composite.length === 0 ? {} : { composite }),
  }
}

// Written for another resource type. A lower-case beginning is an element of whatever type it is asked of.
function isForeign(branch: Branch, type: string, definitions: Definitions): boolean {
  const first = branch[0]
  return (
    first?.kind === 'member' &&
    /^[A-Z]/.test(first.name) &&
    !isOrDerives(type, first.name, definitions)
  )
}

const nameOf = (context: Branch, type: string): string =>
  [type, ...context.slice(1).map((step) => (step.kind === 'member' ? step.name : ''))].join('.')
