// Index entries of one resource: written, and changed by their difference from what is there.
// Must not know what an entry means: search/ made it.
import type { Entry, ValueEntry } from '../../search/entry.ts'
import type { Database, Row, Value } from './database.ts'
import { KIND_BITS } from './schema.ts'

type Kind = ValueEntry['kind']

/** Columns behind `pk`, in the order of a row below. */
const COLUMNS: Record<Kind, string> = {
  token: 'path, code, system, grp',
  string: 'path, n, value, exact, grp',
  date: 'path, low, high, grp',
  number: 'path, low, high, grp',
  quantity: 'path, low, high, unit, grp',
  reference: 'path, target, grp',
  uri: 'path, value, grp',
}

const KINDS = Object.keys(COLUMNS) as Kind[]

const sql = <T = string>(make: (kind: Kind, columns: string) => T): Record<Kind, T> =>
  Object.fromEntries(KINDS.map((kind) => [kind, make(kind, COLUMNS[kind])])) as Record<Kind, T>

/** Rows that one statement writes: each statement costs about as much as half a row. */
const AT_ONCE = 8

/** For one row and more, up to that many. */
const INSERT = sql((kind, columns) => {
  const row = `(?${', ?'.repeat(columns.split(',').length)})`
  return Array.from(
    { length: AT_ONCE },
    (_, more) =>
      `insert or ignore into ${kind} (pk, ${columns}) values ${row}${`, ${row}`.repeat(more)}`,
  )
})
const SELECT = sql((kind, columns) => `select ${columns} from ${kind} where pk = ?`)
const DELETE = sql(
  (kind, columns) =>
    `delete from ${kind} where pk = ?${columns
      .split(', ')
      .map((c) => ` and ${c} is ?`)
      .join('')}`,
)
const CLEAR = sql((kind) => `delete from ${kind} where pk = ?`)

/** Finds (or reserves) the row of a resource that is referred to. */
export type TargetOf = (type: string, id: string) => number

/** Bits of the tables that these entries go to; words go elsewhere (full-text.ts). */
export function kindsOf(entries: readonly Entry[]): number {
  let kinds = 0
  for (const { kind } of entries) kinds |= KIND_BITS[kind]
  return tablesOf(kinds)
}

/** A release before noted words there, too. */
export const tablesOf = (kinds: number): number => kinds & ~KIND_BITS.words

/** Write the entries of a resource that has none yet. */
export function insertEntries(
  db: Database,
  pk: number,
  entries: readonly Entry[],
  targetOf: TargetOf,
): void {
  for (const [kind, rows] of rowsOf(db, entries, targetOf)) insertRows(db, pk, kind, rows)
}

function rowsOf(db: Database, entries: readonly Entry[], targetOf: TargetOf): Map<Kind, Row[]> {
  const all = new Map<Kind, Row[]>()
  let n = 0
  for (const entry of entries) {
    if (entry.kind === 'words') continue
    const row = rowOf(db, entry, n++, targetOf)
    const rows = all.get(entry.kind)
    if (rows === undefined) all.set(entry.kind, [row])
    else rows.push(row)
  }
  return all
}

function insertRows(db: Database, pk: number, kind: Kind, rows: readonly Row[]): void {
  for (let i = 0; i < rows.length; i += AT_ONCE) {
    const some = rows.slice(i, i + AT_ONCE)
    const values: Value[] = []
    for (const row of some) {
      values.push(pk)
      for (const value of row) values.push(value)
    }
    db.run(INSERT[kind][some.length - 1]!, values)
  }
}

/** Make the entries of a resource be these, touching only rows that differ. */
export function replaceEntries(
  db: Database,
  pk: number,
  kindsBefore: number,
  entries: readonly Entry[],
  targetOf: TargetOf,
): void {
  const wanted = rowsOf(db, entries, targetOf)
  for (const kind of KINDS) {
    const rows = wanted.get(kind) ?? []
    let fresh: readonly Row[] = rows
    if ((kindsBefore & KIND_BITS[kind]) !== 0) {
      const { stale, missing } = differenceOf(kind, db.all(SELECT[kind], [pk]), rows)
      for (const row of stale) db.run(DELETE[kind], [pk, ...row])
      fresh = missing
    }
    if (fresh.length === 0) continue
    // `n` only tells rows of one path apart; a kept row may have the number of a new one.
    if (kind === 'string') renumber(db, pk, fresh)
    insertRows(db, pk, kind, fresh)
  }
}

/** Up to so many, comparing each with each is cheaper than keys. */
const FEW = 64

type Difference = { readonly stale: readonly Row[]; readonly missing: readonly Row[] }

/** Rows that are there and shouldn't be, and the other way round. */
function differenceOf(kind: Kind, there: readonly Row[], wanted: readonly Row[]): Difference {
  if (wanted.length > FEW || there.length > FEW) {
    const missing = new Map(wanted.map((row) => [keyOf(kind, row), row]))
    const stale = there.filter((row) => !missing.delete(keyOf(kind, row)))
    return { stale, missing: [...missing.values()] }
  }
  const missing = [...wanted]
  const stale: Row[] = []
  for (const row of there) {
    const at = missing.findIndex((one) => isSame(kind, one, row))
    if (at < 0) stale.push(row)
    else missing.splice(at, 1)
  }
  return { stale, missing }
}

/** Remove all entries of a resource. */
export function clearEntries(db: Database, pk: number, kinds: number): void {
  for (const kind of KINDS) if ((kinds & KIND_BITS[kind]) !== 0) db.run(CLEAR[kind], [pk])
}

function renumber(db: Database, pk: number, rows: readonly Row[]): void {
  let next = db.get('select coalesce(max(n), -1) + 1 from string where pk = ?', [pk])![0] as number
  for (const row of rows) row[1] = next++
}

/** Whether rows say the same; the number of a string entry does not count. */
const isSame = (kind: Kind, a: Row, b: Row): boolean =>
  a.every((value, i) => value === b[i] || (kind === 'string' && i === 1))

/** Another for whatever isn't the same. */
const keyOf = (kind: Kind, row: Row): string =>
  kind === 'string' ? `${row[0]}\n${row[4]}\n${row[2]}\n${row[3]}` : row.join('\n')

function rowOf(db: Database, entry: ValueEntry, n: number, targetOf: TargetOf): Value[] {
  const path = db.paths.make(entry.path)
  switch (entry.kind) {
    case 'token':
      return [path, entry.code, db.systems.make(entry.system), entry.group]
    case 'string':
      return [path, n, entry.value, entry.exact, entry.group]
    case 'date':
    case 'number':
      return [path, entry.low, entry.high, entry.group]
    case 'quantity':
      return [
        path,
        entry.low,
        entry.high,
        unitOf(db, entry.system, entry.code, entry.unit),
        entry.group,
      ]
    case 'reference':
      return [path, targetOf(entry.type, entry.id), entry.group]
    case 'uri':
      return [path, entry.value, entry.group]
  }
}

function unitOf(db: Database, system: string, code: string, unit: string): number {
  const found = db.get('select id from unit where code = ? and system = ? and unit = ?', [
    code,
    system,
    unit,
  ])
  if (found !== undefined) return found[0] as number
  return Number(
    db.run('insert into unit (system, code, unit) values (?, ?, ?)', [system, code, unit])
      .lastInsertRowid,
  )
}
