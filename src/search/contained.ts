// Searching in contained resources: their entries lie with those of their container, at paths of their own.
// https://hl7.org/fhir/R4/search.html#contained
// Must not find anything when it isn't asked for: no other parameter reads these paths.
import { fail } from '../errors.ts'
import type { Resource } from '../fhir/message.ts'
import { shown } from './emit.ts'
import type { Entry, IndexPath } from './entry.ts'
import type { ParsedParameter } from './parse.ts'
import type { Condition, Leaf, SortKey } from './plan.ts'
import { foldToken } from './token.ts'

/** What `_contained` and `_containedType` ask for. */
export type Contained = {
  /** Contained resources only, or both. */
  readonly where: 'true' | 'both'
  /** Whether they are answered themselves, or what they are in. */
  readonly as: 'container' | 'contained'
}

/** The path of a contained resource's entries, beside those of whole resources: `~Patient.name`. */
export const insidePath = (path: IndexPath): IndexPath => `~${path}`

/**
 * Entries of contained resources; their group is the place in `contained`, so that what is asked for together is
 * found in one of them.
 * @param entriesOf the entries that a resource has by itself
 */
export function containedEntries(
  { contained }: Resource,
  entriesOf: (resource: Resource) => readonly Entry[],
): Entry[] {
  if (!Array.isArray(contained)) return []
  return (contained as readonly unknown[]).flatMap((inner, group) => {
    if (!isResource(inner)) return []
    const code = foldToken(String(inner.id ?? ''))
    const path = insidePath(inner.resourceType)
    const own = entriesOf(inner).map((e): Entry => ({ ...e, path: insidePath(e.path), group }))
    return [{ kind: 'token', path, group, system: '', code }, ...own]
  })
}

export const isResource = (value: unknown): value is Resource =>
  typeof (value as Partial<Resource> | null | undefined)?.resourceType === 'string'

/** Alternatives that what is asked for may come to. */
const MOST = 1000

/**
 * What is asked of resources of a type, asked of those that are contained in others: all of it of one and the same.
 * @throws Failure `unsupported` for what needs more than the entries of one resource, `too-costly` for too many alternatives
 */
export function insideCondition(type: string, where: readonly Condition[], at: string): Condition {
  let alternatives: readonly (readonly Leaf[])[] = [[]]
  for (const one of where) {
    const more = leavesOf(one, type, at)
    if (alternatives.length * more.length > MOST)
      throw fail('too-costly', `That is more than ${MOST} combinations of values`, at)
    alternatives = alternatives.flatMap((leaves) => more.map((next) => [...leaves, ...next]))
  }
  const any: Leaf = { kind: 'token', paths: [insidePath(type)] }
  const of = alternatives.map((leaves): Condition => {
    const [only = any, ...others] = leaves
    return others.length === 0 ? only : { kind: 'together', of: [only, ...others] }
  })
  return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'or', of }
}

/** A condition as alternatives of tests that hold together. */
function leavesOf(condition: Condition, type: string, at: string): readonly (readonly Leaf[])[] {
  switch (condition.kind) {
    case 'or':
      return condition.of.flatMap((one) => leavesOf(one, type, at))
    case 'and': {
      const each = condition.of.map((one) => leavesOf(one, type, at))
      return each.reduce<readonly (readonly Leaf[])[]>(
        (all, more) => all.flatMap((leaves) => more.map((next) => [...leaves, ...next])),
        [[]],
      )
    }
    case 'id':
      return condition.ids.map((id): Leaf[] => [
        { kind: 'token', paths: [insidePath(type)], code: foldToken(id) },
      ])
    case 'token':
    case 'string':
    case 'date':
    case 'number':
    case 'quantity':
    case 'reference':
    case 'uri':
      return [[{ ...condition, paths: condition.paths.map(insidePath) }]]
    default:
      throw fail(
        'unsupported',
        'In contained resources, values of single parameters are looked for: no chains, _has, composites, full text, _lastUpdated, nor :not, :missing, :in, :above and :below of codes',
        at,
      )
  }
}

/** A sort key that looks into contained resources, or into both. */
export const insideKey = (key: SortKey, { where }: Contained): SortKey =>
  'paths' in key
    ? {
        ...key,
        paths: [...(where === 'both' ? key.paths : []), ...key.paths.map(insidePath)],
      }
    : key

/** `_contained`: undefined for `false`. */
export function containedOf({ value }: ParsedParameter, at: string): 'true' | 'both' | undefined {
  if (value === 'true' || value === 'both') return value
  if (value === 'false') return undefined
  throw fail('parameter', `${shown(value)}: expected true, false or both`, at)
}

export function containedTypeOf({ value }: ParsedParameter, at: string): Contained['as'] {
  if (value === 'container' || value === 'contained') return value
  throw fail('parameter', `${shown(value)}: expected container or contained`, at)
}
