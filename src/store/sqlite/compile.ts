// Plan → SQL: each condition as a test of one resource, and each leaf as a source of primary keys.
// Meaning is fixed by search/plan.ts; this file only says it in SQL. Must not read query text.
import type { EntryKind } from '../../search/entry.ts'
import { namesTypes } from '../../search/entry.ts'
import { GOVERNED } from '../../search/record.ts'
import type { Condition, Leaf } from '../../search/plan.ts'
import { compareDate, compareInstant, compareNumber, hasWide } from './compare.ts'
import { parentsOf, separatorOf } from '../../search/uri.ts'
import { said } from './words.ts'
import type { Database, Value } from './database.ts'

export type Sql = { readonly sql: string; readonly values: readonly Value[] }

export const TRUE: Sql = { sql: '1', values: [] }
export const FALSE: Sql = { sql: '0', values: [] }

/** Parts joined by a word, in brackets; many are nested in halves, since SQLite bounds the depth of an expression. */
export function join(all: readonly Sql[], word: 'and' | 'or'): Sql {
  const [decided, neutral] = word === 'and' ? [FALSE, TRUE] : [TRUE, FALSE]
  if (all.includes(decided)) return decided
  const parts = all.includes(neutral) ? all.filter((part) => part !== neutral) : all
  if (parts.length < 2) return parts[0] ?? neutral
  if (parts.length > 64) {
    const half = parts.length >> 1
    return join([join(parts.slice(0, half), word), join(parts.slice(half), word)], word)
  }
  return {
    sql: `(${parts.map((p) => p.sql).join(` ${word} `)})`,
    values: parts.flatMap((p) => p.values),
  }
}

/**
 * A condition as a boolean expression over a row of `resource`.
 * @param pk what names the primary key, `r.pk` or that of a driving table, so that entry tests need no row of `r`
 * @param r alias of the row
 */
export function test(db: Database, condition: Condition, pk = 'r.pk', r = 'r'): Sql {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const of = condition.kind === 'or' ? merged(condition.of) : condition.of
      return join(
        of.map((c) => test(db, c, pk, r)),
        condition.kind,
      )
    }
    case 'not': {
      const inner = test(db, condition.of, pk, r)
      if (inner === TRUE || inner === FALSE) return inner === TRUE ? FALSE : TRUE
      return { sql: `not ${inner.sql}`, values: inner.values }
    }
    case 'id': {
      const ids: Sql = { sql: `${r}.id in (${marks(condition.ids.length)})`, values: condition.ids }
      if (condition.type === undefined) return ids
      const type = db.types.of(condition.type)
      return type === undefined
        ? FALSE
        : join([{ sql: `${r}.type = ?`, values: [type] }, ids], 'and')
    }
    case 'type': {
      const types = knownTypes(db, condition.types)
      return types.length === 0
        ? FALSE
        : { sql: `${r}.type in (${marks(types.length)})`, values: types }
    }
    case 'updated':
      return compareInstant(condition, r)
    case 'present': {
      const paths = pathsIn(db, condition.paths)
      if (paths === undefined) return FALSE
      const { types } = condition
      if (types === undefined) return exists(condition.entry, pk, paths)
      const known = knownTypes(db, types)
      return {
        sql: `exists (select 1 from reference e cross join resource t on t.pk = e.target
          where e.pk = ${pk} and ${paths.sql} and t.type in (${marks(known.length)}))`,
        values: [...paths.values, ...known],
      }
    }
    case 'together':
      return together(db, condition.of, pk)
    case 'other':
      return other(db, condition.of, pk)
    case 'words': {
      const where = said(db, condition, 'e')
      return where === undefined ? FALSE : exists('words', pk, where)
    }
    case 'refers':
    case 'referred':
      return linked(db, condition, pk, r)
    case 'shares':
      return shared(db, condition, pk, r)
    case 'concept':
      throw new Error('concepts are expanded before a store sees them')
    default: {
      const where = entryTest(db, condition, 'e')
      return where === undefined ? FALSE : exists(condition.kind, pk, where)
    }
  }
}

/** An entry at the paths of a leaf that isn't as the leaf says. */
function other(db: Database, l: Leaf, pk: string): Sql {
  const at = pathsIn(db, l.paths)
  if (at === undefined) return FALSE
  const what = value(db, l, valuesOf(l, 'e'))
  if (what === TRUE) return FALSE
  if (what === undefined) return exists(l.kind, pk, at)
  return exists(l.kind, pk, {
    sql: `${at.sql} and not (${what.sql})`,
    values: [...at.values, ...what.values],
  })
}

export const knownTypes = (db: Database, types: readonly string[]): number[] =>
  types.map((type) => db.types.of(type)).filter((type) => type !== undefined)

/** A resource that this one refers to, or that refers to it, tested by its own row; aliases grow with the depth. */
function linked(
  db: Database,
  { kind, paths, types, where }: Extract<Condition, { readonly kind: 'refers' | 'referred' }>,
  pk: string,
  r: string,
): Sql {
  const e = `${r}e`
  const row = `${r}r`
  const at = pathsIn(db, paths, e)
  const known = knownTypes(db, types)
  if (at === undefined || known.length === 0) return FALSE
  const [here, there] = kind === 'refers' ? [`${e}.pk`, `${e}.target`] : [`${e}.target`, `${e}.pk`]
  // What has entries is here, and the names of their paths tell its type.
  const bare = kind === 'referred' && namesTypes(paths, types) && !looksAtRow(where)
  const inner = test(db, where, bare ? there : `${row}.pk`, row)
  if (bare)
    return {
      sql: `exists (select 1 from reference ${e} where ${here} = ${pk} and ${at.sql} and ${inner.sql})`,
      values: [...at.values, ...inner.values],
    }
  return {
    sql: `exists (select 1 from reference ${e} cross join resource ${row} on ${row}.pk = ${there}
      where ${here} = ${pk} and ${at.sql} and ${row}.state = 1
      and ${row}.type in (${marks(known.length)}) and ${inner.sql})`,
    values: [...at.values, ...known, ...inner.values],
  }
}

/** A resource with a token that this one has, found by the index of tokens; aliases grow with the depth. */
function shared(
  db: Database,
  { path, there = path, types, where }: Extract<Condition, { readonly kind: 'shares' }>,
  pk: string,
  r: string,
): Sql {
  const [own, other, row] = [`${r}e`, `${r}o`, `${r}r`]
  const at = pathsIn(db, [path], own)
  const to = pathsIn(db, [there], other)
  const known = knownTypes(db, types)
  if (at === undefined || to === undefined || known.length === 0) return FALSE
  // Nothing but a Consent has these entries, and only what is here has any.
  const bare = there === GOVERNED && types.includes('Consent') && !looksAtRow(where)
  const inner = test(db, where, bare ? `${other}.pk` : `${row}.pk`, row)
  if (bare)
    return {
      sql: `exists (select 1 from token ${own} cross join token ${other} indexed by token_value
        on ${other}.code = ${own}.code and ${other}.system = ${own}.system and ${to.sql}
        where ${own}.pk = ${pk} and ${at.sql} and ${inner.sql})`,
      values: [...to.values, ...at.values, ...inner.values],
    }
  return {
    sql: `exists (select 1 from token ${own} cross join token ${other} indexed by token_value
      on ${other}.code = ${own}.code and ${other}.system = ${own}.system and ${to.sql}
      cross join resource ${row} on ${row}.pk = ${other}.pk
      where ${own}.pk = ${pk} and ${at.sql} and ${row}.state = 1
      and ${row}.type in (${marks(known.length)}) and ${inner.sql})`,
    values: [...to.values, ...at.values, ...known, ...inner.values],
  }
}

/** Whether a test needs the row of the resource itself. */
export const looksAtRow = (c: Condition): boolean => {
  if (c.kind === 'and' || c.kind === 'or') return c.of.some(looksAtRow)
  return c.kind === 'not' ? looksAtRow(c.of) : ['id', 'type', 'updated'].includes(c.kind)
}

/** A reference leaf whose targets are found already (chain.ts). */
export type Targets = Extract<Leaf, { readonly kind: 'reference' }> & {
  readonly targets: readonly number[]
}

type Token = Extract<Leaf, { readonly kind: 'token' }>

/** Token leaves that differ in their code alone, as one: `code` is the first of `codes`. */
type Tokens = Token & { readonly codes: readonly string[] }

const FEW = 8

/** Alternatives with long lists of codes (an OR of a thousand identifiers) drawn together. */
export function merged<T extends Condition>(alternatives: readonly T[]): readonly (T | Tokens)[] {
  if (alternatives.length <= FEW) return alternatives
  const rest: (T | Tokens)[] = []
  const groups = new Map<string, { first: Token; codes: string[] }>()
  for (const one of alternatives) {
    const leaf: Condition = one
    if (leaf.kind !== 'token' || leaf.code === undefined) {
      rest.push(one)
      continue
    }
    const key = JSON.stringify([leaf.paths, leaf.system ?? null])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { first: leaf, codes: [leaf.code] })
    else group.codes.push(leaf.code)
  }
  for (const { first, codes } of groups.values()) rest.push({ ...first, codes })
  return rest
}

const exists = (kind: EntryKind | 'words', pk: string, where: Sql): Sql => ({
  sql: `exists (select 1 from ${kind} e where e.pk = ${pk} and ${where.sql})`,
  values: where.values,
})

function together(db: Database, leaves: readonly Leaf[], pk: string): Sql {
  const from: string[] = []
  const where: string[] = []
  const values: Value[] = []
  leaves.forEach((l, i) => {
    const part = entryTest(db, l, `e${i}`)
    from.push(`${l.kind} e${i}`)
    where.push(`e${i}.pk = ${pk}`)
    if (i > 0) where.push(`e${i}.grp = e0.grp`)
    where.push(part?.sql ?? '0')
    if (part !== undefined) values.push(...part.values)
  })
  return { sql: `exists (select 1 from ${from.join(', ')} where ${where.join(' and ')})`, values }
}

/**
 * A leaf as a condition on a row `e` of its entry table; undefined when nothing stored can fulfil it (a path, system,
 * unit or target that the store has never seen).
 */
export function leaf(db: Database, l: Leaf, e: string, values = e): Sql | undefined {
  const at = pathsIn(db, l.paths, e)
  const what = at === undefined ? undefined : value(db, l, values)
  if (at === undefined || what === undefined) return undefined
  return what === TRUE
    ? at
    : { sql: `${at.sql} and ${what.sql}`, values: [...at.values, ...what.values] }
}

/** The same for an entry of a resource that is known already, beside `pk`. */
export const entryTest = (db: Database, l: Leaf, e: string): Sql | undefined =>
  leaf(db, l, e, valuesOf(l, e))

/**
 * How a test names the value of an entry. SQLite would think a range of values, or a long list, narrower than the entries of one
 * resource, and go through all that have it, again for each resource; a `+` keeps it from that.
 */
const valuesOf = (l: Leaf, e: string): string =>
  (l.kind === 'token' && (l as Partial<Tokens>).codes === undefined) ||
  l.kind === 'reference' ||
  (l.kind === 'uri' && l.op === 'equals')
    ? e
    : `+${e}`

/** @param e what stands before the name of a column */
function value(db: Database, l: Leaf, e: string): Sql | undefined {
  const isTest = e.startsWith('+')
  switch (l.kind) {
    case 'token': {
      const parts: Sql[] = []
      const { codes } = l as Partial<Tokens>
      if (codes !== undefined)
        parts.push({ sql: `${e}.code in (${marks(codes.length)})`, values: codes })
      else if (l.code !== undefined) parts.push({ sql: `${e}.code = ?`, values: [l.code] })
      if (l.system !== undefined) {
        const system = db.systems.of(l.system)
        if (system === undefined) return undefined
        parts.push({ sql: `${e}.system = ?`, values: [system] })
      }
      return parts.length === 0 ? TRUE : join(parts, 'and')
    }
    case 'string':
      switch (l.op) {
        case 'equals':
          return { sql: `${e}.value = ?`, values: [l.value] }
        case 'exact':
          return { sql: `${e}.exact = ?`, values: [l.value] }
        case 'contains':
          return { sql: `instr(${e}.value, ?) > 0`, values: [l.value] }
        case 'ends':
          return l.value === ''
            ? TRUE
            : { sql: `substr(${e}.value, -length(?)) = ?`, values: [l.value, l.value] }
        case 'starts':
          return prefix(`${e}.value`, l.value)
      }
      break
    case 'date':
      return compareDate(l, e, isTest ? 'tested' : hasWide(db, l))
    case 'number':
      return compareNumber(l, e, isTest || hasWide(db, l))
    case 'quantity': {
      const number = compareNumber(l, e, isTest || hasWide(db, l))
      if (l.code === undefined && l.system === undefined) return number
      return join([number, unit(l.system, l.code, e)], 'and')
    }
    case 'reference': {
      const targets = targetsOf(db, l)
      if (targets.length === 0) return undefined
      return targets.length === 1
        ? { sql: `${e}.target = ?`, values: targets }
        : { sql: `${e}.target in (${marks(targets.length)})`, values: targets }
    }
    case 'uri':
      return uri(l, e)
  }
}

function unit(system: string | undefined, code: string | undefined, e: string): Sql {
  const from = `${e}.unit in (select id from unit where`
  if (system === undefined)
    return {
      sql: `${from} code = ? union select id from unit where unit = ?)`,
      values: [code!, code!],
    }
  if (code === undefined) return { sql: `${from} system = ?)`, values: [system] }
  return { sql: `${from} code = ? and system = ?)`, values: [code, system] }
}

/** Primary keys that a reference leaf points to; several when the type is open. */
function targetsOf(db: Database, l: Leaf & { kind: 'reference' }): readonly number[] {
  const { targets } = l as Partial<Targets>
  if (targets !== undefined) return targets
  if (l.type === undefined) {
    const rows = db.all(
      'select pk from resource where id = ? and type in (select 0 union all select id from type)',
      [l.id],
    )
    return rows.map((row) => row[0] as number)
  }
  const type = db.types.of(l.type)
  if (type === undefined) return []
  const row = db.get('select pk from resource where type = ? and id = ?', [type, l.id])
  return row === undefined ? [] : [row[0] as number]
}

function uri({ op, value }: Leaf & { kind: 'uri' }, e: string): Sql {
  const column = `${e}.value`
  if (op === 'equals') return { sql: `${column} = ?`, values: [value] }
  if (op === 'above') {
    const parents = parentsOf(value)
    return { sql: `${column} in (${marks(parents.length)})`, values: parents }
  }
  const separator = separatorOf(value)
  const under = prefix(column, value.endsWith(separator) ? value : value + separator)
  return { sql: `(${column} = ? or ${under.sql})`, values: [value, ...under.values] }
}

/** `column` begins with a text, as a range that an index serves. */
export function prefix(column: string, text: string): Sql {
  const end = afterPrefix(text)
  return end === undefined
    ? { sql: `${column} >= ?`, values: [text] }
    : { sql: `${column} >= ? and ${column} < ?`, values: [text, end] }
}

/** The least text (in the order of UTF-8 bytes) after all that begin with `text`; undefined when there is none. */
export function afterPrefix(text: string): string | undefined {
  const points = [...text].map((c) => c.codePointAt(0)!)
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last >= 0x10ffff) continue
    // Surrogates are no characters of their own.
    const next = last + 1 === 0xd800 ? 0xe000 : last + 1
    return String.fromCodePoint(...points, next)
  }
  return undefined
}

const MANY_PATHS = 8

/** `e.path` is one of these; undefined when the store knows none of them. */
export function pathsIn(db: Database, paths: readonly string[], e = 'e'): Sql | undefined {
  // A list of hundreds is looked up by each row found, not turned into hundreds of searches.
  if (paths.length > MANY_PATHS) {
    const set = pathSet(db, paths)
    return set === 0
      ? undefined
      : { sql: `+${e}.path in (select path from path_set where id = ?)`, values: [set] }
  }
  const known: number[] = []
  for (const path of paths) {
    const id = db.paths.of(path)
    if (id !== undefined) known.push(id)
  }
  if (known.length === 0) return undefined
  return known.length === 1
    ? { sql: `${e}.path = ?`, values: known }
    : { sql: `${e}.path in (${marks(known.length)})`, values: known }
}

type PathSet = { readonly id: number; readonly learned: number | null }

// By the connection: the table is its own, whoever looks through it.
const sets = new WeakMap<
  Database['raw'],
  { ids: Map<string, number>; lists: WeakMap<readonly string[], PathSet> }
>()

/**
 * A set of paths kept in a temporary table (database.ts makes it), so that a long list is one parameter; 0 when the
 * store knows none of them. A list is looked up again once the store has
 * learned new paths, from whatever connection.
 */
function pathSet(db: Database, paths: readonly string[]): number {
  let kept = sets.get(db.raw)
  if (kept === undefined) sets.set(db.raw, (kept = { ids: new Map(), lists: new WeakMap() }))
  const learned = db.get('select max(id) from path', [])![0] as number | null
  const before = kept.lists.get(paths)
  if (before?.learned === learned) return before.id
  const known = paths.map((path) => db.paths.of(path)).filter((id) => id !== undefined)
  const key = known.join()
  let id = known.length === 0 ? 0 : kept.ids.get(key)
  if (id === undefined) {
    if (kept.ids.size >= 10_000) forgetPathSets(db)
    kept.ids.set(key, (id = kept.ids.size + 1))
    for (const path of known)
      db.run('insert or ignore into path_set (id, path) values (?, ?)', [id, path])
  }
  kept.lists.set(paths, { id, learned })
  return id
}

/** Begin anew, because there are too many or because a transaction that made some was rolled back. */
export function forgetPathSets(db: Database): void {
  const kept = sets.get(db.raw)
  if (kept === undefined) return
  kept.ids.clear()
  kept.lists = new WeakMap()
  db.raw.exec('delete from path_set')
}

export const marks = (count: number): string => '?, '.repeat(count).slice(0, -2)
