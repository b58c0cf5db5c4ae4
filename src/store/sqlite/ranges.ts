// A page of one of several beginnings of strings (a name as it is written, and its forms in other scripts), walked one
// after the other along the index of values, so that a page costs as much as its rows and not as all that match.
// https://hl7.org/fhir/R4/search.html#string
// Must give a resource once, with the first beginning that finds it: on a later page too.
import type { Leaf } from '../../search/plan.ts'
import { fitting } from '../fitting.ts'
import { entryTest, join, leaf, TRUE, type Sql } from './compile.ts'
import type { Cursor } from './cursor.ts'
import type { Database, Row } from './database.ts'
import { precedes } from './order.ts'
import { COLUMNS, cut, lengthOf, texts, type Rows } from './rows.ts'
import { requireLight, testsBeside, type Scope } from './scope.ts'
import type { Source } from './source.ts'

/** The ranges that a source is, each of one path; undefined when it is anything else. */
export function rangesOf({ condition }: Source): readonly Leaf[] | undefined {
  if (condition.kind !== 'or') return undefined
  const ranges: Leaf[] = []
  for (const one of condition.of) {
    if (one.kind !== 'string' || (one.op !== 'starts' && one.op !== 'equals')) return undefined
    for (const path of one.paths) ranges.push({ ...one, paths: [path] })
  }
  return ranges
}

/** @param cursor of an earlier page by this function: value, primary key, condition, range */
export function byRanges(
  db: Database,
  scope: Scope,
  source: Source,
  ranges: readonly Leaf[],
  cursor: Cursor | undefined,
  size: number,
): Rows {
  const tests = testsBeside(db, scope, source, 'w.pk')
  requireLight(scope, () => !tests.isEmpty && source.isHuge())
  const place = scope.conditions.indexOf(source.condition)
  const begun = cursor === undefined ? 0 : Number(cursor.at[3])
  const rows: Row[] = []
  for (let i = begun; i < ranges.length; i++) {
    if (fitting(rows, size, lengthOf) < rows.length) break
    const within = leaf(db, ranges[i]!, 'w')
    if (within === undefined) continue
    const beyond: Sql =
      cursor === undefined || i > begun
        ? TRUE
        : { sql: '(w.value, w.pk) > (?, ?)', values: cursor.at.slice(0, 2) }
    const before = ranges.slice(0, i).map((range) => none(entryTest(db, range, 'b')))
    const first = none(entryTest(db, ranges[i]!, 'b'), ` and ${precedes('string', 'value')}`)
    const where = join([within, beyond, tests, ...before, first], 'and')
    const sql = `select ${COLUMNS}, w.value, ${i} from string w indexed by string_value cross join resource r on r.pk = w.pk
      where ${where.sql} order by w.value, w.pk limit ${size + 1 - rows.length}`
    rows.push(...texts(db, sql, where.values))
  }
  return cut(rows, size, (row) => ({ by: 'range', at: [row[7]!, row[0]!, place, row[8]!] }))
}

/** That the resource has no such entry. */
const none = (test: Sql | undefined, also = ''): Sql =>
  test === undefined
    ? TRUE
    : {
        sql: `not exists (select 1 from string b where b.pk = w.pk and ${test.sql}${also})`,
        values: test.values,
      }
