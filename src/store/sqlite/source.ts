// Where a search begins: the condition of a conjunction that selects least, as a stream of primary keys.
// Estimates are counts cut off early, so that choosing costs microseconds. Must not change what is found, only how fast.
import { describe } from '../../search/describe.ts'
import type { Condition, Leaf, Words } from '../../search/plan.ts'
import { parentsOf } from '../../search/uri.ts'
import { hasWide } from './compare.ts'
import { entryTest, leaf, marks, merged, type Sql } from './compile.ts'
import type { Database, Value } from './database.ts'
import { said } from './words.ts'

/** What one index can answer. */
type Ids = Extract<Condition, { readonly kind: 'id' }>
type Origin = Leaf | Ids | Words

/** A condition that can deliver primary keys from an index. */
export type Source = {
  readonly condition: Condition
  readonly leaves: readonly Origin[]
  /** Whether it has MUCH entries or more; counted when asked. */
  isLarge(): boolean
  /** Whether it has HUGE entries or more. */
  isHuge(): boolean
}

type Candidate = Pick<Source, 'condition' | 'leaves'>

/** Estimates stop counting here. */
export const MUCH = 256

/** So many resources can be tested in a few milliseconds, which other requests can wait for. */
export const HUGE = 4096

const ENOUGH = 24

/** The most selective source among conditions that must all hold; undefined when none can deliver keys. */
export function bestSource(db: Database, all: readonly Condition[]): Source | undefined {
  const source = selective(db, all)
  db.note?.(
    source === undefined
      ? 'no index leads to it: all are tested, or an order is walked'
      : `begins with ${describe(source.condition)}`,
  )
  return source
}

function selective(db: Database, all: readonly Condition[]): Source | undefined {
  const candidates: Candidate[] = []
  for (const condition of all)
    for (const part of partsOf(condition)) {
      const leaves = leavesOf(part)
      if (leaves !== undefined) candidates.push({ condition, leaves })
    }
  candidates.sort((a, b) => rank(a.leaves) - rank(b.leaves))
  if (candidates.length < 2) return candidates[0] && counted(db, candidates[0])
  let best: { candidate: Candidate; estimate: number } | undefined
  for (const candidate of candidates) {
    const most = best?.estimate ?? MUCH
    const found = estimate(db, candidate.leaves, most)
    if (best === undefined || found < best.estimate) best = { candidate, estimate: found }
    if (best.estimate <= ENOUGH) break
  }
  const { candidate, estimate: least } = best!
  return counted(db, candidate, least >= MUCH)
}

/** Any part of what must hold together is enough to begin with. */
const partsOf = (condition: Condition): readonly Condition[] =>
  condition.kind === 'together' || condition.kind === 'and' ? condition.of : [condition]

function counted(db: Database, candidate: Candidate, isLarge?: boolean): Source {
  let large = isLarge
  let huge: boolean | undefined
  const has = (most: number): boolean => estimate(db, candidate.leaves, most) >= most
  const source = {
    ...candidate,
    isLarge: () => (large ??= has(MUCH)),
    isHuge: () => (huge ??= source.isLarge() && has(HUGE)),
  }
  return source
}

/** A condition as a source, when it is one. */
export function sourceOf(db: Database, condition: Condition): Source | undefined {
  const leaves = leavesOf(condition)
  return leaves && counted(db, { condition, leaves })
}

/** Leaves whose union is the condition; undefined when it can't be had from entry indexes. */
function leavesOf(condition: Condition): readonly Origin[] | undefined {
  switch (condition.kind) {
    case 'id':
      return condition.type === undefined ? undefined : [condition]
    case 'token':
      return condition.code === undefined ? undefined : [condition]
    case 'string': {
      const { op, folded } = condition
      if (op === 'exact' && folded !== undefined)
        return [{ kind: 'string', paths: condition.paths, op: 'equals', value: folded }]
      return op === 'starts' || op === 'equals' ? [condition] : undefined
    }
    case 'date':
    case 'number':
    case 'quantity':
      return condition.op === 'ne' ? undefined : [condition]
    case 'reference':
      return [condition]
    case 'uri':
    case 'words':
      return [condition]
    case 'or': {
      const parts = condition.of.map(leavesOf)
      if (parts.length === 0 || !parts.every((p) => p !== undefined)) return undefined
      return merged(parts.flat())
    }
    case 'and': {
      // One of several that must hold is enough to begin with; the rest is tested.
      const parts = condition.of.map(leavesOf).filter((p) => p !== undefined)
      return parts.sort((a, b) => rank(a) - rank(b))[0]
    }
    case 'together':
      return leavesOf({ kind: 'and', of: condition.of })
    default:
      return undefined
  }
}

/** Up to so many alternatives each get a stream of their own. */
const FEW = 40

/** SQLite joins at most 500 selects. */
const MOST = 400

const RANK = {
  id: 0,
  reference: 0,
  token: 1,
  uri: 2,
  string: 3,
  words: 3,
  number: 4,
  quantity: 5,
  date: 6,
} as const

const rank = (leaves: readonly Origin[]): number => Math.max(...leaves.map((l) => RANK[l.kind]))

function estimate(db: Database, leaves: readonly Origin[], most: number): number {
  let sum = 0
  for (const l of leaves) {
    if (l.kind === 'id') {
      sum += l.ids.length
      continue
    }
    sum += entriesOf(db, l, most)
    if (sum >= most) return most
  }
  return sum
}

/** Entries of a leaf, `most` at most; counted once for a search, which asks for it on several ways. */
function entriesOf(db: Database, l: Leaf | Words, most: number): number {
  const before = db.counted.get(l)
  if (before !== undefined && (before.found < before.most || before.most >= most))
    return Math.min(before.found, most)
  const where = entryOf(db, l, 'e')
  if (where === undefined) return 0
  const sql = `select count(*) from (select 1 from ${l.kind} e ${INDEXED[l.kind]} where ${where.sql} limit ${most})`
  const found = db.get(sql, where.values)![0] as number
  db.counted.set(l, { found, most })
  return found
}

/** The index on values; without it SQLite may guess that the primary key serves as well. */
const INDEXED: Record<Origin['kind'], string> = {
  id: 'indexed by resource_id',
  token: 'indexed by token_value',
  string: 'indexed by string_value',
  date: '',
  number: '',
  quantity: '',
  reference: 'indexed by reference_target',
  uri: 'indexed by uri_value',
  words: '',
}

/** An origin as a condition on a row of its table; undefined when nothing stored can fulfil it. */
const entryOf = (db: Database, l: Leaf | Words, e: string): Sql | undefined =>
  l.kind === 'words' ? said(db, l, e) : leaf(db, l, e)

/** Distinct primary keys of a source as a part of a query: `from ${from} where ${where} … ${order}`, with `values` in that order. */
export type Keys = {
  /** Names the keys `d.pk`. */
  readonly from: string
  readonly where: string
  readonly order: string
  readonly values: readonly Value[]
}

/**
 * Keys of a source; undefined when there are none. A test for equality streams from its index, in order and for
 * nothing; alternatives are merged, ranges sorted first.
 * @param after only keys behind this one
 */
export function keysOf(
  db: Database,
  { leaves }: Source,
  order?: 'asc' | 'desc',
  after?: number,
): Keys | undefined {
  const origins = leaves.length > FEW ? leaves : leaves.flatMap((l) => single(db, l))
  const [only] = origins
  if (only !== undefined && origins.length === 1 && streams(only)) {
    const where = entryOf(db, only, 'd')
    if (where === undefined) return undefined
    const behind = after === undefined ? '' : ` and d.pk ${order === 'desc' ? '<' : '>'} ?`
    return {
      from: `${only.kind} d ${INDEXED[only.kind]}`,
      where: `${where.sql}${only.kind === 'words' ? '' : ` and ${first(only.kind)}`}${behind}`,
      order: order === undefined ? '' : ` order by d.pk ${order}`,
      values: after === undefined ? where.values : [...where.values, after],
    }
  }
  const parts: Sql[] = []
  for (const one of origins) {
    const where = one.kind === 'id' ? ids(db, one) : entryOf(db, one, 'e')
    if (where === undefined) continue
    const table = one.kind === 'id' ? 'resource' : one.kind
    const behind = after === undefined ? '' : ` and e.pk ${order === 'desc' ? '<' : '>'} ?`
    parts.push({
      sql: `select e.pk as pk from ${table} e ${INDEXED[one.kind]} where ${where.sql}${behind}`,
      values: after === undefined ? where.values : [...where.values, after],
    })
  }
  if (parts.length === 0) return undefined
  const sql =
    parts.length === 1
      ? parts[0]!.sql.replace('select ', 'select distinct ')
      : union(parts.map((p) => p.sql))
  // Without a limit SQLite takes the order of a subquery in a join for a mere wish.
  const ordered = order === undefined ? '' : ` order by pk ${order} limit -1`
  return {
    from: `(${sql}${ordered}) d`,
    where: '1',
    order: '',
    values: parts.flatMap((p) => p.values),
  }
}

/** Whether an origin tests one path for one value, so that its index has the keys in order. */
const streams = (l: Origin): l is Words | (Leaf & { kind: 'token' | 'reference' | 'uri' }) =>
  l.kind === 'words' ||
  (l.kind === 'token' && l.system !== undefined && l.paths.length === 1 && !('codes' in l)) ||
  (l.kind === 'reference' && l.type !== undefined && l.paths.length === 1) ||
  (l.kind === 'uri' && l.op === 'equals' && l.paths.length === 1)

/** Of equal entries in several groups (the components of one Observation) only the first counts. */
const first = (table: 'token' | 'reference' | 'uri'): string => {
  const same = SAME[table].map((c) => `b.${c} = d.${c}`).join(' and ')
  return `(d.grp = 0 or not exists (select 1 from ${table} b where b.pk = d.pk and ${same} and b.grp < d.grp))`
}

const SAME = {
  token: ['path', 'code', 'system'],
  reference: ['path', 'target'],
  uri: ['path', 'value'],
} as const

function union(selects: readonly string[]): string {
  if (selects.length <= MOST) return selects.join(' union ')
  const blocks: string[] = []
  for (let i = 0; i < selects.length; i += MOST)
    blocks.push(`select pk from (${selects.slice(i, i + MOST).join(' union ')})`)
  return union(blocks)
}

/** A leaf as leaves of one path and, for tokens, one system, each of which streams by primary key from its index. */
function single(db: Database, l: Origin): Origin[] {
  if (l.kind === 'id' || l.kind === 'words' || l.paths.length > 8) return [l]
  if (l.kind === 'uri' && l.op === 'above')
    return l.paths.flatMap((path) =>
      parentsOf(l.value).map((value): Leaf => ({
        kind: 'uri',
        paths: [path],
        op: 'equals',
        value,
      })),
    )
  const split = l.paths.map((path): Leaf => ({ ...l, paths: [path] }))
  return split.flatMap((one) =>
    one.kind === 'token' && one.system === undefined && one.code !== undefined && !('codes' in one)
      ? withSystems(db, one, one.code)
      : [one],
  )
}

function ids(db: Database, { type, ids }: Ids): Sql | undefined {
  const known = db.types.of(type!)
  if (known === undefined || ids.length === 0) return undefined
  return { sql: `e.type = ? and e.id in (${marks(ids.length)})`, values: [known, ...ids] }
}

/** The systems in which a code occurs, found by skipping through the index. */
function withSystems(db: Database, l: Leaf & { kind: 'token' }, code: string): Leaf[] {
  const path = db.paths.of(l.paths[0]!)
  if (path === undefined) return []
  const found: Leaf[] = []
  for (let last = -1; found.length <= 16;) {
    const row = db.get('select min(system) from token where path = ? and code = ? and system > ?', [
      path,
      code,
      last,
    ])
    const system = row?.[0] as number | null | undefined
    if (system === null || system === undefined) return found
    found.push({ ...l, system: db.systems.nameOf(system) })
    last = system
  }
  return [l]
}

/** A source that is one range of one path: it can be walked in the order of its values, without sorting all of it. */
export type Range = {
  readonly table: 'string' | 'date' | 'number' | 'quantity'
  readonly column: 'value' | 'low'
  /** The range as a condition on a row of the table, named by an alias. */
  where(alias: string): Sql
  /** The same on a row of a resource that is known already. */
  test(alias: string): Sql
}

/**
 * The range of a source; undefined when it is none, or streams by primary key anyway.
 * @param begun whether a page was given already: then the walk goes on, at whatever cost
 */
export function rangeOf(
  db: Database,
  { condition, leaves }: Source,
  begun = false,
): Range | undefined {
  const [l] = leaves
  if (
    l === undefined ||
    leaves.length > 1 ||
    // The page behind couldn't tell which part it was.
    condition.kind === 'together' ||
    condition.kind === 'and' ||
    l.kind === 'id' ||
    l.kind === 'words' ||
    l.paths.length !== 1 ||
    leaf(db, l, 'e') === undefined
  )
    return undefined
  const where = (alias: string): Sql => leaf(db, l, alias)!
  const test = (alias: string): Sql => entryTest(db, l, alias)!
  if (l.kind === 'string' && l.op === 'starts')
    return { table: 'string', column: 'value', where, test }
  if (l.kind !== 'date' && l.kind !== 'number' && l.kind !== 'quantity') return undefined
  // Where entries are wide, the condition is no one range of the index.
  return !begun && hasWide(db, l) ? undefined : { table: l.kind, column: 'low', where, test }
}

/** Whether all that a source delivers is of these types: its paths begin with the name of their type. */
export const namesItsType = ({ leaves }: Source, types: readonly string[] | undefined): boolean =>
  types !== undefined &&
  leaves.every((l) => (l.kind === 'id' ? types.includes(l.type!) : areOfTypes(l.paths, types)))

const judged = new WeakMap<readonly string[], WeakMap<readonly string[], boolean>>()

function areOfTypes(paths: readonly string[], types: readonly string[]): boolean {
  const isOf = (path: string): boolean => {
    const dot = path.indexOf('.')
    return types.includes(dot < 0 ? path : path.slice(0, dot))
  }
  if (paths.length < 4) return paths.every(isOf)
  // Long lists are those of compartments, which are made once and kept.
  let known = judged.get(paths)
  if (known === undefined) judged.set(paths, (known = new WeakMap<readonly string[], boolean>()))
  let result = known.get(types)
  if (result === undefined) known.set(types, (result = paths.every(isOf)))
  return result
}
