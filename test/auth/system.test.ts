// Systems: SMART Backend Services, whole flows over HTTP, and everything that is no such flow.
// https://hl7.org/fhir/smart-app-launch/backend-services.html
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UnsecuredJWT } from 'jose'
import { tokenNote } from '../../src/auth/adapter.ts'
import { sweepNotes } from '../../src/auth/note.ts'
import { assertRefused } from '../http/outcome.ts'
import { openWire } from '../http/socket.ts'
import {
  askToken,
  assertion,
  ASSERTION_TYPE,
  clientsFile,
  makeKey,
  postForm,
  type Keyed,
} from '../support/clients.ts'
import { onBothStores, startTestServer } from '../support/server.ts'

const es = await makeKey('ES384')
const rs = await makeKey('RS384')
const other = await makeKey('ES384')
const remote = await makeKey('ES384')
const elsewhere = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ keys: [remote.jwk] }))
})
await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
const file = clientsFile({
  clients: [
    {
      client_id: 'remote',
      organization: 'o1',
      roles: ['system'],
      scopes: 'system/*.rs',
      jwks_uri: `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/jwks`,
    },
    {
      client_id: 'lab',
      name: 'Laboratory',
      organization: 'o1',
      roles: ['system'],
      scopes: [
        'system/Patient.rs',
        'system/Observation.cruds?category=laboratory',
        'system/Group.*',
      ],
      jwks: { keys: [es.jwk, rs.jwk] },
    },
    {
      client_id: 'research',
      organization: 'o2',
      roles: ['system'],
      scopes: 'system/*.rs',
      purposes: ['HRESCH', 'PUBHLTH'],
      jwks: { keys: [other.jwk] },
    },
    {
      client_id: 'office',
      organization: 'o1',
      roles: ['administrator'],
      scopes: 'system/*.cruds',
      jwks: { keys: [other.jwk] },
    },
  ],
})
after(() => {
  file.remove()
  elsewhere.closeAllConnections()
  elsewhere.close()
})

onBothStores(
  'tokens of systems',
  (server) => {
    const auth = (path: string): string => `${server().origin}/auth${path}`
    const signed = (claims = {}, header = {}, key: Keyed = es, client = 'lab') =>
      assertion(client, auth('/token'), key, claims, header)
    const ask = async (scope: string, given?: string) =>
      askToken(auth('/token'), scope, given ?? (await signed()))
    const tokenOf = async (scope: string, client = 'lab', key = es): Promise<string> => {
      const { body } = await ask(scope, await signed({}, {}, key, client))
      assert.ok(body.access_token, JSON.stringify(body))
      return body.access_token
    }
    const bearer = (token: string, more = {}) => ({ authorization: `Bearer ${token}`, ...more })
    const send = (path: string, headers: Record<string, string> = {}) =>
      server().send('GET', path, undefined, headers)

    it('are granted for an assertion, and let in', async () => {
      const { status, body } = await ask('system/Patient.rs system/Group.cruds')
      assert.equal(status, 200)
      assert.equal(body.token_type?.toLowerCase(), 'bearer')
      assert.equal(body.expires_in, 300)
      assert.equal(body.scope, 'system/Patient.rs system/Group.cruds')
      const answer = await send('/Patient', bearer(body.access_token!))
      assert.equal(answer.status, 200)
      const { status: made } = await server().send(
        'PUT',
        '/Group/o1-g',
        { resourceType: 'Group', id: 'o1-g', type: 'person', actual: true },
        bearer(body.access_token!),
      )
      assert.equal(made, 201)
    })

    it('let their organisation see what is its own, and no other', async () => {
      const group = { resourceType: 'Group', id: 'o1-own', type: 'person', actual: true }
      const own = bearer(await tokenOf('system/Group.cruds'))
      const foreign = bearer(await tokenOf('system/Group.rs', 'research', other))
      const { status, body } = await server().send('PUT', '/Group/o1-own', group, own)
      assert.equal(status, 201)
      assert.match(JSON.stringify(body.meta.tag), /"o1"/)
      assert.equal((await send('/Group/o1-own', own)).status, 200)
      assert.equal((await send('/Group/o1-own', foreign)).status, 404)
      assert.equal((await send('/Group?_id=o1-own', own)).body.total, 1)
      assert.equal((await send('/Group?_id=o1-own', foreign)).body.total, 0)
    })

    it('are granted for RS384, too', async () => {
      const { status } = await ask('system/Patient.r', await signed({}, { alg: 'RS384' }, rs))
      assert.equal(status, 200)
    })

    it('have the scopes that are asked for as far as they are registered', async () => {
      for (const [asked, granted] of [
        [
          'system/*.read',
          'system/Patient.rs system/Observation.rs?category=laboratory system/Group.rs',
        ],
        ['system/Observation.rs', 'system/Observation.rs?category=laboratory'],
        ['system/Patient.cruds user/Patient.rs openid', 'system/Patient.rs'],
      ])
        assert.equal((await ask(asked!)).body.scope, granted)
      for (const asked of ['', 'system/Device.rs', 'user/Patient.rs', 'openid', 'nonsense'])
        assert.equal((await ask(asked)).body.error, 'invalid_scope', asked)
    })

    it('are needed for everything but what the server can do', async () => {
      for (const path of ['/Patient', '/Patient/x', '/_history', '/', '/nonsense', '/$reindex']) {
        const answer = await send(path)
        assertRefused(server(), answer, 401, { code: 'login' })
        assert.match(answer.headers.get('www-authenticate')!, /^Bearer realm="[^"]*\/fhir"$/)
      }
      assertRefused(
        server(),
        await server().send('POST', '/Patient', { resourceType: 'Patient' }),
        401,
        { code: 'login' },
      )
      for (const path of [
        '/metadata',
        '/metadata?mode=normative',
        '/.well-known/smart-configuration',
      ])
        assert.equal((await send(path)).status, 200, path)
      for (const path of ['/healthz', '/readyz', '/metrics'])
        assert.equal((await fetch(server().origin + path)).status, 200)
    })

    it('of another form are refused', async () => {
      for (const authorization of [
        ...['Bearer', 'Bearer a b', 'Basic bGFiOmxhYg==', 'Bearer nonsense', 'bearer  ééé'],
        `Bearer ${new UnsecuredJWT({ client_id: 'lab' }).encode()}`,
      ]) {
        const answer = await send('/Patient', { authorization: encodeURI(authorization) })
        assertRefused(server(), answer, 401, { code: 'login' })
        assert.match(answer.headers.get('www-authenticate')!, /error="invalid_token"/)
      }
      const token = await tokenOf('system/Patient.rs')
      assertRefused(server(), await send(`/Patient?access_token=${token}`), 401, { code: 'login' })
    })

    describe('are not granted for', () => {
      const refused = (what: string, make: () => Promise<string>) =>
        it(what, async () => {
          const { status, body } = await ask('system/Patient.rs', await make())
          assert.equal(status, 401, JSON.stringify(body))
          assert.equal(body.error, 'invalid_client')
        })
      const now = (): number => Math.floor(Date.now() / 1000)
      refused('another audience', () => signed({ aud: 'https://elsewhere.example.org/token' }))
      refused('another issuer', () => signed({ iss: 'research' }))
      refused('another subject', () => signed({ iss: 'research', sub: 'research' }))
      refused('an unknown client', () => signed({}, {}, es, 'nobody'))
      refused('no end', () => signed({ exp: undefined }))
      refused('an end that has passed', () => signed({ exp: now() - 60 }))
      refused('an end that is far', () => signed({ exp: now() + 3600 }))
      refused('a beginning that is to come', () => signed({ nbf: now() + 60 }))
      refused('no jti', () => signed({ jti: undefined }))
      refused('the key of another', () => signed({}, { kid: es.kid }, other))
      refused('an unknown key', () => signed({}, { kid: 'unknown' }, other))
      refused('a key in the header', () =>
        signed({}, { jwk: other.jwk as never, kid: other.kid }, other),
      )
      refused('where a key is, in the header', () =>
        signed({}, { jku: 'https://elsewhere.example.org/jwks' }),
      )
      refused('where a certificate is, in the header', () =>
        signed({}, { x5u: 'https://elsewhere.example.org/cert' }),
      )
      refused('no signature', async () =>
        new UnsecuredJWT({
          iss: 'lab',
          sub: 'lab',
          jti: 'j',
          exp: now() + 60,
          aud: auth('/token'),
        }).encode(),
      )
      refused('a signature with a shared secret', async () => {
        const { SignJWT } = await import('jose')
        return new SignJWT({
          iss: 'lab',
          sub: 'lab',
          jti: 'j2',
          exp: now() + 60,
          aud: auth('/token'),
        })
          .setProtectedHeader({ alg: 'HS256', kid: es.kid })
          .sign(new TextEncoder().encode(JSON.stringify(es.jwk)))
      })
      refused('an assertion that was changed', async () => {
        const [head, , signature] = (await signed()).split('.')
        const claims = { iss: 'lab', sub: 'lab', jti: 'j3', exp: now() + 60, aud: auth('/token') }
        const middle = Buffer.from(JSON.stringify(claims)).toString('base64url')
        return `${head!}.${middle}.${signature!}`
      })

      it('an assertion that was used, by one of several at once', async () => {
        const one = await signed()
        const answers = await Promise.all([0, 1, 2, 3].map(() => ask('system/Patient.r', one)))
        assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401])
        assert.equal((await ask('system/Patient.r', one)).status, 401)
      })
    })

    it('that were revoked count no more', async () => {
      const token = await tokenOf('system/Patient.rs')
      assert.equal((await send('/Patient', bearer(token))).status, 200)
      const form = async (key = es, client = 'lab') => ({
        token,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(client, auth('/revoke'), key),
      })
      // By another client first, which may not.
      await postForm(auth('/revoke'), await form(other, 'research'))
      assert.equal((await send('/Patient', bearer(token))).status, 200)
      assert.equal((await postForm(auth('/revoke'), await form())).status, 200)
      assertRefused(server(), await send('/Patient', bearer(token)), 401, { code: 'login' })
    })

    it('are in the log: that they were issued, revoked, or not taken', async () => {
      const { context } = server()
      const texts = async (): Promise<string[]> => {
        await context.audit.writeRefused()
        const all: string[] = []
        for (const { chain, number } of await context.store.trail.tails(10))
          for (const { text } of await context.store.trail.read(chain, 1, number)) all.push(text)
        return all
      }
      const before = (await texts()).length
      const token = await tokenOf('system/Patient.rs')
      assert.equal((await ask('system/Patient.rs', 'nonsense')).status, 400)
      for (let i = 0; i < 5; i++) assert.equal((await send('/Patient')).status, 401)
      assert.equal((await send('/Patient', bearer('secret-of-somebody'))).status, 401)
      const revoking = { token, client_assertion_type: ASSERTION_TYPE }
      const by = async (key: Keyed, client: string) =>
        postForm(auth('/revoke'), {
          ...revoking,
          client_assertion: await signed({}, {}, key, client),
        })
      // Of another's nothing happens, and nothing is logged.
      assert.equal((await by(other, 'research')).status, 200)
      assert.equal((await send('/Patient', bearer(token))).status, 200)
      assert.equal((await by(es, 'lab')).status, 200)
      assert.equal((await send('/Patient', bearer(token))).status, 401)
      const fresh = (await texts()).slice(before)
      const of = (code: string) => fresh.filter((one) => one.includes(`/sign-in","code":"${code}"`))
      assert.equal(of('token').length, 1)
      assert.match(of('token')[0]!, /"value":"lab".*Organization\/o1/)
      assert.equal(of('revocation').length, 1)
      assert.equal(of('refused').length, 1)
      const { outcomeDesc, period } = JSON.parse(of('refused')[0]!)
      assert.match(outcomeDesc, /^Not let in 8 times: .*no token \(5\).* or revoked \(2\)$/)
      assert.ok(period.start <= period.end)
      assert.ok(fresh.every((one) => !one.includes(token) && !one.includes('secret-of')))
      const issues = fresh.flatMap((one) => context.validator.validate(JSON.parse(one)))
      assert.deepEqual(
        issues.filter(({ severity }) => severity === 'error'),
        [],
      )
    })

    it('show heads of the log to auditors and administrators, others their hashes', async () => {
      const heads = async (headers = {}): Promise<any> =>
        (await fetch(`${server().origin}/audit/heads`, { headers })).json()
      const { chain } = (await server().context.store.trail.tails(1))[0]!
      await server().context.audit.cover(chain)
      const { heads: shown } = await heads(bearer(await tokenOf('system/*.rs', 'office', other)))
      assert.equal(JSON.parse(shown[0].statement).chain, chain)
      for (const token of [undefined, await tokenOf('system/Patient.rs')]) {
        const answer = await heads(token === undefined ? {} : bearer(token))
        assert.match(answer.digests[0], /^[0-9a-f]{64}$/)
        assert.doesNotMatch(JSON.stringify(answer), new RegExp(`heads|${chain}`))
      }
      assert.equal((await heads(bearer('x'))).resourceType, 'OperationOutcome')
    })

    it('end, and are swept away then', async () => {
      const { notes } = server().context.store
      const token = await tokenOf('system/Patient.rs')
      const name = tokenNote(token)
      const kept = JSON.parse((await notes.read(name))!) as {
        until: number
        value: { exp: number }
      }
      assert.ok(!JSON.stringify(kept).includes(token))
      kept.value.exp = Math.floor(Date.now() / 1000) - 1
      await notes.write(name, JSON.stringify(kept))
      assertRefused(server(), await send('/Patient', bearer(token)), 401, { code: 'expired' })
      await notes.write(name, JSON.stringify({ ...kept, until: Date.now() - 1 }))
      const other = await tokenOf('system/Patient.rs')
      assert.ok((await sweepNotes(notes)) >= 1)
      assert.equal(await notes.read(name), undefined)
      assert.equal((await send('/Patient', bearer(other))).status, 200)
      assertRefused(server(), await send('/Patient', bearer(token)), 401, { code: 'login' })
    })

    it('count in every process on the store, and stop counting there, too', async () => {
      const { storeUrl } = server().context.config
      // An embedded store has its other processes in the tests of the command line.
      if (!storeUrl.startsWith('mongodb')) return
      const second = await startTestServer({
        AUTH: 'oauth',
        CLIENTS: file.path,
        STORE_URL: storeUrl,
        RATE_LIMIT: '3',
      })
      const token = await tokenOf('system/Patient.rs')
      const there = () => fetch(`${second.context.baseUrl}/Patient`, { headers: bearer(token) })
      try {
        for (let i = 0; i < 3; i++) assert.equal((await there()).status, 200)
        const many = await there()
        assert.equal(many.status, 429)
        assert.ok(Number(many.headers.get('retry-after')) > 0)
        assert.equal(((await many.json()) as any).issue[0].code, 'throttled')
        await postForm(auth('/revoke'), {
          token,
          client_assertion_type: ASSERTION_TYPE,
          client_assertion: await assertion('lab', auth('/revoke'), es),
        })
        assert.equal((await there()).status, 401)
        // An assertion that was used here is used there, too.
        const used = await assertion('lab', auth('/token'), es, {
          aud: [auth('/token'), `${second.origin}/auth/token`],
        })
        assert.equal((await ask('system/Patient.r', used)).status, 200)
        const again = await askToken(`${second.origin}/auth/token`, 'system/Patient.r', used)
        assert.equal(again.status, 401)
      } finally {
        await second.close()
      }
    })

    it('are granted to a client whose keys are elsewhere', async () => {
      const signedThere = await assertion('remote', auth('/token'), remote)
      assert.equal((await ask('system/Patient.r', signedThere)).status, 200)
      const by = await assertion('remote', auth('/token'), other)
      assert.equal((await ask('system/Patient.r', by)).status, 401)
    })

    it('are told about to their client and to administrators', async () => {
      const token = await tokenOf('system/Patient.rs')
      const about = async (client: string, key: Keyed) =>
        (
          await postForm(auth('/introspect'), {
            token,
            client_assertion_type: ASSERTION_TYPE,
            client_assertion: await assertion(client, auth('/introspect'), key),
          })
        ).body as Record<string, unknown>
      for (const [client, key] of [
        ['lab', es],
        ['office', other],
      ] as const) {
        const said = await about(client, key)
        assert.equal(said.active, true)
        assert.equal(said.client_id, 'lab')
        assert.equal(said.scope, 'system/Patient.rs')
        assert.equal(said.organization, 'o1')
        assert.deepEqual(said.roles, ['system'])
        assert.equal(said.aud, server().base)
      }
      assert.deepEqual(await about('research', other), { active: false })
    })

    it('name the purpose, or leave it to the request', async () => {
      const open = await tokenOf('system/Patient.rs')
      const research = await tokenOf('system/Patient.rs', 'research', other)
      const withPurpose = async (token: string, purpose: string) =>
        (await send('/Patient', bearer(token, { 'x-purpose-of-use': purpose }))).status
      assert.equal(await withPurpose(open, 'HRESCH'), 200)
      assert.equal(await withPurpose(open, 'treatment'), 400)
      assert.equal(await withPurpose(research, 'PUBHLTH'), 200)
      assert.equal(await withPurpose(research, 'TREAT'), 403)
    })

    it('break no glass: a system is no clinician', async () => {
      const token = await tokenOf('system/Patient.rs')
      assertRefused(
        server(),
        await send('/Patient', bearer(token, { 'x-break-glass': 'why' })),
        403,
        { code: 'forbidden' },
      )
    })

    it('say which scope is missing', async () => {
      const token = await tokenOf('system/Patient.r')
      const answer = await send('/Patient', bearer(token))
      assertRefused(server(), answer, 403, { code: 'forbidden' })
      assert.match(answer.text, /system\/Patient\.s/)
      assert.match(
        answer.headers.get('www-authenticate')!,
        /insufficient_scope.*system\/Patient\.s/,
      )
    })

    it('come from where the server says', async () => {
      const { body } = await send('/.well-known/smart-configuration')
      assert.equal(body.issuer, auth(''))
      assert.equal(body.token_endpoint, auth('/token'))
      const own = (await (await fetch(auth('/.well-known/openid-configuration'))).json()) as Record<
        string,
        unknown
      >
      for (const name of [
        ...['issuer', 'jwks_uri', 'token_endpoint', 'authorization_endpoint'],
        ...['introspection_endpoint', 'revocation_endpoint', 'userinfo_endpoint'],
        'code_challenge_methods_supported',
      ])
        assert.deepEqual(own[name], body[name], name)
      const offered = own.token_endpoint_auth_signing_alg_values_supported as string[]
      assert.deepEqual(
        [...offered].sort(),
        [...body.token_endpoint_auth_signing_alg_values_supported].sort(),
      )
      assert.ok(
        ((await (await fetch(body.jwks_uri)).json()) as { keys: object[] }).keys.length >= 2,
      )

      const { rest } = (await send('/metadata')).body
      const { security } = rest[0]
      assert.equal(security.service[0].coding[0].code, 'SMART-on-FHIR')
      const uris = Object.fromEntries(
        security.extension[0].extension.map((e: { url: string; valueUri: string }) => [
          e.url,
          e.valueUri,
        ]),
      )
      assert.equal(uris.token, body.token_endpoint)
      assert.equal(uris.authorize, body.authorization_endpoint)
    })

    it('are no business of a name in the header', async () => {
      const answer = await fetch(auth('/.well-known/openid-configuration'), {
        headers: { 'x-forwarded-host': 'evil.example.org', 'x-forwarded-proto': 'https' },
      })
      assert.doesNotMatch(await answer.text(), /evil/)
    })

    it('are no business of a name in the form of a URL that proxies use', async () => {
      // Who was made to sign for another server must not be let in here with that.
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'system/Patient.r',
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await signed({ aud: 'http://evil.example.org/auth/token' }),
      }).toString()
      const wire = await openWire(server().origin)
      for (const name of ['http://evil.example.org/auth/token', '/auth/token']) {
        wire.send(
          `POST ${name} HTTP/1.1\r\nhost: evil.example.org\r\ncontent-length: ${String(form.length)}\r\n` +
            `content-type: application/x-www-form-urlencoded\r\n\r\n${form}`,
        )
        const { status, body } = await wire.answer()
        assert.equal(status, 401, body)
      }
      wire.socket.destroy()
    })
  },
  { AUTH: 'oauth', CLIENTS: file.path },
)
