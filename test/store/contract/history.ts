// Contract of history: newest first on three levels, bounded by time, paged while others write.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../../src/errors.ts'
import type { HistoryQuery, Store, Version } from '../../../src/store/store.ts'
import { put, remove } from './resource.ts'

const named = (versions: readonly Version[]): string[] =>
  versions.map(({ type, id, version }) => `${type}/${id}/${String(version)}`)

export function histories(store: () => Store): void {
  const times: number[] = []

  before(async () => {
    for (const changes of [
      [put('Patient', 'h1', [], 1), put('Group', 'h1', [], 1)],
      [put('Patient', 'h1', [], 2)],
      [remove('Patient', 'h1'), put('Patient', 'h2', [], 1)],
      [put('Patient', 'h1', [], 4)],
    ]) {
      const result = await store().commit(changes)
      assert.ok(result.ok)
      times.push(result.applied[0]?.current?.updated ?? 0)
      await sleep(5)
    }
  })

  const ask = async (query: Partial<HistoryQuery>) =>
    named((await store().history({ count: 100, ...query })).versions)

  it('shows a resource, a type and everything', async () => {
    const instance = ['Patient/h1/4', 'Patient/h1/3', 'Patient/h1/2', 'Patient/h1/1']
    assert.deepEqual(await ask({ type: 'Patient', id: 'h1' }), instance)
    assert.deepEqual(
      new Set(await ask({ type: 'Patient' })),
      new Set([...instance, 'Patient/h2/1']),
    )
    const all = await store().history({ count: 100 })
    assert.deepEqual(
      new Set(named(all.versions)),
      new Set([...instance, 'Patient/h2/1', 'Group/h1/1']),
    )
    const seen = all.versions.map(({ updated }) => updated)
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => b - a),
    )
    assert.equal(all.total, 6)
    assert.equal(all.next, undefined)
    assert.deepEqual(await ask({ type: 'Medication' }), [])
  })

  it('shows a deletion as a version without text', async () => {
    const { versions } = await store().history({ type: 'Patient', id: 'h1', count: 100 })
    const deletion = versions.find(({ version }) => version === 3)
    assert.deepEqual([deletion?.method, deletion?.text], ['DELETE', undefined])
  })

  it('begins at an instant with `since`', async () => {
    const since = (i: number) => ask({ type: 'Patient', id: 'h1', since: times[i] ?? 0 })
    assert.deepEqual(await since(0), [
      'Patient/h1/4',
      'Patient/h1/3',
      'Patient/h1/2',
      'Patient/h1/1',
    ])
    assert.deepEqual(await since(2), ['Patient/h1/4', 'Patient/h1/3'])
    assert.deepEqual(await ask({ since: (times[3] ?? 0) + 1 }), [])
  })

  it('shows what was current at a time with `at`', async () => {
    const at = (low: number, high: number) => ask({ type: 'Patient', id: 'h1', at: { low, high } })
    const [first = 0, second = 0, third = 0, fourth = 0] = times
    assert.deepEqual(await at(0, first), [])
    assert.deepEqual(await at(first, first + 1), ['Patient/h1/1'])
    assert.deepEqual(await at(second - 1, second), ['Patient/h1/1'])
    assert.deepEqual(await at(second, second + 1), ['Patient/h1/2'])
    assert.deepEqual(await at(second - 1, second + 1), ['Patient/h1/2', 'Patient/h1/1'])
    assert.deepEqual(await at(second + 1, third + 1), ['Patient/h1/3', 'Patient/h1/2'])
    assert.deepEqual(await at(fourth + 1000, fourth + 2000), ['Patient/h1/4'])
    assert.deepEqual(await at(0, fourth + 1), [
      'Patient/h1/4',
      'Patient/h1/3',
      'Patient/h1/2',
      'Patient/h1/1',
    ])
  })

  it('has pages that neither skip nor repeat while others write', async () => {
    for (const id of ['p1', 'p2', 'p3'])
      for (const note of [1, 2, 3, 4]) await store().commit([put('Device', id, [], note)])
    const expected = await ask({ type: 'Device' })
    assert.equal(expected.length, 12)
    const seen: string[] = []
    let page = await store().history({ type: 'Device', count: 5 })
    assert.ok(page.total === undefined || page.total === 12)
    for (let i = 0; ; i++) {
      seen.push(...named(page.versions))
      if (page.next === undefined) break
      await store().commit([
        put('Device', 'p2', [], `new ${String(i)}`),
        put('Device', `q${String(i)}`),
      ])
      page = await store().history({ type: 'Device', count: 5, cursor: page.next })
    }
    assert.deepEqual(seen, expected)
  })

  it('pages through one resource', async () => {
    const page = await store().history({ type: 'Patient', id: 'h1', count: 3 })
    assert.deepEqual(named(page.versions), ['Patient/h1/4', 'Patient/h1/3', 'Patient/h1/2'])
    assert.ok(page.next)
    const last = await store().history({ type: 'Patient', id: 'h1', count: 3, cursor: page.next })
    assert.deepEqual(named(last.versions), ['Patient/h1/1'])
    assert.equal(last.next, undefined)
  })

  it('refuses a cursor that is none', async () => {
    for (const cursor of ['x', '%%%', 'bnVsbA', 'W10', 'eyJhIjoxfQ', 'WyJhIiwiYiJd'])
      await assert.rejects(
        store().history({ count: 5, cursor }),
        (error) => error instanceof Failure && error.kind === 'parameter',
        cursor,
      )
  })
}
