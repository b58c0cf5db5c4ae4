// Contract of commits: all or nothing, conditions judged inside, and no race between those that come at once.
import assert from 'node:assert/strict'
import type { Condition } from '../../../src/search/plan.ts'
import type { Assertion, Store } from '../../../src/store/store.ts'
import { matching, plan, put, remove, token } from './resource.ts'

const identified = (code: string): Condition => ({
  kind: 'token',
  paths: ['Patient.identifier'],
  system: 'urn:mrn',
  code,
})
const identifier = (code: string) => token('Patient.identifier', code, 'urn:mrn')
const exactly = (where: Condition, ...ids: string[]): Assertion => ({
  plan: plan(where, { types: ['Patient'] }),
  ids,
})

export function commits(store: () => Store): void {
  it('takes an empty list', async () => {
    assert.deepEqual(await store().commit([]), { ok: true, applied: [] })
  })

  it('judges the version that a change needs', async () => {
    const first = { ...put('Patient', 'c1', [], 'a'), ifVersion: 0 }
    assert.equal((await store().commit([first])).ok, true)
    const refused = { ok: false, failed: 'version', index: 0 } as const
    assert.deepEqual(await store().commit([first]), refused)
    const second = { ...put('Patient', 'c1', [], 'b'), ifVersion: 1 }
    assert.equal((await store().commit([second])).ok, true)
    assert.deepEqual(await store().commit([second]), refused)
    const deletion = { kind: 'delete', type: 'Patient', id: 'c1', ifVersion: 1 } as const
    assert.deepEqual(await store().commit([deletion]), refused)
    assert.equal((await store().commit([{ ...deletion, ifVersion: 2 }])).ok, true)
    assert.equal((await store().read('Patient', 'c1'))?.version, 3)
    assert.equal((await store().commit([{ ...first, ifVersion: 0 }])).ok, true)
    assert.deepEqual(await store().commit([{ ...put('Patient', 'c-none'), ifVersion: 1 }]), refused)
    assert.equal(await store().read('Patient', 'c-none'), undefined)
  })

  it('is all or nothing, and names the change that did not hold', async () => {
    await store().commit([put('Patient', 'c2', [token('c.all', 'old')], 'old')])
    const result = await store().commit([
      put('Patient', 'c2', [token('c.all', 'new')], 'new'),
      put('Patient', 'c3', [token('c.all', 'new')]),
      { ...remove('Patient', 'c2'), ifVersion: 7 },
      put('Patient', 'c4', [token('c.all', 'new')]),
    ])
    assert.deepEqual(result, { ok: false, failed: 'version', index: 2 })
    assert.match((await store().read('Patient', 'c2'))?.text ?? '', /"old"/)
    assert.equal(await store().read('Patient', 'c3'), undefined)
    assert.deepEqual(await matching(store(), { kind: 'token', paths: ['c.all'] }), ['c2'])
    assert.equal(
      (await store().history({ type: 'Patient', id: 'c2', count: 9 })).versions.length,
      1,
    )
  })

  it('applies changes to one resource in their order', async () => {
    const result = await store().commit([
      put('Patient', 'c5', [token('c.order', 'one')], 'one'),
      remove('Patient', 'c5'),
      { ...put('Patient', 'c5', [token('c.order', 'three')], 'three'), ifVersion: 0 },
      { ...put('Patient', 'c5', [token('c.order', 'four')], 'four'), ifVersion: 3 },
    ])
    assert.ok(result.ok)
    assert.deepEqual(
      result.applied.map(({ current, created }) => [current?.version, created]),
      [
        [1, true],
        [2, false],
        [3, true],
        [4, false],
      ],
    )
    const { versions } = await store().history({ type: 'Patient', id: 'c5', count: 9 })
    assert.deepEqual(
      versions.map(({ version }) => version),
      [4, 3, 2, 1],
    )
    const found = (code: string) => matching(store(), { kind: 'token', paths: ['c.order'], code })
    assert.deepEqual([await found('three'), await found('four')], [[], ['c5']])
  })

  it('judges assertions on the data before the changes', async () => {
    const create = put('Patient', 'a1', [identifier('A1')])
    assert.equal((await store().commit([create], [exactly(identified('A1'))])).ok, true)
    assert.deepEqual(
      await store().commit(
        [put('Patient', 'a2', [identifier('A1')])],
        [exactly(identified('A0')), exactly(identified('A1'))],
      ),
      { ok: false, failed: 'assertion', index: 1 },
    )
    assert.equal(await store().read('Patient', 'a2'), undefined)
    assert.equal(
      (await store().commit([put('Patient', 'a1', [], 'other')], [exactly(identified('A1'), 'a1')]))
        .ok,
      true,
    )
    const failed = { ok: false, failed: 'assertion', index: 0 } as const
    assert.deepEqual(await store().commit([create], [exactly(identified('A1'), 'a1')]), failed)
    await store().commit([
      put('Patient', 'a3', [identifier('A3')]),
      put('Patient', 'a4', [identifier('A3')]),
    ])
    for (const ids of [[], ['a3'], ['a4'], ['a3', 'other']])
      assert.deepEqual(await store().commit([create], [exactly(identified('A3'), ...ids)]), failed)
    assert.equal((await store().commit([create], [exactly(identified('A3'), 'a4', 'a3')])).ok, true)
  })

  it('lets exactly one of 20 conditional creators win', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        store().commit(
          [put('Patient', `race-${String(i)}`, [identifier('RACE')])],
          [exactly(identified('RACE'))],
        ),
      ),
    )
    assert.equal(results.filter(({ ok }) => ok).length, 1)
    for (const result of results)
      if (!result.ok) assert.deepEqual(result, { ok: false, failed: 'assertion', index: 0 })
    assert.equal((await matching(store(), identified('RACE'))).length, 1)
  })

  it('lets exactly one of 20 updates of one version win', async () => {
    await store().commit([put('Patient', 'u1', [], 'start')])
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        store().commit([{ ...put('Patient', 'u1', [], i), ifVersion: 1 }]),
      ),
    )
    assert.equal(results.filter(({ ok }) => ok).length, 1)
    assert.equal((await store().read('Patient', 'u1'))?.version, 2)
  })

  it('gives 20 updates at once a version each', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => store().commit([put('Patient', 'u2', [], i)])),
    )
    const { versions } = await store().history({ type: 'Patient', id: 'u2', count: 50 })
    assert.deepEqual(
      versions.map(({ version }) => version),
      Array.from({ length: 20 }, (_, i) => 20 - i),
    )
  })

  it('takes 1,500 changes at once', async () => {
    const creates = Array.from({ length: 1500 }, (_, i) =>
      put('Observation', `many-${String(i)}`, [token('o.many', String(i % 10))], i),
    )
    assert.equal((await store().commit(creates)).ok, true)
    const where: Condition = { kind: 'token', paths: ['o.many'] }
    assert.equal(await store().count(plan(where)), 1500)
    const refused = await store().commit([
      ...creates.map((change) => ({ ...change, content: { ...change.content, rest: '}' } })),
      { ...put('Observation', 'many-0'), ifVersion: 1 },
    ])
    assert.deepEqual(refused, { ok: false, failed: 'version', index: 1500 })
    assert.equal((await store().read('Observation', 'many-1499'))?.version, 1)
    const removed = await store().commit(creates.map(({ type, id }) => remove(type, id)))
    assert.ok(removed.ok && removed.applied.every(({ changed }) => changed))
    assert.equal(await store().count(plan(where)), 0)
  })
}
