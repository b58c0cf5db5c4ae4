// A search that tells what it does: its statements, the indexes they take, the rows they look at, and the time of each.
// https://www.sqlite.org/eqp.html
// Must not do anything else than the search does that isn't explained.
import type { Step } from '../store.ts'
import type { Database, Row, Value } from './database.ts'

/** Steps that are told of; a chain may have hundreds. */
const MOST = 60
const LONGEST = 500

/** Counts the rows that come as far as the tests; statements that test nothing have none. */
const LOOKED = 'looked() and '

/** @param told undefined when nobody asked: then it is the work and nothing more */
export function explained<T>(
  db: Database,
  told: ((step: Step) => void) | undefined,
  work: (db: Database) => T,
): T {
  if (told === undefined) return work(db)
  const steps: Step[] = []
  // Work may end half-way and begin anew in a thread, which tells its own steps.
  const result = work(telling(db, (step) => void (steps.length < MOST && steps.push(step))))
  for (const step of steps) told(step)
  return result
}

function telling(db: Database, told: (step: Step) => void): Database {
  let looked = 0
  db.raw.function('looked', { deterministic: false }, () => {
    looked++
    return 1
  })
  const asked = <T>(
    sql: string,
    values: readonly Value[],
    run: () => T,
    returned: (r: T) => number,
  ): T => {
    looked = 0
    const began = performance.now()
    const result = run()
    const ms = performance.now() - began
    const counted = sql.includes(LOOKED) ? { looked } : {}
    told({
      text: short(sql),
      plan: planOf(db, sql, values),
      returned: returned(result),
      ...counted,
      ms,
    })
    return result
  }
  return {
    ...db,
    guard: (key, tested) => `${LOOKED}${db.guard(key, tested)}`,
    note: (text) => told({ text, plan: [] }),
    all: (sql, values) =>
      asked(
        sql,
        values,
        () => db.all(sql, values),
        ({ length }) => length,
      ),
    get: (sql, values) =>
      asked(
        sql,
        values,
        () => db.get(sql, values),
        (row) => (row === undefined ? 0 : 1),
      ),
    until: (sql, values, isEnough: (row: Row) => boolean) =>
      asked(
        sql,
        values,
        () => db.until(sql, values, isEnough),
        ({ length }) => length,
      ),
  }
}

const short = (sql: string): string => {
  const line = sql
    .replace(/\s+/g, ' ')
    .replaceAll(LOOKED, '')
    .replace(/\?(, \?){3,}/g, '?, …')
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

const planOf = (db: Database, sql: string, values: readonly Value[]): string[] =>
  db.raw
    .prepare(`explain query plan ${sql}`)
    .all(...values)
    .map(({ detail }) => String(detail))
