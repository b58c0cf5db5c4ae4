// Contract of single resources: what is written is read, each version stays, a deletion is a version too.
import assert from 'node:assert/strict'
import { render, type Store } from '../../../src/store/store.ts'
import { matching, put, remove, token } from './resource.ts'

export function versions(store: () => Store): void {
  it('reads what it wrote, as the text that render makes', async () => {
    const change = put('Patient', 'v1', [], 'Ким 김 🧪 "quoted" \\ $where a.b')
    const result = await store().commit([{ ...change, method: 'POST' }])
    assert.ok(result.ok)
    const [applied] = result.applied
    assert.ok(applied?.current)
    assert.equal(applied.created, true)
    assert.equal(applied.changed, true)
    const { updated } = applied.current
    assert.ok(Math.abs(updated - Date.now()) < 60_000)
    assert.deepEqual(await store().read('Patient', 'v1'), {
      type: 'Patient',
      id: 'v1',
      version: 1,
      updated,
      method: 'POST',
      text: render('Patient', 'v1', 1, updated, change.content),
    })
    assert.deepEqual(applied.current, await store().read('Patient', 'v1'))
  })

  it('puts what meta says behind its own part of it', async () => {
    const content = { metaRest: ',"profile":["http://p"]', rest: ',"value":1.50}', entries: [] }
    await store().commit([{ kind: 'put', type: 'Basic', id: 'm', method: 'PUT', content }])
    const text = (await store().read('Basic', 'm'))?.text
    assert.match(text ?? '', /"lastUpdated":"[^"]+","profile":\["http:\/\/p"\]\},"value":1\.50\}$/)
  })

  it('knows nothing of what was never there', async () => {
    assert.equal(await store().read('Patient', 'never'), undefined)
    assert.equal(await store().vread('Patient', 'never', 1), undefined)
    const result = await store().commit([remove('Patient', 'never')])
    assert.deepEqual(result, {
      ok: true,
      applied: [{ current: undefined, changed: false, created: false }],
    })
    assert.equal(await store().read('Patient', 'never'), undefined)
    assert.deepEqual(
      (await store().history({ type: 'Patient', id: 'never', count: 5 })).versions,
      [],
    )
  })

  it('keeps each version through updates, deletion and return', async () => {
    await store().commit([put('Patient', 'v2', [], 'one')])
    const second = await store().commit([{ ...put('Patient', 'v2', [], 'two'), method: 'PATCH' }])
    assert.ok(second.ok && second.applied[0])
    assert.deepEqual(
      [second.applied[0].created, second.applied[0].changed, second.applied[0].current?.version],
      [false, true, 2],
    )
    const gone = await store().commit([remove('Patient', 'v2')])
    assert.ok(gone.ok && gone.applied[0]?.current)
    assert.deepEqual(
      [gone.applied[0].changed, gone.applied[0].current.version, gone.applied[0].current.method],
      [true, 3, 'DELETE'],
    )
    assert.equal(gone.applied[0].current.text, undefined)
    const current = await store().read('Patient', 'v2')
    assert.deepEqual([current?.version, current?.text], [3, undefined])
    const back = await store().commit([put('Patient', 'v2', [], 'one')])
    assert.ok(back.ok && back.applied[0])
    assert.deepEqual([back.applied[0].created, back.applied[0].current?.version], [true, 4])

    const notes = []
    for (const version of [1, 2, 3, 4, 5]) {
      const read = await store().vread('Patient', 'v2', version)
      notes.push(read && [read.version, read.method, /"note":"(\w+)"/.exec(read.text ?? '')?.[1]])
    }
    assert.deepEqual(notes, [
      [1, 'PUT', 'one'],
      [2, 'PATCH', 'two'],
      [3, 'DELETE', undefined],
      [4, 'PUT', 'one'],
      undefined,
    ])
  })

  it('never lets the time of a resource go back', async () => {
    const times = []
    for (let i = 0; i < 10; i++) {
      const result = await store().commit([put('Patient', 'time', [], i)])
      assert.ok(result.ok)
      times.push(result.applied[0]?.current?.updated ?? 0)
    }
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
  })

  it('writes nothing when nothing would change', async () => {
    await store().commit([put('Patient', 'v3', [token('p.same', 'x')], 'same')])
    const before = await store().read('Patient', 'v3')
    const again = await store().commit([put('Patient', 'v3', [token('p.same', 'x')], 'same')])
    assert.deepEqual(again, {
      ok: true,
      applied: [{ current: before, changed: false, created: false }],
    })
    assert.equal(
      (await store().history({ type: 'Patient', id: 'v3', count: 5 })).versions.length,
      1,
    )
    await store().commit([remove('Patient', 'v3')])
    const deleted = await store().read('Patient', 'v3')
    assert.deepEqual(await store().commit([remove('Patient', 'v3')]), {
      ok: true,
      applied: [{ current: deleted, changed: false, created: false }],
    })
  })

  it('tells types apart, and ids by case', async () => {
    await store().commit([put('Patient', 'Same', [], 1), put('Group', 'Same', [], 2)])
    assert.match((await store().read('Group', 'Same'))?.text ?? '', /"note":2/)
    assert.match((await store().read('Patient', 'Same'))?.text ?? '', /"note":1/)
    assert.equal(await store().read('Patient', 'same'), undefined)
  })

  it('takes every id that FHIR allows', async () => {
    const ids = ['.', '..', '-', '0', 'a.b-C', 'x'.repeat(64), '__proto__'.replaceAll('_', '-')]
    await store().commit(ids.map((id) => put('Basic', id, [token('b.odd', 'yes')], id)))
    for (const id of ids) assert.equal((await store().read('Basic', id))?.id, id)
    assert.deepEqual(
      await matching(store(), { kind: 'token', paths: ['b.odd'], code: 'yes' }),
      ids.toSorted(),
    )
  })

  it('reads many at once, without deleted and unknown ones', async () => {
    await store().commit([put('Patient', 'm1'), put('Patient', 'm2'), put('Group', 'm1')])
    await store().commit([remove('Patient', 'm2')])
    const found = await store().readMany([
      { type: 'Patient', id: 'm1' },
      { type: 'Patient', id: 'm2' },
      { type: 'Group', id: 'm1' },
      { type: 'Group', id: 'm2' },
    ])
    assert.deepEqual(found.map(({ type, id }) => `${type}/${id}`).sort(), [
      'Group/m1',
      'Patient/m1',
    ])
    assert.deepEqual(await store().readMany([]), [])
  })

  it('answers a ping', () => store().ping())
}
