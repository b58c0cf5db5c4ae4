// Comparators as SQL over `[low, high]` columns, each as one range of an index wherever the data allows it.
// https://hl7.org/fhir/R4/search.html#prefix; search/plan.ts says what each means.
// Must not assume that an entry is a point: Periods and Ranges are found by an index of their own.
import type { Condition, Leaf } from '../../search/plan.ts'
import type { Sql } from './compile.ts'
import type { Database } from './database.ts'
import { TICKS } from './version.ts'

export type Interval = Extract<Leaf, { readonly kind: 'date' | 'number' | 'quantity' }>

/** A date entry is wide from here on (ms); schema.ts has the same bound in the index `date_long`. */
const DAY = 86_400_000

const WIDE = {
  date: `select 1 from date indexed by date_long where path = ? and high - low > ${DAY} limit 1`,
  number: 'select 1 from number indexed by number_wide where path = ? and high <> low limit 1',
  quantity:
    'select 1 from quantity indexed by quantity_wide where path = ? and high <> low limit 1',
} as const

/** Whether a path of the leaf has entries so wide that their low end alone does not find them. */
export const hasWide = (db: Database, l: Interval): boolean =>
  l.paths.some((path) => {
    const id = db.paths.of(path)
    return id !== undefined && db.get(WIDE[l.kind], [id]) !== undefined
  })

/**
 * A date leaf over the columns of an alias.
 * @param wide `tested`: of a resource that is known, so that no range of an index is looked for
 */
export function compareDate({ op, low, high }: Interval, e: string, wide: boolean | 'tested'): Sql {
  const l = `${e}.low`
  const h = `${e}.high`
  /** Entries up to a day long that reach beyond `x` begin after `x - DAY`; longer ones have their own index. */
  const reaching = (x: number, what: Sql): Sql => {
    if (wide === 'tested') return what
    const short: Sql = { sql: `${l} > ? and ${what.sql}`, values: [x - DAY - 1, ...what.values] }
    return wide
      ? {
          sql: `((${short.sql}) or (${what.sql} and ${h} > ? and ${h} - ${l} > ${DAY}))`,
          values: [...short.values, ...what.values, x],
        }
      : { sql: `(${short.sql})`, values: short.values }
  }
  switch (op) {
    case 'eq':
      return {
        sql: `(${l} >= ? and ${l} < ? and ${h} <= ?)`,
        values: [low, Math.max(high, low + 1), high],
      }
    case 'ne':
      return { sql: `not (${l} >= ? and ${h} <= ?)`, values: [low, high] }
    case 'gt':
      return reaching(high, { sql: `${h} > ?`, values: [high] })
    case 'ge':
      return reaching(low, { sql: `(${l} >= ? or ${h} > ?)`, values: [low, high] })
    case 'lt':
      return { sql: `${l} < ?`, values: [low] }
    case 'le':
      return {
        sql: `(${l} < ? and (${l} < ? or ${h} <= ?))`,
        values: [Math.max(low, high), low, high],
      }
    case 'sa':
      return { sql: `${l} >= ?`, values: [high] }
    case 'eb':
      return { sql: `(${l} < ? and ${h} <= ?)`, values: [low, low] }
    case 'ap':
      return reaching(low, { sql: `(${l} < ? and ${h} > ?)`, values: [high, low] })
  }
}

/** A number or quantity leaf over the columns of an alias. */
export function compareNumber({ op, low, high }: Interval, e: string, wide: boolean): Sql {
  const l = `${e}.low`
  const h = `${e}.high`
  switch (op) {
    case 'eq':
      return { sql: `(${l} >= ? and ${l} < ? and ${h} < ?)`, values: [low, high, high] }
    case 'ne':
      return { sql: `not (${l} >= ? and ${h} < ?)`, values: [low, high] }
    case 'gt':
      return wide
        ? { sql: `(${l} > ? or (${h} > ? and ${h} <> ${l}))`, values: [high, high] }
        : { sql: `${l} > ?`, values: [high] }
    case 'ge':
      return wide
        ? { sql: `(${l} >= ? or (${h} >= ? and ${h} <> ${l}))`, values: [high, high] }
        : { sql: `${l} >= ?`, values: [high] }
    case 'lt':
      return { sql: `${l} < ?`, values: [low] }
    case 'le':
      return { sql: `${l} <= ?`, values: [low] }
    case 'sa':
      return { sql: `${l} > ?`, values: [high] }
    case 'eb':
      return { sql: `(${l} < ? and ${h} < ?)`, values: [low, low] }
    case 'ap':
      return wide
        ? { sql: `(${l} <= ? and ${h} >= ?)`, values: [high, low] }
        : { sql: `(${l} <= ? and ${l} >= ?)`, values: [high, low] }
  }
}

/** `_lastUpdated` as a range of `seq`; an instant is the millisecond that it names. */
export function compareInstant(
  { op, low, high }: Extract<Condition, { readonly kind: 'updated' }>,
  r = 'r',
): Sql {
  const at = (ms: number): number => Math.max(-1, Math.min(Math.ceil(ms), 4e12)) * TICKS
  switch (op) {
    case 'eq':
    case 'ap':
      return { sql: `(${r}.seq >= ? and ${r}.seq < ?)`, values: [at(low), at(high)] }
    case 'ne':
      return { sql: `(${r}.seq < ? or ${r}.seq >= ?)`, values: [at(low), at(high)] }
    case 'gt':
    case 'sa':
      return { sql: `${r}.seq >= ?`, values: [at(high)] }
    case 'ge':
      return { sql: `${r}.seq >= ?`, values: [at(low)] }
    case 'lt':
    case 'eb':
      return { sql: `${r}.seq < ?`, values: [at(low)] }
    case 'le':
      return { sql: `${r}.seq < ?`, values: [at(high)] }
  }
}
