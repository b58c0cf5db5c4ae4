// MongoDB itself is stopped and started again under a server: bounded waits, 503 with Retry-After, recovery without a
// restart, and nothing lost that was acknowledged. (Connections that break or hang: test/store/mongo.test.ts.)
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openMongoStore } from '../../src/store/mongo/store.ts'
import { openLedger } from './ledger.ts'
import { startLoad } from './load.ts'
import { seeded } from './random.ts'
import { until } from '../support/time.ts'
import { startProcess, type ServerProcess } from './server.ts'
import { assertSound } from './sound.ts'

const PROGRAM = join(import.meta.dirname, '../../.cache/secantusdb/bin/secantusd-py')
const TIMEOUT = 1500

describe('a MongoDB that is stopped and started again', function () {
  this.timeout(240_000)
  const folder = mkdtempSync(join(tmpdir(), 'ieum-away-'))
  let database: ChildProcess | undefined
  let port = 0
  let server: ServerProcess | undefined
  before(function () {
    if (existsSync(PROGRAM)) return
    console.log('      skipped: no SecantusDB that could be stopped, another MongoDB is used')
    this.skip()
  })
  after(async () => {
    if (server?.alive() === true) await server.kill()
    database?.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  const startDatabase = async (): Promise<void> => {
    const where = [
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--storage-path',
      join(folder, 'db'),
    ]
    database = spawn(PROGRAM, [...where, '--sync-on-commit'], { stdio: 'ignore' })
    await until('the database starts', () => answers(port))
  }
  const stopDatabase = async (): Promise<void> => {
    const gone = new Promise((resolve) => database?.once('exit', resolve))
    database?.kill('SIGTERM')
    await gone
  }

  it('is waited for by a server that says so', async () => {
    port = await freePort()
    await startDatabase()
    const url = `mongodb://127.0.0.1:${String(port)}/ieum?directConnection=true`
    server = await startProcess(url, { MONGO_TIMEOUT_MS: String(TIMEOUT) })
    const { base, origin } = server
    const ledger = openLedger()
    const load = startLoad(base, ledger, new Map(), seeded(), 4)
    while (ledger.counts.answered < 20) await sleep(10)

    await stopDatabase()
    for (const [method, path] of [
      ['GET', '/Patient?name=kim'],
      ['GET', '/Patient/1'],
      ['GET', '/_history'],
      ['DELETE', '/Patient/1'],
    ] as const) {
      const began = performance.now()
      const response = await fetch(base + path, { method })
      const text = await response.text()
      const waited = performance.now() - began
      assert.equal(response.status, 503, text)
      assert.equal(response.headers.get('retry-after'), '2')
      assert.match(text, /"resourceType":"OperationOutcome".*"transient"/)
      assert.doesNotMatch(text, /mongo|ECONN|127\.0\.0\.1/i)
      assert.ok(waited < 20 * TIMEOUT, `${String(waited)} ms`)
    }
    assert.equal((await fetch(`${origin}/readyz`)).status, 503)
    assert.equal((await fetch(`${origin}/healthz`)).status, 200)
    assert.equal((await fetch(`${base}/metadata`)).status, 200)
    const before = ledger.counts.answered

    await startDatabase()
    await until('the server recovers', () => ledger.counts.answered >= before + 10)
    await until('it says so', async () => (await fetch(`${origin}/readyz`)).status === 200)
    load.end()
    await load.done
    assert.ok(server.alive())
    assert.deepEqual(load.odd, [])
    const store = await openMongoStore(url, { timeoutMs: 20_000 })
    try {
      await ledger.verify(store)
    } finally {
      await store.close()
    }
    await assertSound(url)
    assert.equal(await server.stop(), 0)
  })
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve((socket.destroy(), true)))
    socket.once('error', () => resolve(false))
  })
}
