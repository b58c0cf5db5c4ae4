// What every answer carries: CORS, security headers, request ids; and what lies beside the FHIR base.
import assert from 'node:assert/strict'
import { patient, unique } from '../interaction/bundles.ts'
import { onBothStores } from '../support/server.ts'
import { assertRefused } from './outcome.ts'

const PAGE = 'https://app.example.org'

onBothStores('app', (server) => {
  const send = (method: string, path: string, headers: Record<string, string> = {}) =>
    server().send(method, path, undefined, headers)
  const outside = (method: string, path: string, headers: Record<string, string> = {}) =>
    fetch(server().origin + path, { method, headers })

  describe('for browsers', () => {
    it('answers a preflight', async () => {
      const answer = await send('OPTIONS', '/Patient/p1', {
        origin: PAGE,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type,if-match,prefer,x-request-id',
      })
      assert.equal(answer.status, 204)
      assert.equal(answer.headers.get('access-control-allow-origin'), '*')
      const methods = answer.headers.get('access-control-allow-methods')!.split(',')
      assert.deepEqual(methods.sort(), ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT'])
      assert.equal(
        answer.headers.get('access-control-allow-headers'),
        'content-type,if-match,prefer,x-request-id',
      )
      assert.ok(Number(answer.headers.get('access-control-max-age')) > 0)
      assert.equal(answer.headers.get('access-control-allow-credentials'), null)
    })

    it('lets a page read an answer, a refusal too, and the headers that matter', async () => {
      const headers = { origin: PAGE }
      const answers = [
        await server().send('POST', '/Patient', patient(unique()), headers),
        await send('GET', '/Patient/nobody', headers),
        await send('GET', '/metadata', { ...headers, accept: 'image/png' }),
      ]
      for (const answer of answers) {
        assert.equal(answer.headers.get('access-control-allow-origin'), '*')
        const exposed = answer.headers.get('access-control-expose-headers')!.toLowerCase()
        for (const name of ['etag', 'last-modified', 'location', 'x-request-id', 'retry-after'])
          assert.ok(exposed.split(/,\s*/).includes(name), name)
      }
    })

    it('says nothing of origins to those who have none', async () => {
      const { headers } = await send('GET', '/metadata')
      assert.equal(headers.get('access-control-allow-origin'), null)
    })
  })

  it('tells a browser to take answers for what they are, and nobody what it is made of', async () => {
    const answers = [
      await send('GET', '/metadata'),
      await send('GET', '/Patient/nobody'),
      await server().send('POST', '/Patient', '{'),
      await outside('GET', '/'),
      await outside('GET', '/healthz'),
      await outside('GET', '/nothing'),
    ]
    for (const { headers } of answers) {
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('x-powered-by'), null)
      assert.equal(headers.get('server'), null)
    }
    const page = await outside('GET', '/')
    assert.match(page.headers.get('content-security-policy')!, /default-src 'self'/)
  })

  it('passes a request id back, and gives one where there is none or no sane one', async () => {
    const idOf = async (headers: Record<string, string>, path = '/metadata') =>
      (await send('GET', path, headers)).headers.get('x-request-id')!
    assert.equal(await idOf({ 'x-request-id': 'a.B-c_1:2' }), 'a.B-c_1:2')
    assert.equal(await idOf({ 'x-request-id': 'a1' }, '/Patient/nobody'), 'a1')
    const own = [await idOf({}), await idOf({})]
    assert.notEqual(own[0], own[1])
    for (const bad of ['a b', 'x'.repeat(65), '<script>', 'a"b'])
      assert.match(await idOf({ 'x-request-id': bad }), /^[0-9a-f]{12}-\d+$/)
  })

  it('refuses methods that FHIR doesn’t have, and says which there are', async () => {
    for (const method of ['OPTIONS', 'PROPFIND', 'SEARCH', 'LOCK']) {
      const answer = await send(method, '/Patient/p1')
      assertRefused(server(), answer, 405, { code: 'not-supported' })
      assert.match(answer.headers.get('allow')!, /GET, HEAD/)
    }
  })

  const methods: [method: string, path: string, allow: string][] = [
    ['PUT', '/', 'GET, HEAD, POST'],
    ['POST', '/metadata', 'GET, HEAD'],
    ['DELETE', '/_history', 'GET, HEAD'],
    ['GET', '/Patient/_search', 'POST'],
    ['GET', '/_search', 'POST'],
    ['POST', '/Patient/p1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['PUT', '/Patient/p1/_history/1', 'GET, HEAD'],
    ['POST', '/Patient/p1/Observation', 'GET, HEAD'],
  ]
  for (const [method, path, allow] of methods)
    it(`${method} ${path} → 405, Allow: ${allow}`, async () => {
      const answer = await send(method, path)
      assertRefused(server(), answer, 405)
      assert.equal(answer.headers.get('allow'), allow)
    })

  it('has an outcome for every path under the base, and a line of text beside it', async () => {
    for (const path of ['/nothing', '/Patient/p/nothing/at/all', '/.env', '/$nothing', '/..%2f'])
      assertRefused(server(), await send('GET', path), 404)
    for (const path of ['/nothing', '/fhirx', '/.env', '/metadata', '/%zz', '/a/../b']) {
      const answer = await outside('GET', path)
      assert.equal(answer.status, 404)
      assert.match(answer.headers.get('content-type')!, /^text\/plain/)
      assert.match(await answer.text(), /\/fhir/)
    }
    assert.equal((await outside('POST', '/')).status, 404)
  })

  it('links from its base to what is there', async () => {
    for (const path of ['', '/', '/?_format=json', '/?_pretty=true']) {
      const { status, body } = await send('GET', path)
      assert.equal(status, 200)
      const urls = body.link.map((l: any) => l.url)
      assert.ok(urls.includes(`${server().base}/metadata`))
      assert.ok(urls.includes(`${server().base}/Patient`))
      assert.deepEqual(server().context.validator.validate(body, { type: 'Bundle' }), [])
    }
  })

  it('is alive and ready', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await outside('GET', path)
      assert.equal(answer.status, 200)
      assert.ok(((await answer.json()) as any).status)
    }
  })

  it('has a page that shows where to go', async () => {
    const answer = await outside('GET', '/')
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('content-type')!, /^text\/html/)
    const text = await answer.text()
    assert.match(text, /이음/)
    const links = [...text.matchAll(/href="([^"]+)"/g)].map((m) => m[1]!.replaceAll('&amp;', '&'))
    assert.ok(links.length >= 4)
    for (const link of links)
      assert.equal((await fetch(new URL(link, server().origin))).status, 200, link)
  })
})

onBothStores(
  'app with a list of origins',
  (server) => {
    const from = (origin: string, headers: Record<string, string> = {}) =>
      server().send('GET', '/metadata', undefined, { origin, ...headers })

    it('lets those read, and no others', async () => {
      for (const origin of [PAGE, 'http://localhost:5173']) {
        const { headers } = await from(origin)
        assert.equal(headers.get('access-control-allow-origin'), origin)
      }
      for (const origin of ['https://evil.example.org', `${PAGE}.evil.example`, 'null'])
        assert.equal((await from(origin)).headers.get('access-control-allow-origin'), null)
    })

    it('keeps a cache from giving the answer to another origin', async () => {
      for (const encoding of ['gzip', 'identity']) {
        const { headers } = await from(PAGE, { 'accept-encoding': encoding })
        assert.match(headers.get('vary')!, /\borigin\b/i)
        assert.match(headers.get('vary')!, /\baccept\b/i)
      }
    })
  },
  { CORS_ORIGINS: `${PAGE}, http://localhost:5173` },
)
