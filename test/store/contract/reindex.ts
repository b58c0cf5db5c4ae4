// Contract of indexing: entries made anew are found, texts and versions stay, and what is written meanwhile stays, too.
import assert from 'node:assert/strict'
import type { Resource } from '../../../src/fhir/message.ts'
import type { Entry } from '../../../src/search/entry.ts'
import type { Indexing, ReindexSlice } from '../../../src/store/indexing.ts'
import type { Store } from '../../../src/store/store.ts'
import { date, matching, plan, put, reference, remove, string, token } from './resource.ts'

type Extract = (resource: Resource) => readonly Entry[]

/** Every step to the end. */
async function all(store: Store, type: string, extract: Extract, before = Date.now() + 1000) {
  const sum = { looked: 0, changed: 0, steps: 0 }
  for (let from: string | undefined; ;) {
    const slice: ReindexSlice = await (store.indexing as Indexing).reindex({
      type,
      from,
      before,
      extract,
    })
    sum.looked += slice.looked
    sum.changed += slice.changed
    sum.steps++
    if (slice.next === undefined) return sum
    from = slice.next
  }
}

const noteOf = (resource: Resource): string => String((resource as { note?: unknown }).note)
const byNote: Extract = (resource) => [token('Basic.note', noteOf(resource), 'urn:n')]

export function reindexing(store: () => Store): void {
  it('makes entries anew, and leaves texts, versions and other types alone', async () => {
    const puts = Array.from({ length: 450 }, (_, i) =>
      put('Basic', `b${String(i)}`, [token('Basic.old', 'x')], i % 3),
    )
    await store().commit(puts.slice(0, 300))
    await store().commit(puts.slice(300))
    await store().commit([
      put('Patient', 'p', [token('Patient.old', 'x')], 1),
      remove('Basic', 'b0'),
    ])
    const before = await store().read('Basic', 'b1')
    const done = await all(store(), 'Basic', byNote)
    // A store may look at what is deleted, too.
    assert.ok(done.looked === 449 || done.looked === 450, String(done.looked))
    assert.equal(done.changed, 449)
    assert.ok(done.steps > 2)
    const of = (note: string) =>
      matching(store(), { kind: 'token', paths: ['Basic.note'], system: 'urn:n', code: note })
    assert.equal((await of('0')).length, 149)
    assert.equal((await of('1')).length, 150)
    assert.deepEqual(
      await matching(store(), { kind: 'token', paths: ['Basic.old', 'Patient.old'], code: 'x' }),
      ['p'],
    )
    assert.deepEqual(await store().read('Basic', 'b1'), before)
    assert.equal((await all(store(), 'Basic', byNote)).changed, 0)
  })

  it('knows every kind of entry, groups and references to what is not here', async () => {
    await store().commit([put('Observation', 'o1', [token('Observation.a', '1', '', 2)])])
    const entries = [
      token('Observation.a', '1', '', 0),
      token('Observation.b', '2', 'urn:s', 1),
      string('Observation.c', 'abc', 'Abc', 1),
      date('Observation.d', 0, 1000),
      reference('Observation.e', 'Patient', 'nobody'),
    ]
    assert.equal((await all(store(), 'Observation', () => entries)).changed, 1)
    assert.equal((await all(store(), 'Observation', () => entries)).changed, 0)
    for (const where of [
      { kind: 'token', paths: ['Observation.b'], system: 'urn:s', code: '2' },
      { kind: 'string', paths: ['Observation.c'], op: 'starts', value: 'ab' },
      { kind: 'date', paths: ['Observation.d'], op: 'eq', low: 0, high: 1000 },
      { kind: 'reference', paths: ['Observation.e'], type: 'Patient', id: 'nobody' },
    ] as const)
      assert.deepEqual(await matching(store(), where), ['o1'])
    await all(store(), 'Observation', () => [])
    assert.deepEqual(
      await matching(store(), { kind: 'present', entry: 'token', paths: ['Observation.b'] }),
      [],
    )
  })

  it('leaves alone what was written at or after an instant', async () => {
    await store().commit([put('Device', 'd', [token('Device.x', 'new')])])
    const { updated } = (await store().read('Device', 'd'))!
    assert.deepEqual(await all(store(), 'Device', () => [], updated), {
      looked: 0,
      changed: 0,
      steps: 1,
    })
    assert.equal((await all(store(), 'Device', () => [], updated + 1)).changed, 1)
  })

  it('never undoes a commit that comes in between', async () => {
    await store().commit(
      Array.from({ length: 30 }, (_, i) => put('Group', `g${String(i)}`, [], 'old')),
    )
    const slow: Extract = (resource) => [token('Group.note', noteOf(resource))]
    const [done] = await Promise.all([
      all(store(), 'Group', slow),
      ...Array.from({ length: 30 }, (_, i) =>
        store().commit([put('Group', `g${String(i)}`, [token('Group.note', 'new')], 'new')]),
      ),
    ])
    assert.ok(done.looked >= 30)
    const found = await store().search(plan(undefined, { types: ['Group'], count: 100 }))
    assert.equal(found.matches.length, 30)
    assert.equal(
      (await matching(store(), { kind: 'token', paths: ['Group.note'], code: 'new' })).length,
      30,
    )
    assert.equal(
      (await matching(store(), { kind: 'token', paths: ['Group.note'], code: 'old' })).length,
      0,
    )
  })

  it('keeps notes by name', async () => {
    assert.equal(await store().notes.read('n'), undefined)
    await store().notes.write('n', '하나')
    await store().notes.write('n', '{"two":2}')
    await store().notes.write('m', '')
    assert.equal(await store().notes.read('n'), '{"two":2}')
    assert.equal(await store().notes.writeOnce('n', 'later'), '{"two":2}')
    await store().notes.writeAll([
      { name: 'n', text: 'three' },
      { name: 'o', text: 'new' },
      { name: 'n', text: undefined },
    ])
    assert.equal(await store().notes.read('o'), 'new')
    await store().notes.writeAll([{ name: 'o', text: undefined }])
    await store().notes.writeAll([])
    assert.equal(await store().notes.read('o'), undefined)
    assert.equal(await store().notes.read('n'), undefined)
    const asked = ['a', 'b', 'c'].map((text) => store().notes.writeOnce('first', text))
    assert.equal(new Set(await Promise.all(asked)).size, 1)
    assert.equal(await store().notes.read('m'), '')
    for (const name of ['list', 'list.b', 'list.a', 'lisz', 'list.가'])
      await store().notes.write(name, `text of ${name}`)
    const names = async (after?: string) =>
      (await store().notes.list('list.', after)).map(({ name }) => name)
    assert.deepEqual(await names(), ['list.a', 'list.b', 'list.가'])
    assert.deepEqual(await names('list.b'), ['list.가'])
    assert.deepEqual(await names('list.가'), [])
    assert.equal((await store().notes.list('list.a'))[0]?.text, 'text of list.a')
  })
}
