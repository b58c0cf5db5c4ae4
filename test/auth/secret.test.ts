// What nobody may find in a log: tokens, assertions, passwords, codes; at the level that says most.
import assert from 'node:assert/strict'
import { startServer } from '../../src/cli/serve.ts'
import { readConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { hashPassword } from '../../src/auth/person.ts'
import {
  askToken,
  assertion,
  ASSERTION_TYPE,
  clientsFile,
  makeKey,
  postForm,
} from '../support/clients.ts'

describe('secrets', () => {
  it('are in no log', async () => {
    const key = await makeKey('ES384')
    const secret = 'correct horse battery staple'
    const file = clientsFile({
      clients: [
        {
          client_id: 'lab',
          organization: 'o1',
          roles: 'system',
          scopes: 'system/*.rs',
          jwks: { keys: [key.jwk] },
        },
        {
          client_id: 'app',
          organization: 'o1',
          roles: 'clinician',
          scopes: 'user/*.rs',
          redirect_uris: 'http://127.0.0.1:9/back',
        },
      ],
      people: [
        {
          login: 'kim',
          password: await hashPassword(secret),
          user: 'Practitioner/1',
          organization: 'o1',
          roles: 'clinician',
        },
      ],
    })
    let logged = ''
    const log = createLog('trace', { write: (line: string) => void (logged += line) })
    const settings = { PORT: '0', SEED: 'none', AUTH: 'oauth', STORE_URL: 'sqlite::memory:' }
    const server = await startServer(readConfig({ ...settings, CLIENTS: file.path }), log)
    const { baseUrl } = server.context
    const endpoint = `${server.origin}/auth/token`
    const given = [secret]
    try {
      for (const scope of ['system/Patient.rs', 'nothing']) {
        const signed = await assertion('lab', endpoint, key)
        const { body } = await askToken(endpoint, scope, signed)
        given.push(signed, body.access_token ?? secret)
      }
      const token = given[2]!
      for (const authorization of [`Bearer ${token}`, `Bearer ${token}x`, `Basic ${token}`])
        await fetch(`${baseUrl}/Patient`, { headers: { authorization } })
      await fetch(`${baseUrl}/Patient?access_token=${token}`)
      const first = await fetch(
        `${server.origin}/auth/authorize?${new URLSearchParams({
          response_type: 'code',
          client_id: 'app',
          redirect_uri: 'http://127.0.0.1:9/back',
          scope: 'user/*.rs',
          aud: baseUrl,
          code_challenge: 'x'.repeat(43),
          code_challenge_method: 'S256',
        }).toString()}`,
        { redirect: 'manual' },
      )
      const cookie = first.headers
        .getSetCookie()
        .map((one) => one.split(';')[0]!)
        .join('; ')
      const page = new URL(first.headers.get('location')!, server.origin).href
      for (const password of ['wrong password', secret])
        await fetch(page, {
          method: 'POST',
          redirect: 'manual',
          headers: { cookie },
          body: new URLSearchParams({ answer: 'sign-in', login: 'kim', password }),
        })
      given.push('wrong password', cookie.split('=')[1]!.split(';')[0]!)
      await postForm(`${server.origin}/auth/revoke`, {
        token,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion('lab', `${server.origin}/auth/revoke`, key),
      })
      await fetch(`${baseUrl}/Patient`, { headers: { authorization: `Bearer ${token}` } })
    } finally {
      await server.close()
      file.remove()
    }
    assert.match(logged, /"status":401/)
    for (const text of given) assert.ok(!logged.includes(text), text)
    assert.doesNotMatch(logged, /Bearer|eyJ|scrypt/)
  })
})
