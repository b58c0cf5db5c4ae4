// Whether an embedded store is sound: the file, the versions, the index; and its index written anew where it isn't.
// https://www.sqlite.org/pragma.html#pragma_integrity_check
// Must not change a text, nor trust one that has faults: an index is only made of a sound one.
import { existsSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { Entry } from '../../search/entry.ts'
import { differenceOf, faultsOf, keyOf, parsed, type Kept } from '../examine.ts'
import type { Checked, CheckOptions, Finding, Maintenance } from '../maintenance.ts'
import { reserve } from './commit.ts'
import { openDatabase, type Database, type Row } from './database.ts'
import { isDamage } from './error.ts'
import { clearEntries, insertEntries, kindsOf, tablesOf } from './entries.ts'
import { readUpTo } from './full-text.ts'
import { keptEntries } from './kept-entries.ts'
import { acquireLock } from './lock.ts'
import { KIND_BITS } from './schema.ts'
import { inTransaction } from './transaction.ts'
import { METHODS, updatedOf } from './version.ts'
import { clearStrayWords, hasWords, replaceWords, tokensOf } from './words.ts'

/**
 * Open a store that no other process writes.
 * @throws Error in plain words when there is none, it is in use or unreadable
 */
export async function openSqliteMaintenance(file: string): Promise<Maintenance> {
  if (file === ':memory:') throw new Error('A store in memory is empty at every start')
  if (!existsSync(file)) throw new Error(`There is no store ${file}`)
  const lock = acquireLock(file)
  try {
    const db = openDatabase(file)
    return {
      check: (options) => check(db, options),
      currentOf: async (type) =>
        db
          .all('select seq, text from resource where type = ? and state = 1', [
            db.types.of(type) ?? -1,
          ])
          .map(([seq, text]) => ({ updated: updatedOf(seq as number), text: text as string })),
      close: async () => {
        db.raw.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

type Tally = { -readonly [name in keyof Checked]: number }

/** Resources looked at before others get a turn. */
const PAGE = 100
const ALL_KINDS = Object.values(KIND_BITS).reduce((sum: number, bit) => sum | bit, 0)
const PLACE = 0
const HERE = 1
const DELETED = 2

async function check(db: Database, options: CheckOptions): Promise<Checked> {
  const { onFinding, onProgress } = options
  const tally: Tally = { resources: 0, deleted: 0, versions: 0, entries: 0, unused: 0 }
  onProgress?.(0, 0, 'the file')
  checkFile(db, options)
  try {
    await checkResources(db, options, tally)
    onProgress?.(tally.resources + tally.deleted, 1, 'what belongs to no resource')
    checkStrays(db, options)
  } catch (error) {
    if (!isDamage(error)) throw error
    onFinding({
      aspect: 'file',
      message: 'A part of the file can not be read, so what comes after it was not checked',
      repaired: false,
    })
  }
  return tally
}

const MOST_LINES = 20

function checkFile(db: Database, { repair, onFinding }: CheckOptions): void {
  const problems = integrity(db)
  if (problems.length === 0) return
  const mended = repair && reindexed(db) && integrity(db).length === 0
  for (const message of problems) onFinding({ aspect: 'file', message, repaired: mended })
}

function integrity(db: Database): string[] {
  try {
    const lines = db.all(`pragma integrity_check(${MOST_LINES})`, []).map(([line]) => String(line))
    return lines.length === 1 && lines[0] === 'ok' ? [] : lines
  } catch (error) {
    if (!isDamage(error)) throw error
    return ['The file is damaged']
  }
}

/** SQLite's own indexes, made anew of its tables. */
function reindexed({ raw }: Database): boolean {
  try {
    raw.exec('reindex')
    return true
  } catch {
    return false
  }
}

async function checkResources(db: Database, options: CheckOptions, tally: Tally): Promise<void> {
  const all = Math.max(1, db.get('select count(*) from resource', [])![0] as number)
  const purgedBefore = Number(db.get('select max(before) from purge', [])?.[0] ?? 0)
  let done = 0
  for (let last = Number.MIN_SAFE_INTEGER; ;) {
    const rows = db.all(
      `select pk, type, state, version, seq, method, kinds, id, text, hash from resource where pk > ? order by pk limit ${PAGE}`,
      [last],
    )
    if (rows.length === 0) return
    const repairs: (() => void)[] = []
    for (const row of rows)
      repairs.push(...checkResource(db, resourceFrom(db, row), options, purgedBefore, tally))
    if (repairs.length > 0)
      inTransaction(db, () => {
        for (const repair of repairs) repair()
      })
    last = rows.at(-1)![0] as number
    done += rows.length
    options.onProgress?.(tally.resources + tally.deleted, Math.min(1, done / all), '')
    await setImmediate()
  }
}

type Held = {
  readonly pk: number
  readonly type: string
  readonly id: string
  readonly state: number
  readonly kinds: number
  readonly current: Kept
}

function resourceFrom(db: Database, row: Row): Held {
  const [pk, typeId, state, , , , kinds] = row as number[]
  const type = db.types.nameOf(typeId!)
  const id = row[7] as string
  const current = keptFrom(type, id, [row[3]!, row[4]!, row[5]!, row[8]!, row[9]!])
  return { pk: pk!, type, id, state: state!, kinds: kinds!, current }
}

/** @param row version, seq, method, text, hash */
function keptFrom(type: string, id: string, row: Row): Kept {
  const [version, seq, method, text, hash] = row as [
    number,
    number,
    number,
    string | null,
    number | null,
  ]
  return {
    type,
    id,
    version,
    updated: updatedOf(seq),
    order: seq,
    method: METHODS[method] ?? 'PUT',
    text: text ?? undefined,
    hash: hash ?? undefined,
  }
}

/** Looks at one row with its history and entries; what a repair has to do comes back. */
function checkResource(
  db: Database,
  held: Held,
  { extract, repair, onFinding }: CheckOptions,
  purgedBefore: number,
  tally: Tally,
): (() => void)[] {
  const { pk, type, id, state, current } = held
  const reference = `${type}/${id}`
  const report = (finding: Omit<Finding, 'reference' | 'repaired'>, repaired = false) =>
    onFinding({ reference, ...finding, repaired })
  // A reference to elsewhere has a place that is of no type.
  if (type === '' && state !== PLACE)
    report({ aspect: 'version', message: 'is of a type whose name is lost' })

  const older = db
    .all(
      'select version, seq, method, text, hash, type from history where pk = ? order by version',
      [pk],
    )
    .map((row) => keptFrom(db.types.nameOf(row[5] as number), id, row))
  if (state === PLACE) {
    if (older.length > 0 || current.version !== 0 || current.text !== undefined)
      report({ aspect: 'version', message: 'has versions, but none of them is current' })
    else if (db.get('select 1 from reference where target = ?', [pk]) === undefined) {
      tally.unused++
      if (repair) return [() => void db.run('delete from resource where pk = ?', [pk])]
    }
  } else {
    tally[state === HERE ? 'resources' : 'deleted']++
    tally.versions += older.length + 1
    if (state !== (current.method === 'DELETE' ? DELETED : HERE))
      report({ aspect: 'version', message: 'is marked as here and deleted at once' })
  }

  const faults = state === PLACE ? [] : faultsOf([...older, current], purgedBefore)
  for (const fault of faults) report(fault)
  if (faults.some(({ version, aspect }) => aspect === 'text' && version === current.version))
    return []

  const resource = state === HERE ? parsed(current.text ?? '') : undefined
  const wanted = resource === undefined ? [] : extract(resource)
  const kept = keptEntries(db, pk)
  const isRead = current.order <= readUpTo(db)
  const words = tokensOf(wanted, (path) => db.paths.of(path) ?? -1)
  tally.entries += kept.length
  const message =
    differenceOf(kept.map(keyOf), wanted.filter(isValue).map(keyOf)) ??
    (!isRead || hasWords(db, pk, words) ? undefined : 'its full text differs from its text') ??
    (tablesOf(held.kinds) === kindsOf(wanted)
      ? undefined
      : 'where its index entries are is noted wrongly')
  if (message === undefined) return []
  report({ aspect: 'index', message }, repair)
  return repair ? [() => index(db, pk, wanted)] : []
}

/** The full text is compared by itself: its words can be looked for, but not listed. */
const isValue = ({ kind }: Entry): boolean => kind !== 'words'

function index(db: Database, pk: number, entries: readonly Entry[]): void {
  clearEntries(db, pk, ALL_KINDS)
  insertEntries(db, pk, entries, (type, id) => reserve(db, type, id))
  replaceWords(
    db,
    pk,
    tokensOf(entries, (path) => db.paths.make(path)),
  )
  db.run('update resource set kinds = ? where pk = ?', [kindsOf(entries), pk])
}

/** Rows that hang on a resource that isn't there. */
function checkStrays(db: Database, { repair, onFinding }: CheckOptions): void {
  const absent = (table: string): string =>
    `from ${table} e where not exists (select 1 from resource r where r.pk = e.pk)`
  const versions = db.get(`select count(*) ${absent('history')}`, [])![0] as number
  if (versions > 0)
    onFinding({
      aspect: 'version',
      message: `${String(versions)} versions belong to no resource`,
      repaired: false,
    })
  for (const kind of Object.keys(KIND_BITS)) {
    const entries = db.get(`select count(*) ${absent(kind)}`, [])![0] as number
    if (entries === 0) continue
    onFinding({
      aspect: 'index',
      message: `${String(entries)} index entries (${kind}) belong to no resource`,
      repaired: repair,
    })
    if (repair)
      inTransaction(db, () => {
        if (kind === 'words') clearStrayWords(db)
        else
          db.run(
            `delete from ${kind} where not exists (select 1 from resource r where r.pk = ${kind}.pk)`,
            [],
          )
      })
  }
}
