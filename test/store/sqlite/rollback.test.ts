// What is undone leaves no trace in what the store remembers: names that a transaction had added are gone with it.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Failure } from '../../../src/errors.ts'
import { createCommitter } from '../../../src/store/sqlite/commit.ts'
import { openDatabase } from '../../../src/store/sqlite/database.ts'
import { openSqliteStore } from '../../../src/store/sqlite/store.ts'
import type { Change } from '../../../src/store/store.ts'
import { matching, put, reference, token } from '../contract/resource.ts'

describe('commits that are undone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-rollback-'))
  after(() => {
    rmSync(folder, { recursive: true })
  })

  it('leave no names behind, whichever commits of a group fail', async () => {
    const file = join(folder, 'names.db')
    const db = openDatabase(file)
    const committer = createCommitter(db)
    const commit = (...changes: readonly Change[]) => committer.commit(changes, [])
    const pages = Number(db.get('pragma page_count', [])?.[0])
    db.raw.exec(`pragma max_page_count = ${String(pages + 20)}`)
    const fresh = (id: string) =>
      put('Basic', id, [token('Basic.new', 'x', 'urn:new'), reference('Basic.to', 'Group', 'g')])
    const results = await Promise.allSettled([
      commit(fresh('a')),
      // Undone by itself, within the transaction that it shares with the others.
      commit(fresh('b1'), { ...fresh('b2'), ifVersion: 7 }),
      commit(fresh('c')),
      // Too much for the file: all of them are undone, and tried one by one.
      commit(put('Basic', 'd', [], 'x'.repeat(1_000_000))),
    ])
    assert.deepEqual(
      results.map((r) => (r.status === 'fulfilled' ? r.value.ok : (r.reason as Failure).kind)),
      [true, false, true, 'full'],
    )
    db.raw.exec('pragma max_page_count = 100000')
    const others = [token('Basic.other', 'x', 'urn:other'), reference('Basic.by', 'Device', 'g')]
    await commit(put('Basic', 'e', others))
    db.raw.close()

    const store = await openSqliteStore(file)
    const found = (path: string, system: string) =>
      matching(store, { kind: 'token', paths: [path], system, code: 'x' })
    assert.deepEqual(await found('Basic.new', 'urn:new'), ['a', 'c'])
    assert.deepEqual(await found('Basic.other', 'urn:other'), ['e'])
    const referring = (path: string, type: string) =>
      matching(store, { kind: 'reference', paths: [path], type, id: 'g' })
    assert.deepEqual(await referring('Basic.to', 'Group'), ['a', 'c'])
    assert.deepEqual(await referring('Basic.by', 'Device'), ['e'])
    await store.close()
  })
})
