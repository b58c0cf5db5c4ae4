// Matches in an order that was asked for: few are sorted, of many the index of the sort key is walked.
// https://hl7.org/fhir/R4/search.html#_sort; ties follow the primary key in the direction of the first sort key.
// Must give one order either way: pages may take turns.
import type { SortKey } from '../../search/plan.ts'
import { fitting } from '../fitting.ts'
import { join, pathsIn, TRUE, type Sql } from './compile.ts'
import type { Cursor } from './cursor.ts'
import type { Database, Row, Value } from './database.ts'
import { cut, JOINED, lengthOf, NOTHING, SHORT, texts, type Rows } from './rows.ts'
import { isBig, requireFew, requireLight, testsBeside, wholeTest, type Scope } from './scope.ts'
import { bestSource, keysOf, type Source } from './source.ts'

/** In the order asked for. Few candidates are sorted; of many, the index of the sort key is walked. */
export function sorted(
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
    requireFew(db, scope)
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
  const sql = `select ${SHORT}, ${sort.map((_, i) => `s.k${i}`).join(', ')} from (
    select * from (select ${columns.join(', ')}, ${key} as pk ${from}) where ${after.sql}
    order by ${order.join(', ')}, pk${descending ? ' desc' : ''} limit ${size + 1}) s cross join resource r on r.pk = s.pk`
  return cut(texts(db, sql, values), size, (row) => ({
    by: 'sort',
    at: [...row.slice(7), row[0]!],
  }))
}

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
  const sql = `select ${SHORT}, w.${column} from ${table} w indexed by ${index} cross join resource r on r.pk = w.pk
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
      `select ${SHORT}, null from ${keys.from}${JOINED} where ${keys.where} and ${where.sql}${keys.order} limit ${most}`,
      [...keys.values, ...where.values],
    )
  const beyond: Sql =
    after === undefined ? TRUE : { sql: `r.pk ${descending ? '<' : '>'} ?`, values: [after] }
  return texts(
    db,
    `select ${SHORT}, null from resource r where ${where.sql} and ${beyond.sql} order by r.pk${order} limit ${most}`,
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
  const sql = `select ${SHORT}, r.${column} from resource r indexed by ${index} where ${where.sql}
    order by r.${column}${key.descending ? ' desc' : ''} limit ${size + 1}`
  return cut(texts(db, sql, [...where.values]), size, (row) => ({
    by: 'sort',
    at: [row[7]!, row[0]!],
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

/** That an entry `b` of a resource comes before the entry `w` that is walked; `+` as in compile.ts. */
export const precedes = (table: keyof typeof REST, column: string, descending = false): string => {
  const columns = [column, ...REST[table]]
  const list = (alias: string): string => columns.map((c) => `${alias}.${c}`).join(', ')
  return `(${list('+b')}) ${descending ? '>' : '<'} (${list('w')})`
}
