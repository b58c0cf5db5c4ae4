// An edge that forwards by itself, as a process that is killed in the middle; its page, its metrics and its command line.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Serving } from '../../src/cli/serve.ts'
import { ieum } from '../cli/ieum.ts'
import { startProcess } from '../crash/server.ts'
import { client, startTestServer, type TestServer } from '../support/server.ts'
import { observation, patient } from './pair.ts'

describe('a server with a hub', function () {
  this.timeout(120_000)
  let serving: Serving
  let hub: TestServer
  let folder: string

  before(async () => {
    serving = await startTestServer({ STORE_URL: 'sqlite::memory:' })
    hub = client(serving)
    folder = await mkdtemp(join(tmpdir(), 'ieum-relay-'))
  })
  after(async () => {
    await serving.close()
    await rm(folder, { recursive: true, force: true })
  })

  const put = async (base: string, resource: any): Promise<void> => {
    const response = await fetch(`${base}/${resource.resourceType}/${resource.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(resource),
    })
    assert.ok(response.status < 300)
  }

  const count = async (): Promise<number> =>
    (await hub.send('GET', '/Observation?_total=accurate&_summary=count')).body.total

  it('forwards what it acknowledged, killed in the middle', async () => {
    const store = `sqlite:${join(folder, 'edge.db')}`
    const settings = { RELAY_HUB: hub.base, RELAY_SECONDS: '1' }
    let records = 0
    {
      const edge = await startProcess(store, settings)
      await put(edge.base, { ...patient('killed'), id: 'p' })
      const before = await count()
      for (let i = 0; i < 80; i++)
        await put(edge.base, { ...observation('Patient/p', i), id: `o-${String(records++)}` })
      // In the middle of it: some are there, some not.
      while ((await count()) === before) await sleep(5)
      await edge.kill()
    }
    const edge = await startProcess(store, settings)
    try {
      for (let tries = 0; tries < 200 && (await count()) < records; tries++) await sleep(50)
      await sleep(1200)
      assert.equal(await count(), records)
      const history = await hub.send('GET', '/Observation/_history?_count=1000')
      assert.equal(history.body.total ?? history.body.entry.length, records)

      const html = await fetch(`${edge.origin}/relay`, { headers: { accept: 'text/html' } })
      assert.match(await html.text(), /<th align="left">Waiting<td>0 versions/)
      assert.match(html.headers.get('content-security-policy') ?? '', /default-src/)
      const json = (await (await fetch(`${edge.origin}/relay?_format=json`)).json()) as any
      assert.equal(json.failure, '')
      assert.equal(json.hub, hub.base)
      assert.ok(Math.abs(json.skew) < 2000)
      const metrics = await (await fetch(`${edge.origin}/metrics`)).text()
      assert.match(metrics, /^ieum_relay_backlog 0$/m)
      assert.match(metrics, /^ieum_relay_failures 0$/m)

      const status = await ieum(['relay', 'status'], { STORE_URL: store, ...settings })
      assert.equal(status.status, 0, status.stderr)
      assert.match(status.stdout, /^Waiting +0 versions$/m)
      const retry = await ieum(['relay', 'retry', 'Patient/p'], { STORE_URL: store, ...settings })
      assert.equal(retry.status, 1)
      assert.match(retry.stderr, /Not set aside: Patient\/p/)
      const once = await ieum(['relay', 'once'], { STORE_URL: store, ...settings })
      assert.match(once.stderr, /in use by another process/)
    } finally {
      await edge.stop()
    }
  })

  it('has no such page without a hub', async () => {
    assert.equal((await fetch(`${hub.origin}/relay`)).status, 404)
  })
})
