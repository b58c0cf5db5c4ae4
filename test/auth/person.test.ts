// People: authorization code with PKCE, from the app's first request over sign-in and consent to tokens, as a browser and
// an app do it. https://hl7.org/fhir/smart-app-launch/app-launch.html
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { MOST_ATTEMPTS } from '../../src/auth/lock-out.ts'
import { hashPassword } from '../../src/auth/person.ts'
import { assertRefused } from '../http/outcome.ts'
import { clientsFile, postForm, type Token } from '../support/clients.ts'
import { onBothStores } from '../support/server.ts'

const PASSWORD = '비밀번호 пароль'
const REDIRECT = 'http://127.0.0.1:9/back'
const password = await hashPassword(PASSWORD)
const person = (login: string, more: object) => ({
  login,
  name: `Person ${login}`,
  password,
  organization: 'o1',
  roles: ['clinician'],
  user: 'Practitioner/d1',
  ...more,
})
const SCOPES = [
  ...['openid', 'fhirUser', 'launch/patient', 'offline_access', 'user/*.cruds'],
  ...['patient/*.rs', 'system/*.rs'],
]
const file = clientsFile({
  clients: [
    {
      client_id: 'viewer',
      name: 'Viewer <b>',
      organization: 'o1',
      roles: ['clinician'],
      scopes: SCOPES,
      redirect_uris: [REDIRECT],
    },
    {
      client_id: 'plain',
      organization: 'o1',
      roles: ['clinician'],
      scopes: 'user/Patient.rs',
      redirect_uris: ['https://app.example.org/back', 'https://app.example.org/other'],
    },
  ],
  people: [
    person('Doctor', {}),
    person('locked', {}),
    person('patient', { roles: ['patient'], user: 'Patient/p1' }),
  ],
})
after(() => {
  file.remove()
})

/** Keeps cookies by path, as far as these flows need it, and follows no redirect by itself. */
function openBrowser() {
  const cookies = new Map<string, { readonly value: string; readonly path: string }>()
  return async (url: string, form?: Record<string, string>) => {
    const { pathname } = new URL(url)
    const sent = [...cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([key, { value }]) => `${key.split(' ')[0]!}=${value}`)
    const response = await fetch(url, {
      redirect: 'manual',
      method: form === undefined ? 'GET' : 'POST',
      headers: { cookie: sent.join('; '), accept: 'text/html' },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!
      const path = /;\s*path=([^;]+)/i.exec(cookie)?.[1] ?? '/'
      assert.match(cookie, /httponly/i)
      assert.match(cookie, /samesite=lax/i)
      if (value === '') cookies.delete(`${name!} ${path}`)
      else cookies.set(`${name!} ${path}`, { value: value!, path })
    }
    const location = response.headers.get('location')
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      next: location === null ? '' : new URL(location, url).href,
    }
  }
}

onBothStores(
  'people',
  (server) => {
    const auth = (path: string): string => `${server().origin}/auth${path}`
    const verifier = randomBytes(32).toString('base64url')
    const challenge = createHash('sha256').update(verifier).digest('base64url')

    const request = (scope: string, more: Record<string, string | undefined> = {}): string => {
      const query = {
        response_type: 'code',
        client_id: 'viewer',
        redirect_uri: REDIRECT,
        scope,
        state: 's1',
        aud: server().base,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...more,
      }
      const given = Object.entries(query).filter(([, value]) => value !== undefined)
      return `${auth('/authorize')}?${new URLSearchParams(given).toString()}`
    }

    /** To the sign-in page. */
    const begin = async (scope: string, more = {}) => {
      const browse = openBrowser()
      const first = await browse(request(scope, more))
      assert.equal(first.status, 303, first.text)
      assert.match(first.next, /\/auth\/sign-in\//)
      return { browse, page: first.next }
    }

    /** All the way to the app. */
    const authorise = async (login: string, scope: string, patient = '', more = {}) => {
      const { browse, page } = await begin(scope, more)
      const signed = await browse(page, { answer: 'sign-in', login, password: PASSWORD })
      assert.equal(signed.status, 303, signed.text)
      const consent = await browse(signed.next)
      assert.match(consent.next, /\/auth\/sign-in\//)
      const asked = await browse(consent.next)
      const allowed = await browse(consent.next, { answer: 'allow', patient })
      assert.equal(allowed.status, 303, allowed.text)
      const back = new URL((await browse(allowed.next)).next)
      assert.equal(back.origin + back.pathname, REDIRECT)
      assert.equal(back.searchParams.get('state'), 's1')
      return { code: back.searchParams.get('code')!, asked: asked.text }
    }
    const exchange = (code: string, more: Record<string, string> = {}): Promise<Token> =>
      postForm(auth('/token'), {
        grant_type: 'authorization_code',
        code,
        redirect_uri: REDIRECT,
        client_id: 'viewer',
        code_verifier: verifier,
        ...more,
      })
    const send = (token: string | undefined, path: string, headers: Record<string, string> = {}) =>
      server().send('GET', path, undefined, { authorization: `Bearer ${token!}`, ...headers })

    it('sign in, allow, and get what they allowed', async () => {
      const scope = 'openid fhirUser user/Observation.rs user/Patient.read system/Patient.rs'
      const { code, asked } = await authorise('doctor', scope)
      assert.match(asked, /Person Doctor|Person doctor/)
      assert.match(asked, /Viewer &lt;b&gt;/)
      assert.match(asked, /read, search Observation records that you may see/)
      const { status, body } = await exchange(code)
      assert.equal(status, 200, JSON.stringify(body))
      assert.equal(body.scope, 'openid fhirUser user/Observation.rs user/Patient.rs')
      assert.equal(body.refresh_token, undefined)
      assert.equal(body.patient, undefined)
      assert.equal((await send(body.access_token, '/Observation')).status, 200)
      assert.equal((await send(body.access_token, '/Device')).status, 403)

      const keys = createRemoteJWKSet(new URL(auth('/jwks')))
      const { payload } = await jwtVerify(body.id_token!, keys, {
        issuer: auth(''),
        audience: 'viewer',
      })
      assert.equal(payload.fhirUser, `${server().base}/Practitioner/d1`)
      assert.equal(payload.sub, 'doctor')
      // An ID token is for the app, and opens nothing.
      assertRefused(server(), await send(body.id_token, '/Observation'), 401, { code: 'login' })
    })

    it('break the glass where they are clinicians, with a reason', async () => {
      const { body } = await exchange((await authorise('doctor', 'user/Patient.rs')).code)
      const withReason = async (reason: string) =>
        (await send(body.access_token, '/Patient?_id=p3', { 'x-break-glass': reason })).status
      assert.equal(await withReason('unconscious in the emergency room'), 200)
      assert.equal(await withReason(encodeURIComponent('의식 없음')), 200)
      assert.equal(await withReason(' '), 400)
      assert.equal(await withReason('x'.repeat(501)), 400)
    })

    it('choose a patient, whom the token then is bound to', async () => {
      const { code, asked } = await authorise('doctor', 'launch/patient patient/*.rs', 'p7')
      assert.match(asked, /name="patient"/)
      const { body } = await exchange(code)
      assert.equal(body.patient, 'p7')
      assert.equal(body.scope, 'launch/patient patient/*.rs')
    })

    it('who are patients are bound to themselves, and get nothing of the organisation', async () => {
      const scope = 'launch/patient patient/*.rs user/*.rs'
      const { code, asked } = await authorise('patient', scope, 'p2')
      assert.doesNotMatch(asked, /name="patient"|that you may see/)
      const { body } = await exchange(code)
      assert.equal(body.patient, 'p1')
      assert.equal(body.scope, 'launch/patient patient/*.rs')
      const refused = await send(body.access_token, '/Patient', { 'x-break-glass': 'why' })
      assertRefused(server(), refused, 403, { code: 'forbidden' })
    })

    it('may stay signed in to an app that asks for it, until it gives that back', async () => {
      const { code } = await authorise('doctor', 'user/Patient.rs offline_access')
      const first = (await exchange(code)).body
      assert.ok(first.refresh_token)
      const refresh = (token: string, more = {}) =>
        postForm(auth('/token'), {
          grant_type: 'refresh_token',
          refresh_token: token,
          client_id: 'viewer',
          ...more,
        })
      const second = (await refresh(first.refresh_token)).body
      assert.ok(second.access_token)
      assert.equal(second.scope, 'offline_access user/Patient.rs')
      assert.equal((await send(second.access_token, '/Patient')).status, 200)
      // Of a public app each is good once; the second use of one ends them all.
      assert.equal((await refresh(first.refresh_token)).body.error, 'invalid_grant')
      assert.equal((await refresh(second.refresh_token!)).body.error, 'invalid_grant')
      for (const { access_token: token } of [first, second])
        assertRefused(server(), await send(token, '/Patient'), 401, { code: 'login' })
    })

    it('end all tokens of an app with its refresh token', async () => {
      const { code } = await authorise('doctor', 'user/Patient.rs offline_access')
      const { body } = await exchange(code)
      await postForm(auth('/revoke'), { token: body.refresh_token!, client_id: 'viewer' })
      assertRefused(server(), await send(body.access_token, '/Patient'), 401, { code: 'login' })
    })

    it('a code is good once; who uses it again ends what it brought', async () => {
      const { code } = await authorise('doctor', 'user/Patient.rs')
      const answers = await Promise.all([exchange(code), exchange(code)])
      const good = answers.filter(({ status }) => status === 200)
      assert.ok(good.length <= 1)
      assert.equal((await exchange(code)).body.error, 'invalid_grant')
      for (const { body } of good)
        assertRefused(server(), await send(body.access_token, '/Patient'), 401, { code: 'login' })
    })

    it('a code needs the verifier, the app and the address that it was made for', async () => {
      for (const wrong of [
        { code_verifier: randomBytes(32).toString('base64url') },
        { client_id: 'plain' },
        { redirect_uri: `${REDIRECT}/other` },
      ]) {
        const { code } = await authorise('doctor', 'user/Patient.rs')
        assert.equal((await exchange(code, wrong)).body.error, 'invalid_grant')
      }
    })

    it('an app must say what it wants, and from whom, by the rules', async () => {
      const errorOf = async (more: Record<string, string | undefined>, scope = 'user/*.rs') => {
        const { next, status, text } = await openBrowser()(request(scope, more))
        if (next === '') return `${String(status)} ${text}`
        const { search, hash } = new URL(next)
        return new URLSearchParams(search + hash.replace('#', '&')).get('error')
      }
      assert.equal(
        await errorOf({ code_challenge: undefined, code_challenge_method: undefined }),
        'invalid_request',
      )
      assert.equal(await errorOf({ code_challenge_method: 'plain' }), 'invalid_request')
      assert.equal(await errorOf({ aud: 'https://elsewhere.example.org/fhir' }), 'invalid_request')
      assert.equal(await errorOf({ aud: undefined }), 'invalid_request')
      assert.equal(await errorOf({}, 'user/nothing'), 'invalid_scope')
      assert.equal(await errorOf({ response_type: 'token' }), 'unsupported_response_type')
      // Where nobody knows whose address it is, nobody is sent there.
      assert.match(
        (await errorOf({ redirect_uri: 'https://evil.example.org/' }))!,
        /^400 .*did not work/s,
      )
      assert.match((await errorOf({ client_id: 'nobody' }))!, /^400 .*did not work/s)
    })

    it('may refuse, before and after they sign in', async () => {
      const { browse, page } = await begin('user/Patient.rs')
      const refused = await browse(page, { answer: 'refuse' })
      const back = new URL((await browse(refused.next)).next)
      assert.equal(back.searchParams.get('error'), 'access_denied')
      assert.equal(back.searchParams.get('code'), null)
    })

    it('who do not know the password learn nothing, and are locked out', async () => {
      const { browse, page } = await begin('user/Patient.rs')
      const tried = async (login: string, given: string) =>
        browse(page, { answer: 'sign-in', login, password: given })
      const wrong = await tried('locked', 'x')
      const nobody = await tried('nobody', 'x')
      assert.equal(wrong.status, 401)
      assert.equal(wrong.text, nobody.text)
      const more = Array.from({ length: MOST_ATTEMPTS }, () => tried('LOCKED', 'y'))
      const statuses = (await Promise.all(more)).map(({ status }) => status)
      assert.equal(statuses.filter((status) => status === 401).length, MOST_ATTEMPTS - 1)
      assert.equal(statuses.filter((status) => status === 429).length, 1)
      assert.equal((await tried('locked', PASSWORD)).status, 429)
      assert.equal((await tried('doctor', PASSWORD)).status, 303)
    })

    it('who signed in, or tried to, are in the log', async () => {
      const { context } = server()
      await context.audit.writeRefused()
      const texts: string[] = []
      for (const { chain, number } of await context.store.trail.tails(10))
        for (const { text } of await context.store.trail.read(chain, 1, number)) texts.push(text)
      const of = (outcome: string) =>
        texts.filter((one) => one.includes('"110122"') && one.includes(`"outcome":"${outcome}"`))
      assert.ok(of('0').some((one) => one.includes('{"reference":"Practitioner/d1"}')))
      assert.ok(of('4').some((one) => one.includes('The password was wrong')))
      const wrong = of('4').find((one) => one.includes('The password was wrong'))!
      assert.match(wrong, /custodian","code":"o1"/)
      const refused = texts.filter((one) => one.includes('"code":"refused"')).join()
      assert.match(refused, /sign-in: a name that is not known \(1\)/)
      assert.match(refused, /sign-in: too many attempts with one name \(2\)/)
      assert.doesNotMatch(texts.join(), /nobody|"LOCKED/)
      const tokens = texts.filter((one) => one.includes('"code":"token"'))
      assert.ok(tokens.some((one) => one.includes('{"reference":"Practitioner/d1"}')))
      assert.ok(texts.some((one) => one.includes('"code":"revocation"')))
      assert.ok(texts.every((one) => !one.includes(PASSWORD)))
    })

    it('may use an app that runs in a browser, at its own address', async () => {
      const { code } = await authorise('doctor', 'user/Patient.rs')
      const from = async (origin: string) => {
        const response = await fetch(auth('/token'), {
          method: 'POST',
          headers: { origin },
          body: new URLSearchParams({
            grant_type: 'authorization_code',
            client_id: 'viewer',
            code,
          }),
        })
        return response.headers.get('access-control-allow-origin')
      }
      assert.equal(await from(new URL(REDIRECT).origin), new URL(REDIRECT).origin)
      assert.equal(await from('https://evil.example.org'), null)
    })

    it('see pages that no other site may show and that hold no script', async () => {
      const { browse, page } = await begin('user/Patient.rs')
      const { headers, text, status } = await browse(page)
      assert.equal(status, 200)
      const policy = headers.get('content-security-policy')!
      assert.match(policy, /default-src 'none'/)
      assert.match(policy, /frame-ancestors 'none'/)
      assert.doesNotMatch(policy, /script-src|unsafe-eval/)
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.doesNotMatch(text, /<script/)
      // Without its cookie a page is nobody's.
      const stranger = await openBrowser()(page)
      assert.equal(stranger.status, 400)
      assert.match(stranger.text, /start again/)
    })
  },
  { AUTH: 'oauth', CLIENTS: file.path },
)
