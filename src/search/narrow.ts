// A condition on resources of any type → the same for resources of some types: what these can't fulfil, or always do, is
// taken out, so that a store tests only what is left.
// Must not change what the condition means for those types.
import type { IndexPath } from './entry.ts'
import type { Condition, Leaf } from './plan.ts'
import { ALL, NONE } from './plan.ts'

/** @param types undefined = any: nothing can be taken out */
export function narrowed(condition: Condition, types: readonly string[] | undefined): Condition {
  return types === undefined ? condition : narrow(condition, new Set(types))
}

function narrow(c: Condition, types: ReadonlySet<string>): Condition {
  switch (c.kind) {
    case 'and': {
      const of: Condition[] = []
      for (const one of c.of) {
        const part = narrow(one, types)
        if (isNone(part)) return NONE
        if (part.kind === 'and') of.push(...part.of)
        else of.push(part)
      }
      return of.length === 1 ? of[0]! : { kind: 'and', of }
    }
    case 'or': {
      const of: Condition[] = []
      for (const one of c.of) {
        const part = narrow(one, types)
        if (isAll(part)) return ALL
        if (part.kind === 'or') of.push(...part.of)
        else of.push(part)
      }
      return of.length === 1 ? of[0]! : { kind: 'or', of }
    }
    case 'not': {
      const of = narrow(c.of, types)
      return isAll(of) ? NONE : isNone(of) ? ALL : { kind: 'not', of }
    }
    case 'type': {
      const left = c.types.filter((type) => types.has(type))
      return left.length === 0 ? NONE : left.length === types.size ? ALL : { ...c, types: left }
    }
    case 'id':
      return c.type !== undefined && !types.has(c.type) ? NONE : c
    case 'present':
    case 'refers':
    case 'words':
      return at(c, c.paths, types)
    case 'other': {
      const of = at(c.of, c.of.paths, types)
      return isNone(of) ? NONE : { kind: 'other', of: of as Leaf }
    }
    case 'concept': {
      const paths = within(c.paths, types)
      const implied = within(c.implied, types)
      return paths.length + implied.length === 0 ? NONE : { ...c, paths, implied }
    }
    case 'together': {
      const of = c.of.map((leaf) => at(leaf, leaf.paths, types))
      return of.some(isNone) ? NONE : { kind: 'together', of: of as readonly Leaf[] }
    }
    // What others are or share isn't changed by what this one is.
    case 'updated':
    case 'referred':
    case 'shares':
      return c
    default:
      return at(c, c.paths, types)
  }
}

function at<T extends Condition & { readonly paths: readonly IndexPath[] }>(
  c: T,
  paths: readonly IndexPath[],
  types: ReadonlySet<string>,
): T | typeof NONE {
  const left = within(paths, types)
  if (left.length === paths.length) return c
  return left.length === 0 ? NONE : { ...c, paths: left }
}

const within = (paths: readonly IndexPath[], types: ReadonlySet<string>): readonly IndexPath[] =>
  paths.length > LONG && types.size === 1 ? keptWithin(paths, types) : pathsWithin(paths, types)

const pathsWithin = (
  paths: readonly IndexPath[],
  types: ReadonlySet<string>,
): readonly IndexPath[] =>
  paths.filter((path) => {
    const type = /^[A-Z][A-Za-z]*(?=[. ])/.exec(path)?.[0]
    return type === undefined || types.has(type)
  })

/** Long lists are those of every type, which are made once. */
const LONG = 16
const kept = new WeakMap<readonly IndexPath[], Map<string, readonly IndexPath[]>>()

function keptWithin(paths: readonly IndexPath[], types: ReadonlySet<string>): readonly IndexPath[] {
  const [type = ''] = types
  let byType = kept.get(paths)
  if (byType === undefined) kept.set(paths, (byType = new Map<string, readonly IndexPath[]>()))
  let left = byType.get(type)
  if (left === undefined) byType.set(type, (left = pathsWithin(paths, types)))
  return left
}

const isAll = (c: Condition): boolean => c.kind === 'and' && c.of.length === 0
const isNone = (c: Condition): boolean => c.kind === 'or' && c.of.length === 0
