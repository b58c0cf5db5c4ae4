// The newest matches of each group, found in the index alone: no text is read, however much there is.
// https://hl7.org/fhir/R4/operation-observation-lastn.html; what a group is stands in search/latest.ts.
import type { IndexPath } from '../../search/entry.ts'
import { latestOf, type Latest, type LatestBy, type LatestRow } from '../../search/latest.ts'
import type { Plan } from '../../search/plan.ts'
import { MOST_GROUPED, tooManyToGroup } from '../latest.ts'
import { pathsIn, type Sql } from './compile.ts'
import type { Database, Row } from './database.ts'
import { isBig, requireLight, scopeOf, testsBeside, wholeTest } from './scope.ts'
import { bestSource, keysOf } from './source.ts'
import { updatedOf } from './version.ts'

/**
 * @param light throw HEAVY rather than look at more than some hundred resources
 * @throws Failure `too-costly` for more matches than can be grouped
 */
export function latest(db: Database, plan: Plan, by: LatestBy, light = false): Latest[] {
  const keys = matching(db, plan, light)
  if (keys.length > MOST_GROUPED) throw tooManyToGroup()
  const rows = rowsOf(db, keys, by)
  return latestOf(rows, by.max).map(({ pk, time, written }) => ({
    id: db.get('select id from resource where pk = ?', [pk])![0] as string,
    time,
    written,
  }))
}

/** Primary keys of all matches, one more than can be grouped at the most. */
function matching(db: Database, plan: Plan, light: boolean): readonly number[] {
  const scope = scopeOf(db, plan, light)
  if (scope === undefined) return []
  const source = bestSource(db, scope.conditions)
  requireLight(scope, () => (source === undefined ? isBig(db, scope) : source.isLarge()))
  const pks = ({ sql, values }: Sql): number[] =>
    db.all(`${sql} limit ${MOST_GROUPED + 1}`, values).map(([pk]) => pk as number)
  if (source === undefined) {
    const where = wholeTest(db, scope)
    return pks({ sql: `select r.pk from resource r where ${where.sql}`, values: where.values })
  }
  const keys = keysOf(db, source)
  if (keys === undefined) return []
  const tests = testsBeside(db, scope, source, 'd.pk')
  return pks({
    sql: `select d.pk from ${keys.from}${tests.row} where ${keys.where} and ${tests.sql}`,
    values: [...keys.values, ...tests.values],
  })
}

type Found = LatestRow & { readonly pk: number }

function rowsOf(db: Database, keys: readonly number[], by: LatestBy): Found[] {
  const codes = lists(
    entriesOf(db, 'token', `e.system || '|' || e.code`, keys, by.code, ` and e.code <> ''`),
  )
  const texts = lists(
    entriesOf(
      db,
      'string',
      'e.exact',
      keys.filter((pk) => !codes.has(pk)),
      by.text,
    ),
  )
  const subjects = lists(entriesOf(db, 'reference', 'e.target', keys, by.subject))
  const times = new Map<number, number>()
  for (const [pk, low] of entriesOf(db, 'date', 'e.low', keys, by.date) as [number, number][])
    times.set(pk, Math.max(low, times.get(pk) ?? -Infinity))
  const written = new Map(
    db
      .all(`select r.pk, r.seq from json_each(?) k cross join resource r on r.pk = k.value`, [
        JSON.stringify(keys.filter((pk) => !times.has(pk))),
      ])
      .map(([pk, seq]) => [pk as number, updatedOf(seq as number)]),
  )
  return keys.map((pk) => ({
    pk,
    codes: (codes.get(pk) ?? []) as string[],
    texts: (texts.get(pk) ?? []) as string[],
    subjects: subjects.get(pk) ?? [],
    time: times.get(pk),
    written: written.get(pk) ?? 0,
  }))
}

/** Primary key and value of each entry at the paths. */
function entriesOf(
  db: Database,
  table: 'token' | 'string' | 'reference' | 'date',
  value: string,
  keys: readonly number[],
  at: readonly IndexPath[],
  more = '',
): Row[] {
  const paths = pathsIn(db, at)
  if (paths === undefined || keys.length === 0) return []
  return db.all(
    `select e.pk, ${value} from json_each(?) k cross join ${table} e on e.pk = k.value
      where ${db.guard('e.pk', false)}${paths.sql}${more}`,
    [JSON.stringify(keys), ...paths.values],
  )
}

function lists(rows: readonly Row[]): Map<number, (string | number)[]> {
  const found = new Map<number, (string | number)[]>()
  for (const [pk, value] of rows as [number, string | number][]) {
    const before = found.get(pk)
    if (before === undefined) found.set(pk, [value])
    else before.push(value)
  }
  return found
}
