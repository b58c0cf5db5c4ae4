// What decides is kept between writes, and no longer: whoever writes, in whatever process.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStands, type Stands } from '../../src/consent/standing.ts'
import {
  openSqliteReader,
  openSqliteStore,
  type SqliteStore,
} from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import { put } from '../store/contract/resource.ts'

describe('what decides', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-standing-'))
  let store: SqliteStore
  let other: Store
  const stands: Stands[] = []

  before(async () => {
    const file = join(folder, 'store.db')
    store = await openSqliteStore(file)
    const refuse = () => Promise.reject(new Error('reads only'))
    other = await openSqliteReader(file, {
      commit: refuse,
      ready: refuse,
      trail: { settle: () => Promise.resolve(), made: refuse, publish: refuse },
    })
    stands.push(createStands(store), createStands(other))
  })
  after(async () => {
    await other.close()
    await store.close()
    rmSync(folder, { recursive: true })
  })

  const all = () => Promise.all(stands.map((stand) => stand()))

  it('stands while nothing is written that it is read from', async () => {
    await store.commit([put('Consent', 'c1', [])])
    const before = await all()
    await store.commit([put('Observation', 'o1', [])])
    for (const [i, standing] of (await all()).entries()) assert.equal(standing, before[i])
  })

  it('is read anew after each write and each deletion, by the next to ask', async () => {
    for (const change of [
      put('Consent', 'c2', []),
      put('Organization', 'a', []),
      { kind: 'delete' as const, type: 'Consent', id: 'c1' },
      { kind: 'delete' as const, type: 'Organization', id: 'a' },
      put('Consent', 'c1', []),
    ]) {
      const before = await all()
      await store.commit([change])
      for (const [i, standing] of (await all()).entries())
        assert.notEqual(standing, before[i], JSON.stringify([change.type, i]))
    }
  })

  it('is always read anew where a store can’t tell', async () => {
    const untold = createStands({})
    assert.notEqual(await untold(), await untold())
  })
})
