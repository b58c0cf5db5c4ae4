// Chains looked up beforehand: where what is asked of the other resource selects little, its keys take the chain's place.
// `Observation?subject:Patient.identifier=…` begins at the patient then; a chain that selects much is tested on each row.
// Must not change what is found, only how fast.
import { NONE, type Condition } from '../../search/plan.ts'
import { join, knownTypes, marks, pathsIn, test, type Sql, type Targets } from './compile.ts'
import { bestSource, keysOf, MUCH } from './source.ts'
import type { Database } from './database.ts'

type Refers = Extract<Condition, { readonly kind: 'refers' | 'referred' }>

/** The same condition, with chains that select little as references and ids. */
export function withoutChains(db: Database, condition: Condition): Condition {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const of = condition.of.map((c) => withoutChains(db, c))
      return of.every((c, i) => c === condition.of[i]) ? condition : { kind: condition.kind, of }
    }
    case 'not': {
      const of = withoutChains(db, condition.of)
      return of === condition.of ? condition : { kind: 'not', of }
    }
    case 'refers':
    case 'referred': {
      const link = { ...condition, where: withoutChains(db, condition.where) }
      const keys = fewKeys(db, link.types, link.where)
      if (keys === undefined) return link
      if (keys.length === 0) return NONE
      return link.kind === 'refers' ? toTargets(link, keys) : ofTargets(db, link, keys)
    }
    default:
      return condition
  }
}

// A type tells the search that there is one target, whose index has the keys in order.
const toTargets = ({ paths, types }: Refers, targets: readonly number[]): Targets => ({
  kind: 'reference',
  paths,
  ...(targets.length === 1 ? { type: types[0] ?? '' } : {}),
  id: '',
  targets,
})

/** Those that the resources with these keys refer to, by their ids. */
function ofTargets(db: Database, { paths }: Refers, keys: readonly number[]): Condition {
  const at = pathsIn(db, paths)
  if (at === undefined) return NONE
  const rows = db.all(
    `select distinct t.type, t.id from reference e cross join resource t on t.pk = e.target
      where e.pk in (${marks(keys.length)}) and ${at.sql} and t.state = 1`,
    [...keys, ...at.values],
  )
  const byType = new Map<string, string[]>()
  for (const [type, id] of rows) {
    const name = db.types.nameOf(type as number)
    const ids = byType.get(name)
    if (ids === undefined) byType.set(name, [id as string])
    else ids.push(id as string)
  }
  return { kind: 'or', of: [...byType].map(([type, ids]) => ({ kind: 'id', ids, type })) }
}

/** Keys of what is here and fulfils a condition; undefined when they are many, or no index leads to them. */
function fewKeys(db: Database, types: readonly string[], where: Condition): number[] | undefined {
  const known = knownTypes(db, types)
  if (known.length === 0) return []
  const conditions = flatten(where).map((c) => typed(c, types))
  const source = bestSource(db, conditions)
  if (source === undefined || source.isLarge()) return undefined
  const keys = keysOf(db, source)
  if (keys === undefined) return []
  const ofType: Sql = { sql: `r.type in (${marks(known.length)})`, values: known }
  const tests = join([ofType, ...conditions.map((c) => test(db, c))], 'and')
  const rows = db.all(
    `select r.pk from ${keys.from} cross join resource r on r.pk = d.pk
      where ${keys.where} and r.state = 1 and ${tests.sql} limit ${MUCH}`,
    [...keys.values, ...tests.values],
  )
  return rows.length >= MUCH ? undefined : rows.map((row) => row[0] as number)
}

const flatten = (c: Condition): readonly Condition[] =>
  c.kind === 'and' ? c.of.flatMap(flatten) : [c]

/** An id leads to a resource only with its type. */
const typed = (c: Condition, types: readonly string[]): Condition =>
  c.kind === 'id' && c.type === undefined
    ? { kind: 'or', of: types.map((type) => ({ ...c, type })) }
    : c
