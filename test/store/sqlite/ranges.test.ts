import assert from 'node:assert/strict'
import { openSqliteStore } from '../../../src/store/sqlite/store.ts'
import type { Store } from '../../../src/store/store.ts'
import { extract, plan } from '../../search/room.ts'

/** More than may be sorted as a whole; a third has the name in two scripts, and some come under two of the forms. */
const PEOPLE = Array.from({ length: 420 }, (_, i) => ({
  resourceType: 'Patient',
  id: `p${String(i)}`,
  name: [
    [{ family: 'Kim', given: ['Min-su'] }],
    [{ family: '김', given: ['킴'] }, { family: 'Kim' }, { family: 'Kimov' }],
    [{ family: 'Ким' }],
    [{ family: 'Lee' }],
  ][i % 4],
}))

describe('a page of several beginnings of strings', () => {
  let store: Store
  before(async () => {
    store = await openSqliteStore(':memory:')
    await store.commit(
      PEOPLE.map((resource) => ({
        kind: 'put',
        type: 'Patient',
        id: resource.id,
        method: 'PUT',
        content: { metaRest: '', rest: '}', entries: extract(resource) },
      })),
    )
  })
  after(() => store.close())

  for (const [query, places, count] of [
    ['Kim', [0, 1, 2], 40],
    ['Kim', [0, 1, 2], 1000],
    ['김', [0, 1, 2], 7],
    ['Kim,Lee', [0, 1, 2, 3], 50],
    ['Kim Min-su', [0], 30],
    ['김민수', [0], 11],
    ['김 킴', [0, 1, 2], 9],
    ['Лиин', [], 50],
  ] as const)
    it(`${query}, ${String(count)} at a time: each once, those written so first`, async () => {
      const asked = plan('Patient', [['name', query]], { strict: true }).plan
      const found: string[] = []
      for (let cursor: string | undefined, more = true; more;) {
        const page = await store.search({ ...asked, count, ...(cursor && { cursor }) })
        assert.ok(page.matches.length <= count)
        found.push(...page.matches.map(({ id }) => id))
        cursor = page.next
        more = cursor !== undefined
      }
      const expected = PEOPLE.filter((_, i) => (places as readonly number[]).includes(i % 4))
      assert.equal(new Set(found).size, found.length)
      const isWritten = (id: string) => query === 'Kim' && Number(id.slice(1)) % 4 < 2
      const written = found.filter(isWritten)
      assert.deepEqual(found.slice(0, written.length), written)
      assert.deepEqual(found.toSorted(), expected.map(({ id }) => id).toSorted())
    })

  it('looks at ids beside a beginning, too', async () => {
    const { where } = plan('Patient', [['name', 'Kim']], { strict: true }).plan
    const asked = plan('Patient', [], { strict: true }).plan
    const one = { kind: 'and' as const, of: [where, { kind: 'id' as const, ids: ['p1', 'p3'] }] }
    const { matches } = await store.search({ ...asked, where: { kind: 'or', of: [one] } })
    assert.deepEqual(
      matches.map(({ id }) => id),
      ['p1'],
    )
  })
})
