// The hub's store passes the contract on a MongoDB, and what only it can show: several processes on one database,
// a database that goes away and comes back, a server without transactions.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { Failure } from '../../src/errors.ts'
import type { Condition } from '../../src/search/plan.ts'
import { openClock } from '../../src/store/mongo/clock.ts'
import { refuseStandalone } from '../../src/store/mongo/connection.ts'
import { openMongoStore } from '../../src/store/mongo/store.ts'
import type { Committed, Store, Version } from '../../src/store/store.ts'
import { databaseUrl, startMongo, type TestMongo } from '../support/mongo.ts'
import { openProxy, type Proxy } from '../support/proxy.ts'
import { contract } from './contract.ts'
import { matching, plan, put, remove, token } from './contract/resource.ts'

describe('MongoDB', function () {
  this.timeout(120_000)
  let mongo: TestMongo | undefined
  const run = `ieum_test_${String(process.pid)}_${Date.now().toString(36)}`
  const databases: string[] = []

  const fresh = (): string => {
    const name = `${run}_${String(databases.length)}`
    databases.push(name)
    return databaseUrl(mongo?.uri ?? '', name)
  }

  before(async function () {
    this.timeout(300_000)
    mongo = await startMongo()
  })

  after(async () => {
    if (mongo === undefined) return
    const client = new MongoClient(mongo.uri)
    for (const name of databases) await client.db(name).dropDatabase()
    await client.close()
    await mongo.stop()
  })

  contract('MongoDB', () => openMongoStore(fresh(), { timeoutMs: 60_000 }))

  describe('several processes on one database', () => {
    let stores: Store[] = []
    const store = (i: number) => stores[i % stores.length] as Store
    const identified = (code: string): Condition => ({
      kind: 'token',
      paths: ['Patient.identifier'],
      system: 'urn:mrn',
      code,
    })
    const create = (id: string, code: string) =>
      put('Patient', id, [token('Patient.identifier', code, 'urn:mrn')])
    const none = (where: Condition) => ({ plan: plan(where, { types: ['Patient'] }), ids: [] })

    before(async () => {
      const url = fresh()
      stores = await Promise.all(
        [1, 2, 3].map(() => openMongoStore(url, { timeoutMs: 60_000, poolSize: 10 })),
      )
    })
    after(() => Promise.all(stores.map((one) => one.close())))

    it('let exactly one of 20 conditional creators win', async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store(i).commit([create(`race-${String(i)}`, 'RACE')], [none(identified('RACE'))]),
        ),
      )
      assert.equal(results.filter(({ ok }) => ok).length, 1)
      assert.equal((await matching(store(0), identified('RACE'))).length, 1)
    })

    it('do so too when the conditions differ but for the identifier', async () => {
      const wider: Condition = {
        kind: 'or',
        of: [identified('WIDE'), identified('OTHER'), { kind: 'and', of: [identified('WIDE')] }],
      }
      for (let round = 0; round < 5; round++) {
        const results: readonly Committed[] = await Promise.all([
          store(0).commit([create(`w${String(round)}a`, 'WIDE')], [none(identified('WIDE'))]),
          store(1).commit([create(`w${String(round)}b`, 'WIDE')], [none(wider)]),
        ])
        assert.equal(results.filter(({ ok }) => ok).length, 1)
        await store(2).commit(
          (await matching(store(2), identified('WIDE'))).map((id) => remove('Patient', id)),
        )
      }
    })

    it('let exactly one of 20 updates of one version win', async () => {
      await store(0).commit([put('Patient', 'u1', [], 'start')])
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store(i).commit([{ ...put('Patient', 'u1', [], i), ifVersion: 1 }]),
        ),
      )
      assert.equal(results.filter(({ ok }) => ok).length, 1)
      assert.equal((await store(0).read('Patient', 'u1'))?.version, 2)
    })

    it('let exactly one of several create one id', async () => {
      const results = await Promise.all(
        Array.from({ length: 9 }, (_, i) =>
          store(i).commit([{ ...put('Patient', 'same-id', [], i), ifVersion: 0 }]),
        ),
      )
      assert.equal(results.filter(({ ok }) => ok).length, 1)
    })

    it('never overturn what another one found unchanged', async () => {
      // Each leaves one resource as it finds it and changes what the other one leaves: one after the other, the
      // second finds it changed.
      for (let round = 0; round < 5; round++) {
        const [x, y] = [`x${String(round)}`, `y${String(round)}`]
        await store(0).commit([put('Basic', x, [], 'old'), put('Basic', y, [], 'old')])
        await Promise.all([
          store(0).commit([put('Basic', x, [], 'old'), put('Basic', y, [], 'new')]),
          store(1).commit([put('Basic', y, [], 'old'), put('Basic', x, [], 'new')]),
        ])
        const notes = await Promise.all(
          [x, y].map(
            async (id) =>
              /"note":"(\w+)"/.exec((await store(2).read('Basic', id))?.text ?? '')?.[1],
          ),
        )
        assert.notDeepEqual(notes, ['new', 'new'])
      }
    })

    it('give every reader of changes the same ones in the same order', async () => {
      let writing = true
      const writers = Promise.all(
        Array.from({ length: 6 }, async (_, w) => {
          for (let i = 0; i < 12; i++)
            await store(w).commit([
              put('Device', `d${String(w)}`, [], i),
              put('Device', 'shared', [], `${String(w)}-${String(i)}`),
            ])
        }),
      ).finally(() => (writing = false))
      const follow = async (reader: Store, limit: number) => {
        const seen: string[] = []
        for (let cursor = '', last = false; ;) {
          const some = await reader.changes(cursor, limit)
          seen.push(...some.versions.map(nameOf))
          cursor = some.cursor
          if (some.versions.length > 0) continue
          if (last) return seen
          last = !writing
          await sleep(5)
        }
      }
      const nameOf = ({ type, id, version }: Version) => `${type}/${id}/${String(version)}`
      const [one = [], ...others] = await Promise.all([
        follow(store(0), 5),
        follow(store(1), 50),
        follow(store(2), 17),
      ])
      await writers
      for (const other of others) assert.deepEqual(other, one)
      assert.equal(new Set(one).size, one.length)
      const shared = one.filter((name) => name.startsWith('Device/shared/'))
      assert.deepEqual(
        shared,
        Array.from({ length: 72 }, (_, i) => `Device/shared/${String(i + 1)}`),
      )
    })
  })

  describe('a database that is away', () => {
    let proxy: Proxy
    let store: Store
    const TIMEOUT = 3000

    before(async function () {
      // Behind a proxy there is one address and no name of it in a certificate: a set or a login can't be tried so.
      if (/[@,]|^mongodb\+srv/.test(mongo?.uri ?? '')) this.skip()
      const [, host = '', port = ''] =
        /\/\/(?:[^@/]*@)?([^:/,]+):(\d+)/.exec(mongo?.uri ?? '') ?? []
      proxy = await openProxy(host, Number(port))
      const through = `mongodb://127.0.0.1:${String(proxy.port)}/?directConnection=true`
      const name = fresh().replace(/^.*\/|\?.*$/g, '')
      store = await openMongoStore(databaseUrl(through, name), { timeoutMs: TIMEOUT })
      await store.commit([put('Patient', 'there')])
    })
    after(async () => {
      await (store as Store | undefined)?.close()
      await (proxy as Proxy | undefined)?.close()
    })

    const isUnavailable = (error: unknown): boolean => {
      assert.ok(error instanceof Failure, String(error))
      assert.equal(error.kind, 'unavailable')
      assert.equal(error.headers['Retry-After'], '2')
      assert.doesNotMatch(JSON.stringify(error.issues), /mongo|socket|127\.0\.0\.1|ECONN/i)
      return true
    }
    const recovered = async (): Promise<void> => {
      for (const end = Date.now() + 60_000; ; await sleep(100))
        try {
          await store.ping()
          return
        } catch (error) {
          isUnavailable(error)
          if (Date.now() > end) throw error
        }
    }

    for (const state of ['refuse', 'hang'] as const)
      it(`says so in time when it would ${state}, and is there again by itself`, async () => {
        proxy.set(state)
        const began = Date.now()
        const tries = [
          () => store.ping(),
          () => store.read('Patient', 'there'),
          () => store.search(plan()),
          () => store.history({ count: 5 }),
          () => store.changes('', 5),
          ...Array.from(
            { length: 10 },
            () => () => store.commit([put('Patient', 'there', [], state)]),
          ),
        ]
        await Promise.all(tries.map((one) => assert.rejects(one, isUnavailable)))
        assert.ok(Date.now() - began < 15 * TIMEOUT, `${String(Date.now() - began)} ms`)
        proxy.set('pass')
        await recovered()
        assert.match((await store.read('Patient', 'there'))?.text ?? '', /"there"/)
        assert.equal((await store.commit([put('Patient', 'there', [], `after ${state}`)])).ok, true)
      })

    it('does not open on nothing', async () => {
      const began = Date.now()
      await assert.rejects(
        openMongoStore('mongodb://127.0.0.1:1/x?directConnection=true'),
        isUnavailable,
      )
      assert.ok(Date.now() - began < 60_000)
    })
  })

  it('refuses a resource that no document can hold, and goes on', async () => {
    const store = await openMongoStore(fresh(), { timeoutMs: 60_000 })
    try {
      await assert.rejects(
        store.commit([put('Basic', 'small'), put('Basic', 'huge', [], 'x'.repeat(17_000_000))]),
        (error) => error instanceof Failure && error.kind === 'too-large',
      )
      assert.equal(await store.read('Basic', 'small'), undefined)
      assert.equal((await store.commit([put('Basic', 'small')])).ok, true)
    } finally {
      await store.close()
    }
  })
})

describe('MongoDB topology', () => {
  it('must be one that has transactions', () => {
    assert.throws(() => refuseStandalone({ isWritablePrimary: true, ok: 1 }), /replica set/)
    refuseStandalone({ isWritablePrimary: true, setName: 'rs0', ok: 1 })
    refuseStandalone({ isWritablePrimary: true, msg: 'isdbgrid', ok: 1 })
  })
})

describe('clock of versions', () => {
  it('never gives a number twice, nor one before', () => {
    const times = [1000, 1000, 999, 5, 1001]
    const clock = openClock(() => times.shift() ?? 0)
    const numbers = [clock(0), clock(0), clock(0), clock(5_000_000), clock(0)]
    assert.deepEqual(numbers, [2_048_000, 2_048_001, 2_048_002, 5_000_001, 5_000_002])
  })
})
