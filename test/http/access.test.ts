// The access log and the metrics over a scenario: what happened is in them, whom it was about is not.
import assert from 'node:assert/strict'
import { startServer, type Serving } from '../../src/cli/serve.ts'
import { readConfig } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import { createApp } from '../../src/http/app.ts'
import { logAccess, SLOW_MS, type Access } from '../../src/http/access.ts'
import { createLog } from '../../src/log.ts'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { client, onBothStores, type TestServer } from '../support/server.ts'
import { until } from '../support/time.ts'

/** Whatever a request says of a person; none of it may be in a log line or a metric. */
const PERSON = {
  id: 'pt-hong-4711',
  identifier: '850412-2000001',
  family: 'Hong-Gildong',
  given: 'Ускен',
  birthDate: '1985-04-12',
}
const SAID = new RegExp(Object.values(PERSON).join('|') + '|850412|urn:mrn:|Bearer')

const patient = {
  resourceType: 'Patient',
  id: PERSON.id,
  identifier: [{ system: 'urn:mrn:1', value: PERSON.identifier }],
  name: [{ family: PERSON.family, given: [PERSON.given] }],
  birthDate: PERSON.birthDate,
}

onBothStores('access log and metrics', (server) => {
  const lines: Record<string, unknown>[] = []
  let texts: string[] = []
  let watched: Watched

  before(async () => {
    const log = createLog('debug', {
      write: (line) => {
        texts.push(line)
        lines.push(JSON.parse(line))
      },
    })
    watched = await watch({ ...server().context, log })
  })
  after(() => watched.close())
  beforeEach(() => {
    lines.length = 0
    texts = []
  })

  const send = (...args: Parameters<TestServer['send']>) => watched.client.send(...args)
  const value = (text: string, sample: string): number => {
    const found = text.split('\n').find((line) => line.startsWith(`${sample} `))
    return Number(found?.slice(sample.length + 1) ?? 0)
  }
  const metrics = async () => (await fetch(`${watched.origin}/metrics`)).text()

  it('never say whom a request was about', async () => {
    const about = `Patient/${PERSON.id}`
    const json = JSON.stringify(patient)
    const bundle = (type: string) => ({
      resourceType: 'Bundle',
      type,
      entry: [
        { resource: patient, request: { method: 'PUT', url: about } },
        { request: { method: 'GET', url: `Patient?identifier=${PERSON.identifier}` } },
        { request: { method: 'PATCH', url: about } },
      ],
    })
    const patch = [{ op: 'replace', path: '/birthDate', value: PERSON.birthDate }]
    const jsonPatch = { 'content-type': 'application/json-patch+json' }
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const requests: readonly Parameters<TestServer['send']>[] = [
      ['PUT', `/${about}`, patient],
      ['GET', `/${about}`],
      ['GET', `/${about}?_summary=true`, undefined, { accept: 'application/fhir+xml' }],
      ['HEAD', `/${about}`],
      ['GET', `/${about}/_history/1`],
      ['GET', `/${about}/_history/99`],
      ['GET', `/${about}/_history`],
      ['GET', `/${about}/$everything`],
      ['GET', `/${about}/Observation?code=${PERSON.identifier}`],
      ['GET', `/${PERSON.id}`],
      ['GET', `/${PERSON.id}/${PERSON.id}/${PERSON.id}`],
      ['GET', `/Patient?name=${PERSON.family}&birthdate=${PERSON.birthDate}`],
      ['GET', `/Patient?${PERSON.identifier}=x`],
      ['GET', `/Patient?birthdate=${PERSON.family}`],
      ['GET', `/Patient?_cursor=${PERSON.identifier}`],
      ['GET', `/${about}/$${PERSON.id}`],
      ['GET', `/${about}%zz`],
      ['POST', '/Patient/_search', `identifier=${PERSON.identifier}`, form],
      ['POST', '/Patient', patient, { 'if-none-exist': `identifier=${PERSON.identifier}` }],
      ['POST', '/Patient', json.slice(0, -5)],
      ['POST', '/Patient', json.replace('birthDate', PERSON.given)],
      ['POST', '/Patient', `<Patient><id value="${PERSON.id}"/>`, { 'content-type': 'text/xml' }],
      ['PUT', '/Patient/other', patient],
      ['PUT', `/${about}`, patient, { 'if-match': `W/"${PERSON.identifier}"` }],
      ['PUT', `/Patient?identifier=${PERSON.identifier}`, patient],
      ['PATCH', `/${about}`, JSON.stringify(patch), jsonPatch],
      ['PATCH', `/${about}`, JSON.stringify([{ op: PERSON.given }]), jsonPatch],
      ['POST', '/Patient/$validate', { ...patient, gender: PERSON.family }],
      ['POST', '', bundle('transaction')],
      ['POST', '', bundle('batch')],
      ['DELETE', `/Patient?identifier=${PERSON.identifier}`],
      ['DELETE', `/${about}`],
      ['GET', `/${about}`],
      ['GET', `/${about}`, undefined, { accept: PERSON.family, authorization: 'Bearer x' }],
      ['GET', `/${about}`, undefined, { 'x-request-id': `${PERSON.family} ${PERSON.identifier}` }],
      ['GET', `/${about}`, undefined, { traceparent: `00-${PERSON.identifier}` }],
    ]
    for (const request of requests) await send(...request)
    assert.equal(lines.length, requests.length)
    for (const text of texts) assert.doesNotMatch(text, SAID)
    assert.doesNotMatch(await metrics(), SAID)
  })

  it('name the request as the answer does, and what it was', async () => {
    const answer = await send('GET', '/Patient/nobody')
    assert.deepEqual(Object.keys(lines[0]!), [
      'level',
      'time',
      'requestId',
      'method',
      'interaction',
      'status',
      'type',
      'ms',
      'bytes',
      'msg',
    ])
    const { requestId, method, interaction, type, status, ms, bytes } = lines[0]!
    assert.equal(requestId, answer.headers.get('x-request-id'))
    assert.deepEqual([method, interaction, type, status], ['GET', 'read', 'Patient', 404])
    assert.equal(bytes, Buffer.byteLength(answer.text))
    assert.ok(Number(ms) > 0 && Number(ms) < 60_000)
  })

  it('carry the trace of the caller', async () => {
    const id = '0af7651916cd43dd8448eb211c80319c'
    const traceparent = `00-${id}-b7ad6b7169203331-01`
    const answer = await send('GET', '/metadata', undefined, { traceparent })
    assert.match(answer.headers.get('traceparent')!, new RegExp(`^00-${id}-[0-9a-f]{16}-01$`))
    assert.equal(lines[0]!.traceId, id)
    const malformed = await send('GET', '/metadata', undefined, { traceparent: 'x' })
    const fresh = malformed.headers.get('traceparent')!
    assert.match(fresh, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
    assert.equal(lines[1]!.traceId, fresh.slice(3, 35))
    assert.equal((await send('GET', '/metadata')).headers.get('traceparent'), null)
  })

  it('count requests by interaction, type and status, and how long they took', async () => {
    const sample = 'ieum_requests_total{interaction="read",type="Basic",status="404"}'
    const buckets =
      'ieum_request_duration_seconds_bucket{interaction="read",type="Basic",le="+Inf"}'
    const before = await metrics()
    for (let i = 0; i < 5; i++) await send('GET', `/Basic/none-${String(i)}`)
    const after = await metrics()
    assert.equal(value(after, sample) - value(before, sample), 5)
    assert.equal(value(after, buckets) - value(before, buckets), 5)
    assert.equal(value(after, 'ieum_requests_in_flight'), 0)
    const reads = 'ieum_store_duration_seconds_count{operation="read"}'
    assert.ok(value(after, reads) - value(before, reads) >= 5)
  })

  it('count commits, and none as waiting when all is done', async () => {
    const name = 'ieum_store_duration_seconds_count{operation="commit"}'
    const before = value(await metrics(), name)
    await Promise.all(
      Array.from({ length: 8 }, () =>
        send('POST', '/Basic', { resourceType: 'Basic', code: { text: 'x' } }),
      ),
    )
    const text = await metrics()
    assert.equal(value(text, name) - before, 8)
    assert.equal(value(text, 'ieum_commits_waiting'), 0)
    // SQLite alone has groups: each of the eight commits is in one.
    if (!server().context.config.storeUrl.startsWith('sqlite:')) return
    const groups = 'ieum_commit_group_size_sum'
    assert.ok(value(text, groups) >= 8, String(value(text, groups)))
  })

  it('have types and interactions of closed lists only, whatever is asked', async () => {
    for (let i = 0; i < 50; i++) {
      await send('GET', `/Type${String(i)}/x`)
      await send('GET', `/Patient/x/$op${String(i)}`)
      await send('GET', `/a${String(i)}/b/c/d/e`)
    }
    const types = new Set(
      [...(await metrics()).matchAll(/type="([^"]*)"/g)].map(([, type]) => type!),
    )
    const { definitions } = server().context
    for (const type of types) assert.ok(type === '' || definitions.isResourceType(type), type)
  })

  it('are text for Prometheus, with what the process and the build are', async () => {
    const answer = await fetch(`${watched.origin}/metrics`)
    assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    const text = await answer.text()
    for (const line of text.trimEnd().split('\n'))
      assert.match(
        line,
        /^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? (\d+(\.\d+)?(e[+-]\d+)?))$/,
      )
    assert.match(text, /^ieum_build_info\{version="\d[^"]*",node="v\d+[^"]*",store="\w+"\} 1$/m)
    for (const name of [
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'nodejs_heap_size_used_bytes',
      'nodejs_active_resources',
    ])
      assert.ok(value(text, name) > 0, name)
  })
})

describe('event loop', () => {
  it('shows in the metrics how long it was held up', async () => {
    const serving = await silentServer()
    try {
      await until('the metrics show it', async () => {
        for (const end = Date.now() + 150; Date.now() < end;);
        await sleep(50)
        const text = await (await fetch(`${serving.origin}/metrics`)).text()
        const max = Number(/^nodejs_eventloop_lag_max_seconds (.*)$/m.exec(text)![1])
        assert.ok(max < 60, String(max))
        return max > 0.1
      })
    } finally {
      await serving.close()
    }
  })
})

describe('levels of the access log', () => {
  const written = (level: string, access: Partial<Access>): number => {
    const lines: string[] = []
    const log = createLog(level, { write: (line) => void lines.push(line) })
    logAccess(log, { ...QUICK, ...access })
    return lines.length
  }
  const QUICK: Access = {
    requestId: 'r1',
    trace: undefined,
    method: 'GET',
    interaction: 'read',
    type: 'Patient',
    status: 200,
    ms: 1,
    bytes: 1,
  }

  it('at info, errors and slow requests have a line', () => {
    assert.equal(written('info', {}), 0)
    assert.equal(written('info', { status: 304 }), 0)
    assert.equal(written('info', { status: 404 }), 1)
    assert.equal(written('info', { ms: SLOW_MS }), 1)
  })
  it('at debug all have one, at warn failures of the server', () => {
    assert.equal(written('debug', {}), 1)
    assert.equal(written('warn', { status: 404 }), 0)
    assert.equal(written('warn', { status: 503 }), 1)
  })
})

type Watched = { readonly client: TestServer; readonly origin: string; close(): Promise<void> }

/** A second listener on a context, with a log of its own. */
async function watch(context: Context): Promise<Watched> {
  const server = createServer(createApp(context))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  const own = { ...context, baseUrl: `${origin}/fhir` }
  return {
    client: client({ context: own, origin }),
    origin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const silentServer = (): Promise<Serving> =>
  startServer(
    readConfig({ PORT: '0', SEED: 'none', STORE_URL: 'sqlite::memory:', LOG_LEVEL: 'silent' }),
    createLog('silent'),
  )
