// The contract of a purge, run on both stores: what goes, what stays, and that nothing else changes.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { purgeHistory } from '../../src/job/purge.ts'
import type { Store } from '../../src/store/store.ts'
import type { Upkeep } from '../../src/store/upkeep.ts'
import { matching, put, remove, token } from '../store/contract/resource.ts'

/** @param ready a store that serves, and its upkeep beside it */
export function purgeContract(
  ready: () => { readonly store: Store; readonly upkeep: Upkeep },
): void {
  const versionsOf = async (type: string, id: string): Promise<number[]> =>
    (await ready().store.history({ type, id, count: 100 })).versions.map(({ version }) => version)
  const write = async (type: string, id: string, ...notes: string[]) => {
    for (const note of notes)
      await ready().store.commit([put(type, id, [token(`${type}.note`, note)], note)])
  }
  /** An instant that everything before is older than, and everything after is not. */
  const now = async (): Promise<number> => {
    await sleep(3)
    const instant = Date.now()
    await sleep(3)
    return instant
  }
  const purge = async (before: number, dryRun = false) => {
    const done = await purgeHistory(ready().upkeep, before, { dryRun })
    assert.ok(done.held)
    return done.result
  }

  it('removes what was replaced before, and says how many of which type', async () => {
    await write('Patient', 'a', '1', '2', '3')
    await write('Group', 'g', '1', '2')
    const before = await now()
    await write('Patient', 'a', '4', '5')
    await write('Group', 'g', '3')
    await purge(before - 3_600_000)
    assert.deepEqual(await versionsOf('Patient', 'a'), [5, 4, 3, 2, 1])
    assert.deepEqual(await purge(before, true), { Patient: 2, Group: 1 })
    assert.deepEqual(await versionsOf('Patient', 'a'), [5, 4, 3, 2, 1])
    assert.deepEqual(await purge(before), { Patient: 2, Group: 1 })
    // The third was current until after the instant.
    assert.deepEqual(await versionsOf('Patient', 'a'), [5, 4, 3])
    assert.deepEqual(await versionsOf('Group', 'g'), [3, 2])
    assert.equal(await ready().store.vread('Patient', 'a', 2), undefined)
    assert.match((await ready().store.vread('Patient', 'a', 3))?.text ?? '', /"note":"3"/)
    assert.deepEqual(await purge(before), {})
    assert.equal(await ready().upkeep.purgedBefore(), before)
  })

  it('never removes a current version, and goes on counting from its number', async () => {
    await write('Patient', 'b', '1', '2', '3')
    await purge(await now())
    assert.deepEqual(await versionsOf('Patient', 'b'), [3])
    assert.deepEqual(
      await matching(ready().store, { kind: 'token', paths: ['Patient.note'], code: '3' }),
      ['b'],
    )
    await write('Patient', 'b', '4')
    assert.deepEqual(await versionsOf('Patient', 'b'), [4, 3])
    assert.equal(
      (await ready().store.commit([{ ...put('Patient', 'b', [], 'x'), ifVersion: 3 }])).ok,
      false,
    )
    assert.equal(
      (await ready().store.commit([{ ...put('Patient', 'b', [], 'x'), ifVersion: 4 }])).ok,
      true,
    )
  })

  it('keeps the deletion of a deleted resource', async () => {
    await purge(await now())
    await write('Patient', 'c', '1', '2')
    await ready().store.commit([remove('Patient', 'c')])
    assert.deepEqual(await purge(await now()), { Patient: 2 })
    assert.deepEqual(await versionsOf('Patient', 'c'), [3])
    const deleted = await ready().store.read('Patient', 'c')
    assert.deepEqual([deleted?.version, deleted?.text], [3, undefined])
    await write('Patient', 'c', 'again')
    assert.equal((await ready().store.read('Patient', 'c'))?.version, 4)
  })

  it('hands on what is left, each version once and in order', async () => {
    const { cursor } = await drain(ready().store, '')
    await write('Patient', 'd', '1', '2', '3')
    await purge(await now())
    await write('Patient', 'd', '4')
    const rest = await drain(ready().store, cursor)
    assert.deepEqual(
      rest.versions.filter(({ id }) => id === 'd').map(({ version }) => version),
      [3, 4],
    )
    assert.equal((await drain(ready().store, rest.cursor)).versions.length, 0)
    const { versions } = await drain(ready().store, '')
    assert.deepEqual(
      versions.filter(({ id }) => id === 'd').map(({ version }) => version),
      [3, 4],
    )
  })

  it('takes many versions in steps, while others write, and loses none of theirs', async () => {
    await purge(await now())
    const resources = 60
    for (let note = 0; note < 11; note++)
      await ready().store.commit(
        Array.from({ length: resources }, (_, i) => put('Basic', `m${String(i)}`, [], note)),
      )
    const before = await now()
    let writing = true
    let written = 0
    const writer = (async () => {
      for (; writing; written++) {
        const result = await ready().store.commit([put('Basic', 'busy', [], written)])
        assert.ok(result.ok)
        await sleep(5)
      }
    })()
    let steps = 0
    const done = await purgeHistory(ready().upkeep, before, { onProgress: () => void steps++ })
    writing = false
    await writer
    assert.ok(done.held)
    assert.deepEqual(done.result, { Basic: 10 * resources })
    assert.ok(steps > 1, 'in one step')
    for (const i of [0, 31, 59]) assert.deepEqual(await versionsOf('Basic', `m${String(i)}`), [11])
    assert.equal((await ready().store.read('Basic', 'busy'))?.version, written)
    const kept = await ready().store.history({ type: 'Basic', id: 'busy', count: 10_000 })
    assert.equal(kept.versions.length, written)
  })

  it('runs once at a time', async () => {
    const before = await now()
    const both = await Promise.all([1, 2].map(() => purgeHistory(ready().upkeep, before)))
    assert.equal(both.filter(({ held }) => held).length, 1)
  })
}

async function drain(store: Store, from: string) {
  const versions = []
  for (let cursor = from; ;) {
    const some = await store.changes(cursor, 500)
    versions.push(...some.versions)
    if (some.versions.length === 0) return { versions, cursor }
    cursor = some.cursor
  }
}
