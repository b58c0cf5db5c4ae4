// Resources that matches refer to, or that refer to them, and those that these bring; https://hl7.org/fhir/R4/search.html#include
// Must not deliver one twice, nor a match again.
import type { Include } from '../../search/plan.ts'
import { MOST_INCLUDED, tooManyIncluded } from '../include-cursor.ts'
import { fitting, isEnough } from '../fitting.ts'
import type { Version } from '../store.ts'
import { knownTypes, marks, pathsIn, test, TRUE } from './compile.ts'
import type { Database, Row, Value } from './database.ts'
import { COLUMNS, versionFrom } from './rows.ts'
import { refuseHeavy } from './scope.ts'

export type Included = {
  readonly versions: readonly Version[]
  /** Key of the last one when there are more behind it. */
  readonly last?: number
}

/**
 * What a page's rows (primary key first) include.
 * @param most delivered at most; where there are more, those with the least keys behind `after`
 * @param light throw HEAVY rather than gather more than `most`
 * @throws Failure `too-costly` for more than can be gathered
 */
export function included(
  db: Database,
  includes: readonly Include[],
  rows: readonly Row[],
  most: number,
  after: number | undefined,
  light: boolean,
): Included {
  const queries = includes.map((include) => queryOf(db, include)).filter((q) => q !== undefined)
  const keys = rows.map((row) => row[0] as number)
  if (after === undefined) {
    const found = gather(db, queries, keys, COLUMNS, most)
    // As they come, their order would hang on which paths the store learned first, by whatever nobody here may see.
    found?.sort((one, other) => (one[0] as number) - (other[0] as number))
    if (found !== undefined) return { versions: found.map((row) => versionFrom(db, row)) }
  }
  if (light) refuseHeavy()
  const all = gather(db, queries, keys, 'r.pk', MOST_INCLUDED)
  if (all === undefined) throw tooManyIncluded()
  const left = all
    .map((row) => row[0] as number)
    .filter((key) => after === undefined || key > after)
    .sort((a, b) => a - b)
  const found: Row[] = []
  const enough = isEnough(lengthOf)
  for (const key of left.slice(0, most + 1)) {
    const row = db.get(`select ${COLUMNS} from resource r where r.pk = ?`, [key])
    if (row !== undefined) found.push(row)
    if (row !== undefined && enough(row)) break
  }
  const some = found.slice(0, fitting(found, most, lengthOf))
  const versions = some.map((row) => versionFrom(db, row))
  const last = some.at(-1)?.[0]
  return found.length > some.length && typeof last === 'number' ? { versions, last } : { versions }
}

type Query = {
  /** Behind `select COLUMNS`; the first value is the list of keys it begins from, as JSON. */
  readonly sql: string
  readonly values: readonly Value[]
  readonly iterate: boolean
}

function queryOf(db: Database, include: Include): Query | undefined {
  const paths = include.paths === undefined ? TRUE : pathsIn(db, include.paths)
  if (paths === undefined) return undefined
  const types = include.types && knownTypes(db, include.types)
  if (types?.length === 0) return undefined
  const limited = types === undefined ? '' : ` and r.type in (${marks(types.length)})`
  const where = include.where === undefined ? TRUE : test(db, include.where)
  const [from, to] = include.reverse ? ['e.target', 'e.pk'] : ['e.pk', 'e.target']
  return {
    sql: `from json_each(?) k cross join reference e on ${from} = k.value
      cross join resource r on r.pk = ${to} where ${paths.sql} and r.state = 1${limited} and ${where.sql}`,
    values: [...paths.values, ...(types ?? []), ...where.values],
    iterate: include.iterate === true,
  }
}

/** Of a row of COLUMNS, or of keys only. */
const lengthOf = (row: Row): number => (row[6] as string | undefined)?.length ?? 0

/** Rows of what is included, each once; undefined when there are more than `most`, or more text than fits. */
function gather(
  db: Database,
  queries: readonly Query[],
  keys: readonly number[],
  columns: string,
  most: number,
): Row[] | undefined {
  const seen = new Set<Value | undefined>(keys)
  const found: Row[] = []
  const enough = isEnough(lengthOf)
  const follow = (query: Query, from: readonly Value[]): boolean => {
    let fits = true
    const values = [JSON.stringify(from), ...query.values]
    db.until(`select ${columns} ${query.sql}`, values, (other) => {
      if (seen.has(other[0])) return false
      fits = found.length < most && !enough(other)
      seen.add(other[0])
      found.push(other)
      return !fits
    })
    return fits
  }
  for (const query of queries) if (!follow(query, keys)) return undefined
  const again = queries.filter(({ iterate }) => iterate)
  // What was seen isn't found again, so that rings end.
  for (let at = 0; again.length > 0 && at < found.length;) {
    const from = found.slice(at).map((row) => row[0] ?? null)
    at = found.length
    for (const query of again) if (!follow(query, from)) return undefined
  }
  return found
}
