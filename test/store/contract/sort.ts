// Contract of order and pages: each kind of sort key both ways, missing values last, every match on one page only.
// https://hl7.org/fhir/R4/search.html#_sort
import assert from 'node:assert/strict'
import { Failure } from '../../../src/errors.ts'
import type { Condition, SortKey } from '../../../src/search/plan.ts'
import type { Store } from '../../../src/store/store.ts'
import * as make from './resource.ts'

const all: Condition = { kind: 'token', paths: ['kind'], code: 'sorted' }
const mark = make.token('kind', 'sorted')

const RESOURCES = {
  a: [make.string('s', 'b'), make.date('d', 10, 20), make.number('n', 5), make.token('t', 'y')],
  b: [make.string('s', 'a'), make.string('s', 'z'), make.date('d', 5, 6), make.number('n', 40)],
  c: [make.string('s2', 'c'), make.date('d', 30, 31), make.date('d', 1, 2), make.number('n', 9)],
  d: [make.quantity('q', 3), make.reference('r', 'Patient', '2'), make.uri('u', 'http://b')],
  e: [make.quantity('q', 20), make.reference('r', 'Patient', '1'), make.uri('u', 'http://a')],
  f: [make.string('s', '김'), make.token('t', 'x'), make.number('n', -1)],
}

const key = (
  by: Exclude<SortKey['by'], 'id' | 'updated'>,
  path: string,
  descending = false,
): SortKey => ({
  by,
  paths: [path],
  descending,
})

/** Keys and the ids in order; ids in brackets have no value and come last, in any order. */
const CASES: readonly (readonly [readonly SortKey[], string])[] = [
  [[key('string', 's')], 'baf [cde]'],
  [[key('string', 's', true)], 'fba [cde]'],
  [[{ by: 'string', paths: ['s', 's2'], descending: false }], 'bacf [de]'],
  [[{ by: 'string', paths: ['s', 's2'], descending: true }], 'fbca [de]'],
  [[key('date', 'd')], 'cba [def]'],
  [[key('date', 'd', true)], 'cab [def]'],
  [[key('number', 'n')], 'facb [de]'],
  [[key('number', 'n', true)], 'bcaf [de]'],
  [[key('token', 't')], 'fa [bcde]'],
  [[key('token', 't', true)], 'af [bcde]'],
  [[key('quantity', 'q')], 'de [abcf]'],
  [[key('quantity', 'q', true)], 'ed [abcf]'],
  [[key('reference', 'r')], 'ed [abcf]'],
  [[key('reference', 'r', true)], 'de [abcf]'],
  [[key('uri', 'u')], 'ed [abcf]'],
  [[key('uri', 'u', true)], 'de [abcf]'],
  [[{ by: 'id', descending: false }], 'abcdef'],
  [[{ by: 'id', descending: true }], 'fedcba'],
  [[{ by: 'updated', descending: false }], 'abcdef'],
  [[{ by: 'updated', descending: true }], 'fedcba'],
  [[key('quantity', 'q'), key('string', 's')], 'debaf [c]'],
  [[key('token', 't', true), key('number', 'n')], 'afcb [de]'],
  [[key('token', 't'), { by: 'id', descending: true }], 'faedcb'],
  [[key('string', 'unknown'), { by: 'updated', descending: true }], 'fedcba'],
]

export function sorting(store: () => Store): void {
  before(async () => {
    for (const [id, entries] of Object.entries(RESOURCES)) {
      await store().commit([make.put('Basic', id, [...entries, mark])])
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
  })

  for (const [sort, expected] of CASES)
    for (const count of [100, 2, 1])
      it(`${JSON.stringify(sort)}, ${String(count)} a page: ${expected}`, async () => {
        const found = await make.pages(store(), make.plan(all, { sort, count }))
        const ids = found.flatMap(({ matches }) => make.idsOf(matches)).join('')
        const [, sorted = '', missing = ''] = /^(\w+)(?: \[(\w+)\])?$/.exec(expected) ?? []
        assert.equal(ids.slice(0, sorted.length), sorted)
        assert.equal([...ids.slice(sorted.length)].sort().join(''), missing)
        for (const { matches } of found.slice(0, -1)) assert.equal(matches.length, count)
      })

  it('keeps one order for what is equal', async () => {
    const sort = [key('string', 'same')]
    const changes = Array.from({ length: 30 }, (_, i) =>
      make.put('Basic', `tie-${String((i * 7) % 30)}`, [
        make.string('same', 'x'),
        make.token('kind', 'tie'),
      ]),
    )
    await store().commit(changes)
    const where: Condition = { kind: 'token', paths: ['kind'], code: 'tie' }
    const order = async (by: readonly SortKey[], count: number) =>
      (await make.pages(store(), make.plan(where, { sort: by, count }))).flatMap(({ matches }) =>
        make.idsOf(matches),
      )
    for (const by of [sort, []]) {
      const whole = await order(by, 100)
      assert.equal(new Set(whole).size, 30)
      assert.deepEqual(await order(by, 100), whole)
      assert.deepEqual(await order(by, 7), whole)
    }
  })

  for (const [name, sort] of [
    ['its own order', []],
    ['a sort key', [key('string', 'page')]],
    ['a descending one', [key('number', 'page', true)]],
    ['the time of the last change', [{ by: 'updated', descending: true }]],
  ] as const)
    it(`shows each match on one page while others write, in ${name}`, async () => {
      const code = name.replaceAll(' ', '-')
      const where: Condition = { kind: 'token', paths: ['kind'], code }
      const one = (i: number, note = 1) =>
        make.put(
          'Basic',
          `${code}-${String(i)}`,
          [
            make.token('kind', code),
            ...(i % 5 === 0
              ? []
              : [make.string('page', `v${String(i % 4)}`), make.number('page', i % 4)]),
          ],
          note,
        )
      await store().commit(Array.from({ length: 40 }, (_, i) => one(2 * i)))
      const deleted = new Set<string>()
      const found = await make.pages(
        store(),
        make.plan(where, { sort, count: 6 }),
        async (page, n) => {
          const [seen, unseen] = [page.matches[0]?.id ?? '', `${code}-${String(2 * (39 - 5 * n))}`]
          for (const id of [seen, unseen]) deleted.add(id)
          await store().commit([
            make.remove('Basic', seen),
            make.remove('Basic', unseen),
            one(4 * n + 1),
            one(4 * n + 3),
          ])
        },
      )
      const ids = found.flatMap(({ matches }) => make.idsOf(matches))
      assert.equal(new Set(ids).size, ids.length, 'none twice')
      for (let i = 0; i < 40; i++) {
        const id = `${code}-${String(2 * i)}`
        if (!deleted.has(id)) assert.ok(ids.includes(id), `${id} is there`)
      }
    })

  it('gives totals when asked, and when they are known anyway', async () => {
    const ask = (more: object) => store().search(make.plan(all, more))
    assert.equal((await ask({ total: true, count: 2 })).total, 6)
    assert.equal((await ask({ count: 2 })).total, undefined)
    assert.equal((await ask({ count: 6 })).total, 6)
    assert.equal((await ask({ count: 6 })).next, undefined)
    assert.equal((await ask({ count: 100 })).total, 6)
    const none = await ask({ count: 0, total: true })
    assert.deepEqual([none.matches, none.next, none.total], [[], undefined, 6])
    const first = await ask({ count: 4, total: true })
    assert.ok(first.next)
    const second = await ask({ count: 4, total: true, cursor: first.next })
    assert.deepEqual([second.total, second.matches.length, second.next], [6, 2, undefined])
    assert.equal(await store().count(make.plan(all, { count: 1, cursor: first.next })), 6)
  })

  it('refuses a cursor that is none', async () => {
    for (const sort of [[], [key('string', 's')]])
      for (const cursor of ['x', '%%%', 'bnVsbA', 'W10', 'eyJhIjoxfQ', 'W3siJGd0IjoxfSx7fV0'])
        await assert.rejects(
          store().search(make.plan(all, { sort, cursor })),
          (error) => error instanceof Failure && error.kind === 'parameter',
          cursor,
        )
  })
}
