// Processes that log and are killed in the middle: every answer that was given has its entry, and all chains are sound.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { createMaker } from '../../src/audit/make.ts'
import { verify } from '../../src/audit/verify.ts'
import { openMongoStore } from '../../src/store/mongo/store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import { databaseUrl, startMongo } from '../support/mongo.ts'
import { startProcess } from './server.ts'

const CLIENTS = 20
const BUSY_MS = 1500

/** Ask as many clients do until the servers are gone: ids of the requests that were answered. */
async function drive(bases: readonly string[], until: () => boolean): Promise<readonly string[]> {
  const answered: string[] = []
  let next = 0
  const client = async (base: string): Promise<void> => {
    while (!until()) {
      const n = next++
      const id = `request-${String(n)}`
      const headers = { 'x-request-id': id, 'content-type': 'application/fhir+json' }
      const body = JSON.stringify({ resourceType: 'Basic', code: { text: id } })
      try {
        const answer =
          n % 3 === 0
            ? await fetch(`${base}/Basic`, { method: 'POST', headers, body })
            : await fetch(`${base}/Patient/p${String(n)}`, { headers })
        await answer.text()
        if (answer.status < 500) answered.push(id)
      } catch {
        // The server is gone.
        await sleep(20)
      }
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(bases[i % bases.length]!)))
  return answered
}

/** All that was answered is logged; chains are sound, and each entry becomes one AuditEvent. */
async function assertLogged(store: Store, answered: readonly string[], chains: number) {
  assert.ok(answered.length > 50, `${answered.length} were answered`)
  await createMaker(store, () => []).catchUp()
  const verified = await verify(store)
  assert.deepEqual(verified.findings, [])
  assert.ok(verified.chains >= chains, `${verified.chains} chains`)
  const logged = new Set<string>()
  for (const { chain, number } of await store.trail.tails(100))
    for (const { text } of await store.trail.read(chain, 1, number))
      for (const [, id] of text.matchAll(/"value":"(request-\d+)"/g)) logged.add(id!)
  assert.deepEqual(
    answered.filter((id) => !logged.has(id)),
    [],
  )
}

describe('the log through a crash', function () {
  this.timeout(120_000)

  it('has all that was answered, by several processes on one file (SQLite)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ieum-audit-'))
    const file = join(folder, 'ieum.db')
    try {
      const settings = { AUDIT: 'all', WORKERS: '2' }
      const server = await startProcess(`sqlite:${file}`, settings)
      let isOver = false
      const driven = drive([server.base], () => isOver)
      await sleep(BUSY_MS)
      await server.kill()
      // The other processes notice that they have no writer any more.
      await sleep(1500)
      isOver = true
      const answered = await driven
      const store = await openSqliteStore(file)
      try {
        await assertLogged(store, answered, 2)
      } finally {
        await store.close()
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('has all that was answered, by several servers on one database (MongoDB)', async () => {
    const mongo = await startMongo()
    const url = databaseUrl(mongo.uri, `ieum_crash_audit_${process.pid}`)
    try {
      const servers = [
        await startProcess(url, { AUDIT: 'all' }),
        await startProcess(url, { AUDIT: 'all' }),
      ]
      let isOver = false
      const driven = drive(
        servers.map(({ base }) => base),
        () => isOver,
      )
      await sleep(2 * BUSY_MS)
      await servers[0]!.kill()
      await sleep(500)
      isOver = true
      const answered = await driven
      await servers[1]!.stop()
      const store = await openMongoStore(url, { timeoutMs: 60_000 })
      try {
        await assertLogged(store, answered, 2)
      } finally {
        await store.close()
      }
    } finally {
      const client = new MongoClient(url)
      await client.db().dropDatabase()
      await client.close()
      await mongo.stop()
    }
  })
})
