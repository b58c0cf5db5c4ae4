// One open SQLite file: its settings, its prepared statements, and names kept as numbers.
// https://www.sqlite.org/wal.html; the only room that imports node:sqlite.
// Must not be shared by two processes: the lock is held as long as the file is open.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Failure, fail } from '../../errors.ts'
import { migrate } from './schema.ts'

export type Value = string | number | null
export type Row = Value[]

export type Database = {
  readonly raw: DatabaseSync
  /** Rows as arrays; statements are kept by their text. */
  all(sql: string, values: readonly Value[]): Row[]
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
  /** Grows whenever a name is learned. */
  learned(): number
  /** Forget what was added since the last `keep`: the transaction was rolled back. */
  forget(): void
  keep(): void
}

/**
 * Open or create a file (or ':memory:').
 * @throws Error in plain words when another process has it, when it is no store, or a later release wrote it
 */
export function openDatabase(file: string): Database {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  const raw = open(file)
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
    get: (sql: string, values: readonly Value[]) =>
      prepare(sql).get(...values) as unknown as Row | undefined,
    run: (sql: string, values: readonly Value[]) => prepare(sql).run(...values),
  }
  return {
    ...database,
    types: openNames(database, 'type', 'name'),
    paths: openNames(database, 'path', 'name'),
    systems: openNames(database, 'system', 'uri'),
  }
}

function open(file: string): DatabaseSync {
  let raw: DatabaseSync | undefined
  try {
    raw = new DatabaseSync(file, { timeout: 0 })
    raw.exec(`
      pragma locking_mode = exclusive;
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma cache_size = -65536;
      pragma temp_store = memory;
      pragma wal_autocheckpoint = 2000;
      pragma journal_size_limit = 8388608;
      begin immediate; commit;
    `)
    migrate(raw, file)
    raw.exec(
      'create temp table path_set (id integer, path integer, primary key (id, path)) without rowid',
    )
    return raw
  } catch (error) {
    raw?.close()
    throw plainError(error, file)
  }
}

function plainError(error: unknown, file: string): unknown {
  switch (sqliteCode(error)) {
    case 5:
    case 6:
      return new Error(
        `The store ${file} is in use by another process. Stop it first, or send requests to it over HTTP (ieum load --url).`,
      )
    case 11:
    case 26:
      return new Error(
        `The file ${file} is not a readable store. Restore it from a backup, or name another in STORE_URL.`,
      )
    case 14:
      return new Error(`The store ${file} can't be opened: its folder must exist and be writable.`)
    default:
      return error
  }
}

/** Primary result code of SQLite, https://www.sqlite.org/rescode.html; undefined for other errors. */
const sqliteCode = (error: unknown): number | undefined => {
  const code = (error as { errcode?: unknown }).errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

/** An error of SQLite as the Failure that a client sees; others as they are. */
export function asFailure(error: unknown): unknown {
  if (error instanceof Failure) return error
  switch (sqliteCode(error)) {
    case 13:
      return fail('full', 'The disk of this server is full; what is stored can still be read')
    case 10:
      return fail(
        'unavailable',
        'The disk of this server does not take writes at the moment; try again',
      )
    default:
      return error
  }
}

type Queries = Pick<Database, 'all' | 'get' | 'run'>

function openNames(database: Queries, table: string, column: string): Names {
  const ids = new Map<string, number>()
  const names = new Map<number, string>()
  let added: string[] = []
  let learned = 0
  const learn = (name: string, id: number): number => {
    if (ids.size >= 100_000) {
      ids.clear()
      names.clear()
    }
    ids.set(name, id)
    names.set(id, name)
    learned++
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
      added.push(name)
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
    learned: () => learned,
    forget: () => {
      for (const name of added) {
        const id = ids.get(name)
        if (id !== undefined) names.delete(id)
        ids.delete(name)
      }
      added = []
    },
    keep: () => {
      if (added.length > 0) added = []
    },
  }
}
