// Large commits are carried out by a thread: the same promises, and reads and small commits are not lost meanwhile.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../../src/store/sqlite/store.ts'
import type { Store } from '../../../src/store/store.ts'
import { plan, put, reference, string, token } from '../contract/resource.ts'

describe('SQLite large commits', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'ieum-large-'))
  let store: Store

  before(async () => {
    store = await openSqliteStore(join(folder, 'store.db'))
    await store.commit([put('Patient', 'p', [token('Patient.active', 'true')])])
  })
  after(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })

  const many = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) =>
      put('Observation', `${prefix}${i}`, [
        token('Observation.code', `c${i % 10}`),
        string(`Observation.note-${prefix}`, `${i}`),
        reference('Observation.subject', 'Patient', 'p'),
      ]),
    )

  it('write what they are given, seen at once and by paths that are new', async () => {
    const result = await store.commit(many('a', 3000))
    assert.ok(result.ok)
    assert.equal(result.applied.length, 3000)
    assert.equal(result.applied[2999]?.current?.id, 'a2999')
    assert.equal((await store.read('Observation', 'a2999'))?.version, 1)
    const byNewPath = plan(
      { kind: 'string', paths: ['Observation.note-a'], op: 'equals', value: '17' },
      { types: ['Observation'] },
    )
    assert.deepEqual(
      (await store.search(byNewPath)).matches.map((v) => v.id),
      ['a17'],
    )
  })

  it('are those of few resources as well, when there is much to find of them', async () => {
    const codes = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => token('Group.member', `m${from + i}`))
    const sizes = [3000, 12_000, 1, 5000, 4999, 2]
    const result = await store.commit(
      sizes.map((size, i) => put('Group', `g${i}`, codes(i * 100_000, size))),
    )
    assert.ok(result.ok)
    for (const [i, size] of sizes.entries())
      for (const [at, count] of [
        [0, 1],
        [size - 1, 1],
        [size, 0],
      ] as const) {
        const code = `m${i * 100_000 + at}`
        const where = { kind: 'token', paths: ['Group.member'], code } as const
        const { matches } = await store.search(plan(where, { types: ['Group'] }))
        assert.equal(matches.length, count, code)
        if (count === 1) assert.equal(matches[0]?.id, `g${i}`)
      }
  })

  it('find new paths among many, as a compartment asks for them', async () => {
    const paths = [
      'Observation.subject',
      ...Array.from({ length: 40 }, (_, i) => `Observation.late-${i}`),
    ]
    const ask = () =>
      store.count(
        plan({ kind: 'reference', paths, type: 'Patient', id: 'q' }, { types: ['Observation'] }),
      )
    assert.equal(await ask(), 0)
    await store.commit(
      Array.from({ length: 300 }, (_, i) =>
        put('Observation', `late${i}`, [reference(`Observation.late-${i % 40}`, 'Patient', 'q')]),
      ),
    )
    assert.equal(await ask(), 300)
  })

  it('are all or nothing, with their conditions judged in the same transaction', async () => {
    const wanted = [...many('b', 400), { ...put('Patient', 'p'), ifVersion: 7 }]
    assert.deepEqual(await store.commit(wanted), { ok: false, failed: 'version', index: 400 })
    assert.equal(await store.read('Observation', 'b0'), undefined)
    const condition = plan(
      { kind: 'token', paths: ['Patient.active'], code: 'true' },
      { types: ['Patient'] },
    )
    const asserted = await store.commit(many('b', 400), [{ plan: condition, ids: [] }])
    assert.deepEqual(asserted, { ok: false, failed: 'assertion', index: 0 })
    assert.equal(await store.read('Observation', 'b0'), undefined)
  })

  it('let small commits and reads through, before and after, in one order', async () => {
    const work: Promise<unknown>[] = []
    for (let round = 0; round < 3; round++) {
      work.push(store.commit(many(`r${round}-`, 1000)))
      for (let i = 0; i < 20; i++)
        work.push(store.commit([put('Patient', 'p', [], `${round}-${i}`)]))
    }
    let reads = 0
    let done = false
    const all = Promise.all(work).then(() => (done = true))
    while (!done) {
      assert.ok(await store.read('Patient', 'p'))
      reads++
      await new Promise((resolve) => setImmediate(resolve))
    }
    await all
    assert.ok(reads > 20, `${reads} reads`)
    const seen: string[] = []
    let last = 0
    for (let cursor = ''; ;) {
      const page = await store.changes(cursor, 1000)
      if (page.versions.length === 0) break
      for (const v of page.versions) {
        assert.ok(v.updated >= last)
        last = v.updated
        seen.push(`${v.type}/${v.id}/${v.version}`)
      }
      cursor = page.cursor
    }
    assert.equal(new Set(seen).size, seen.length)
    assert.equal((await store.read('Patient', 'p'))?.version, 61)
  })
})
