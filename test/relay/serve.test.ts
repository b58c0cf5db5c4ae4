// An edge that forwards by itself, as a process: killed in the middle, on a full disk; its page, metrics and command line.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Serving } from '../../src/cli/serve.ts'
import { ieum } from '../cli/ieum.ts'
import { startProcess, type ServerProcess } from '../crash/server.ts'
import { openShim, type Shim } from '../crash/shim.ts'
import { openProxy, type Proxy } from '../support/proxy.ts'
import { client, startTestServer, type TestServer } from '../support/server.ts'
import { observation, patient } from './pair.ts'

describe('a server with a hub', function () {
  this.timeout(120_000)
  let serving: Serving
  let hub: TestServer
  let line: Proxy
  let shim: Shim
  let folder: string
  let settings: Record<string, string>
  let edge: ServerProcess
  let records = 0

  before(async () => {
    serving = await startTestServer({ STORE_URL: 'sqlite::memory:' })
    hub = client(serving)
    line = await openProxy('127.0.0.1', Number(new URL(hub.base).port))
    shim = openShim()
    folder = await mkdtemp(join(tmpdir(), 'ieum-relay-'))
    settings = {
      STORE_URL: `sqlite:${join(folder, 'edge.db')}`,
      RELAY_HUB: `http://127.0.0.1:${String(line.port)}/fhir`,
      RELAY_SECONDS: '1',
    }
    edge = await start()
  })
  after(async () => {
    await edge.kill()
    shim.close()
    await line.close()
    await serving.close()
    await rm(folder, { recursive: true, force: true })
  })

  const start = () =>
    startProcess(settings.STORE_URL!, {
      ...settings,
      ...(shim.why === undefined ? { ...shim.environment(), LOG_LEVEL: 'silent' } : {}),
    })

  const put = async (resource: any): Promise<number> => {
    const response = await fetch(`${edge.base}/${resource.resourceType}/${resource.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(resource),
    })
    await response.text()
    return response.status
  }

  const measure = () => put({ ...observation('Patient/p', records), id: `o-${String(records++)}` })

  const count = async (): Promise<number> =>
    (await hub.send('GET', '/Observation?_total=accurate&_summary=count')).body.total

  const status = async (): Promise<any> => (await fetch(`${edge.origin}/relay?_format=json`)).json()

  /** All that was acknowledged is at the hub in one version, and stays so. */
  async function assertThere(): Promise<void> {
    for (let tries = 0; tries < 400; tries++) {
      const { backlog, failures } = await status()
      if (backlog === 0 && failures === 0) break
      await sleep(50)
    }
    await sleep(1200)
    assert.equal(await count(), records)
    const history = await hub.send('GET', '/Observation/_history?_count=1000')
    assert.equal(history.body.entry.length, records)
  }

  it('forwards what it acknowledged, killed in the middle', async () => {
    await put({ ...patient('killed'), id: 'p' })
    for (let i = 0; i < 50; i++) assert.equal(await measure(), 201)
    // In the middle of it: some are there, some not.
    while ((await count()) === 0) await sleep(5)
    await edge.kill()
    edge = await start()
    await assertThere()
  })

  it('forwards what it acknowledged before its disk was full, and what it takes when there is space again', async function () {
    if (shim.why !== undefined) this.skip()
    line.set('refuse')
    for (let i = 0; i < 20; i++) assert.equal(await measure(), 201)
    shim.fail({ call: 'write', error: 'ENOSPC' })
    assert.equal(await put({ ...patient('refused'), id: 'refused' }), 507)
    line.set('pass')
    while ((await count()) < records) await sleep(20)
    shim.fail(undefined)
    assert.equal(await measure(), 201)
    await assertThere()
    assert.equal((await hub.send('GET', '/Patient/refused')).status, 404)
  })

  it('says how it stands on a page, in metrics and on the command line', async () => {
    const html = await fetch(`${edge.origin}/relay`, { headers: { accept: 'text/html' } })
    assert.match(await html.text(), /<th align="left">Waiting<td>0 versions/)
    assert.match(html.headers.get('content-security-policy') ?? '', /default-src/)
    const { failure, hub: named, skew } = await status()
    assert.deepEqual([failure, named], ['', settings.RELAY_HUB])
    assert.ok(Math.abs(skew) < 2000)
    const metrics = await (await fetch(`${edge.origin}/metrics`)).text()
    assert.match(metrics, /^ieum_relay_backlog 0$/m)
    assert.match(metrics, /^ieum_relay_failures 0$/m)
    const told = await ieum(['relay', 'status'], settings)
    assert.equal(told.status, 0, told.stderr)
    assert.match(told.stdout, /^Waiting +0 versions$/m)
    const retry = await ieum(['relay', 'retry', 'Patient/p'], settings)
    assert.equal(retry.status, 1)
    assert.match(retry.stderr, /Not set aside: Patient\/p/)
  })

  it('has no such page without a hub', async () => {
    assert.equal((await fetch(`${hub.origin}/relay`)).status, 404)
  })
})
