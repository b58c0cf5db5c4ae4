// History of the embedded store: current versions and those before, newest first, in the order of their commit.
// https://hl7.org/fhir/R4/http.html#history
import { fitting, isEnough } from '../fitting.ts'
import type { HistoryQuery, Page, Version } from '../store.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { Database, Row, Value } from './database.ts'
import { refuseHeavy } from './scope.ts'
import { TICKS, versionOf } from './version.ts'

/**
 * @param light throw HEAVY for what has to look at all versions of a type or of the system
 * @throws Failure 400 for a cursor that isn't one
 */
export function history(db: Database, query: HistoryQuery, light = false): Page {
  if (light && query.at !== undefined && query.id === undefined) refuseHeavy()
  const scope = scopeOf(db, query)
  if (scope === undefined) return { versions: [], total: 0 }
  const before = query.cursor === undefined ? undefined : (readCursor(query.cursor).at[0] as number)
  const rows =
    query.at === undefined
      ? listed(db, scope, query, before)
      : currentDuring(db, scope, query, query.at, before)
  const fit = fitting(rows, query.count, lengthOf)
  const versions = rows.slice(0, fit).map((row) => versionFrom(db, row))
  const more = rows.length > fit
  return {
    versions,
    ...(more && fit > 0 ? { next: writeCursor({ by: 'seq', at: [rows[fit - 1]![5]!] }) } : {}),
    ...(!more && before === undefined
      ? { total: versions.length }
      : query.id !== undefined && query.at === undefined
        ? { total: countOf(db, scope, query) }
        : {}),
  }
}

/** Of a row of `union`. */
const lengthOf = (row: Row): number => (row[4] as string | null)?.length ?? 0

/** Versions after a cursor, oldest first. */
export function changes(
  db: Database,
  after: string,
  limit: number,
): { versions: Version[]; cursor: string } {
  const from = after === '' ? -1 : (readCursor(after).at[0] as number)
  const rows = db.all(`${union('', 'seq > ?', 'asc', limit)} order by seq limit ${limit}`, [
    from,
    from,
  ])
  const last = rows.at(-1)
  return {
    versions: rows.map((row) => versionFrom(db, row)),
    cursor: last === undefined ? after : writeCursor({ by: 'seq', at: [last[5]!] }),
  }
}

/** The cursor behind the last version. */
export function head(db: Database): string {
  const last = db.get(
    `select max(seq) from (select max(seq) as seq from resource where seq is not null
      union all select (select seq from history order by seq desc limit 1))`,
    [],
  )![0] as number | null
  return writeCursor({ by: 'seq', at: [last ?? -1] })
}

type Scope = { readonly where: string; readonly values: readonly Value[] }

function scopeOf(db: Database, { type, id }: HistoryQuery): Scope | undefined {
  if (type === undefined) return { where: '', values: [] }
  const typeId = db.types.of(type)
  if (typeId === undefined) return undefined
  if (id === undefined) return { where: 'type = ? and ', values: [typeId] }
  const row = db.get('select pk from resource where type = ? and id = ?', [typeId, id])
  return row === undefined ? undefined : { where: 'pk = ? and ', values: [row[0] as number] }
}

/** Both tables, each read from its index up to a limit, so that the merge sorts two pages and not everything. */
function union(scope: string, seq: string, direction: 'asc' | 'desc', limit: number): string {
  const part = (from: string, id: string): string =>
    `select * from (select ${id} as id, type, version, method, text, seq, pk from ${from} where ${scope}${seq} order by seq ${direction} limit ${limit})`
  return `select id, type, version, method, text, seq, pk from (
    ${part('resource', 'id')} union all
    ${part('history', '(select id from resource r where r.pk = history.pk)')})`
}

function listed(
  db: Database,
  scope: Scope,
  { since, count }: HistoryQuery,
  before: number | undefined,
): Row[] {
  const low = since === undefined ? 0 : since * TICKS
  const range = before === undefined ? 'seq >= ?' : 'seq >= ? and seq < ?'
  const values = [...scope.values, low, ...(before === undefined ? [] : [before])]
  const sql = `${union(scope.where, range, 'desc', count + 1)} order by seq desc limit ${count + 1}`
  return db.until(sql, [...values, ...values], isEnough(lengthOf))
}

/** Versions that were current at some time in an interval: they began before its end and were replaced after its start. */
function currentDuring(
  db: Database,
  scope: Scope,
  { since, count }: HistoryQuery,
  at: { readonly low: number; readonly high: number },
  before: number | undefined,
): Row[] {
  const high = Math.min(at.high * TICKS, before ?? Number.MAX_SAFE_INTEGER)
  const replaced = `coalesce((select min(seq) from history n where n.pk = v.pk and n.version > v.version),
    (select seq from resource n where n.pk = v.pk and n.version > v.version))`
  const sql = `select id, type, version, method, text, seq, pk from (
      select id, type, version, method, text, seq, pk from resource where ${scope.where}seq < ? union all
      select (select id from resource r where r.pk = history.pk) as id, type, version, method, text, seq, pk from history where ${scope.where}seq < ?) v
    where ${db.guard('seq', false)}seq >= ? and (${replaced} is null or ${replaced} > ?) order by seq desc limit ${count + 1}`
  const values = [...scope.values, high]
  return db.until(
    sql,
    [...values, ...values, since === undefined ? 0 : since * TICKS, at.low * TICKS],
    isEnough(lengthOf),
  )
}

function countOf(db: Database, scope: Scope, { since }: HistoryQuery): number {
  const low = since === undefined ? 0 : since * TICKS
  const where = `where ${scope.where}seq >= ?`
  const values = [...scope.values, low]
  const sql = `select (select count(*) from resource ${where}) + (select count(*) from history ${where})`
  return db.get(sql, [...values, ...values])![0] as number
}

function versionFrom(db: Database, row: Row): Version {
  const [id, type, version, method, text, seq] = row as [
    string,
    number,
    number,
    number,
    string | null,
    number,
  ]
  return versionOf(db.types.nameOf(type), id, version, seq, method, text)
}
