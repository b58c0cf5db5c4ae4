// One parameter of a query as a condition: its modifier, its alternatives, what each of them means.
// https://hl7.org/fhir/R4/search.html#modifiers
// Must not touch parameters that say what to return: result.ts and include.ts do.
import { fail, placed } from '../errors.ts'
import { compositeConditions } from './composite.ts'
import { dateTarget } from './date.ts'
import { shown } from './emit.ts'
import type { Settings } from './emit.ts'
import type { EntryKind, IndexPath } from './entry.ts'
import { fullTextCondition } from './full-text-query.ts'
import { leavesOf } from './kinds.ts'
import { isAboutNames, otherScripts } from './name/condition.ts'
import { requireAllowed } from './limits.ts'
import type { SearchParameter, SearchType } from './parameters.ts'
import { unescape } from './parse.ts'
import type { ParameterPath } from './path.ts'
import { ALL, NONE } from './plan.ts'
import type { Condition } from './plan.ts'
import { conceptOf } from './token.ts'

/** Modifiers by search type that work; a reference also takes the name of a resource type. */
export const MODIFIERS: Readonly<Record<SearchType, readonly string[]>> = {
  token: ['missing', 'text', 'not', 'in', 'not-in', 'above', 'below', 'of-type'],
  string: ['missing', 'exact', 'contains'],
  reference: ['missing', 'identifier'],
  uri: ['missing', 'above', 'below'],
  date: ['missing'],
  number: ['missing'],
  quantity: ['missing'],
  composite: [],
  words: [],
}

/** Those that the specification has besides, and that are refused as not supported rather than as unknown. */
const NOT_YET: Readonly<Partial<Record<SearchType, readonly string[]>>> = {
  string: ['text'],
  reference: ['above', 'below'],
}

const ID = /^[A-Za-z0-9\-.]{1,64}$/

/** What is asked of a parameter: its modifier, the whole value, and the value's alternatives, still escaped. */
export type Filter = {
  readonly modifier: string | undefined
  readonly value: string
  readonly values: readonly string[]
}

/** @throws Failure `parameter` or `unsupported` that names the parameter and what would be right */
export function conditionOf(
  parameter: SearchParameter,
  asked: Filter,
  at: string,
  settings: Settings,
): Condition {
  const { modifier } = asked
  if (modifier !== undefined) checkModifier(parameter, modifier, at, settings)
  requireAllowed(parameter, modifier, asked.values, at)
  const empty = asked.values.indexOf('')
  if (empty >= 0) {
    const place = `alternative ${empty + 1} of ${asked.values.length}`
    throw fail('parameter', `${shown(asked.value)} has an empty alternative, ${place}`, at)
  }
  if (modifier === 'missing') return missing(parameter, asked.value, at)
  const condition = oneOf(alternatives(parameter, asked.values, modifier, at, settings))
  return modifier === 'not' || modifier === 'not-in' ? { kind: 'not', of: condition } : condition
}

function alternatives(
  parameter: SearchParameter,
  values: readonly string[],
  modifier: string | undefined,
  at: string,
  settings: Settings,
): readonly Condition[] {
  const { code, type, paths, targets, composite, texts } = parameter
  const each = <T>(make: (text: string) => T): T[] =>
    values.length === 1
      ? values.map(make)
      : values.map((text, i) =>
          placed(`Alternative ${i + 1} of ${values.length}`, () => make(text)),
        )
  if (code === '_id') return [{ kind: 'id', ids: [...new Set(each((v) => idOf(v, at)))] }]
  if (code === '_lastUpdated') {
    return each((text) => ({ kind: 'updated', ...dateTarget(text, at, settings) }))
  }
  if (type === 'composite') {
    return each((text) => compositeConditions(composite ?? [], text, at, settings)).flat()
  }
  // It has alternatives of its own, and commas in quotation marks.
  if (type === 'words') return [fullTextCondition(values.join(','), texts ?? [], at)]
  if (modifier !== undefined && Object.hasOwn(CONCEPTS, modifier)) {
    const op = CONCEPTS[modifier as keyof typeof CONCEPTS]
    if (type === 'token') {
      return each((text) => conceptOf({ paths, targets, at, settings, text }, op))
    }
  }
  const leaves = leavesOf(type)
  const common = { paths, targets, at, settings, ...(modifier === undefined ? {} : { modifier }) }
  const plain = each((text) => leaves({ ...common, text })).flat()
  return type === 'string' && modifier === undefined && isAboutNames(paths)
    ? [...plain, ...otherScripts(paths, values)]
    : plain
}

/** Modifiers of tokens that ask a terminology. */
const CONCEPTS = { in: 'in', 'not-in': 'in', above: 'above', below: 'below' } as const

function idOf(text: string, at: string): string {
  const id = unescape(text)
  if (ID.test(id)) return id
  throw fail('parameter', `${shown(text)} is not an id: expected 1 to 64 of A-Z a-z 0-9 - .`, at)
}

function missing({ code, type, paths }: SearchParameter, value: string, at: string): Condition {
  if (value !== 'true' && value !== 'false') {
    throw fail(
      'parameter',
      `${shown(value)} is not a value of :missing: expected true or false`,
      at,
    )
  }
  const wanted = value === 'false'
  if (code === '_id' || code === '_lastUpdated') return wanted ? ALL : NONE
  if (type === 'composite' || type === 'words') return ALL
  const present = presence(type, paths)
  return wanted ? present : { kind: 'not', of: present }
}

// `patient` reads the same element as `subject`, and a Group there is no patient. What can't be told counts.
function presence(entry: EntryKind, paths: readonly ParameterPath[]): Condition {
  const byTypes = new Map<string, { types: readonly string[] | undefined; paths: IndexPath[] }>()
  for (const { path, targets } of paths) {
    const key = targets?.join() ?? ''
    const same = byTypes.get(key)
    if (same === undefined) byTypes.set(key, { types: targets, paths: [path] })
    else if (!same.paths.includes(path)) same.paths.push(path)
  }
  return oneOf(
    [...byTypes.values()].map(({ types, paths: at }) => ({
      kind: 'present',
      entry,
      paths: at,
      ...(types === undefined ? {} : { types: [...types, ''] }),
    })),
  )
}

function checkModifier(
  { code, type }: SearchParameter,
  modifier: string,
  at: string,
  settings: Settings,
): void {
  if (type === 'reference' && settings.isResourceType(modifier)) return
  if (MODIFIERS[type].includes(modifier)) return
  const allowed = MODIFIERS[type].map((name) => `:${name}`)
  if (type === 'reference') allowed.push('a resource type, as in :Patient')
  const right =
    allowed.length === 0 ? 'it takes none' : `${code} (${type}) takes ${allowed.join(', ')}`
  if (NOT_YET[type]?.includes(modifier) === true) {
    throw fail('unsupported', `:${modifier} is not supported; ${right}`, at)
  }
  throw fail('parameter', `There is no modifier ${shown(`:${modifier}`)} here; ${right}`, at)
}

/** A condition that is fulfilled when all are. */
export const allOf = (conditions: readonly Condition[]): Condition =>
  conditions.length === 1 && conditions[0] ? conditions[0] : { kind: 'and', of: conditions }

/** A condition that is fulfilled when one is. */
export const oneOf = (conditions: readonly Condition[]): Condition =>
  conditions.length === 1 && conditions[0] ? conditions[0] : { kind: 'or', of: conditions }
