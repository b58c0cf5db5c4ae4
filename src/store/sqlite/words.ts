// The full text of the embedded store: one row of FTS5 for each resource, its words as tokens that name their path.
// https://www.sqlite.org/fts5.html#contentless_delete_tables
// Must not split or fold: search/words.ts did. The table keeps no text, only which rows have a token.
import type { Entry } from '../../search/entry.ts'
import type { Condition, Plan, Words, WordsQuery } from '../../search/plan.ts'
import { checksum } from '../checksum.ts'
import type { Sql } from './compile.ts'
import type { Database, Value } from './database.ts'

/** The tokens of a resource's entries, `12:blood 12:blood_pressure`; '' for none. */
export function tokensOf(entries: readonly Entry[], numberOf: (path: string) => number): string {
  const tokens: string[] = []
  for (const entry of entries) {
    if (entry.kind !== 'words') continue
    const path = numberOf(entry.path)
    for (const word of entry.words) tokens.push(tokenOf(path, word))
  }
  return tokens.join(' ')
}

// A pair of neighbours has a space, at which a token would end.
const tokenOf = (path: number, word: string): string => `${path}:${word.replace(' ', '_')}`

/** Make the words of a resource be these; costs little when they are the same. */
export function replaceWords(db: Database, pk: number, tokens: string): void {
  const before = db.get('select hash from full_text where rowid = ?', [pk])
  const hash = tokens === '' ? undefined : checksum(tokens)
  if (before?.[0] === hash) return
  if (before !== undefined) remove(db, 'rowid = ?', [pk])
  if (hash !== undefined)
    db.run('insert into full_text (rowid, tokens, hash) values (?, ?, ?)', [pk, tokens, hash])
}

/** Those of no resource. */
export function clearStrayWords(db: Database): void {
  remove(db, 'not exists (select 1 from resource r where r.pk = full_text.rowid)', [])
}

// FTS5 may leave the number of a row of its own as the last inserted one, too large for JavaScript, and `run` reads it.
function remove(db: Database, where: string, values: readonly Value[]): void {
  db.get(`delete from full_text where ${where}`, values)
  db.run('insert or replace into last_inserted (id) values (1)', [])
}

/** Tokens that one query looks for. */
const AT_ONCE = 64

/** Whether just these tokens are kept for a resource: as the checksum says, and each can be found. */
export function hasWords(db: Database, pk: number, tokens: string): boolean {
  const row = db.get('select hash from full_text where rowid = ?', [pk])
  if (tokens === '' || row === undefined) return tokens === '' && row === undefined
  if (row[0] !== checksum(tokens)) return false
  const all = tokens.split(' ')
  for (let i = 0; i < all.length; i += AT_ONCE) {
    const some = all.slice(i, i + AT_ONCE).map((token) => `"${token}"`)
    const found = db.get('select 1 from words where pk = ? and tokens match ?', [
      pk,
      some.join(' AND '),
    ])
    if (found === undefined) return false
  }
  return true
}

/** Whether what is asked hangs on the full text. */
export const asksForWords = ({ where, includes }: Pick<Plan, 'where' | 'includes'>): boolean =>
  hasWordsIn(where) || includes.some((one) => one.where !== undefined && hasWordsIn(one.where))

function hasWordsIn(c: Condition): boolean {
  switch (c.kind) {
    case 'words':
      return true
    case 'and':
    case 'or':
      return c.of.some(hasWordsIn)
    case 'not':
      return hasWordsIn(c.of)
    case 'refers':
    case 'referred':
    case 'shares':
      return hasWordsIn(c.where)
    default:
      return false
  }
}

/** A condition on words as one on a row `e` of the view `words`; undefined when no resource has words at its paths. */
export function said(db: Database, { paths, of }: Words, e: string): Sql | undefined {
  const known = paths.map((path) => db.paths.of(path)).filter((path) => path !== undefined)
  const match = known.length === 0 ? undefined : matchOf(of, known)
  return match === undefined ? undefined : { sql: `${e}.tokens match ?`, values: [match] }
}

/** Undefined for what nothing can fulfil. */
function matchOf(query: WordsQuery, paths: readonly number[]): string | undefined {
  if ('word' in query) {
    const star = query.op === 'starts' ? ' *' : ''
    return either(paths.map((path) => `"${tokenOf(path, query.word)}"${star}`))
  }
  const parts = query.of.map((one) => matchOf(one, paths)).filter((one) => one !== undefined)
  if (parts.length === 0 || (query.op === 'all' && parts.length < query.of.length)) return undefined
  return query.op === 'any' ? either(parts) : `(${parts.join(' AND ')})`
}

const either = (parts: readonly string[]): string =>
  parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' OR ')})`
