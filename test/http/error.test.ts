// Every refusal under the base has a valid OperationOutcome; a fault of the server's own tells a request id and no more.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { patient, unique } from '../interaction/bundles.ts'
import { client, onBothStores, startTestServer } from '../support/server.ts'
import { assertRefused } from './outcome.ts'

onBothStores('error', (server) => {
  type Sent = [method: string, path: string, body?: unknown, headers?: Record<string, string>]
  const sent: readonly Sent[] = [
    ['GET', '/Patient/nobody'],
    ['GET', '/Patient/a_b'],
    ['GET', `/Patient/${'%F0%9F%98%80'.repeat(20)}`],
    ['GET', '/Patient/%0d%0a%07'],
    ['GET', `/${'x'.repeat(5000)}`],
    ['GET', '/%00'],
    ['GET', '/Patient?name:nonsense=x'],
    ['GET', '/Patient?birthdate=x'],
    ['GET', '/Patient?_count=x'],
    ['GET', '/Patient?_sort=%07', undefined, { prefer: 'handling=strict' }],
    ['GET', '/Patient?%07=%07', undefined, { prefer: 'handling=strict' }],
    ['GET', '/Patient?=x', undefined, { prefer: 'handling=strict' }],
    ['GET', `/Patient?${'y'.repeat(5000)}=x`, undefined, { prefer: 'handling=strict' }],
    ['GET', '/Patient/_history?%07=x'],
    ['GET', '/Patient/_history?=x'],
    ['GET', '/metadata?mode=%07'],
    ['GET', '/Patient/p/$%07'],
    ['GET', '/metadata', undefined, { accept: 'image/png' }],
    ['GET', '/metadata?_format=%07'],
    ['PUT', '/Patient/p', patient('x', { id: 'q' })],
    ['PUT', '/Patient/p', patient('x', { id: 'p' }), { 'if-match': 'W/"4"' }],
    ['PUT', '/Patient/p', patient('x', { id: 'p' }), { 'if-match': '\u00ff' }],
    ['PUT', '/Patient?identifier=x', patient('x', { id: '\u0007' })],
    ['GET', '/Patient?name=%E0%A4%A'],
    ['GET', '/Patient?%ff=x'],
    ['POST', '/Patient/_search', { resourceType: 'Parameters' }],
    ['POST', '/Patient/_search', 'name=x', { 'content-type': 'text/plain' }],
    [
      'POST',
      '/Patient/_search',
      'name=%ff',
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    ['POST', '/Patient', '{'],
    ['POST', '/Patient', '{"resourceType":"\\u0007"}'],
    ['POST', '/Patient', '{"resourceType":"Patient","\\u0007":1}'],
    ['POST', '/Patient', { resourceType: 'Patient', gender: '\u0007' }],
    ['POST', '/Patient', { resourceType: 'Patient', gender: 'x'.repeat(100_000) }],
    ['POST', '/Patient', { resourceType: 'Patient', ['z'.repeat(100_000)]: 1 }],
    ['POST', '/Patient', patient('x'), { 'if-none-exist': 'x=y' }],
    ['POST', '/Patient', 'x', { 'content-type': 'text/\u00ff' }],
    ['POST', '/Patient', 'x', { 'content-encoding': 'x'.repeat(5000) }],
    ['POST', '/', { resourceType: 'Bundle', type: '\u0007' }],
    [
      'PATCH',
      '/Patient/p',
      '[{"op":"\\u0007"}]',
      { 'content-type': 'application/json-patch+json' },
    ],
    ['DELETE', '/Patient?'],
    ['DELETE', '/'],
  ]
  for (const [method, path, body, headers] of sent)
    it(`${method} ${path.slice(0, 40)} ${JSON.stringify(body ?? '').slice(0, 50)} is refused validly`, async () => {
      const answer = await server().send(method, path, body, headers)
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text}`)
      assertRefused(server(), answer, answer.status)
      assert.ok(answer.text.length < 10_000, 'as short as can be read')
      assert.ok(answer.headers.get('x-request-id'))
    })
})

onBothStores('query', (server) => {
  it('may have percent signs that stand for themselves, and the sign for what can’t be read', async () => {
    for (const query of ['name=50%25', 'name=%EF%BF%BD', 'name=\ufffd', 'name=%EA%B9%80'])
      assert.equal((await server().send('GET', `/Patient?${query}`)).status, 200, query)
  })

  it('of a search by POST may be in the URL, the form, or nowhere', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const id = unique()
    await server().send('PUT', `/Patient/${id}`, patient(id, { id }))
    const found: [path: string, body: string | undefined][] = [
      [`/Patient/_search?_id=${id}`, undefined],
      ['/Patient/_search', `_id=${id}`],
      [`/Patient/_search?_id=${id}`, 'identifier=urn:test|' + id],
      [`/Patient/_search?_id=${id}`, ''],
    ]
    for (const [path, body] of found) {
      const answer = await server().send('POST', path, body, form)
      assert.equal(answer.status, 200, answer.text)
      assert.deepEqual(
        answer.body.entry.map((e: any) => e.resource.id),
        [id],
      )
    }
  })
})

describe('fault', () => {
  /** A server whose store was closed under it: no request that needs it can succeed. */
  let serving: Awaited<ReturnType<typeof startTestServer>>
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ieum-fault-'))
    serving = await startTestServer({ STORE_URL: `sqlite:${join(folder, 'ieum.db')}` })
    const first = await client(serving).send('PUT', '/Patient/p', patient('x', { id: 'p' }))
    assert.equal(first.status, 201)
    await serving.context.store.close()
  })
  after(async () => {
    await serving.close().catch(() => {})
    await rm(folder, { recursive: true, force: true })
  })

  it('tells its request id, and nothing of the inside', async () => {
    const server = client(serving)
    const { context } = server
    const requests: [method: string, path: string, body?: unknown][] = [
      ['GET', '/Patient/p'],
      ['GET', '/Patient?name=x'],
      ['GET', '/_history'],
      ['PUT', '/Patient/p', patient('y', { id: 'p' })],
      ['POST', '/Patient', patient(unique())],
      ['DELETE', '/Patient/p'],
    ]
    for (const [method, path, body] of requests) {
      const answer = await server.send(method, path, body, { 'x-request-id': 'asked-for' })
      assert.ok(answer.status === 500 || answer.status === 503, `${method} ${answer.status}`)
      assert.equal(answer.body.resourceType, 'OperationOutcome')
      assert.deepEqual(context.validator.validate(answer.body, { type: 'OperationOutcome' }), [])
      assert.doesNotMatch(answer.text, /sqlite|database|\.ts|\n\s+at |ieum-fault/i)
      assert.equal(answer.headers.get('x-request-id'), 'asked-for')
      if (answer.status === 500) {
        assert.match(answer.text, /asked-for/)
        assert.equal(answer.body.issue[0].severity, 'fatal')
        assert.equal(answer.body.issue[0].code, 'exception')
      } else assert.ok(answer.headers.get('retry-after'))
    }
  })

  it('comes in XML where XML is asked for', async () => {
    const answer = await client(serving).send('GET', '/Patient/p', undefined, {
      accept: 'application/fhir+xml',
    })
    assert.match(answer.text, /<OperationOutcome .*request id/s)
  })

  it('leaves what needs no store working, and shows in /readyz', async () => {
    assert.equal((await client(serving).send('GET', '/metadata')).status, 200)
    const { origin } = serving
    assert.equal((await fetch(`${origin}/healthz`)).status, 200)
    const ready = await fetch(`${origin}/readyz`)
    assert.equal(ready.status, 503)
    assert.ok(ready.headers.get('retry-after'))
    assert.doesNotMatch(await ready.text(), /sqlite|database|\.ts/i)
  })
})
