// The plain JSON form of results, and whose they are under AUTH=oauth.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readConfig } from '../../src/config.ts'
import type { Serving } from '../../src/cli/serve.ts'
import { askToken, assertion, clientsFile, makeKey } from '../support/clients.ts'
import { client, onBothStores, startTestServer, type TestServer } from '../support/server.ts'
import { IIN, openLine, right } from './device.ts'

const run = promisify(execFile)

const form = (id: string) => ({
  id,
  time: '2026-11-24T10:25:00+05:00',
  device: { serial: 'SN-0000-7', name: 'Reader' },
  patient: {
    identifier: { system: 'http://ieum.example/fhir/sid/pid/kz/iin', value: IIN },
    name: { family: 'Тестова', given: ['Айгерим'] },
    birthDate: '1968-04-02',
    gender: 'female',
  },
  sample: {
    type: 'capillary blood',
    volume: { value: 35, unit: 'uL' },
    collected: '2026-11-24T10:20:00+05:00',
  },
  results: [
    { code: 'hs-tni', value: 9.4, unit: 'ng/L', high: 26.2, flags: ['N'] },
    { code: 'crp', value: '<0.5', unit: 'mg/L' },
    { code: 'glucose-poc', value: 5.6, unit: 'mmol/L', low: 3.9, high: 7.8 },
  ] as unknown[],
  report: { status: 'final' },
})

type Form = ReturnType<typeof form>

/** One thing wrong each: the element that the outcome names, and its issue code. */
const WRONG: readonly (readonly [(form: any) => void, string, string])[] = [
  [(f) => delete f.id, 'id', 'required'],
  [(f) => delete f.device, 'device', 'required'],
  [(f) => (f.device = 'SN'), 'device', 'value'],
  [(f) => delete f.device.serial, 'device.serial', 'required'],
  [(f) => (f.devise = {}), 'devise', 'code-invalid'],
  [(f) => delete f.patient.identifier, 'patient.identifier', 'required'],
  [(f) => (f.patient.identifier.system = 'IIN'), 'patient.identifier.system', 'value'],
  [(f) => (f.patient.birthDate = '2.4.1968'), 'patient.birthDate', 'value'],
  [(f) => (f.patient.birthDate = '1970-04-02'), 'patient.birthDate', 'not-found'],
  [(f) => (f.patient.gender = 'f'), 'patient.gender', 'code-invalid'],
  [(f) => delete f.sample, 'results[0].time', 'required'],
  [(f) => (f.sample.type = 'sand'), 'sample.type', 'code-invalid'],
  [(f) => delete f.sample.volume, 'sample.volume', 'required'],
  [(f) => (f.sample.volume.unit = 'L'), 'sample.volume', 'code-invalid'],
  [(f) => (f.sample.collected = 'today'), 'sample.collected', 'value'],
  [(f) => (f.results = []), 'results', 'value'],
  [(f) => delete f.results[1].code, 'results[1].code', 'required'],
  [(f) => (f.results[1].code = 'nonsense'), 'results[1].code', 'code-invalid'],
  [(f) => (f.results[1].unit = 'mmol/L'), 'results[1].unit', 'code-invalid'],
  [(f) => delete f.results[1].unit, 'results[1].unit', 'required'],
  [(f) => (f.results[1].value = 'much'), 'results[1].value', 'value'],
  [(f) => delete f.results[1].value, 'results[1].value', 'required'],
  [(f) => (f.results[1].status = 'done'), 'results[1].status', 'code-invalid'],
  [(f) => (f.results[1].flags = 'H'), 'results[1].flags', 'value'],
  [(f) => (f.report.status = 'F'), 'report.status', 'code-invalid'],
]

onBothStores('gateway: the JSON form', (server) => {
  const post = async (body: Form | string, type = 'application/json') =>
    server().send(
      'POST',
      `${server().origin}/gateway/results`,
      typeof body === 'string' ? body : JSON.stringify(body),
      { 'content-type': type },
    )

  it('writes what it says, once', async () => {
    const first = await post(form('RUN-1'))
    assert.equal(first.status, 201, first.text)
    assert.equal(first.body.again, false)
    const results = await server().send('GET', '/Observation?_include=Observation:specimen')
    const observations = results.body.entry
      .map((e: any) => e.resource)
      .filter((r: any) => r.resourceType === 'Observation')
    assert.deepEqual(
      observations.map((o: any) => o.code.coding[0].code).sort(),
      // Glucose in mmol/L has a LOINC code of its own.
      ['14743-9', '1988-5', '89579-7'],
    )
    const again = await post(form('RUN-1'))
    assert.deepEqual([again.status, again.body.again], [200, true])
    const count = await server().send('GET', '/Observation?_summary=count')
    assert.equal(count.body.total, 3)
  })

  it('names the element that is wrong, and keeps what was refused', async () => {
    for (const [index, [change, place, code]] of WRONG.entries()) {
      const wrong = form(`W-${String(index)}`)
      change(wrong)
      const answer = await post(wrong)
      assert.equal(answer.status, 422, `${place}: ${answer.text}`)
      const [issue] = answer.body.issue
      assert.deepEqual([issue.expression, issue.code], [[place], code], answer.text)
    }
    const count = await server().send('GET', '/Communication?status=not-done&_summary=count')
    assert.equal(count.body.total, WRONG.length)
    assert.equal((await server().send('GET', '/Observation?_summary=count')).body.total, 3)
  })

  it('refuses what is no JSON, no object, too large, or of another type', async () => {
    for (const [body, type, status] of [
      ['{', 'application/json', 400],
      ['[]', 'application/json', 400],
      ['{"id":"a","id":"b"}', 'application/json', 400],
      ['', 'application/json', 400],
      ['{}', 'text/plain', 415],
      [`{"id":"${'x'.repeat(1 << 20)}"}`, 'application/json', 413],
    ] as const) {
      const answer = await post(body, type)
      assert.equal(answer.status, status, answer.text)
      assert.equal(answer.body.resourceType, 'OperationOutcome')
    }
  })
})

describe('gateway: AUTH=oauth', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'ieum-gateway-'))
  const storeUrl = `sqlite:${join(folder, 'ieum.db')}`
  let file: ReturnType<typeof clientsFile>
  let serving: Serving
  let server: TestServer
  const tokens = new Map<string, string>()

  before(async () => {
    const keys = new Map([
      ['almaty', await makeKey('ES384')],
      ['busan', await makeKey('ES384')],
      ['reader', await makeKey('ES384')],
    ])
    file = clientsFile({
      clients: [...keys].map(([id, { jwk }]) => ({
        client_id: id,
        organization: `${id}-site`,
        roles: ['system'],
        scopes: [id === 'reader' ? 'system/*.rs' : 'system/*.cruds'],
        jwks: { keys: [jwk] },
      })),
    })
    serving = await startTestServer({
      STORE_URL: storeUrl,
      AUTH: 'oauth',
      CLIENTS: file.path,
      MLLP_PORT: '0',
      MLLP_CLIENT: 'almaty',
    })
    server = client(serving)
    const found = await server.send('GET', '/.well-known/smart-configuration')
    const endpoint = found.body.token_endpoint as string
    for (const [id, key] of keys) {
      const { body } = await askToken(
        endpoint,
        id === 'reader' ? 'system/*.rs' : 'system/*.cruds',
        await assertion(id, endpoint, key),
      )
      tokens.set(id, body.access_token!)
    }
  })
  after(async () => {
    await serving.close()
    file.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  const as = (id: string) => ({ authorization: `Bearer ${tokens.get(id)!}` })
  const count = async (id: string, path: string) =>
    (
      await server.send(
        'GET',
        `${path}${path.includes('?') ? '&' : '?'}_summary=count`,
        undefined,
        as(id),
      )
    ).body.total as number

  it('asks for a token over HTTP, and writes in the name of its client over MLLP', async () => {
    const url = `${server.origin}/gateway/results`
    const json = { 'content-type': 'application/json' }
    const bare = await server.send('POST', url, JSON.stringify(form('A')), json)
    assert.equal(bare.status, 401)
    const line = await openLine(serving.mllpPort!)
    line.say(right('A-1'))
    assert.equal((await line.answer()).segment('MSA')[1], 'AA')
    // One who sends alike elsewhere is another: nothing of it is taken for the first one's.
    const other = await server.send('POST', url, right('A-1'), {
      'content-type': 'x-application/hl7-v2+er7',
      ...as('busan'),
    })
    assert.equal(other.status, 200)
    line.say(right('A-1'))
    assert.equal((await line.answer()).segment('MSA')[1], 'AA')
    line.say(right('A-2').replace('9.40', 'x'))
    assert.equal((await line.answer()).segment('MSA')[1], 'AE')
    line.end()
    for (const id of ['almaty', 'busan'])
      assert.deepEqual(
        [await count(id, '/Observation'), await count(id, '/Patient'), await count(id, '/Device')],
        [2, 1, 1],
        id,
      )
    assert.equal(await count('almaty', '/Communication?status=not-done'), 1)
    assert.equal(await count('busan', '/Communication?status=not-done'), 0)
    const of = await server.send('GET', '/Observation?_count=1', undefined, as('almaty'))
    assert.equal(of.body.entry[0].resource.performer[0].reference, 'Organization/almaty-site')
  })

  it('refuses who may not write, and keeps nothing of that', async () => {
    const answer = await server.send(
      'POST',
      `${server.origin}/gateway/results`,
      JSON.stringify(form('R-1')),
      { 'content-type': 'application/json', ...as('reader') },
    )
    assert.equal(answer.status, 403, answer.text)
    assert.match(answer.body.issue[0].diagnostics, /system\/\w+\.c/)
    const er7 = await server.send('POST', `${server.origin}/gateway/results`, right('R-2'), {
      'content-type': 'x-application/hl7-v2+er7',
      ...as('reader'),
    })
    assert.equal(er7.status, 400)
    assert.match(er7.text, /MSA\|AR\|R-2/)
    assert.equal(await count('reader', '/Communication'), 0)
  })

  it('lists what was refused for the operator, beside the server', async () => {
    const environment = { ...process.env, STORE_URL: storeUrl }
    const ieum = async (...args: string[]) =>
      (
        await run(process.execPath, ['src/main.ts', 'gateway', 'refused', ...args], {
          env: environment,
        })
      ).stdout
    const [listed = ''] = (await ieum()).split('\n')
    const [id = '', , sender, number, , why] = listed.split('\t')
    assert.deepEqual([sender, number], ['KITREADER ALMATY', 'A-2'])
    assert.match(why!, /^OBX\[1\]-5: /)
    assert.doesNotMatch(listed, /Тестова/)
    assert.equal(await ieum('--message', id), right('A-2').replace('9.40', 'x'))
  })

  it('does not start without a client for devices, nor open to a network without tokens', async () => {
    assert.throws(() => readConfig({ AUTH: 'oauth', MLLP_PORT: '2575' }), /MLLP_CLIENT/)
    assert.throws(() => readConfig({ MLLP_PORT: '2575', MLLP_HOST: '0.0.0.0' }), /MLLP_HOST/)
    await assert.rejects(
      startTestServer({
        STORE_URL: 'sqlite::memory:',
        AUTH: 'oauth',
        CLIENTS: file.path,
        MLLP_PORT: '0',
        MLLP_CLIENT: 'nobody',
      }),
      /MLLP_CLIENT names "nobody"/,
    )
  })
})
