// Content that is no FHIR, as Binary, https://hl7.org/fhir/R4/binary.html#rest
import assert from 'node:assert/strict'
import { onBothStores, type TestServer } from '../support/server.ts'
import { entry, sendBatch, unique } from '../interaction/bundles.ts'
import { assertRefused, createdId } from './outcome.ts'

const FHIR = { accept: 'application/fhir+json' }
const PNG = Buffer.from('89504e470d0a1a0a0000000dff00fe', 'hex')

type Content = { status: number; headers: Headers; bytes: Buffer }

const fetchBytes = async (
  server: TestServer,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Content> => {
  const answer = await fetch(server.base + path, { method, headers })
  return {
    status: answer.status,
    headers: answer.headers,
    bytes: Buffer.from(await answer.arrayBuffer()),
  }
}

onBothStores('Binary', (server) => {
  const post = (body: unknown, type: string, headers: Record<string, string> = {}) =>
    server().send('POST', '/Binary', body, { 'content-type': type, ...FHIR, ...headers })
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetchBytes(server(), path, headers)

  it('keeps content as it is sent, and gives it back as it is', async () => {
    const made = await post(PNG, 'image/png')
    assert.equal(made.status, 201)
    assert.equal(made.headers.get('etag'), 'W/"1"')
    assert.equal(made.body.resourceType, 'Binary')
    assert.equal(made.body.contentType, 'image/png')
    assert.equal(made.body.data, PNG.toString('base64'))

    const id = createdId(made)
    for (const accept of ['*/*', 'image/png', 'image/*', 'application/pdf', '']) {
      const { status, headers, bytes } = await get(`/Binary/${id}`, { accept })
      assert.equal(status, 200)
      assert.equal(headers.get('content-type'), 'image/png')
      assert.equal(headers.get('content-length'), String(PNG.length))
      assert.equal(headers.get('etag'), 'W/"1"')
      assert.ok(headers.get('last-modified'))
      assert.deepEqual(bytes, PNG)
    }
    assert.deepEqual((await get(`/Binary/${id}/_history/1`)).bytes, PNG)
  })

  const asked: [path: string, accept: string, type: RegExp][] = [
    ['', 'application/fhir+json', /^application\/fhir\+json/],
    ['', 'application/fhir+xml', /^application\/fhir\+xml/],
    ['', 'application/fhir+json, */*;q=0.1', /^application\/fhir\+json/],
    ['', 'image/png;q=0.5, application/fhir+json', /^application\/fhir\+json/],
    ['', 'image/png, application/fhir+json;q=0.5', /^image\/png$/],
    ['', 'application/json', /^image\/png$/],
    ['', 'application/xml', /^image\/png$/],
    ['', 'text/html,*/*;q=0.8', /^image\/png$/],
    ['?_format=json', '*/*', /^application\/fhir\+json/],
    ['?_format=xml', 'image/png', /^application\/fhir\+xml/],
    ['?_summary=true', '*/*', /^application\/fhir\+json/],
    ['/_history', '*/*', /^application\/fhir\+json/],
  ]
  for (const [path, accept, type] of asked)
    it(`GET Binary/id${path}, Accept: ${accept} → ${String(type)}`, async () => {
      const id = createdId(await post(PNG, 'image/png'))
      const answer = await get(`/Binary/${id}${path}`, { accept })
      assert.equal(answer.status, 200)
      assert.match(answer.headers.get('content-type')!, type)
    })

  it('is found, listed and told of as a resource', async () => {
    const id = createdId(await post(PNG, 'image/png'))
    const found = await server().send('GET', `/Binary?_id=${id}`)
    assert.equal(found.body.entry[0].resource.data, PNG.toString('base64'))
    const batch = await sendBatch(server(), [entry(`GET Binary/${id}`)])
    assert.equal(batch.body.entry[0].resource.contentType, 'image/png')
  })

  it('HEAD has the headers of GET', async () => {
    const id = createdId(await post(PNG, 'image/png'))
    const head = await fetchBytes(server(), `/Binary/${id}`, {}, 'HEAD')
    assert.equal(head.headers.get('content-type'), 'image/png')
    assert.equal(head.headers.get('content-length'), String(PNG.length))
    assert.equal(head.bytes.length, 0)
  })

  it('is updated by content too', async () => {
    const id = unique()
    const put = (body: unknown, type: string, headers: Record<string, string> = {}) =>
      server().send('PUT', `/Binary/${id}`, body, { 'content-type': type, ...FHIR, ...headers })
    assert.equal((await put('eins', 'text/plain')).status, 201)
    assert.equal((await put('zwei', 'text/plain', { 'if-match': 'W/"1"' })).status, 200)
    assertRefused(server(), await put('drei', 'text/plain', { 'if-match': 'W/"1"' }), 412)
    assert.equal((await put('zwei', 'text/plain')).headers.get('etag'), 'W/"2"')
    assert.equal((await get(`/Binary/${id}`)).bytes.toString(), 'zwei')
    assert.equal((await get(`/Binary/${id}/_history/1`)).bytes.toString(), 'eins')
  })

  it('knows conditions, deletions and ids that aren’t there', async () => {
    const id = createdId(await post(PNG, 'image/png'))
    assert.equal((await get(`/Binary/${id}`, { 'if-none-match': 'W/"1"' })).status, 304)
    await server().send('DELETE', `/Binary/${id}`)
    for (const [path, status] of [
      [`/Binary/${id}`, 410],
      ['/Binary/nobody', 404],
      ['/Binary/a_b', 400],
    ] as const)
      assertRefused(
        server(),
        await server().send('GET', path, undefined, { accept: 'image/png' }),
        status,
      )
  })

  it('comes as a resource as well', async () => {
    const resource = { resourceType: 'Binary', contentType: 'text/plain', data: 'aGFsbG8=' }
    const xml =
      '<?xml version="1.0"?><!-- x --><Binary xmlns="http://hl7.org/fhir"><contentType value="text/plain"/><data value="aGFsbG8="/></Binary>'
    for (const made of [
      await post(resource, 'application/fhir+json'),
      await post(resource, 'application/json; charset=utf-8'),
      await post(xml, 'application/fhir+xml'),
      await post(xml, 'text/xml'),
    ]) {
      assert.equal(made.status, 201, made.text)
      const { headers, bytes } = await get(`/Binary/${createdId(made)}`)
      assert.equal(headers.get('content-type'), 'text/plain')
      assert.equal(bytes.toString(), 'hallo')
    }
    assertRefused(
      server(),
      await post({ ...resource, contentType: undefined }, 'application/fhir+json'),
      422,
    )
    assertRefused(server(), await post('{"resourceType":"Binary"', 'application/fhir+json'), 400)
  })

  const natives: [type: string, content: string][] = [
    ['application/fhir+json', '{"resourceType":"Patient","active" : true}'],
    ['application/json', '[1,2]'],
    ['application/json', '{"a":1.50}'],
    ['application/json', 'no JSON at all'],
    ['application/xml', '<a><Binary/></a>'],
    ['application/fhir+xml', '<Patient xmlns="http://hl7.org/fhir"/>'],
    ['application/x-www-form-urlencoded', 'a=b'],
    ['text/plain; charset=euc-kr', 'x'],
    ['multipart/related; boundary="a b"', '--a b--'],
    ['application/json-patch+json', '[]'],
  ]
  for (const [type, content] of natives)
    it(`is what is sent as ${type}: ${content}`, async () => {
      const made = await post(content, type)
      assert.equal(made.status, 201, made.text)
      const { headers, bytes } = await get(`/Binary/${createdId(made)}`)
      assert.equal(headers.get('content-type'), type)
      assert.equal(bytes.toString(), content)
    })

  it('of a media type of FHIR is a resource to those who ask for that type', async () => {
    const made = await post('{"resourceType":"Patient"}', 'application/fhir+json')
    const { body } = await server().send('GET', `/Binary/${createdId(made)}`, undefined, FHIR)
    assert.equal(body.resourceType, 'Binary')
  })

  it('needs content', async () => {
    assertRefused(server(), await post(undefined, 'image/png'), 400)
  })

  it('keeps X-Security-Context', async () => {
    const made = await post('x', 'text/plain', { 'x-security-context': 'Patient/p1' })
    assert.deepEqual(made.body.securityContext, { reference: 'Patient/p1' })
    const { headers } = await get(`/Binary/${createdId(made)}`)
    assert.equal(headers.get('x-security-context'), 'Patient/p1')
  })

  it('without data is empty', async () => {
    const made = await post({ resourceType: 'Binary', contentType: 'a/b' }, 'application/fhir+json')
    const { status, bytes } = await get(`/Binary/${createdId(made)}`)
    assert.deepEqual([status, bytes.length], [200, 0])
  })

  it('compressed on its way is kept as it was before', async () => {
    const { gzipSync } = await import('node:zlib')
    const made = await post(gzipSync('hallo'), 'text/plain', { 'content-encoding': 'gzip' })
    assert.equal((await get(`/Binary/${createdId(made)}`)).bytes.toString(), 'hallo')
  })

  describe('in a browser', () => {
    for (const type of ['text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/xml'])
      it(`${type} does nothing`, async () => {
        const made = await post(
          '<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>',
          type,
        )
        const { headers } = await get(`/Binary/${createdId(made)}`, { accept: 'text/html,*/*' })
        assert.equal(headers.get('content-type'), type)
        assert.equal(headers.get('x-content-type-options'), 'nosniff')
        assert.match(headers.get('content-security-policy')!, /default-src 'none'.*sandbox/)
      })

    for (const dest of ['script', 'style', 'worker', 'serviceworker', 'xslt', 'manifest'])
      it(`no ${dest} of a page is had from a record`, async () => {
        const id = createdId(await post('alert(1)', 'text/javascript'))
        const { headers } = await get(`/Binary/${id}`, { 'sec-fetch-dest': dest })
        assert.match(headers.get('content-type')!, /^application\/fhir\+json/)
      })

    it('an image of a page is', async () => {
      const id = createdId(await post(PNG, 'image/png'))
      assert.deepEqual((await get(`/Binary/${id}`, { 'sec-fetch-dest': 'image' })).bytes, PNG)
    })
  })

  const odd: [contentType: string, reference: string, served: string][] = [
    ['김/민준', 'Patient/1', 'application/octet-stream'],
    ['text plain', 'Patient/1', 'application/octet-stream'],
    ['nothing', 'Patient/1', 'application/octet-stream'],
    ['text/plain', 'Patient/김', 'text/plain'],
    ['text/plain', 'urn:x:a\u200bb:c', 'text/plain'],
    ['text/html; charset=utf-8', 'x', 'text/html; charset=utf-8'],
  ]
  for (const [contentType, reference, served] of odd)
    it(`of the type "${contentType}" in the context ${JSON.stringify(reference)} has headers that are headers`, async () => {
      const resource = {
        resourceType: 'Binary',
        contentType,
        securityContext: { reference },
        data: 'eA==',
      }
      const made = await post(resource, 'application/fhir+json')
      assert.equal(made.status, 201, made.text)
      const { status, headers, bytes } = await get(`/Binary/${createdId(made)}`)
      assert.equal(status, 200)
      assert.equal(headers.get('content-type'), served)
      assert.equal(bytes.toString(), 'x')
    })
})

onBothStores(
  'bounds of a Binary',
  (server) => {
    it('count the bytes of the content', async () => {
      const send = (length: number) =>
        server().send('POST', '/Binary', Buffer.alloc(length), { 'content-type': 'image/png' })
      assert.equal((await send(50_000)).status, 201)
      assertRefused(server(), await send(50_001), 413)
    })
  },
  { MAX_BODY_BYTES: '50000' },
)
