// Searches of the embedded store: a source of keys, tests of what else must hold, an order, a page.
// https://hl7.org/fhir/R4/search.html; pages go on from the last key (no offsets), so they neither skip nor repeat.
// Must not decide meaning: the plan has it.
import type { Plan } from '../../search/plan.ts'
import { fitting } from '../fitting.ts'
import {
  INCLUDED,
  readIncludeCursor,
  writeIncludeCursor,
  type IncludeCursor,
} from '../include-cursor.ts'
import type { Found } from '../store.ts'
import { join, TRUE, type Sql } from './compile.ts'
import { notACursor, readCursor, type Cursor } from './cursor.ts'
import type { Database, Row } from './database.ts'
import { included, type Included } from './include.ts'
import { precedes, sorted } from './order.ts'
import { cut, JOINED, lengthOf, NOTHING, SHORT, texts, versionFrom, type Rows } from './rows.ts'
import {
  isBig,
  numberOf,
  requireFew,
  requireLight,
  scopeOf,
  testsBeside,
  wholeTest,
  type Scope,
} from './scope.ts'
import { byRanges, rangesOf } from './ranges.ts'
import { bestSource, HUGE, keysOf, rangeOf, sourceOf, type Range, type Source } from './source.ts'

// Limits are written into the text: SQLite plans a statement anew whenever a bound limit changes hands.

/**
 * A page of a search.
 * @param light throw HEAVY rather than look at more than some thousand resources
 * @throws Failure 400 for a cursor that isn't one
 */
export function search(db: Database, plan: Plan, light = false): Found {
  if (plan.count === 0) return { matches: [], included: [], total: count(db, plan, light) }
  const between = readIncludeCursor(plan.cursor)
  const { rows, next: behind } = page(db, pageOf(plan, between), plan.count, light)
  const beside = besides(db, plan, rows, between, light)
  const matches = between === undefined ? rows.map((row) => versionFrom(db, row)) : []
  const found = { matches, included: beside.versions }
  const next =
    beside.last === undefined
      ? between === undefined
        ? behind
        : between.next
      : writeIncludeCursor({
          after: beside.last,
          page: between === undefined ? plan.cursor : between.page,
          next: between === undefined ? behind : between.next,
        })
  if (next !== undefined)
    return { ...found, next, ...(plan.total ? { total: count(db, plan, light) } : {}) }
  if (plan.cursor === undefined) return { ...found, total: matches.length }
  return plan.total ? { ...found, total: count(db, plan, light) } : found
}

/** The plan of the page whose matches bring what is delivered between two pages. */
function pageOf(plan: Plan, between: IncludeCursor | undefined): Plan {
  if (between === undefined) return plan
  const { cursor: _cursor, ...first } = plan
  return between.page === undefined ? first : { ...first, cursor: between.page }
}

function besides(
  db: Database,
  { includes, includeCount }: Plan,
  rows: readonly Row[],
  between: IncludeCursor | undefined,
  light: boolean,
): Included {
  if (includes.length === 0) return { versions: [] }
  const after = between === undefined ? undefined : Number(between.after)
  return included(db, includes, rows, includeCount ?? INCLUDED, after, light)
}

/** Ids of matches, `most` at the most. */
export const idsOf = (db: Database, plan: Plan, most: number): string[] =>
  page(db, { ...plan, sort: [] }, most, false).rows.map((row) => row[2] as string)

/** Exact number of matches. */
export function count(db: Database, plan: Plan, light = false): number {
  const scope = scopeOf(db, plan, light)
  if (scope === undefined) return 0
  const source = bestSource(db, scope.conditions)
  // Counting a type reads nothing but an index.
  const most = scope.conditions.length === 0 ? 16 * HUGE : HUGE
  requireLight(scope, () => (source === undefined ? isBig(db, scope, most) : source.isHuge()))
  const keys = source && keysOf(db, source)
  if (source !== undefined && keys === undefined) return 0
  if (keys === undefined) {
    requireFew(db, scope)
    return countTested(db, wholeTest(db, scope))
  }
  const tests = testsBeside(db, scope, source!, 'd.pk')
  const sql = `select count(*) from ${keys.from}${tests.row} where ${keys.where} and ${tests.sql}`
  return numberOf(db, sql, [...keys.values, ...tests.values])
}

const countTested = (db: Database, where: Sql): number =>
  numberOf(db, `select count(*) from resource r where ${where.sql}`, where.values)

function page(db: Database, plan: Plan, size: number, light: boolean): Rows {
  const cursor = plan.cursor === undefined ? undefined : readCursor(plan.cursor)
  const scope = scopeOf(db, plan, light)
  if (scope === undefined) return NOTHING
  if (plan.sort.length > 0) {
    requireOrder(cursor, ['sort'], plan.sort.length + 1)
    return sorted(db, plan.sort, scope, cursor, size)
  }
  if (cursor?.by === 'range') return nextOfRange(db, scope, cursor, size)
  requireOrder(cursor, ['id', 'key'], 1)
  if (cursor?.by === 'id') return byId(db, scope, cursor, size)
  const source = bestSource(db, scope.conditions)
  if (source === undefined && scope.type !== undefined && cursor === undefined)
    return byId(db, scope, cursor, size)
  if (source === undefined || cursor !== undefined) return byKey(db, scope, source, cursor, size)
  const range = rangeOf(db, source)
  if (range !== undefined && isWalked(scope, source))
    return byRange(db, scope, source, range, undefined, size)
  const ranges = rangesOf(source)
  return ranges !== undefined && isWalked(scope, source)
    ? byRanges(db, scope, source, ranges, undefined, size)
    : byKey(db, scope, source, cursor, size)
}

/** Whether the values of a source are walked: when nothing else is asked, or rather than gather very many keys. */
const isWalked = ({ conditions }: Scope, source: Source): boolean =>
  conditions.length === 1 || source.isLarge()

/** A page goes on in the order of the one before, even if another order would be chosen now. */
function nextOfRange(db: Database, scope: Scope, cursor: Cursor, size: number): Rows {
  const isOfSeveral = cursor.at.length === 4
  requireOrder(cursor, ['range'], isOfSeveral ? 4 : 3)
  const condition = scope.conditions[Number(cursor.at[2])]
  const source = condition === undefined ? undefined : sourceOf(db, condition)
  if (isOfSeveral) {
    const ranges = source && rangesOf(source)
    return ranges === undefined ? NOTHING : byRanges(db, scope, source!, ranges, cursor, size)
  }
  const range = source && rangeOf(db, source, true)
  return range === undefined ? NOTHING : byRange(db, scope, source!, range, cursor, size)
}

function requireOrder(
  cursor: Cursor | undefined,
  orders: readonly Cursor['by'][],
  values: number,
): void {
  if (cursor !== undefined && !(orders.includes(cursor.by) && cursor.at.length === values))
    throw notACursor()
}

/** In the order of primary keys, from a source or over everything. */
function byKey(
  db: Database,
  scope: Scope,
  source: Source | undefined,
  cursor: Cursor | undefined,
  size: number,
): Rows {
  const after = cursor === undefined ? undefined : (cursor.at[0] as number)
  if (source === undefined) {
    requireLight(scope, () => scope.conditions.length > 0 && isBig(db, scope))
    const beyond: Sql = after === undefined ? TRUE : { sql: 'r.pk > ?', values: [after] }
    const where = join([beyond, wholeTest(db, scope)], 'and')
    return cut(
      texts(
        db,
        `select ${SHORT} from resource r where ${where.sql} order by r.pk limit ${size + 1}`,
        where.values,
      ),
      size,
      (row) => ({ by: 'key', at: [row[0]!] }),
    )
  }
  const keys = keysOf(db, source, 'asc', after)
  if (keys === undefined) return NOTHING
  const tests = testsBeside(db, scope, source, 'd.pk')
  const values = [...keys.values, ...tests.values]
  if (!scope.light || tests.isEmpty) {
    const sql = `select ${SHORT} from ${keys.from}${JOINED}
    where ${keys.where} and ${tests.sql}${keys.order} limit ${size + 1}`
    return cut(texts(db, sql, values), size, (row) => ({ by: 'key', at: [row[0]!] }))
  }
  // Of very many keys the first thousands mostly give a page; when they don't, it is heavy work.
  const first = `(select d.pk as pk from ${keys.from} where ${keys.where}${keys.order} limit ${HUGE}) d`
  const fine = `(select d.pk as pk from ${first}${tests.row} where ${tests.sql} limit ${size + 1}) d`
  const rows = texts(db, `select ${SHORT} from ${fine}${JOINED}`, values)
  requireLight(scope, () => fitting(rows, size, lengthOf) === rows.length && source.isHuge())
  return cut(rows, size, (row) => ({ by: 'key', at: [row[0]!] }))
}

/** In the order of ids: everything of a type, or what is tested on each. */
function byId(db: Database, scope: Scope, cursor: Cursor | undefined, size: number): Rows {
  requireLight(scope, () => scope.conditions.length > 0 && isBig(db, scope))
  const beyond: Sql = cursor === undefined ? TRUE : { sql: 'r.id > ?', values: [cursor.at[0]!] }
  const where = join([wholeTest(db, scope), beyond], 'and')
  const sql = `select ${SHORT} from resource r indexed by resource_id where ${where.sql} order by r.id limit ${size + 1}`
  return cut(texts(db, sql, [...where.values]), size, (row) => ({ by: 'id', at: [row[2]!] }))
}

/** In the order of the values of a range; a resource comes with the first of its entries there. */
// `w` walks: tests use `e` for entries of their own.
function byRange(
  db: Database,
  scope: Scope,
  source: Source,
  range: Range,
  cursor: Cursor | undefined,
  size: number,
): Rows {
  const { table, column } = range
  const within = range.where('w')
  const earlier = range.test('b')
  const tests = testsBeside(db, scope, source, 'w.pk')
  requireLight(scope, () => !tests.isEmpty && source.isHuge())
  const beyond: Sql =
    cursor === undefined
      ? TRUE
      : { sql: `(w.${column}, w.pk) > (?, ?)`, values: cursor.at.slice(0, 2) }
  const sql = `select ${SHORT}, w.${column} from ${table} w indexed by ${table}_${column} cross join resource r on r.pk = w.pk
    where ${within.sql} and ${beyond.sql} and ${tests.sql}
    and not exists (select 1 from ${table} b where b.pk = w.pk and ${earlier.sql} and ${precedes(table, column)})
    order by w.${column}, w.pk limit ${size + 1}`
  const values = [...within.values, ...beyond.values, ...tests.values, ...earlier.values]
  return cut(texts(db, sql, values), size, (row) => ({
    by: 'range',
    at: [row[7]!, row[0]!, scope.conditions.indexOf(source.condition)],
  }))
}
