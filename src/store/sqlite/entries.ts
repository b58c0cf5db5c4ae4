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
  const rows = new Map<Kind, Row[]>()
  let n = 0
  for (const entry of entries) {
    if (entry.kind === 'words') continue
    const row = rowOf(db, entry, n++, targetOf)
    const ofKind = rows.get(entry.kind)
    if (ofKind === undefined) rows.set(entry.kind, [row])
    else ofKind.push(row)
  }
  for (const [kind, all] of rows) insertRows(db, pk, kind, all)
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
  const wanted = new Map<Kind, Map<string, Row>>()
  let n = 0
  for (const entry of entries) {
    if (entry.kind === 'words') continue
    const row = rowOf(db, entry, n++, targetOf)
    let rows = wanted.get(entry.kind)
    if (rows === undefined) wanted.set(entry.kind, (rows = new Map<string, Row>()))
    rows.set(keyOf(entry.kind, row), row)
  }
  for (const kind of KINDS) {
    const rows = wanted.get(kind)
    if ((kindsBefore & KIND_BITS[kind]) !== 0)
      for (const row of db.all(SELECT[kind], [pk])) {
        if (rows?.delete(keyOf(kind, row))) continue
        db.run(DELETE[kind], [pk, ...row])
      }
    if (rows === undefined || rows.size === 0) continue
    // `n` only tells rows of one path apart; a kept row may have the number of a new one.
    if (kind === 'string') renumber(db, pk, rows)
    insertRows(db, pk, kind, [...rows.values()])
  }
}

/** Remove all entries of a resource. */
export function clearEntries(db: Database, pk: number, kinds: number): void {
  for (const kind of KINDS) if ((kinds & KIND_BITS[kind]) !== 0) db.run(CLEAR[kind], [pk])
}

function renumber(db: Database, pk: number, rows: Map<string, Row>): void {
  let next = db.get('select coalesce(max(n), -1) + 1 from string where pk = ?', [pk])![0] as number
  for (const row of rows.values()) row[1] = next++
}

/** What makes a row the same as another; the number of a string entry does not count. */
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
