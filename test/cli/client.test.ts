// Registering a client while the server runs, getting a token, and taking the client away again: by the commands of the
// page about access.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isPassword, readPerson } from '../../src/auth/person.ts'
import type { Serving } from '../../src/cli/serve.ts'
import { startTestServer } from '../support/server.ts'
import { ieum } from './ieum.ts'

describe('ieum client', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-client-'))
  const STORE_URL = `sqlite:${join(folder, 'ieum.db')}`
  const keyFile = join(folder, 'lab.key')
  let serving: Serving

  before(async () => {
    serving = await startTestServer({ AUTH: 'oauth', STORE_URL })
  })
  after(async () => {
    await serving.close()
    rmSync(folder, { recursive: true })
  })

  const run = (args: readonly string[], input?: string) =>
    ieum(['client', ...args], { AUTH: 'oauth', STORE_URL }, input)
  const token = (scope: string) =>
    run(['token', 'lab', '--key', keyFile, '--scope', scope, '--url', serving.context.baseUrl])
  const search = async (bearer: string): Promise<number> =>
    (
      await fetch(`${serving.context.baseUrl}/Patient`, {
        headers: { authorization: `Bearer ${bearer}` },
      })
    ).status

  it('registers one, which then gets tokens, until it is removed', async () => {
    const made = await run(['key', keyFile])
    assert.equal(made.status, 0, made.stderr)
    assert.equal(statSync(keyFile).mode & 0o777, 0o600)
    const { d } = JSON.parse(readFileSync(keyFile, 'utf8')) as { d: string }
    assert.ok(!made.stdout.includes(d))
    assert.equal((await run(['key', keyFile])).status, 1)

    const lab = {
      client_id: 'lab',
      organization: 'busan',
      roles: ['system'],
      scopes: ['system/Patient.rs'],
      jwks: JSON.parse(made.stdout) as object,
    }
    assert.match((await token('system/Patient.rs')).stderr, /invalid_client/)
    const added = await run(['add', '-'], JSON.stringify(lab))
    assert.equal(added.status, 0, added.stderr)
    const listed = await run(['list'])
    assert.match(
      listed.stdout,
      /^lab\tOrganization\/busan\tsystem\tsystem\/Patient\.rs\t\(store\)$/m,
    )

    const got = await token('system/Patient.rs')
    assert.equal(got.status, 0, got.stderr)
    const bearer = got.stdout.trim()
    assert.equal(await search(bearer), 200)
    assert.match((await token('system/Device.rs')).stderr, /invalid_scope/)

    assert.equal((await run(['remove', 'lab'])).status, 0)
    assert.equal(await search(bearer), 401)
    assert.equal((await run(['remove', 'lab'])).status, 1)
    assert.match((await run(['list'])).stdout, /No client/)
  })

  it('says all that is wrong with one', async () => {
    const bad = {
      client_id: 'a b',
      organization: 'a/b',
      roles: ['boss'],
      scopes: ['system/Patient', 'x'],
      purposes: ['FUN'],
      redirect_uris: ['http://evil.example.org/'],
      jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] },
      jwks_uri: 'http://evil.example.org/keys',
      secret: 's',
    }
    const { status, stderr } = await run(['add', '-'], JSON.stringify(bad))
    assert.equal(status, 2)
    for (const name of [
      ...['client_id', 'organization', 'roles', 'scopes', 'purposes', 'redirect_uris'],
      ...['jwks.keys[0]', 'jwks_uri', 'secret', 'has both'],
    ])
      assert.ok(stderr.includes(name), `${name}: ${stderr}`)
    const own = { client_id: 'x', organization: 'o', roles: 'system', scopes: 'system/*.r' }
    const held = { ...own, jwks: { keys: [JSON.parse(readFileSync(keyFile, 'utf8')) as object] } }
    assert.match((await run(['add', '-'], JSON.stringify(held))).stderr, /private key/)
    assert.match((await run(['add', '-'], JSON.stringify(own))).stderr, /needs jwks/)
  })

  it('makes hashes of passwords, and keys', async () => {
    const { stdout, status } = await run(['hash'], '비밀번호 1234\n')
    assert.equal(status, 0)
    const person = readPerson(
      {
        login: 'Kim',
        password: stdout.trim(),
        user: 'Practitioner/1',
        organization: 'o',
        roles: 'clinician',
      },
      'people[0]',
      [],
    )
    assert.equal(await isPassword('비밀번호 1234', person), true)
    assert.equal(await isPassword('비밀번호 1235', person), false)
    assert.equal((await run(['hash'], 'short\n')).status, 2)

    const keys = join(folder, 'keys.json')
    writeFileSync(keys, (await run(['keys'])).stdout)
    const other = await startTestServer({
      AUTH: 'oauth',
      STORE_URL: 'sqlite::memory:',
      AUTH_KEYS: keys,
    })
    const { keys: published } = (await (await fetch(`${other.origin}/auth/jwks`)).json()) as {
      keys: { kid: string; d?: string }[]
    }
    await other.close()
    const given = JSON.parse(readFileSync(keys, 'utf8')) as { keys: { kid: string }[] }
    assert.deepEqual(
      published.map(({ kid }) => kid),
      given.keys.map(({ kid }) => kid),
    )
    assert.ok(published.every(({ d }) => d === undefined))
  })

  it('says how it is called', async () => {
    for (const args of [[], ['nothing'], ['add'], ['remove'], ['token', 'lab'], ['list', 'x']])
      assert.equal((await run(args)).status, 2, args.join())
    assert.match((await run(['--help'])).stdout, /ieum client token/)
  })

  it('loads through the server, as a client of it', async () => {
    const { kty, crv, x, y, kid, alg } = JSON.parse(readFileSync(keyFile, 'utf8')) as Readonly<
      Record<string, string>
    >
    const loader = {
      client_id: 'loader',
      organization: 'busan',
      roles: ['system'],
      scopes: ['system/Patient.cruds'],
      jwks: { keys: [{ kty, crv, x, y, kid, alg }] },
    }
    assert.equal((await run(['add', '-'], JSON.stringify(loader))).status, 0)
    const load = (client: string, scope: string) =>
      ieum(
        ['load', '-', '--url', serving.context.baseUrl, '--failed', join(folder, 'failed')].concat([
          '--client',
          client,
          '--key',
          keyFile,
          '--scope',
          scope,
        ]),
        {},
        JSON.stringify({ resourceType: 'Patient', id: 'busan-1' }),
      )
    const done = await load('loader', 'system/Patient.cruds')
    assert.equal(done.status, 0, done.stderr)
    assert.match(done.stdout, /^Loaded 1 resources/)
    const stranger = await load('nobody', 'system/Patient.cruds')
    assert.equal(stranger.status, 2)
    assert.match(stranger.stderr, /invalid_client/)
    const half = await ieum(['load', '-', '--client', 'loader'], {}, '')
    assert.equal(half.status, 2)
    assert.match(half.stderr, /--key/)
  })
})

describe('the file of CLIENTS', () => {
  it('that is wrong keeps the server from starting, with all that is wrong', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ieum-clients-'))
    const file = join(folder, 'clients.json')
    writeFileSync(
      file,
      JSON.stringify({
        clients: [{ client_id: 'a' }],
        people: [
          { login: 'b', password: 'plain', user: 'Patient/1', roles: ['system', 'patient'] },
        ],
        extra: 1,
      }),
    )
    const { status, stderr } = await ieum(['serve'], { AUTH: 'oauth', CLIENTS: file })
    assert.equal(status, 1)
    for (const name of [
      ...['clients[0].organization', 'clients[0].roles', 'clients[0].scopes', 'clients[0] needs'],
      ...['people[0].password', 'people[0].organization', 'a person is no system', '"extra"'],
    ])
      assert.ok(stderr.includes(name), `${name}: ${stderr}`)
    const missing = await ieum(['serve'], { AUTH: 'oauth', CLIENTS: join(folder, 'none.json') })
    assert.equal(missing.status, 1)
    assert.match(missing.stderr, /can't be read/)
    rmSync(folder, { recursive: true })
  })
})
