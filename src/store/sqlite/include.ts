// Resources that matches refer to, or that refer to them; https://hl7.org/fhir/R4/search.html#include
// Must not deliver one twice, nor a match again.
import type { Include } from '../../search/plan.ts'
import type { Version } from '../store.ts'
import { marks, pathsIn } from './compile.ts'
import type { Database, Row } from './database.ts'
import { versionFrom } from './search.ts'

const COLUMNS = 'r.pk, r.type, r.id, r.version, r.seq, r.method, r.text'

/** What a page's rows (primary key first) include. */
export function included(
  db: Database,
  includes: readonly Include[],
  rows: readonly Row[],
): Version[] {
  const seen = new Set(rows.map((row) => row[0]))
  const found: Version[] = []
  for (const include of includes) {
    const paths = pathsIn(db, include.paths)
    if (paths === undefined) continue
    const types = include.types?.map((t) => db.types.of(t)).filter((t) => t !== undefined)
    if (types?.length === 0) continue
    const limited = types === undefined ? '' : ` and r.type in (${marks(types.length)})`
    const [from, to] = include.reverse ? ['e.target', 'e.pk'] : ['e.pk', 'e.target']
    const sql = `select ${COLUMNS} from reference e cross join resource r on r.pk = ${to}
      where ${from} = ? and ${paths.sql} and r.state = 1${limited}`
    for (const row of rows)
      for (const other of db.all(sql, [row[0]!, ...paths.values, ...(types ?? [])])) {
        if (seen.has(other[0])) continue
        seen.add(other[0])
        found.push(versionFrom(db, other))
      }
  }
  return found
}
