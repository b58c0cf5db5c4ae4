// Upkeep of both stores: leases and purges, beside a store that serves; and what an age means.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { setTimeout as sleep } from 'node:timers/promises'
import { instantOf, purgeHistory } from '../../src/job/purge.ts'
import { openMongoStore } from '../../src/store/mongo/store.ts'
import { openMongoUpkeep } from '../../src/store/mongo/upkeep.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { openSqliteUpkeep } from '../../src/store/sqlite/upkeep.ts'
import type { Store } from '../../src/store/store.ts'
import type { Upkeep } from '../../src/store/upkeep.ts'
import { put } from '../store/contract/resource.ts'
import { databaseUrl, startMongo, type TestMongo } from '../support/mongo.ts'
import { openProxy } from '../support/proxy.ts'
import { leaseContract } from './leases.ts'
import { purgeContract } from './purging.ts'

let store: Store
let upkeep: Upkeep[] = []

function contracts(): void {
  describe('leases', () => leaseContract(() => upkeep))
  describe('purge', () => purgeContract(() => ({ store, upkeep: upkeep[0]! })))
}

async function closeAll(): Promise<void> {
  await Promise.all(upkeep.map((one) => one.close()))
  await store.close()
}

describe('upkeep (SQLite)', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'ieum-upkeep-'))
  const file = join(folder, 'ieum.db')
  before(async () => {
    store = await openSqliteStore(file)
    upkeep = await Promise.all([1, 2, 3].map(() => openSqliteUpkeep(file)))
  })
  after(async () => {
    await closeAll()
    rmSync(folder, { recursive: true })
  })
  contracts()

  it('brings an idle store of an earlier release up', async () => {
    const old = join(folder, 'old.db')
    const first = await openSqliteStore(old)
    await first.commit([put('Patient', 'p1')])
    await first.close()
    const { DatabaseSync } = await import('node:sqlite')
    // What a virtual table leaves behind may be dropped only so.
    const raw = new DatabaseSync(old, { defensive: false })
    raw.exec(
      'drop table full_text_mark; drop table trail; drop table head; drop view words; drop table full_text; drop table full_text_content; drop table note; drop table lease; drop table purge; delete from release where version > 2; pragma user_version = 2',
    )
    raw.close()
    const opened = await openSqliteUpkeep(old)
    assert.equal(await opened.purgedBefore(), 0)
    await opened.close()
  })

  it('refuses what is not there, and what can not be old', async () => {
    await assert.rejects(openSqliteUpkeep(join(folder, 'none.db')), /There is no store/)
    await assert.rejects(openSqliteUpkeep(':memory:'), /in memory/)
  })
})

describe('upkeep (MongoDB)', function () {
  this.timeout(120_000)
  let mongo: TestMongo | undefined
  let url = ''
  before(async () => {
    mongo = await startMongo()
    url = databaseUrl(mongo.uri, `ieum_upkeep_${String(process.pid)}_${Date.now().toString(36)}`)
    store = await openMongoStore(url, { timeoutMs: 60_000 })
    const options = { timeoutMs: 60_000, poolSize: 10 }
    upkeep = await Promise.all([1, 2, 3].map(() => openMongoUpkeep(url, options)))
  })
  after(async () => {
    if (mongo === undefined) return
    await closeAll()
    const client = new MongoClient(url)
    await client.db().dropDatabase()
    await client.close()
    await mongo.stop()
  })
  contracts()

  it('goes on with a purge when the database was away', async () => {
    const { hostname, port, search } = new URL(url)
    const proxy = await openProxy(hostname, Number(port))
    const through = `mongodb://127.0.0.1:${String(proxy.port)}${new URL(url).pathname}${search}`
    const remote = await openMongoUpkeep(through, { timeoutMs: 20_000, poolSize: 2 })
    try {
      for (let note = 0; note < 8; note++)
        await store.commit(
          Array.from({ length: 100 }, (_, i) => put('Basic', `away${String(i)}`, [], note)),
        )
      await sleep(3)
      let steps = 0
      const done = await purgeHistory(remote, Date.now(), {
        onProgress: () => {
          if (++steps > 1) return
          proxy.set('refuse')
          setTimeout(() => proxy.set('pass'), 700)
        },
      })
      assert.ok(done.held && steps > 1)
      assert.deepEqual(done.result, { Basic: 700 })
    } finally {
      await remote.close()
      await proxy.close()
    }
  })

  describe('afterwards', () =>
    it('leaves no journal entry without its version', async () => {
      const client = new MongoClient(url)
      const db = client.db()
      const entries = await db.collection('journal').find().toArray()
      const kept = new Set<string>()
      for (const one of await db.collection('resource').find().toArray())
        kept.add(`${String(one._id)}/${String(one.version)}`)
      for (const one of await db.collection('version').find().toArray()) kept.add(String(one._id))
      await client.close()
      assert.ok(entries.length > 0)
      for (const { _id } of entries) assert.ok(kept.has(String(_id)), String(_id))
    }))
})

describe('age', () => {
  const now = Date.parse('2026-03-31T10:00:00Z')
  const cases: readonly [age: string, instant: string | undefined][] = [
    ['5y', '2021-03-31T10:00:00.000Z'],
    ['1mo', '2026-02-28T10:00:00.000Z'],
    ['25mo', '2024-02-29T10:00:00.000Z'],
    ['13mo', '2025-02-28T10:00:00.000Z'],
    ['6w', '2026-02-17T10:00:00.000Z'],
    ['90d', '2025-12-31T10:00:00.000Z'],
    ['2021-07-01', '2021-07-01T00:00:00.000Z'],
    ['2021-07-01T09:00+09:00', '2021-07-01T00:00:00.000Z'],
    ['5', undefined],
    ['y', undefined],
    ['5 y', undefined],
    ['-5y', undefined],
    ['5m', undefined],
    ['2021-13-01', undefined],
    ['yesterday', undefined],
    ['', undefined],
  ]
  for (const [age, instant] of cases)
    it(`"${age}" is ${instant ?? 'none'}`, () => {
      const found = instantOf(age, now)
      assert.equal(found === undefined ? undefined : new Date(found).toISOString(), instant)
    })
})
