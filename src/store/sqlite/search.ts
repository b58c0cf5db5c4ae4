// Searches of the embedded store: a source of keys, tests of what else must hold, an order, a page.
// https://hl7.org/fhir/R4/search.html; pages go on from the last key (no offsets), so they neither skip nor repeat.
// Must not decide meaning: the plan has it.
import type { Condition, Plan, SortKey } from '../../search/plan.ts'
import {
  INCLUDED,
  readIncludeCursor,
  writeIncludeCursor,
  type IncludeCursor,
} from '../include-cursor.ts'
import { fitting, isEnough } from '../fitting.ts'
import type { Found, Version } from '../store.ts'
import { withoutChains } from './chain.ts'
import { join, marks, pathsIn, test, TRUE, type Sql } from './compile.ts'
import { notACursor, readCursor, writeCursor, type Cursor } from './cursor.ts'
import type { Database, Row, Value } from './database.ts'
import { included, type Included } from './include.ts'
import {
  bestSource,
  HUGE,
  keysOf,
  namesItsType,
  rangeOf,
  sourceOf,
  type Range,
  type Source,
} from './source.ts'
import { versionOf } from './version.ts'

// Limits are written into the text: SQLite plans a statement anew whenever a bound limit changes hands.
const COLUMNS = 'r.pk, r.type, r.id, r.version, r.seq, r.method, r.text'

/** Thrown instead of work that would make others wait, where the caller asked for light work only. */
export const HEAVY = Symbol('heavy')

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
  if (keys === undefined) return countTested(db, wholeTest(db, scope))
  const tests = testsBeside(db, scope, source!, 'd.pk')
  const sql = `select count(*) from ${keys.from}${tests.row} where ${keys.where} and ${tests.sql}`
  return one(db, sql, [...keys.values, ...tests.values])
}

const countTested = (db: Database, where: Sql): number =>
  one(db, `select count(*) from resource r where ${where.sql}`, where.values)

const one = (db: Database, sql: string, values: readonly Value[]): number =>
  db.get(sql, values)![0] as number

export const versionFrom = (db: Database, row: Row): Version => {
  const [, type, id, version, seq, method, text] = row as [
    number,
    number,
    string,
    number,
    number,
    number,
    string,
  ]
  return versionOf(db.types.nameOf(type), id, version, seq, method, text)
}

/** What a plan asks of each resource. */
type Scope = {
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
function requireLight(scope: Scope, isHeavy: () => boolean): void {
  // A symbol costs no stack trace: this is a turn on the way, not an error.
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  if (scope.light && isHeavy()) throw HEAVY
}

/** Whether a scan of what the scope covers is long. */
function isBig(db: Database, { type }: Scope, most = HUGE): boolean {
  const [where, values] =
    type === undefined ? ['state = 1', []] : ['type = ? and state = 1', [type]]
  const sql = `select count(*) from (select 1 from resource where ${where} limit ${most})`
  return one(db, sql, values) >= most
}

function scopeOf(db: Database, { types, where }: Plan, light: boolean): Scope | undefined {
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

/** Everything that a scope asks, as one test of a row `r`. */
const wholeTest = (db: Database, scope: Scope): Sql =>
  guarded(db, join([scope.scoped, ...scope.conditions.map((c) => test(db, c))], 'and'))

const guarded = (db: Database, { sql, values }: Sql): Sql => ({ sql: `${db.guard}${sql}`, values })

/** What is left to test when the keys come from a source; `row` joins `r` when the tests look at it. */
function testsBeside(
  db: Database,
  scope: Scope,
  source: Source,
  pk: string,
): Sql & { readonly row: string; readonly isEmpty: boolean } {
  const rest = scope.conditions.filter((c) => c !== source.condition || !isWhole(c))
  const parts = rest.map((c) => test(db, c, pk))
  // Only what is here has entries, and the paths of entries name their type.
  const typed = namesItsType(source, scope.types)
  const entriesOnly = typed && source.leaves.every((l) => l.kind !== 'id')
  if (!entriesOnly) parts.push(typed ? HERE : scope.scoped)
  const row = entriesOnly && !rest.some(looksAtRow) ? '' : ` cross join resource r on r.pk = ${pk}`
  const all = parts.length === 0 ? TRUE : join(parts, 'and')
  return { ...guarded(db, all), row, isEmpty: rest.length === 0 }
}

const HERE: Sql = { sql: 'r.state = 1', values: [] }

const looksAtRow = (c: Condition): boolean => {
  switch (c.kind) {
    case 'id':
    case 'updated':
      return true
    case 'and':
    case 'or':
      return c.of.some(looksAtRow)
    case 'not':
      return looksAtRow(c.of)
    default:
      return false
  }
}

/** Whether the keys of a condition's source are just those that fulfil it (of a conjunction they are more). */
const isWhole = (c: Condition): boolean =>
  c.kind === 'or' ? c.of.every(isWhole) : c.kind !== 'and' && c.kind !== 'together'

type Rows = { readonly rows: Row[]; readonly next: string | undefined }
const NOTHING: Rows = { rows: [], next: undefined }

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
  const range = source === undefined || cursor !== undefined ? undefined : rangeOf(db, source)
  return range === undefined || !source!.isLarge()
    ? byKey(db, scope, source, cursor, size)
    : byRange(db, scope, source!, range, undefined, size)
}

/** A page goes on in the order of the one before, even if another order would be chosen now. */
function nextOfRange(db: Database, scope: Scope, cursor: Cursor, size: number): Rows {
  requireOrder(cursor, ['range'], 3)
  const condition = scope.conditions[Number(cursor.at[2])]
  const source = condition === undefined ? undefined : sourceOf(db, condition)
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
        `select ${COLUMNS} from resource r where ${where.sql} order by r.pk limit ${size + 1}`,
        where.values,
      ),
      size,
      (row) => ({ by: 'key', at: [row[0]!] }),
    )
  }
  const keys = keysOf(db, source, 'asc', after)
  if (keys === undefined) return NOTHING
  const tests = testsBeside(db, scope, source, 'd.pk')
  const isHuge = scope.light && !tests.isEmpty && source.isHuge()
  // Of very many keys the first thousands mostly give a page; when they don't, it is heavy work.
  const first = `(select d.pk as pk from ${keys.from} where ${keys.where}${keys.order} limit ${HUGE}) d`
  const sql = isHuge
    ? `select ${COLUMNS} from ${first}${JOINED} where ${tests.sql} limit ${size + 1}`
    : `select ${COLUMNS} from ${keys.from}${JOINED}
    where ${keys.where} and ${tests.sql}${keys.order} limit ${size + 1}`
  const rows = texts(db, sql, [...keys.values, ...tests.values])
  requireLight(scope, () => isHuge && fitting(rows, size, lengthOf) === rows.length)
  return cut(rows, size, (row) => ({ by: 'key', at: [row[0]!] }))
}

/** In the order of ids: everything of a type, or what is tested on each. */
function byId(db: Database, scope: Scope, cursor: Cursor | undefined, size: number): Rows {
  requireLight(scope, () => scope.conditions.length > 0 && isBig(db, scope))
  const beyond: Sql = cursor === undefined ? TRUE : { sql: 'r.id > ?', values: [cursor.at[0]!] }
  const where = join([wholeTest(db, scope), beyond], 'and')
  const sql = `select ${COLUMNS} from resource r indexed by resource_id where ${where.sql} order by r.id limit ${size + 1}`
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
  const earlier = range.where('b')
  const tests = testsBeside(db, scope, source, 'w.pk')
  requireLight(scope, () => !tests.isEmpty && source.isHuge())
  const beyond: Sql =
    cursor === undefined
      ? TRUE
      : { sql: `(w.${column}, w.pk) > (?, ?)`, values: cursor.at.slice(0, 2) }
  const sql = `select ${COLUMNS}, w.${column} from ${table} w indexed by ${table}_${column} cross join resource r on r.pk = w.pk
    where ${within.sql} and ${beyond.sql} and ${tests.sql}
    and not exists (select 1 from ${table} b where b.pk = w.pk and ${earlier.sql} and ${precedes(table, column)})
    order by w.${column}, w.pk limit ${size + 1}`
  const values = [...within.values, ...beyond.values, ...tests.values, ...earlier.values]
  return cut(texts(db, sql, values), size, (row) => ({
    by: 'range',
    at: [row[7]!, row[0]!, scope.conditions.indexOf(source.condition)],
  }))
}

/** Columns that tell entries of one resource and path apart, behind the value that is walked. */
const REST = {
  string: ['n'],
  date: ['high', 'grp'],
  number: ['high', 'grp'],
  quantity: ['high', 'unit', 'grp'],
  token: ['system', 'grp'],
  uri: ['grp'],
} as const

const precedes = (table: keyof typeof REST, column: string, descending = false): string => {
  const columns = [column, ...REST[table]]
  const list = (alias: string): string => columns.map((c) => `${alias}.${c}`).join(', ')
  return `(${list('b')}) ${descending ? '>' : '<'} (${list('w')})`
}

/** In the order asked for. Few candidates are sorted; of many, the index of the sort key is walked. */
function sorted(
  db: Database,
  sort: readonly SortKey[],
  scope: Scope,
  cursor: Cursor | undefined,
  size: number,
): Rows {
  const source = bestSource(db, scope.conditions)
  if (source === undefined || source.isLarge()) {
    requireLight(
      scope,
      () =>
        scope.conditions.length > 0 && (source === undefined ? isBig(db, scope) : source.isHuge()),
    )
    const walked = walk(db, sort, scope, source, cursor, size)
    if (walked !== undefined) return walked
    requireLight(scope, () => isBig(db, scope))
  }
  const descending = sort[0]!.descending
  const keys = source && keysOf(db, source)
  if (source !== undefined && keys === undefined) return NOTHING
  const values: Value[] = []
  const key = source === undefined ? 'r.pk' : 'd.pk'
  const columns = sort.map((by, i) => {
    const sql = sortValue(db, by, key)
    values.push(...sql.values)
    return `${sql.sql} as k${i}`
  })
  let from: string
  if (source === undefined || keys === undefined) {
    const where = wholeTest(db, scope)
    from = `from resource r where ${where.sql}`
    values.push(...where.values)
  } else {
    const tests = testsBeside(db, scope, source, 'd.pk')
    const row = tests.row === '' && sort.some((key) => !('paths' in key)) ? JOINED : tests.row
    from = `from ${keys.from}${row} where ${keys.where} and ${tests.sql}`
    values.push(...keys.values, ...tests.values)
  }
  const after = cursor === undefined ? TRUE : beyond(sort, cursor.at)
  values.push(...after.values)
  const order = sort.map((key, i) => `k${i}${key.descending ? ' desc' : ''} nulls last`)
  const sql = `select ${COLUMNS}, ${sort.map((_, i) => `s.k${i}`).join(', ')} from (
    select * from (select ${columns.join(', ')}, ${key} as pk ${from}) where ${after.sql}
    order by ${order.join(', ')}, pk${descending ? ' desc' : ''} limit ${size + 1}) s cross join resource r on r.pk = s.pk`
  return cut(texts(db, sql, values), size, (row) => ({
    by: 'sort',
    at: [...row.slice(7), row[0]!],
  }))
}

const JOINED = ' cross join resource r on r.pk = d.pk'

/** The value that a resource is sorted by, as an expression. */
function sortValue(db: Database, key: SortKey, pk: string): Sql {
  if (!('paths' in key)) return { sql: key.by === 'id' ? 'r.id' : 'r.seq', values: [] }
  const paths = pathsIn(db, key.paths)
  if (paths === undefined) return { sql: 'null', values: [] }
  const most = key.descending ? 'max' : 'min'
  if (key.by === 'reference')
    return {
      sql: `(select ${most}(t.id) from reference e join resource t on t.pk = e.target where e.pk = ${pk} and ${paths.sql})`,
      values: paths.values,
    }
  return {
    sql: `(select ${most}(e.${VALUE[key.by]}) from ${key.by} e where e.pk = ${pk} and ${paths.sql})`,
    values: paths.values,
  }
}

const VALUE = {
  token: 'code',
  string: 'value',
  date: 'low',
  number: 'low',
  quantity: 'low',
  uri: 'value',
} as const

/** Later in the order than a row with these sort values and primary key; null is last. */
function beyond(sort: readonly SortKey[], at: readonly Value[]): Sql {
  const pk = at[sort.length]!
  let rest: Sql = { sql: `pk ${sort[0]!.descending ? '<' : '>'} ?`, values: [pk] }
  for (let i = sort.length - 1; i >= 0; i--) {
    const value = at[i] ?? null
    const same: Sql = { sql: `k${i} is ?`, values: [value] }
    const tied = join([same, rest], 'and')
    if (value === null) rest = tied
    else {
      const after: Sql = {
        sql: `(k${i} ${sort[i]!.descending ? '<' : '>'} ? or k${i} is null)`,
        values: [value],
      }
      rest = join([after, tied], 'or')
    }
  }
  return rest
}

/** Walk the index of the one sort key, testing each resource; undefined when there is no such index. */
function walk(
  db: Database,
  sort: readonly SortKey[],
  scope: Scope,
  source: Source | undefined,
  cursor: Cursor | undefined,
  size: number,
): Rows | undefined {
  const [key] = sort
  if (key === undefined || sort.length > 1 || scope.type === undefined) return undefined
  if (!('paths' in key)) return walkResources(db, key, scope, cursor, size)
  if (key.by === 'reference') return undefined
  const path = key.paths.length === 1 ? db.paths.of(key.paths[0]!) : undefined
  if (path === undefined) return undefined

  const missingFrom = cursor !== undefined && cursor.at[0] === null ? cursor : undefined
  const rows =
    missingFrom === undefined
      ? walkEntries(db, key.by, path, key.descending, scope, cursor, size)
      : []
  if (fitting(rows, size, lengthOf) === rows.length) {
    const more = walkMissing(
      db,
      key.by,
      path,
      key.descending,
      scope,
      source,
      missingFrom,
      size + 1 - rows.length,
    )
    rows.push(...more)
  }
  return cut(rows, size, (row) => ({ by: 'sort', at: [row[7]!, row[0]!] }))
}

function walkEntries(
  db: Database,
  table: keyof typeof VALUE,
  path: number,
  descending: boolean,
  scope: Scope,
  cursor: Cursor | undefined,
  size: number,
): Row[] {
  const column = VALUE[table]
  const index = `${table}_${table === 'token' ? 'value' : column}`
  const beyond: Sql =
    cursor === undefined
      ? TRUE
      : { sql: `(w.${column}, w.pk) ${descending ? '<' : '>'} (?, ?)`, values: cursor.at }
  const order = descending ? ' desc' : ''
  const where = wholeTest(db, scope)
  const sql = `select ${COLUMNS}, w.${column} from ${table} w indexed by ${index} cross join resource r on r.pk = w.pk
    where w.path = ? and ${beyond.sql} and ${where.sql}
    and not exists (select 1 from ${table} b where b.pk = w.pk and b.path = w.path and ${precedes(table, column, descending)})
    order by w.${column}${order}, w.pk${order} limit ${size + 1}`
  return texts(db, sql, [path, ...beyond.values, ...where.values])
}

function walkMissing(
  db: Database,
  table: keyof typeof VALUE,
  path: number,
  descending: boolean,
  scope: Scope,
  source: Source | undefined,
  cursor: Cursor | undefined,
  most: number,
): Row[] {
  requireLight(scope, () => isBig(db, scope))
  const after = cursor === undefined ? undefined : (cursor.at[1] as number)
  const keys = source && keysOf(db, source, descending ? 'desc' : 'asc', after)
  if (source !== undefined && keys === undefined) return []
  const none: Sql = {
    sql: `not exists (select 1 from ${table} e where e.pk = r.pk and e.path = ?)`,
    values: [path],
  }
  const order = descending ? ' desc' : ''
  const where = join([wholeTest(db, scope), none], 'and')
  if (keys !== undefined)
    return texts(
      db,
      `select ${COLUMNS}, null from ${keys.from}${JOINED} where ${keys.where} and ${where.sql}${keys.order} limit ${most}`,
      [...keys.values, ...where.values],
    )
  const beyond: Sql =
    after === undefined ? TRUE : { sql: `r.pk ${descending ? '<' : '>'} ?`, values: [after] }
  return texts(
    db,
    `select ${COLUMNS}, null from resource r where ${where.sql} and ${beyond.sql} order by r.pk${order} limit ${most}`,
    [...where.values, ...beyond.values],
  )
}

function walkResources(
  db: Database,
  key: SortKey,
  scope: Scope,
  cursor: Cursor | undefined,
  size: number,
): Rows {
  const column = key.by === 'id' ? 'id' : 'seq'
  const index = key.by === 'id' ? 'resource_id' : 'resource_type'
  const beyond: Sql =
    cursor === undefined
      ? TRUE
      : { sql: `r.${column} ${key.descending ? '<' : '>'} ?`, values: [cursor.at[0]!] }
  const where = join([wholeTest(db, scope), beyond], 'and')
  const sql = `select ${COLUMNS}, r.${column} from resource r indexed by ${index} where ${where.sql}
    order by r.${column}${key.descending ? ' desc' : ''} limit ${size + 1}`
  return cut(texts(db, sql, [...where.values]), size, (row) => ({
    by: 'sort',
    at: [row[7]!, row[0]!],
  }))
}

/** Of a row of COLUMNS. */
const lengthOf = (row: Row): number => (row[6] as string).length

/** Rows as far as a page can go. */
const texts = (db: Database, sql: string, values: readonly Value[]): Row[] =>
  db.until(sql, values, isEnough(lengthOf))

/** A page and, when a row more was found, where the next one begins. */
function cut(rows: Row[], size: number, at: (row: Row) => Cursor): Rows {
  const fit = fitting(rows, size, lengthOf)
  if (fit === rows.length) return { rows, next: undefined }
  rows.length = fit
  return { rows, next: writeCursor(at(rows[fit - 1]!)) }
}
