// Contract of odd values: whatever text a resource or a query holds is a value, never syntax.
import assert from 'node:assert/strict'
import type { Condition } from '../../../src/search/plan.ts'
import type { Store } from '../../../src/store/store.ts'
import * as make from './resource.ts'

const VALUES = [
  '$where',
  '$gt',
  '{"$ne":null}',
  'a.b.c',
  '.*',
  '^a|b$',
  '(?i)x',
  '[a-z]+\\d{2}',
  'back\\slash',
  'per%cent',
  'under_score',
  "o'brien",
  "'; drop table resource; --",
  '"quoted"',
  'line\nbreak\ttab',
  '김민수',
  'Қазақ әғқңөұүһі',
  'e\u0301 combining',
  '🧪🩺',
  '\u{10ffff}',
  '\ud7ff',
  '\ue000',
  '\ufffd',
  'x'.repeat(5000),
  '🧪'.repeat(5000),
  '$.*'.repeat(1666),
  '__proto__',
  'constructor',
  ' leading',
  '0',
  'null',
]

export function values(store: () => Store): void {
  const ids = VALUES.map((_, i) => `odd-${String(i)}`)

  before(async () => {
    const changes = VALUES.map((value, i) =>
      make.put(
        'Basic',
        ids[i] ?? '',
        [
          make.token('odd.token', value, value),
          make.string('odd.string', value),
          make.quantity('odd.quantity', 1, [value, value, value]),
          make.reference('odd.reference', '', value),
          make.uri('odd.uri', value),
          make.token(`odd.path.where(system='${value}')`, 'x'),
        ],
        value,
      ),
    )
    assert.equal((await store().commit(changes)).ok, true)
  })

  VALUES.forEach((value, i) => {
    const shown = value.length > 40 ? `${value.slice(0, 12)}… (${String(value.length)})` : value
    it(`keeps and finds ${JSON.stringify(shown)}`, async () => {
      const id = ids[i] ?? ''
      const text = (await store().read('Basic', id))?.text ?? ''
      assert.equal((JSON.parse(text) as { note: string }).note, value)
      const leaves: Condition[] = [
        { kind: 'token', paths: ['odd.token'], code: value },
        { kind: 'token', paths: ['odd.token'], system: value },
        { kind: 'token', paths: ['odd.token'], system: value, code: value },
        { kind: 'string', paths: ['odd.string'], op: 'equals', value },
        { kind: 'string', paths: ['odd.string'], op: 'exact', value },
        { kind: 'string', paths: ['odd.string'], op: 'starts', value },
        { kind: 'string', paths: ['odd.string'], op: 'contains', value },
        { kind: 'quantity', paths: ['odd.quantity'], op: 'eq', low: 0, high: 2, code: value },
        {
          kind: 'quantity',
          paths: ['odd.quantity'],
          op: 'eq',
          low: 0,
          high: 2,
          system: value,
          code: value,
        },
        { kind: 'reference', paths: ['odd.reference'], type: '', id: value },
        { kind: 'uri', paths: ['odd.uri'], op: 'equals', value },
        { kind: 'token', paths: [`odd.path.where(system='${value}')`], code: 'x' },
      ]
      for (const leaf of leaves) {
        const substring = leaf.kind === 'string' && (leaf.op === 'starts' || leaf.op === 'contains')
        const expected = substring
          ? ids.filter((_, j) =>
              leaf.op === 'starts' ? VALUES[j]?.startsWith(value) : VALUES[j]?.includes(value),
            )
          : [id]
        const found = await make.matching(store(), leaf)
        assert.deepEqual(found, expected.toSorted(), leaf.kind === 'string' ? leaf.op : leaf.kind)
      }
      const within: Condition = {
        kind: 'string',
        paths: ['odd.string'],
        op: 'contains',
        value: [...value].slice(1, -1).join(''),
      }
      assert.ok((await make.matching(store(), within)).includes(id))
      const asType = await store().search(
        make.plan({ kind: 'id', ids: [value] }, { types: [value] }),
      )
      assert.deepEqual(asType.matches, [])
    })
  })

  it('takes an "or" of 10,000 values', async () => {
    const of = Array.from({ length: 10_000 }, (_, i): Condition => ({
      kind: 'token',
      paths: ['odd.token'],
      code: i === 5000 ? '$where' : `no ${String(i)}`,
    }))
    assert.deepEqual(await make.matching(store(), { kind: 'or', of }), ['odd-0'])
  })
}
