// A page of one of several beginnings of strings (a name as it is written, and its forms in other scripts), walked one
// after the other along the index of values, so that a page costs as much as its rows and not as all that match.
// https://hl7.org/fhir/R4/search.html#string
// Must give a resource once, with the first beginning that finds it: on a later page too.
import type { Condition, Leaf } from '../../search/plan.ts'
import { entryTest, join, leaf, looksAtRow, test, TRUE, type Sql } from './compile.ts'
import type { Cursor } from './cursor.ts'
import type { Database, Row, Value } from './database.ts'
import { precedes } from './order.ts'
import { cut, SHORT, texts, type Rows } from './rows.ts'
import { requireLight, testsBeside, type Scope } from './scope.ts'
import { sourceOf, type Source } from './source.ts'

/** A beginning of strings at one path; `also`: what else must hold of a resource that it finds. */
export type StringRange = { readonly at: StringLeaf; readonly also?: Condition }

type StringLeaf = Leaf & { readonly kind: 'string' }

/** The ranges that a source is; undefined when it is anything else. */
export function rangesOf({ condition }: Source): readonly StringRange[] | undefined {
  if (condition.kind !== 'or') return undefined
  const ranges: StringRange[] = []
  for (const one of condition.of) {
    const [begin, ...rest] = one.kind === 'and' ? one.of : [one]
    const leaves = begin && beginnings(begin)
    // What is tested beside is tested by entries alone: a walk has no row to look at.
    if (leaves === undefined || rest.some(looksAtRow)) return undefined
    const also = rest.length === 0 ? {} : { also: { kind: 'and', of: rest } as const }
    for (const at of leaves) ranges.push({ at, ...also })
  }
  return ranges
}

/** Beginnings, one for each path; undefined when a condition is anything else. */
function beginnings(condition: Condition): readonly StringLeaf[] | undefined {
  if (condition.kind === 'or') {
    const all = condition.of.map(beginnings)
    return all.every((some) => some !== undefined) ? all.flat() : undefined
  }
  return condition.kind === 'string' && (condition.op === 'starts' || condition.op === 'equals')
    ? condition.paths.map((path) => ({ ...condition, paths: [path] }))
    : undefined
}

/** @param cursor of an earlier page by this function: value, primary key, condition, range */
export function byRanges(
  db: Database,
  scope: Scope,
  source: Source,
  ranges: readonly StringRange[],
  cursor: Cursor | undefined,
  size: number,
): Rows {
  const tests = testsBeside(db, scope, source, 'w.pk', true)
  requireLight(scope, () => !tests.isEmpty && source.isHuge())
  const place = scope.conditions.indexOf(source.condition)
  const start = cursor === undefined ? 0 : Number(cursor.at[3])
  /** Where each row of the page was found, by its key. */
  const found = new Map<Value, readonly [value: Value, range: number]>()
  for (let i = start; i < ranges.length && found.size <= size; i++) {
    const range = ranges[i]!
    const within = leaf(db, range.at, 'w')
    if (within === undefined) continue
    const { also } = range
    requireLight(scope, () => also !== undefined && sourceOf(db, range.at)!.isHuge())
    const beside = also === undefined ? TRUE : test(db, also, 'w.pk')
    // What this page has found tells what comes again; of earlier pages the store has to.
    const before = cursor === undefined ? [] : ranges.slice(0, i).map((one) => not(finds(db, one)))
    if (cursor !== undefined && i === start)
      before.push(not(has(db, range.at, ` and ${precedes('string', 'value')}`)))
    const where = join([within, tests, beside, ...before], 'and')
    const sql = `select w.pk, w.value from string w indexed by string_value${tests.row}
      where ${where.sql} and (w.value, w.pk) > (?, ?) order by w.value, w.pk limit ${2 * (size + 1)}`
    let after = cursor === undefined || i > start ? [range.at.value, 0] : cursor.at.slice(0, 2)
    for (let isEnd = false; !isEnd && found.size <= size;) {
      const some = db.all(sql, [...where.values, ...after])
      for (const [pk, value] of some) if (!found.has(pk!)) found.set(pk!, [value!, i])
      isEnd = some.length < 2 * (size + 1)
      after = [some.at(-1)?.[1] ?? '', some.at(-1)?.[0] ?? 0]
    }
  }
  const keys = [...found.keys()].slice(0, size + 1)
  const sql = `select ${SHORT} from json_each(?) k cross join resource r on r.pk = k.value`
  const rows = keys.length === 0 ? [] : texts(db, sql, [JSON.stringify(keys)])
  return cut(rows, size, (row: Row) => {
    const [value, range] = found.get(row[0]!)!
    return { by: 'range', at: [value, row[0]!, place, range] }
  })
}

/** That a range finds the resource. */
function finds(db: Database, { at, also }: StringRange): Sql | undefined {
  const there = has(db, at)
  return there === undefined || also === undefined
    ? there
    : join([there, test(db, also, 'w.pk')], 'and')
}

/** That the resource has an entry of a range; undefined when nothing has. */
function has(db: Database, at: Leaf, also = ''): Sql | undefined {
  const entry = entryTest(db, at, 'b')
  return (
    entry && {
      sql: `exists (select 1 from string b where b.pk = w.pk and ${entry.sql}${also})`,
      values: entry.values,
    }
  )
}

const not = (test: Sql | undefined): Sql =>
  test === undefined ? TRUE : { sql: `not ${test.sql}`, values: test.values }
