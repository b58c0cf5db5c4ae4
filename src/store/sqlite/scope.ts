// What a plan asks of each resource, as tests, and how much work that is.
// Must not choose an order or a page.
import type { Condition, Plan } from '../../search/plan.ts'
import { hasShares, withoutChains } from './chain.ts'
import { tooManyTested } from '../tested.ts'
import { join, looksAtRow, marks, test, TRUE, type Sql } from './compile.ts'
import type { Database, Value } from './database.ts'
import { HUGE, namesItsType, type Source } from './source.ts'

/** Thrown instead of work that would make others wait, where the caller asked for light work only. */
export const HEAVY = Symbol('heavy')

/** What a plan asks of each resource. */
export type Scope = {
  /** All must hold. */
  readonly conditions: readonly Condition[]
  /** The type when there is just one. */
  readonly type: number | undefined
  readonly types: readonly string[] | undefined
  /** Test of type and state alone, of a row `r`. */
  readonly scoped: Sql
  readonly light: boolean
}

/** @param isHeavy judged only when it matters, since it may have to count */
export function requireLight(scope: Scope, isHeavy: () => boolean): void {
  if (scope.light && isHeavy()) refuseHeavy()
}

/** @throws HEAVY */
export function refuseHeavy(): never {
  // A symbol costs no stack trace: this is a turn on the way, not an error.
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  throw HEAVY
}

/** Before all that a scope covers is tested, to the last resource. @throws Failure `too-costly` when that is too much */
export function requireFew(db: Database, scope: Scope): void {
  if (db.most !== undefined && scope.conditions.length > 0 && isBig(db, scope, db.most + 1))
    throw tooManyTested(db.most)
}

/** Whether a scan of what the scope covers is long. */
export function isBig(db: Database, { type }: Scope, most = HUGE): boolean {
  const [where, values] =
    type === undefined ? ['state = 1', []] : ['type = ? and state = 1', [type]]
  const sql = `select count(*) from (select 1 from resource where ${where} limit ${most})`
  return numberOf(db, sql, values) >= most
}

export function scopeOf(db: Database, { types, where }: Plan, light: boolean): Scope | undefined {
  const only = types?.length === 1 ? types[0] : undefined
  const conditions = flatten(withoutChains(db, where)).map((c) =>
    c.kind === 'id' && only !== undefined ? { ...c, type: only } : c,
  )
  if (types === undefined)
    return {
      conditions,
      type: undefined,
      types,
      light,
      scoped: { sql: 'r.state = 1 and r.type > 0', values: [] },
    }
  const known = types.map((t) => db.types.of(t)).filter((t) => t !== undefined)
  if (known.length === 0) return undefined
  return known.length === 1
    ? {
        conditions,
        type: known[0],
        types,
        light,
        scoped: { sql: 'r.type = ? and r.state = 1', values: known },
      }
    : {
        conditions,
        type: undefined,
        types,
        light,
        scoped: { sql: `r.type in (${marks(known.length)}) and r.state = 1`, values: known },
      }
}

const flatten = (c: Condition): readonly Condition[] =>
  c.kind === 'and' ? c.of.flatMap(flatten) : [c]

/**
 * Tests of conditions, what is shared with others behind all else: SQLite makes a join of an EXISTS, which would come
 * last, after tests that cost far more.
 */
function inTurn(db: Database, conditions: readonly Condition[], pk: string): readonly Sql[] {
  const tests = (of: readonly Condition[]): Sql[] => of.map((c) => test(db, c, pk))
  const shared = conditions.filter(hasShares)
  const plain = conditions.filter((c) => !shared.includes(c))
  if (shared.length === 0 || plain.length === 0) return tests(conditions)
  const [first, then] = [join(tests(plain), 'and'), join(tests(shared), 'and')]
  const sql = `case when ${first.sql} then ${then.sql} else 0 end`
  return [{ sql, values: [...first.values, ...then.values] }]
}

/** Everything that a scope asks, as one test of a row `r`. */
export const wholeTest = (db: Database, scope: Scope): Sql =>
  guarded(
    db,
    'r.pk',
    scope.conditions.length > 0,
    join([scope.scoped, ...inTurn(db, scope.conditions, 'r.pk')], 'and'),
  )

const guarded = (db: Database, pk: string, tested: boolean, { sql, values }: Sql): Sql => ({
  sql: `${db.guard(pk, tested)}${sql}`,
  values,
})

/**
 * What is left to test when the keys come from a source; `row` joins `r` when the tests look at it.
 * @param whole whether the keys are just those that fulfil the condition of the source
 */
export function testsBeside(
  db: Database,
  scope: Scope,
  source: Source,
  pk: string,
  whole = isWhole(source.condition),
): Sql & { readonly row: string; readonly isEmpty: boolean } {
  const rest = scope.conditions.filter((c) => c !== source.condition || !whole)
  const parts = [...inTurn(db, rest, pk)]
  // Only what is here has entries, and the paths of entries name their type.
  const typed = namesItsType(source, scope.types)
  const entriesOnly = typed && source.leaves.every((l) => l.kind !== 'id')
  if (!entriesOnly) parts.push(typed ? HERE : scope.scoped)
  const row = entriesOnly && !rest.some(looksAtRow) ? '' : ` cross join resource r on r.pk = ${pk}`
  const all = parts.length === 0 ? TRUE : join(parts, 'and')
  return { ...guarded(db, pk, rest.length > 0, all), row, isEmpty: rest.length === 0 }
}

const HERE: Sql = { sql: 'r.state = 1', values: [] }

/** Whether the keys of a condition's source are just those that fulfil it (of a conjunction, or a folded text, they are more). */
const isWhole = (c: Condition): boolean => {
  if (c.kind === 'or') return c.of.every(isWhole)
  if (c.kind === 'string') return c.op !== 'exact'
  return c.kind !== 'and' && c.kind !== 'together'
}

/** The one number that a statement gives. */
export const numberOf = (db: Database, sql: string, values: readonly Value[]): number =>
  db.get(sql, values)![0] as number
