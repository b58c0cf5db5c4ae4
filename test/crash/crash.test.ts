// The process is killed in the middle of mixed writes, again and again: everything that was acknowledged is there,
// nothing is half there, no history has a gap, and the index is that of the data. Both stores.
// CRASH_ROUNDS: how often; `npm run crash` does it a hundred times.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { openMongoStore } from '../../src/store/mongo/store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store, Version } from '../../src/store/store.ts'
import { databaseUrl, startMongo, type TestMongo } from '../support/mongo.ts'
import { seeded } from './random.ts'
import { openLedger } from './ledger.ts'
import { startLoad } from './load.ts'
import { startProcess } from './server.ts'
import { assertSound } from './sound.ts'
import { openWire } from './wire.ts'

const ROUNDS = Number(process.env.CRASH_ROUNDS ?? '0')

/** Kill and look, so many times. */
async function crashes(
  storeUrl: string,
  rounds: number,
  open: () => Promise<Store>,
  most: number,
  afterKill: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const random = seeded()
  const ledger = openLedger()
  let known: ReadonlyMap<string, readonly Version[]> = new Map<string, readonly Version[]>()
  for (let round = 0; round < rounds; round++) {
    const server = await startProcess(storeUrl)
    const load = startLoad(server.base, ledger, known, random)
    // The first writes find the server cold; most kills are to meet it at full speed, some at its first.
    const enough = ledger.counts.answered + random() * most
    while (ledger.counts.answered < enough && server.alive()) await sleep(2)
    await sleep(random() * 20)
    await server.kill()
    await load.done
    await afterKill()
    assert.deepEqual(load.odd, [])
    assert.doesNotMatch(server.output(), /"level":(50|60)/)
    const store = await open()
    try {
      known = await ledger.verify(store)
    } finally {
      await store.close()
    }
    await assertSound(storeUrl)
  }
  const { answered, unknown, refused } = ledger.counts
  console.log(
    `      ${String(rounds)} kills: ${String(answered)} writes acknowledged, ${String(refused)} refused, ${String(unknown)} without an answer`,
  )
  assert.ok(answered > 5 * rounds, `only ${String(answered)} writes were acknowledged`)
  assert.ok(unknown > 0, 'no kill met a write')
}

describe('a server that is killed', function () {
  this.timeout(240_000 + ROUNDS * 30_000)

  it('loses nothing on SQLite', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ieum-crash-'))
    const file = join(folder, 'ieum.db')
    try {
      await crashes(`sqlite:${file}`, ROUNDS || 5, () => openSqliteStore(file), 150)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('loses nothing on MongoDB', async () => {
    const mongo: TestMongo = await startMongo()
    const admin = await MongoClient.connect(mongo.uri)
    const name = `ieum_crash_${String(process.pid)}_${Date.now().toString(36)}`
    // Through a proxy where that can be, so that the sessions of a killed server are known and can be ended: writers of
    // the same resources would hear 503 until they run out.
    const [, host, port] = /\/\/([^@:/,]+):(\d+)\/\?directConnection=true$/.exec(mongo.uri) ?? []
    const wire = host === undefined ? undefined : await openWire(host, Number(port))
    const near =
      wire === undefined
        ? mongo.uri
        : mongo.uri.replace(/\/\/[^/]+/, `//127.0.0.1:${String(wire.port)}`)
    const url = databaseUrl(near, name)
    const endOrphans = () =>
      wire === undefined
        ? admin.db('admin').command({ killAllSessions: [] })
        : wire.endSessions(admin)
    try {
      const rounds = Math.ceil(ROUNDS / 4) || 2
      const open = () => openMongoStore(url, { timeoutMs: 60_000 })
      await crashes(url, rounds, open, 40, endOrphans)
    } finally {
      await admin.db(name).dropDatabase()
      await admin.close()
      await wire?.close()
      await mongo.stop()
    }
  })
})
