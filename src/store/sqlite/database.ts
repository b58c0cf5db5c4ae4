// One connection to a SQLite file: its settings, its prepared statements, and names kept as numbers.
// https://www.sqlite.org/wal.html; the only room that imports node:sqlite.
// Must not be opened for writing without the lock (lock.ts): there is one writer, and any number of readers.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { plainError } from './error.ts'
import { ensureFile } from './file.ts'
import { migrate, requireReadable } from './schema.ts'

export type Value = string | number | null
export type Row = Value[]

export type Database = {
  readonly raw: DatabaseSync
  /**
   * What stands before a test so that a long query can be ended, with ` and ` behind it; '' where none is.
   * @param key the number of the row that is tested
   * @param tested whether more is asked of the row than an index answered
   */
  guard(key: string, tested?: boolean): string
  /** Told what is decided on the way, where somebody asked (explain.ts). */
  note?(text: string): void
  /** What was counted of leaves since the snapshot began, `most` at most; only to choose a way by. */
  counted: WeakMap<object, { readonly found: number; readonly most: number }>
  /** Rows that a search may test one by one, where that is bounded. */
  readonly most?: number
  /** Rows as arrays; statements are kept by their text. */
  all(sql: string, values: readonly Value[]): Row[]
  /** The same up to the first row with which it is enough. */
  until(sql: string, values: readonly Value[], isEnough: (row: Row) => boolean): Row[]
  get(sql: string, values: readonly Value[]): Row | undefined
  run(
    sql: string,
    values: readonly Value[],
  ): { lastInsertRowid: number | bigint; changes: number | bigint }
  readonly types: Names
  readonly paths: Names
  readonly systems: Names
}

/** Names and their numbers; `of` looks up, `make` adds within the running transaction. */
export type Names = {
  of(name: string): number | undefined
  make(name: string): number
  nameOf(id: number): string
  /** Forget all: something was rolled back, and who knows what was looked up before that is no longer there. */
  forget(): void
}

/**
 * Connect to a file (or ':memory:'). The writer creates it when it isn't there; readers see what is committed.
 * @param watch ends long queries
 * @throws Error in plain words when it is no store, can't be opened, or a later release wrote it
 */
export function openDatabase(
  file: string,
  role: 'writer' | 'reader' = 'writer',
  watch?: Watch,
): Database {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  const raw = open(file, role)
  if (watch !== undefined)
    raw.function('alive', { deterministic: false }, (rows) => {
      watch.alive(rows as number)
      return 1
    })
  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql)
    if (statement === undefined) {
      if (statements.size >= 1000) statements.clear()
      statement = raw.prepare(sql)
      statement.setReturnArrays(true)
      statements.set(sql, statement)
    }
    return statement
  }
  const database = {
    raw,
    all: (sql: string, values: readonly Value[]) => prepare(sql).all(...values) as unknown as Row[],
    until: (sql: string, values: readonly Value[], isEnough: (row: Row) => boolean) => {
      const rows: Row[] = []
      for (const row of prepare(sql).iterate(...values) as unknown as Iterable<Row>) {
        rows.push(row)
        if (isEnough(row)) break
      }
      return rows
    },
    get: (sql: string, values: readonly Value[]) =>
      prepare(sql).get(...values) as unknown as Row | undefined,
    run: (sql: string, values: readonly Value[]) => prepare(sql).run(...values),
  }
  return {
    ...database,
    counted: new WeakMap(),
    guard: watch === undefined ? () => '' : guard,
    ...(watch?.most === undefined ? {} : { most: watch.most }),
    types: openNames(database, 'type', 'name'),
    paths: openNames(database, 'path', 'name'),
    systems: openNames(database, 'system', 'uri'),
  }
}

export type Watch = {
  /** Called now and then while a query runs, with about how many rows were tested since; what it throws ends the query. */
  readonly alive: (rows: number) => void
  readonly most?: number
}

/** A call from SQL costs more than most tests, so there is one for so many rows that are tested (a power of two). */
const WATCHED = 64

/** The same for rows that an index answers: fewer, and a prime, since their keys may lie at even distances. */
const PASSED = 1021

/** Spread over the keys, of which those of one type may be alike: bits of a product with 2^16 / 1.618. */
const guard = (key: string, tested = true): string =>
  tested
    ? `((${key} * 40503 >> 10) & ${WATCHED - 1} or alive(${WATCHED})) and `
    : `(${key} % ${PASSED} or alive(0)) and `

/** Milliseconds to wait for SQLite's own short locks (a checkpoint at its end, recovery after a crash). */
const LOCK_MS = 5000

/** Bytes of the file that are read from the system's own cache, without a copy or a call for each page. */
const MAPPED = 2 ** 31 - 65_536

const WRITER = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma wal_autocheckpoint = 2000;
  pragma journal_size_limit = 8388608;
  pragma cache_size = -16384;
  pragma mmap_size = ${MAPPED};
  pragma temp_store = memory;`

const READER = `
  pragma cache_size = -8192;
  pragma mmap_size = ${MAPPED};
  pragma temp_store = memory;`

function open(file: string, role: 'writer' | 'reader'): DatabaseSync {
  let raw: DatabaseSync | undefined
  try {
    if (role === 'writer' && file !== ':memory:')
      ensureFile(file, (path) => void openWriter(path).close())
    raw =
      role === 'writer'
        ? openWriter(file)
        : new DatabaseSync(file, { timeout: LOCK_MS, readOnly: true })
    if (role === 'reader') raw.exec(READER)
    raw.exec('create temp table last_inserted (id integer primary key)')
    raw.exec(
      'create temp table path_set (id integer, path integer, primary key (id, path)) without rowid',
    )
    return raw
  } catch (error) {
    raw?.close()
    throw plainError(error, file)
  }
}

function openWriter(file: string): DatabaseSync {
  const raw = new DatabaseSync(file, { timeout: LOCK_MS })
  try {
    // Before anything is changed, be it the journal mode.
    requireReadable(raw, file)
    raw.exec(WRITER)
    migrate(raw)
    return raw
  } catch (error) {
    raw.close()
    throw error
  }
}

/** Reads that see one and the same state of the data, whatever another connection commits meanwhile. */
export function inSnapshot<T>(db: Database, work: () => T): T {
  if (db.raw.isTransaction) return work()
  db.counted = new WeakMap()
  db.run('begin', [])
  try {
    return work()
  } finally {
    if (db.raw.isTransaction) db.run('commit', [])
  }
}

type Queries = Pick<Database, 'all' | 'get' | 'run'>

function openNames(database: Queries, table: string, column: string): Names {
  const ids = new Map<string, number>()
  const names = new Map<number, string>()
  const learn = (name: string, id: number): number => {
    if (ids.size >= 100_000) {
      ids.clear()
      names.clear()
    }
    ids.set(name, id)
    names.set(id, name)
    return id
  }
  const look = (name: string): number | undefined => {
    if (name === '') return 0
    const known = ids.get(name)
    if (known !== undefined) return known
    const row = database.get(`select id from ${table} where ${column} = ?`, [name])
    return row === undefined ? undefined : learn(name, row[0] as number)
  }
  return {
    of: look,
    make: (name) => {
      const known = look(name)
      if (known !== undefined) return known
      const { lastInsertRowid } = database.run(`insert into ${table} (${column}) values (?)`, [
        name,
      ])
      return learn(name, Number(lastInsertRowid))
    },
    nameOf: (id) => {
      if (id === 0) return ''
      const known = names.get(id)
      if (known !== undefined) return known
      const row = database.get(`select ${column} from ${table} where id = ?`, [id])
      const name = (row?.[0] as string | undefined) ?? ''
      learn(name, id)
      return name
    },
    forget: () => {
      ids.clear()
      names.clear()
    },
  }
}
