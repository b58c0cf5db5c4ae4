// Chains looked up beforehand: where what is asked of the other resource selects little, its keys take the chain's place.
// `Observation?subject:Patient.identifier=…` begins at the patient then; a chain that selects much is tested on each row.
// Must not change what is found, only how fast.
import { NONE, type Condition } from '../../search/plan.ts'
import { join, knownTypes, marks, pathsIn, test, type Sql, type Targets } from './compile.ts'
import { bestSource, keysOf, MUCH } from './source.ts'
import type { Database } from './database.ts'

/** Keys that may take a chain's place: with more it is cheaper to test the chain on rows until a page is full. */
const MOST = 1000

type Refers = Extract<Condition, { readonly kind: 'refers' | 'referred' }>

type Shares = Extract<Condition, { readonly kind: 'shares' }>

/** The same condition, with chains that select little as references, tokens and ids. */
export const withoutChains = (db: Database, condition: Condition): Condition =>
  replaced(db, condition, isNarrow(db, condition), new Map())

/** What was looked up already: what consents permit and what they deny is often asked of the same. */
type Looked = Map<Shares, Condition>

/** @param tested leave what is shared to be tested on each resource */
function replaced(db: Database, condition: Condition, tested: boolean, looked: Looked): Condition {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      if (!condition.of.some(hasChain)) return condition
      // What is tested by the resource alone is cheaper, and comes first.
      const first = condition.of.filter((c) => !hasChain(c))
      const narrow = tested || isNarrow(db, condition)
      const then = condition.of.filter(hasChain).map((c) => replaced(db, c, narrow, looked))
      return { kind: condition.kind, of: [...first, ...then] }
    }
    case 'not': {
      const of = replaced(db, condition.of, tested, looked)
      return of === condition.of ? condition : { kind: 'not', of }
    }
    case 'shares':
      return tested ? condition : toTokensOnce(db, condition, looked)
    case 'refers':
    case 'referred': {
      const link = { ...condition, where: withoutChains(db, condition.where) }
      const keys = fewKeys(db, link.types, link.where)
      if (keys === undefined) return link
      if (keys.length === 0) return NONE
      return link.kind === 'refers' ? toTargets(link, keys) : ofTargets(db, link, keys)
    }
    default:
      return condition
  }
}

const hasChain = (c: Condition): boolean => {
  if (c.kind === 'and' || c.kind === 'or') return c.of.some(hasChain)
  return c.kind === 'not' ? hasChain(c.of) : LINKS.has(c.kind)
}

const LINKS: ReadonlySet<Condition['kind']> = new Set(['refers', 'referred', 'shares'])

/** Whether it asks, itself, what a resource shares with others. */
export const hasShares = (c: Condition): boolean => {
  if (c.kind === 'and' || c.kind === 'or') return c.of.some(hasShares)
  return c.kind === 'not' ? hasShares(c.of) : c.kind === 'shares'
}

/** Whether a conjunction leaves so few resources that to test what they share on each costs less than to look it up. */
function isNarrow(db: Database, condition: Condition): boolean {
  if (condition.kind !== 'and' || !hasShares(condition)) return false
  const plain = flatten(condition).filter((c) => !hasChain(c))
  const source = plain.length === 0 ? undefined : bestSource(db, plain)
  return source !== undefined && !source.isLarge()
}

function toTokensOnce(db: Database, shares: Shares, looked: Looked): Condition {
  let tokens = looked.get(shares)
  if (tokens === undefined) looked.set(shares, (tokens = toTokens(db, shares)))
  return tokens
}

/** Few resources as the tokens by which others share something with them. */
function toTokens(db: Database, shares: Shares): Condition {
  const where = withoutChains(db, shares.where)
  const { path, there = path, types } = shares
  const keys = fewKeys(db, types, where, MUCH)
  if (keys === undefined) return { ...shares, where }
  const at = keys.length === 0 ? undefined : pathsIn(db, [there])
  if (at === undefined) return NONE
  const from = padded(keys)
  const rows = db.all(
    `select distinct e.system, e.code from token e
      where e.pk in (${marks(from.length)}) and ${at.sql} limit ${MOST + 1}`,
    [...from, ...at.values],
  )
  if (rows.length > MOST) return { ...shares, where }
  const of = padded(rows).map(([system, code]): Condition => ({
    kind: 'token',
    paths: [path],
    system: db.systems.nameOf(system as number),
    code: code as string,
  }))
  return { kind: 'or', of }
}

// A type tells the search that there is one target, whose index has the keys in order.
const toTargets = ({ paths, types }: Refers, targets: readonly number[]): Targets => ({
  kind: 'reference',
  paths,
  ...(targets.length === 1 ? { type: types[0] ?? '' } : {}),
  id: '',
  targets: padded(targets),
})

/** To the next power of two, the last repeated: each length is a statement of its own for SQLite to prepare and keep. */
function padded<T>(keys: readonly T[]): readonly T[] {
  const last = keys.at(-1)
  if (last === undefined) return keys
  let length = 1
  while (length < keys.length) length *= 2
  return [...keys, ...Array.from({ length: length - keys.length }, () => last)]
}

/** Those that the resources with these keys refer to, by their ids. */
function ofTargets(db: Database, { paths }: Refers, keys: readonly number[]): Condition {
  const at = pathsIn(db, paths)
  if (at === undefined) return NONE
  const from = padded(keys)
  const rows = db.all(
    `select distinct t.type, t.id from reference e cross join resource t on t.pk = e.target
      where e.pk in (${marks(from.length)}) and ${at.sql} and t.state = 1`,
    [...from, ...at.values],
  )
  const byType = new Map<string, string[]>()
  for (const [type, id] of rows) {
    const name = db.types.nameOf(type as number)
    const ids = byType.get(name)
    if (ids === undefined) byType.set(name, [id as string])
    else ids.push(id as string)
  }
  return { kind: 'or', of: [...byType].map(([type, ids]) => ({ kind: 'id', ids, type })) }
}

/** Keys of what is here and fulfils a condition; undefined when they are many, or no index leads to them. */
function fewKeys(
  db: Database,
  types: readonly string[],
  where: Condition,
  most = MOST,
): number[] | undefined {
  const known = knownTypes(db, types)
  if (known.length === 0) return []
  const conditions = flatten(where).map((c) => typed(c, types))
  // All are tested afterwards, so that a part of a composite may lead, too.
  // Where few will do, what a token says is estimated fast; whether there are as few at a time isn't.
  const tokens = most < MOST ? conditions.filter(({ kind }) => kind === 'token') : []
  const [only] = tokens
  if (only !== undefined && tokens.length === 1 && isKnownLarge(only)) return undefined
  const source = bestSource(
    db,
    (tokens.length > 0 ? tokens : conditions).flatMap((c): Condition[] =>
      c.kind === 'together' ? [c, ...c.of] : [c],
    ),
  )
  if (source === undefined) return undefined
  const keys = keysOf(db, source)
  if (keys === undefined) return []
  if (source.isLarge()) {
    if (most <= MUCH) {
      if (only !== undefined && tokens.length === 1) large.set(only, TRUSTED)
      return undefined
    }
    const sql = `select 1 from ${keys.from} where ${keys.where} limit ${most + 1}`
    if (db.all(sql, keys.values).length > most) return undefined
  }
  const ofType: Sql = { sql: `r.type in (${marks(known.length)})`, values: known }
  const tests = join([ofType, ...conditions.map((c) => test(db, c))], 'and')
  const rows = db.all(
    `select r.pk from ${keys.from} cross join resource r on r.pk = d.pk
      where ${keys.where} and r.state = 1 and ${tests.sql}`,
    [...keys.values, ...tests.values],
  )
  return rows.map((row) => row[0] as number)
}

/** Conditions that are kept by who asks (what a rule is called), and had too many: how often that is still believed. */
const large = new WeakMap<Condition, number>()
const TRUSTED = 1000

function isKnownLarge(condition: Condition): boolean {
  const left = large.get(condition) ?? 0
  if (left > 0) large.set(condition, left - 1)
  return left > 0
}

const flatten = (c: Condition): readonly Condition[] =>
  c.kind === 'and' ? c.of.flatMap(flatten) : [c]

/** An id leads to a resource only with its type. */
const typed = (c: Condition, types: readonly string[]): Condition =>
  c.kind === 'id' && c.type === undefined
    ? { kind: 'or', of: types.map((type) => ({ ...c, type })) }
    : c
