// The network or the primary fails around a commit on MongoDB: what is answered happened once, whatever was lost and sent
// again; what could not be done in time is answered with 503, and the same request sent again has one effect.
// A primary that steps down is played by a proxy: there is no second member to take over in these tests.
import assert from 'node:assert/strict'
import { MongoClient } from 'mongodb'
import { Failure } from '../../src/errors.ts'
import type { Serving } from '../../src/cli/serve.ts'
import { openMongoStore } from '../../src/store/mongo/store.ts'
import type { Change, Committed, Store } from '../../src/store/store.ts'
import { put, remove, token } from '../store/contract/resource.ts'
import { databaseUrl, startMongo, type TestMongo } from '../support/mongo.ts'
import { client, startTestServer } from '../support/server.ts'
import { openWire, steppedDown, type Fate, type Wire } from './wire.ts'

/** Of those who are to give up, and of those who are to succeed, however busy the machine is. */
const PATIENCE = 2000
const LONG_PATIENCE = 30_000
const UNKNOWN = 'UnknownTransactionCommitResult'
const TRANSIENT = 'TransientTransactionError'
const RETRYABLE = 'RetryableWriteError'

/** The server forgot the transaction: after a failover, or because it is over. */
const forgotten = {
  ok: 0,
  code: 251,
  codeName: 'NoSuchTransaction',
  errmsg: 'no such transaction',
  errorLabels: [TRANSIENT],
}

describe('a commit on MongoDB whose network or primary fails', function () {
  this.timeout(120_000)
  let mongo: TestMongo
  let wire: Wire
  let store: Store
  let hasty: Store
  let url: string
  let admin: MongoClient
  const name = `ieum_once_${String(process.pid)}_${Date.now().toString(36)}`

  before(async function () {
    mongo = await startMongo()
    // Behind a proxy there is one address and no name of it in a certificate: a set or a login can't be tried so.
    if (/[@,]|^mongodb\+srv/.test(mongo.uri)) this.skip()
    const [, host = '', port = ''] = /\/\/([^:/,]+):(\d+)/.exec(mongo.uri) ?? []
    wire = await openWire(host, Number(port))
    url = databaseUrl(`mongodb://127.0.0.1:${String(wire.port)}/?directConnection=true`, name)
    store = await openMongoStore(url, { timeoutMs: LONG_PATIENCE })
    hasty = await openMongoStore(url, { timeoutMs: PATIENCE })
    admin = await MongoClient.connect(mongo.uri)
  })
  after(async () => {
    await (store as Store | undefined)?.close()
    await (hasty as Store | undefined)?.close()
    await (wire as Wire | undefined)?.close()
    await (admin as MongoClient | undefined)?.db(name).dropDatabase()
    await (admin as MongoClient | undefined)?.close()
    await mongo.stop()
  })
  afterEach(async () => {
    wire.decide(undefined)
    await wire.endSessions(admin)
  })

  /** Fates of the commands of a name, one after the other; the others pass. */
  const fates = (command: string, ...list: readonly Fate[]): { readonly seen: () => number } => {
    let seen = 0
    wire.decide((each) => (each === command ? (list[seen++] ?? 'pass') : 'pass'))
    return { seen: () => seen }
  }
  const versionsOf = async (id: string): Promise<number[]> =>
    (await store.history({ type: 'Basic', id, count: 50 })).versions.map(({ version }) => version)

  const CASES: Readonly<Record<string, readonly Fate[]>> = {
    'is lost': ['lose'],
    'is lost twice': ['lose', 'lose'],
    'has its answer lost': ['lose answer'],
    'has its answer lost three times': ['lose answer', 'lose answer', 'lose answer'],
    'meets a primary that steps down': [
      { answer: steppedDown(RETRYABLE), carriedOut: false },
      { answer: steppedDown(RETRYABLE), carriedOut: false },
    ],
    'meets a primary that steps down after it': [
      { answer: steppedDown(RETRYABLE), carriedOut: true },
      { answer: steppedDown(RETRYABLE), carriedOut: true },
    ],
    'is aborted by the server': [{ answer: { ...forgotten }, carriedOut: false }],
    'has its answer lost and is then unknown to the server': [
      'lose answer',
      { answer: forgotten, carriedOut: false },
    ],
    'is done, but the server says that it never was': [{ answer: forgotten, carriedOut: true }],
    'waits for a majority longer than it may': [
      {
        answer: {
          ok: 1,
          writeConcernError: { code: 64, codeName: 'WriteConcernTimeout', errmsg: 'waiting' },
          errorLabels: [UNKNOWN],
        },
        carriedOut: true,
      },
    ],
  }
  let n = 0
  for (const [what, list] of Object.entries(CASES))
    it(`has one effect when the commit ${what}`, async () => {
      const [fresh, known, gone] = ['fresh', 'known', 'gone'].map(
        (id) => `${id}-${String(++n)}`,
      ) as [string, string, string]
      await store.commit([put('Basic', known, [], 'old'), put('Basic', gone)])
      const { seen } = fates('commitTransaction', ...list)
      const changes: Change[] = [
        // As a create: with an id of ours that nobody else has.
        { ...put('Basic', fresh, [token('once', fresh)]), method: 'POST', ifVersion: 0 },
        { ...put('Basic', known, [], 'new'), method: 'PATCH', ifVersion: 1 },
        remove('Basic', gone),
      ]
      const result: Committed = await store.commit(changes)
      assert.ok(seen() >= list.length, 'the fault was met')
      assert.ok(result.ok, JSON.stringify(result))
      assert.deepEqual(
        result.applied.map(({ current, changed, created }) => [current?.version, changed, created]),
        [
          [1, true, true],
          [2, true, false],
          [2, true, false],
        ],
      )
      assert.deepEqual(await versionsOf(fresh), [1])
      assert.deepEqual(await versionsOf(known), [2, 1])
      assert.deepEqual(await versionsOf(gone), [2, 1])
      for (const { current } of result.applied)
        assert.deepEqual(await store.read('Basic', current?.id ?? ''), current)
    })

  it('tries again what the primary refused within a transaction', async () => {
    for (const command of ['find', 'insert'])
      for (const code of [10107, 112]) {
        const id = `refused-${String(++n)}`
        await store.commit([put('Basic', id, [], 'old')])
        const answer = { ...steppedDown(TRANSIENT), code }
        fates(command, { answer, carriedOut: false }, { answer, carriedOut: false })
        assert.ok((await store.commit([put('Basic', id, [], 'new')])).ok)
        assert.deepEqual(await versionsOf(id), [2, 1])
      }
  })

  for (const [what, fate] of Object.entries({
    'never gets through': 'lose',
    'never gets its answer': 'lose answer',
    hangs: 'hang',
    'always meets a primary that steps down': { answer: steppedDown(RETRYABLE), carriedOut: false },
  } satisfies Record<string, Fate>))
    it(`is given up in time when the commit ${what}, and sent again has one effect`, async () => {
      const id = `late-${String(++n)}`
      wire.decide((command) => (command === 'commitTransaction' ? fate : 'pass'))
      const began = performance.now()
      const change = { ...put('Basic', id, [token('once', id)], 'x'), method: 'PUT' as const }
      await assert.rejects(hasty.commit([change]), (error) => {
        assert.ok(error instanceof Failure, String(error))
        assert.equal(error.kind, 'unavailable')
        assert.match(error.message, /not known/)
        return true
      })
      const waited = performance.now() - began
      assert.ok(waited < 15 * PATIENCE, `${String(waited)} ms`)
      wire.decide(undefined)
      await wire.endSessions(admin)
      assert.ok((await store.commit([change])).ok)
      assert.deepEqual(await versionsOf(id), [1])
    })

  describe('over HTTP', () => {
    let serving: Serving
    let giving: Serving
    before(async () => {
      serving = await startTestServer({ STORE_URL: url })
      giving = await startTestServer({ STORE_URL: url, MONGO_TIMEOUT_MS: String(PATIENCE) })
    })
    after(async () => {
      await serving.close()
      await giving.close()
    })
    const patient = (value: string) => ({
      resourceType: 'Patient',
      identifier: [{ system: 'urn:mrn', value }],
    })
    const found = async (value: string): Promise<number> => {
      const { body } = await client(serving).send('GET', `/Patient?identifier=urn:mrn|${value}`)
      return body.total
    }

    for (const [what, list] of Object.entries(CASES).filter(([name]) => /answer|done/.test(name)))
      it(`a create is done once when its commit ${what}`, async () => {
        const value = `http-${String(++n)}`
        fates('commitTransaction', ...list)
        const answer = await client(serving).send('POST', '/Patient', patient(value))
        assert.equal(answer.status, 201, answer.text)
        assert.equal(await found(value), 1)
        const id = answer.body.id as string
        assert.equal((await client(serving).send('GET', `/Patient/${id}`)).text, answer.text)
      })

    for (const fate of ['lose', 'lose answer'] as const)
      it(`a conditional create that heard 503 creates one when it is sent again (${fate})`, async () => {
        const value = `again-${String(++n)}`
        const send = (to: Serving) =>
          client(to).send('POST', '/Patient', patient(value), {
            'if-none-exist': `identifier=urn:mrn|${value}`,
          })
        wire.decide((command) => (command === 'commitTransaction' ? fate : 'pass'))
        const first = await send(giving)
        assert.equal(first.status, 503, first.text)
        assert.equal(first.headers.get('retry-after'), '2')
        assert.match(first.body.issue[0].diagnostics, /not known/)
        wire.decide(undefined)
        await wire.endSessions(admin)
        const second = await send(serving)
        assert.equal(second.status, fate === 'lose' ? 201 : 200, second.text)
        assert.equal(await found(value), 1)
      })
  })
})
