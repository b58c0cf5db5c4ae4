// Large sets are walked in the order of an index instead of being sorted: the same resources, each once, in order.
// The contract suite has few resources; here are enough for every way that sqlite/search.ts can take.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Entry } from '../../../src/search/entry.ts'
import { matches } from '../../../src/search/match.ts'
import type { Condition, Leaf, SortKey } from '../../../src/search/plan.ts'
import { openDatabase } from '../../../src/store/sqlite/database.ts'
import { bestSource, MUCH } from '../../../src/store/sqlite/source.ts'
import { openSqliteStore } from '../../../src/store/sqlite/store.ts'
import type { Store } from '../../../src/store/store.ts'
import {
  date,
  idsOf,
  number,
  pages,
  plan,
  put,
  quantity,
  reference,
  string,
  token,
} from '../contract/resource.ts'

const COUNT = 1200
const at = (name: string): string => `Observation.${name}`

/** Resources whose values collide often, some with several values, some with none. */
function entriesOf(i: number): Entry[] {
  const found: Entry[] = [token(at('code'), `c${i % 3}`, i % 2 === 0 ? 'urn:s' : 'urn:t')]
  if (i % 5 !== 0) found.push(string(at('name'), `n${String((i * 7) % 400).padStart(3, '0')}`))
  if (i % 4 === 0) found.push(string(at('name'), `n${String((i * 3) % 400).padStart(3, '0')}`))
  if (i % 6 !== 0) found.push(date(at('date'), (i * 11) % 500, ((i * 11) % 500) + 1))
  if (i % 9 === 0) found.push(date(at('date'), (i * 13) % 500, ((i * 13) % 500) + 1))
  found.push(quantity(at('value'), (i * 17) % 300, ['urn:u', 'mg', 'mg']))
  if (i % 10 === 0) found.push(number(at('wide'), i % 100, (i % 100) + 50))
  found.push(number(at('wide'), i % 100))
  found.push(reference(at('subject'), 'Patient', `p${i % 40}`))
  return found
}

const all = Array.from({ length: COUNT }, (_, i) => ({
  id: `o${String(i).padStart(4, '0')}`,
  entries: entriesOf(i),
}))

const leafArbitrary: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record({ c: fc.nat(2), s: fc.constantFrom('urn:s', 'urn:t', undefined) }).map(({ c, s }) => ({
    kind: 'token' as const,
    paths: [at('code')],
    code: `c${c}`,
    ...(s === undefined ? {} : { system: s }),
  })),
  fc.constantFrom('n', 'n1', 'n12', 'n39', 'x').map((value) => ({
    kind: 'string' as const,
    paths: [at('name')],
    op: 'starts' as const,
    value,
  })),
  fc
    .record({
      op: fc.constantFrom('gt', 'ge', 'lt', 'le', 'sa', 'eb', 'ne', 'ap', 'eq'),
      low: fc.nat(500),
    })
    .map(({ op, low }) => ({
      kind: 'date' as const,
      paths: [at('date')],
      op: op as 'gt',
      low,
      high: low + 3,
    })),
  fc
    .record({
      op: fc.constantFrom('gt', 'ge', 'lt', 'le', 'sa', 'eb'),
      v: fc.nat(300),
      path: fc.constantFrom('value', 'wide'),
    })
    .map(({ op, v, path }) => ({
      kind: path === 'value' ? ('quantity' as const) : ('number' as const),
      paths: [at(path)],
      op: op as 'gt',
      low: v,
      high: v,
    })),
  fc.nat(45).map((p) => ({
    kind: 'reference' as const,
    paths: [at('subject')],
    type: 'Patient',
    id: `p${p}`,
  })),
)

const conditionArbitrary: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 4, arbitrary: leafArbitrary },
  {
    weight: 3,
    arbitrary: fc
      .array(leafArbitrary, { maxLength: 3 })
      .map((of) => ({ kind: 'and' as const, of })),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(leafArbitrary, { minLength: 1, maxLength: 3 })
      .map((of) => ({ kind: 'or' as const, of })),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(leafArbitrary, { minLength: 1, maxLength: 3 })
      .map((of) => ({ kind: 'together' as const, of })),
  },
  { weight: 1, arbitrary: leafArbitrary.map((of) => ({ kind: 'not' as const, of })) },
)

const sortArbitrary: fc.Arbitrary<SortKey[]> = fc.oneof(
  fc.constant<SortKey[]>([]),
  fc
    .record({
      by: fc.constantFrom<['string' | 'date' | 'quantity' | 'number' | 'token', string][]>(
        ['string', 'name'],
        ['date', 'date'],
        ['quantity', 'value'],
        ['number', 'wide'],
        ['token', 'code'],
      ),
      descending: fc.boolean(),
    })
    .map(({ by: [by, name], descending }): SortKey[] => [{ by, paths: [at(name)], descending }]),
  fc
    .record({ by: fc.constantFrom<['id', 'updated']>('id', 'updated'), descending: fc.boolean() })
    .map((key) => [key]),
)

/** What a resource is sorted by; undefined when it has none. */
function sortValue(
  { id, entries }: (typeof all)[number],
  key: SortKey,
): string | number | undefined {
  if (!('paths' in key)) return id
  const values = entries
    .filter((e) => e.kind === key.by && key.paths.includes(e.path))
    .map((e) => ('low' in e ? e.low : 'value' in e ? e.value : 'code' in e ? e.code : ''))
  const sorted = values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return key.descending ? sorted.at(-1) : sorted[0]
}

describe('SQLite walks of large sets', function () {
  this.timeout(120_000)
  let store: Store

  before(async () => {
    assert.ok(COUNT > 4 * MUCH)
    store = await openSqliteStore(':memory:')
    for (const one of all) await store.commit([put('Observation', one.id, one.entries)])
    await store.commit([put('Patient', 'p1', [string('Patient.name', 'n1')])])
  })
  after(() => store.close())

  it('gives each match once and in order, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(
        conditionArbitrary,
        sortArbitrary,
        fc.constantFrom(7, 50, 333),
        async (where, sort, count) => {
          const found = await pages(store, plan(where, { types: ['Observation'], sort, count }))
          const ids = found.flatMap((page) => idsOf(page.matches))
          const expected = all.filter(({ id, entries }) =>
            matches({ type: 'Observation', id, updated: 0, entries }, where),
          )
          assert.equal(new Set(ids).size, ids.length, 'none twice')
          assert.deepEqual(
            [...ids].sort(),
            expected.map(({ id }) => id),
          )
          assert.equal(await store.count(plan(where, { types: ['Observation'] })), expected.length)
          const [key] = sort
          if (key === undefined) return
          const byId = new Map(all.map((one) => [one.id, one]))
          const values = ids.map((id) => sortValue(byId.get(id)!, key))
          for (let i = 1; i < values.length; i++) {
            const [a, b] = [values[i - 1], values[i]]
            if (b === undefined) continue
            assert.ok(a !== undefined && (key.descending ? a >= b : a <= b), `${a} before ${b}`)
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('begins a composite with the part that selects least', () => {
    const db = openDatabase(':memory:')
    db.raw.exec(`
      insert into path (id, name) values (1, '${at('code')}'), (2, '${at('value')}');
      create temp view number_up (n) as
        with up (n) as (select 1 union all select n + 1 from up where n < 1000) select n from up;
      insert into token (pk, path, code, system, grp) select n, 1, 'c', 0, 0 from number_up;
      insert into quantity (pk, path, low, high, unit, grp) select n, 2, n, n, 0, 0 from number_up;`)
    const code: Leaf = { kind: 'token', paths: [at('code')], code: 'c', system: '' }
    const value = (low: number): Leaf => ({
      kind: 'quantity',
      paths: [at('value')],
      op: 'gt',
      low,
      high: low,
    })
    const kindFor = (low: number): string | undefined =>
      bestSource(db, [{ kind: 'together', of: [code, value(low)] }])?.leaves[0]?.kind
    assert.equal(kindFor(990), 'quantity')
    assert.equal(kindFor(10), 'token')
    db.raw.close()
  })

  it('goes on in its order when another would be chosen by now', async () => {
    const where: Condition = {
      kind: 'and',
      of: [
        { kind: 'string', paths: [at('name')], op: 'starts', value: 'n' },
        { kind: 'reference', paths: [at('subject')], type: 'Patient', id: 'nobody' },
      ],
    }
    const wide: Condition = { kind: 'and', of: [where.of[0]!, { kind: 'not', of: where.of[1]! }] }
    const first = await store.search(plan(wide, { types: ['Observation'], count: 10 }))
    const rest = await store.search(
      plan(wide, { types: ['Observation'], count: 1000, cursor: first.next! }),
    )
    const more = await store.search(
      plan(wide, { types: ['Observation'], count: 1000, cursor: rest.next! }),
    )
    const ids = [first, rest, more].flatMap((page) => idsOf(page.matches))
    assert.equal(new Set(ids).size, ids.length)
  })

  it('takes long lists of alternatives of every kind', async () => {
    const codes = Array.from({ length: 3000 }, (_, i) => `c${i * 2}`)
    const tokens: Condition = {
      kind: 'or',
      of: codes.map((code) => ({ kind: 'token', paths: [at('code')], code })),
    }
    const mixed: Condition = {
      kind: 'or',
      of: codes.map((value) => ({
        kind: 'string',
        paths: [at('name')],
        op: 'starts',
        value: `n${value}`,
      })),
    }
    const expected = all.filter(({ entries }) =>
      entries.some((e) => e.kind === 'token' && e.code !== 'c1'),
    )
    assert.equal(await store.count(plan(tokens, { types: ['Observation'] })), expected.length)
    assert.equal(await store.count(plan(mixed, { types: ['Observation'] })), 0)
    const { matches: page } = await store.search(
      plan(tokens, { types: ['Observation'], count: 10 }),
    )
    assert.equal(page.length, 10)
  })

  it('refuses the cursor of another kind of search', async () => {
    const sorted = await store.search(
      plan(undefined, { types: ['Observation'], count: 5, sort: [{ by: 'id', descending: true }] }),
    )
    await assert.rejects(
      store.search(plan(undefined, { types: ['Observation'], count: 5, cursor: sorted.next! })),
      { kind: 'parameter' },
    )
  })
})
