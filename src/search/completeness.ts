// What the index of a store is made of, what it lacks of what is extracted now, and which searches that touches.
// https://hl7.org/fhir/R4/searchparameter.html
// Must not touch a store: job/ keeps what is said here as a note, and makes good what is lacking.
import type { Definitions, SearchParameterDefinition } from '../fhir/definitions.ts'
import { EXTRACTION } from './extraction.ts'
import { pathsOfType } from './extract.ts'
import { isOrDerives } from './path.ts'
import type { SearchParameters } from './parameters.ts'
import type { Condition, Leaf, Plan, Words } from './plan.ts'

/** What the entries of one resource type are made of: a release's extraction, and what added parameters read besides. */
export type Made = {
  readonly extraction: number
  /** `date Patient.birthDate`, `group Observation.component`: in order, each once. */
  readonly added: readonly string[]
}

/** What the index of a store is made of; `others`: of the types that aren't named. */
export type MadeOf = {
  readonly others: number
  readonly types: Readonly<Record<string, Made>>
}

/** A store from before there were notes has the index of the first extraction. */
export const FIRST: MadeOf = { others: 1, types: {} }

/** What is extracted now. @param standard the parameters of R4 alone */
export function madeNow(
  parameters: SearchParameters,
  standard: SearchParameters,
  definitions: Definitions,
): MadeOf {
  const own = new Set<SearchParameterDefinition>(standard.all)
  const added = parameters.all.filter((one) => !own.has(one))
  const types: Record<string, Made> = {}
  for (const type of definitions.resourceTypes) {
    if (!added.some(({ base }) => base.some((one) => isOrDerives(type, one, definitions)))) continue
    const known = new Set(keysOf(type, standard))
    const keys = [...new Set(keysOf(type, parameters))].filter((key) => !known.has(key)).sort()
    if (keys.length > 0) types[type] = { extraction: EXTRACTION, added: keys }
  }
  return { others: EXTRACTION, types }
}

function* keysOf(type: string, parameters: SearchParameters): Generator<string> {
  for (const { kind, path } of pathsOfType(type, parameters)) yield `${kind} ${path}`
  for (const context of parameters.contexts(type)) yield `group ${context}`
}

export const madeOf = ({ others, types }: MadeOf, type: string): Made =>
  types[type] ?? { extraction: others, added: [] }

/** Whether the index of a type has to be made anew. That of a later release is left alone: its processes see to it. */
export function isOld(had: MadeOf, now: MadeOf, type: string): boolean {
  const [before, after] = [madeOf(had, type), madeOf(now, type)]
  if (before.extraction !== after.extraction) return before.extraction < after.extraction
  return before.added.join() !== after.added.join()
}

/** The same with a type made as given. */
export function withMade({ others, types }: MadeOf, type: string, made: Made): MadeOf {
  const { [type]: _, ...rest } = types
  const isPlain = made.extraction === others && made.added.length === 0
  return { others, types: isPlain ? rest : { ...rest, [type]: made } }
}

/** The types whose entries may be missing: all of their entries, or those at some places. */
export type Lack = ReadonlyMap<string, 'all' | ReadonlySet<string>>

export function lackOf(had: MadeOf, now: MadeOf, definitions: Definitions): Lack {
  const lack = new Map<string, 'all' | ReadonlySet<string>>()
  for (const type of definitions.resourceTypes) {
    const [before, after] = [madeOf(had, type), madeOf(now, type)]
    if (before.extraction < after.extraction) lack.set(type, 'all')
    else {
      const known = new Set(before.added)
      const missing = after.added.filter((key) => !known.has(key))
      if (missing.length > 0) lack.set(type, new Set(missing))
    }
  }
  return lack
}

/** Types of which a plan may not find all that it should. */
export function lackedBy(plan: Plan, lack: Lack): { type: string; isAdded: boolean }[] {
  if (lack.size === 0) return []
  const found = new Map<string, boolean>()
  for (const key of readBy(plan)) {
    const [, path = ''] = /^\w+ (.*)$/s.exec(key) ?? []
    const type = /^\w+/.exec(path)?.[0] ?? ''
    const missing = lack.get(type)
    if (missing === undefined) continue
    if (missing === 'all') found.set(type, false)
    else if (missing.has(key) || isBeside(path, missing) || isGrouped(path, missing))
      found.set(type, true)
  }
  return [...found].map(([type, isAdded]) => ({ type, isAdded }))
}

/** What only some queries ask for is kept beside the plain entries, see emit.ts. */
function isBeside(path: string, missing: ReadonlySet<string>): boolean {
  const [, plain] = /^(.*):(?:of-type|identifier|text|canonical)$/s.exec(path) ?? []
  return plain !== undefined && [...missing].some((key) => key.endsWith(` ${plain}`))
}

const isGrouped = (path: string, missing: ReadonlySet<string>): boolean =>
  [...missing].some((key) => key.startsWith('group ') && path.startsWith(`${key.slice(6)}.`))

/** `token Patient.gender` for each place that a plan looks at. */
function* readBy({ where, sort, includes }: Plan): Generator<string> {
  yield* readByCondition(where)
  for (const key of sort)
    if ('paths' in key) for (const path of key.paths) yield `${key.by} ${path}`
  for (const { paths = [], where } of includes) {
    for (const path of paths) yield `reference ${path}`
    if (where !== undefined) yield* readByCondition(where)
  }
}

function* readByCondition(condition: Condition): Generator<string> {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const one of condition.of) yield* readByCondition(one)
      return
    case 'not':
      yield* readByCondition(condition.of)
      return
    case 'refers':
    case 'referred':
      for (const path of condition.paths) yield `reference ${path}`
      yield* readByCondition(condition.where)
      return
    case 'shares':
      yield `token ${condition.path}`
      yield `token ${condition.there ?? condition.path}`
      yield* readByCondition(condition.where)
      return
    case 'together':
      for (const leaf of condition.of) yield* readByLeaf(leaf)
      return
    case 'other':
      yield* readByLeaf(condition.of)
      return
    case 'present':
      for (const path of condition.paths) yield `${condition.entry} ${path}`
      return
    case 'concept':
      for (const path of [...condition.paths, ...condition.implied]) yield `token ${path}`
      return
    case 'id':
    case 'type':
    case 'updated':
      return
    default:
      yield* readByLeaf(condition)
  }
}

function* readByLeaf({ kind, paths }: Leaf | Words): Generator<string> {
  for (const path of paths) yield `${kind} ${path}`
}
