// What a restricted plan finds on the whole store is what the plain plan finds on a store of the visible resources alone.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ofTypes, restrict } from '../../src/consent/restrict.ts'
import type { Entry } from '../../src/search/entry.ts'
import { matches, type Candidate } from '../../src/search/match.ts'
import type { Condition, Include, Plan, SortKey } from '../../src/search/plan.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Change, Found, Store } from '../../src/store/store.ts'
import { among, condition, network } from '../store/contract/chain.ts'
import { pages, put } from '../store/contract/resource.ts'

const TYPES = ['Patient', 'Group', 'Basic']
const type = fc.constantFrom(...TYPES)
const some = fc.uniqueArray(type, { minLength: 1, maxLength: 3 })
const path = fc.constantFrom('p1', 'p2', ...TYPES.flatMap((t) => [`${t}.link`, `${t}.code`]))
const paths = fc.uniqueArray(path, { minLength: 1, maxLength: 5 })

const include: fc.Arbitrary<Include> = fc.record(
  { reverse: fc.boolean(), paths, types: some, iterate: fc.boolean(), where: condition },
  { requiredKeys: ['reverse', 'paths'] },
)
const key: fc.Arbitrary<SortKey> = fc.oneof(
  fc.record({ by: fc.constant('id' as const), descending: fc.boolean() }),
  fc.record({
    by: fc.constantFrom('token' as const, 'string' as const, 'reference' as const),
    paths,
    descending: fc.boolean(),
  }),
)
const plan: fc.Arbitrary<Plan> = fc.record({
  types: fc.option(some, { nil: undefined }),
  where: condition,
  sort: fc.array(key, { maxLength: 2 }),
  count: fc.integer({ min: 1, max: 6 }),
  total: fc.boolean(),
  includes: fc.array(include, { maxLength: 3 }),
  includeCount: fc.integer({ min: 1, max: 5 }),
})

/** A type alone is what accesses ask besides. */
const visible: fc.Arbitrary<Condition> = fc.oneof(
  condition,
  fc
    .tuple(some, condition)
    .map(([types, other]): Condition => ({ kind: 'or', of: [{ kind: 'type', types }, other] })),
  fc.tuple(some, condition).map(([types, other]): Condition => ({
    kind: 'and',
    of: [{ kind: 'not', of: { kind: 'type', types } }, other],
  })),
)

type Made = { readonly type: string; readonly id: string; readonly entries: readonly Entry[] }

/** What is hidden was here once: ties come in the order in which the store first heard of a resource. */
const filled = async (resources: readonly Made[], hidden: readonly Made[] = []): Promise<Store> => {
  const store = await openSqliteStore(':memory:')
  const changes = resources.map(({ type, id, entries }): Change => put(type, id, entries))
  assert.ok((await store.commit(changes)).ok)
  await store.commit(hidden.map(({ type, id }): Change => ({ kind: 'delete', type, id })))
  return store
}

const names = (found: readonly { readonly type: string; readonly id: string }[]): string[] =>
  found.map(({ type, id }) => `${type}/${id}`)

/** All pages as one: matches in their order where the plan has one, totals, what each page's matches bring. */
const answered = (found: readonly Found[], ordered: boolean) => {
  const matched = found.flatMap((page) => names(page.matches))
  return {
    matches: ordered ? matched : matched.sort(),
    included: [...new Set(found.flatMap((page) => names(page.included)))].sort(),
    totals: [...new Set(found.flatMap(({ total }) => (total === undefined ? [] : [total])))],
  }
}

describe('consent/restrict', function () {
  this.timeout(120_000)

  it('finds what the plain plan finds where nothing else is', async () => {
    let found = 0
    let hidden = 0
    await fc.assert(
      fc.asyncProperty(
        network,
        visible,
        fc.array(plan, { minLength: 20, maxLength: 20 }),
        async (resources, seen, plans) => {
          const all = resources.map((one): Candidate => ({ ...one, updated: 0 }))
          const others = all.filter((one) => !matches(one, seen, among(all)))
          hidden += others.length
          const [whole, part] = [await filled(resources), await filled(resources, others)]
          try {
            for (const asked of plans) {
              const ordered = asked.sort.length > 0
              const expected = await pages(part, asked)
              const got = await pages(whole, restrict(asked, seen))
              assert.deepEqual(
                answered(got, ordered),
                answered(expected, ordered),
                JSON.stringify([seen, asked]),
              )
              assert.equal(await whole.count(restrict(asked, seen)), await part.count(asked))
              found += expected.flatMap((page) => page.matches).length
            }
          } finally {
            await whole.close()
            await part.close()
          }
        },
      ),
      { numRuns: Number(process.env.RESTRICT_RUNS ?? 60), endOnFailure: false },
    )
    assert.ok(found > 100 && hidden > 100, `${found} found, ${hidden} hidden`)
  })

  it('decides what is asked of types alone', () => {
    const token: Condition = { kind: 'token', paths: ['*custodian'], system: 'a', code: '' }
    const shared: Condition = { kind: 'type', types: ['Organization', 'Location'] }
    const either: Condition = { kind: 'or', of: [shared, token] }
    assert.deepEqual(ofTypes(either, ['Patient']), token)
    assert.deepEqual(ofTypes(either, ['Location']), { kind: 'and', of: [] })
    const left: Condition = { kind: 'type', types: ['Location'] }
    const both = ['Location', 'Patient']
    assert.deepEqual(ofTypes(either, both), { kind: 'or', of: [left, token] })
    const code: Condition = { ...token, paths: ['Patient.gender', 'Location.status'] }
    assert.deepEqual(ofTypes(code, ['Patient']), { ...code, paths: ['Patient.gender'] })
    assert.deepEqual(ofTypes({ kind: 'not', of: code }, ['Group']), { kind: 'and', of: [] })
    assert.deepEqual(ofTypes({ kind: 'not', of: shared }, ['Location']), { kind: 'or', of: [] })
    assert.deepEqual(ofTypes(either, undefined), either)
  })
})
