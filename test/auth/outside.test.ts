// Tokens of an authorisation server elsewhere: a small one on loopback that signs whatever it is told to.
// https://www.rfc-editor.org/rfc/rfc9068
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { SignJWT, UnsecuredJWT, type JWTHeaderParameters } from 'jose'
import { openOutside } from '../../src/auth/outside.ts'
import type { Serving } from '../../src/cli/serve.ts'
import { assertRefused } from '../http/outcome.ts'
import { clientsFile, makeKey, type Keyed } from '../support/clients.ts'
import { client, startTestServer, type TestServer } from '../support/server.ts'

const AUDIENCE = 'https://hub.example.org/fhir'

describe('an issuer elsewhere', () => {
  let elsewhere: Server
  let issuer = ''
  let first: Keyed
  let second: Keyed
  let published: object[] = []
  const asked: string[] = []
  let serving: Serving
  let server: TestServer
  const file = clientsFile([
    {
      client_id: 'known',
      name: 'Known',
      organization: 'o9',
      roles: ['system'],
      scopes: 'system/Patient.rs',
      jwks_uri: 'https://known.example.org/jwks',
    },
  ])

  before(async () => {
    first = await makeKey('ES256')
    second = await makeKey('RS256')
    published = [first.jwk]
    elsewhere = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify(
          request.url === '/keys'
            ? { keys: published }
            : {
                issuer,
                jwks_uri: `${issuer}/keys`,
                token_endpoint: `${issuer}/token`,
                authorization_endpoint: `${issuer}/authorize`,
              },
        ),
      )
    })
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
    issuer = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
    serving = await startTestServer({
      AUTH: 'oauth',
      STORE_URL: 'sqlite::memory:',
      BASE_URL: AUDIENCE,
      ISSUER: issuer,
      CLIENTS: file.path,
    })
    server = client(serving)
  })
  after(async () => {
    await serving.close()
    elsewhere.closeAllConnections()
    elsewhere.close()
    file.remove()
  })

  const now = (): number => Math.floor(Date.now() / 1000)
  const claims = (more: object) => ({
    iss: issuer,
    sub: 'somebody',
    aud: AUDIENCE,
    iat: now(),
    exp: now() + 60,
    jti: String(Math.random()),
    client_id: 'app',
    scope: 'user/Patient.rs openid',
    organization: 'Organization/o7',
    roles: ['clinician'],
    fhirUser: `${AUDIENCE}/Practitioner/d7`,
    ...more,
  })
  const sign = (more: object = {}, header: Partial<JWTHeaderParameters> = {}, by = first) =>
    new SignJWT(claims(more))
      .setProtectedHeader({ alg: 'ES256', kid: by.kid, typ: 'at+jwt', ...header })
      .sign(by.key)
  const send = async (token: string, path = '/Patient') =>
    server.send('GET', `${serving.origin}/fhir${path}`, undefined, {
      authorization: `Bearer ${token}`,
    })

  it('is believed', async () => {
    assert.equal((await send(await sign())).status, 200)
    assert.equal((await send(await sign({ aud: [AUDIENCE, 'x'] }))).status, 200)
    assert.equal((await send(await sign({ scope: ['user/Patient.rs'] }))).status, 200)
    assert.equal((await send(await sign({ exp: now() - 5 }))).status, 200, 'clocks differ a little')
    assert.equal((await send(await sign(), '/Device')).status, 403)
  })

  it('is told to clients as where tokens come from', async () => {
    const { body } = await server.send(
      'GET',
      `${serving.origin}/fhir/.well-known/smart-configuration`,
    )
    assert.equal(body.token_endpoint, `${issuer}/token`)
    const { rest } = (await server.send('GET', `${serving.origin}/fhir/metadata`)).body
    assert.match(JSON.stringify(rest[0].security), /authorize/)
    assert.equal((await fetch(`${serving.origin}/auth/token`, { method: 'POST' })).status, 404)
  })

  it('may say no more of a client that is registered here than that', async () => {
    const scope = 'system/Patient.rs system/Device.rs'
    const token = await sign({
      client_id: 'known',
      scope,
      organization: undefined,
      roles: undefined,
    })
    assert.equal((await send(token)).status, 200)
    assert.equal((await send(token, '/Device')).status, 403)
    const nobody = await sign({ organization: undefined })
    assertRefused(server, await send(nobody), 403, { code: 'forbidden' })
  })

  const refused = (what: string, make: () => Promise<string> | string, code = 'login') =>
    it(`is not believed with ${what}`, async () => {
      assertRefused(server, await send(await make()), 401, { code })
    })
  refused('another audience', () => sign({ aud: 'https://elsewhere.example.org/fhir' }))
  refused('no audience', () => sign({ aud: undefined }))
  refused('another issuer', () => sign({ iss: 'https://evil.example.org' }))
  refused('an end that has passed', () => sign({ exp: now() - 60 }), 'expired')
  refused('no end', () => sign({ exp: undefined }))
  refused('a beginning that is to come', () => sign({ nbf: now() + 60 }))
  refused('an ID token', () => sign({ aud: 'app' }, { typ: 'JWT' }))
  refused('a token for signing out', () => sign({}, { typ: 'logout+jwt' }))
  refused('no signature', () => new UnsecuredJWT(claims({})).encode())
  refused('a shared secret', () =>
    new SignJWT(claims({}))
      .setProtectedHeader({ alg: 'HS256', kid: first.kid })
      .sign(new TextEncoder().encode(JSON.stringify(first.jwk))),
  )
  refused('the key of another by the same name', async () =>
    sign({}, { kid: first.kid }, await makeKey('ES256')),
  )
  refused('a key in its header', async () => {
    const own = await makeKey('ES256')
    return sign({}, { jwk: own.jwk }, own)
  })
  refused('where its key is, in its header', async () => {
    const own = await makeKey('ES256')
    return sign({}, { jku: `${issuer}/evil`, x5u: `${issuer}/evil` }, own)
  })

  it('was asked for nothing but its configuration and its keys', () => {
    assert.ok(!asked.includes('/evil'))
    assert.equal(asked.filter((url) => url.startsWith('/.well-known')).length, 1)
    // Unknown keys came by the dozen; it is not asked for each.
    assert.ok(asked.filter((url) => url === '/keys').length <= 2, asked.join())
  })

  it('may change its keys', async () => {
    const log = pino({ level: 'silent' })
    const times = { cooldownMs: 0, keepMs: 600_000 }
    const outside = openOutside(issuer, AUDIENCE, log, times)
    await outside.verify(await sign())
    published = [second.jwk]
    const token = await sign({}, { alg: 'RS256' }, second)
    assert.equal((await outside.verify(token)).client_id, 'app')
    await assert.rejects(outside.verify(await sign()), /does not have/)
  })

  it('that is away is waited for, and not asked by each token', async () => {
    const log = pino({ level: 'silent' })
    const outside = openOutside('http://127.0.0.1:9', AUDIENCE, log)
    for (let i = 0; i < 3; i++) await assert.rejects(outside.verify(await sign()), { status: 503 })
    await outside.discover()
    assert.equal(outside.endpoints(), undefined)
  })

  it('that says it is another is not believed', async () => {
    const log = pino({ level: 'silent' })
    const outside = openOutside(`${issuer}/tenant`, AUDIENCE, log)
    await assert.rejects(outside.verify(await sign()), { status: 503 })
  })
})
