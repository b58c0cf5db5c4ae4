// A hub that asks for tokens: the edge comes as the client of its organization, and has there what that may have.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { exportJWK, generateKeyPair } from 'jose'
import { assertion, askToken, clientsFile, makeKey, type Keyed } from '../support/clients.ts'
import { client, startTestServer, type TestServer } from '../support/server.ts'
import type { Serving } from '../../src/cli/serve.ts'
import { simulated } from './clock.ts'
import { observation, openSite, patient, type Site } from './pair.ts'

const DAY_MS = 86_400_000

describe('a relay to a hub that asks for tokens', () => {
  let serving: Serving
  let hub: TestServer
  let edge: Site
  let file: ReturnType<typeof clientsFile>
  let keys: Record<string, Keyed>
  let keyFile: string

  before(async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES384', { extractable: true })
    const about = { kid: 'ship-1', alg: 'ES384', use: 'sig' }
    keys = { busan: await makeKey('ES384'), administrator: await makeKey('ES384') }
    const registered = (id: string, organization: string, roles: string[], jwk: object) => ({
      client_id: id,
      organization,
      roles,
      scopes: ['system/*.cruds'],
      jwks: { keys: [jwk] },
    })
    file = clientsFile({
      clients: [
        registered('ship', 'ship', ['system'], { ...(await exportJWK(publicKey)), ...about }),
        registered('busan', 'busan', ['system'], keys.busan!.jwk),
        registered('administrator', 'network', ['administrator'], keys.administrator!.jwk),
      ],
    })
    keyFile = `${file.path}.key`
    writeFileSync(keyFile, JSON.stringify({ ...(await exportJWK(privateKey)), ...about }))
    serving = await startTestServer({
      STORE_URL: 'sqlite::memory:',
      AUTH: 'oauth',
      CLIENTS: file.path,
    })
    hub = client(serving)
    for (const id of ['ship', 'busan'])
      await send('administrator', 'PUT', `/Organization/${id}`, {
        resourceType: 'Organization',
        id,
      })
    edge = await openSite(hub.base, {
      RELAY_CLIENT_ID: 'ship',
      RELAY_KEY_FILE: keyFile,
      RELAY_ORGANIZATION: 'ship',
    })
  })
  after(async () => {
    await edge.close()
    await serving.close()
    file.remove()
  })

  const tokens = new Map<string, string>()
  const send = async (who: string, method: string, path: string, body?: unknown) => {
    if (!tokens.has(who)) {
      const endpoint = `${hub.origin}/auth/token`
      const answer = await askToken(
        endpoint,
        'system/*.cruds',
        await assertion(who, endpoint, keys[who]!),
      )
      tokens.set(who, answer.body.access_token!)
    }
    return hub.send(method, path, body, { authorization: `Bearer ${tokens.get(who)!}` })
  }

  it('puts records behind the id of its organization, with a clock that is days off', async () => {
    const { body } = await edge.send('POST', '/Patient', patient('aboard'))
    await edge.send('POST', '/Observation', observation(`Patient/${body.id}`, 4.2))
    await edge.relay({ clock: simulated(-3 * DAY_MS) })
    const status = await edge.sync()
    assert.equal(status.aside.length, 0, JSON.stringify(status.aside))
    assert.equal(status.sent, 2)
    assert.ok(Math.abs(status.skew! - 3 * DAY_MS) < 5000)
    const there = await send('administrator', 'GET', `/Patient/ship-${body.id}`)
    assert.equal(there.status, 200)
    assert.ok(there.body.meta.tag.some((t: any) => t.code === 'ship'))
    const found = await send('administrator', 'GET', `/Observation?subject=Patient/ship-${body.id}`)
    assert.equal(found.body.entry.length, 1)
    const again = await edge.sync()
    assert.deepEqual([again.sent, again.received], [2, 0])
  })

  it('answers a Task that another organization asks it by, and gets what it may see', async () => {
    await send('busan', 'POST', '/Patient', patient('not aboard'))
    const request = await send('busan', 'POST', '/ServiceRequest', {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: { display: 'The crew' },
      code: { text: 'Blood pressure of all' },
    })
    const task = await send('busan', 'POST', '/Task', {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      focus: { reference: `ServiceRequest/${request.body.id}` },
      owner: { reference: 'Organization/ship' },
      requester: { reference: 'Organization/busan' },
    })
    assert.equal(task.status, 201, task.text)
    await edge.sync()
    const here = await edge.send('GET', `/Task/${task.body.id}`)
    assert.equal(here.status, 200)
    assert.equal((await edge.send('GET', '/Patient?identifier=not aboard')).body.entry, undefined)
    for (const status of ['received', 'accepted'])
      await edge.send('PUT', `/Task/${task.body.id}`, { ...here.body, status })
    const status = await edge.sync()
    assert.equal(status.aside.length, 0, JSON.stringify(status.aside))
    const there = await send('busan', 'GET', `/Task/${task.body.id}`)
    assert.equal(there.body.status, 'accepted')
    const again = await edge.sync()
    assert.equal(again.sent, status.sent)
    assert.equal(again.received, status.received)
  })

  it('says when its key is not known there', async () => {
    const stranger = await openSite(hub.base, {
      RELAY_CLIENT_ID: 'nobody',
      RELAY_KEY_FILE: keyFile,
      RELAY_ORGANIZATION: 'ship',
    })
    try {
      await stranger.send('POST', '/Patient', patient('stranger'))
      const relay = await stranger.relay({ clock: simulated() })
      await assert.rejects(relay.once(), /No token/)
      const status = await stranger.status()
      assert.match(status.failure, /No token.*invalid_client/)
      assert.notEqual(status.nextTry, '')
      assert.equal(status.backlog, 1)
    } finally {
      await stranger.close()
    }
  })
})
