// WORKERS=2 on SQLite, as real processes: what holds in one process holds over several.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../support/time.ts'

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname
const JSON_TYPE = { 'content-type': 'application/fhir+json' }

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Children of a process, from the table of processes. */
async function childrenOf(pid: number): Promise<number[]> {
  const { readFileSync } = await import('node:fs')
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)
}

describe('WORKERS=2 on SQLite', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'ieum-workers-'))
  const storeUrl = `sqlite:${join(folder, 'store.db')}`
  let primary: ChildProcess
  let base = ''
  let output = ''

  const send = (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) =>
    fetch(base + path, {
      method,
      // A connection each: they are spread over the workers.
      headers: { ...JSON_TYPE, connection: 'close', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  before(async () => {
    const port = await freePort()
    base = `http://127.0.0.1:${port}/fhir`
    primary = spawn(process.execPath, [MAIN, 'serve'], {
      env: {
        ...process.env,
        PORT: String(port),
        STORE_URL: storeUrl,
        SEED: 'none',
        WORKERS: '2',
        REFRESH_MS: '100',
        LOG_LEVEL: 'error',
      },
    })
    primary.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()))
    primary.stderr!.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await until('it starts', () => output.includes('Ctrl-C'))
  })
  after(() => {
    primary.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('creates one resource for twenty that ask on one condition', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        send(
          'POST',
          '/Patient',
          { resourceType: 'Patient', identifier: [{ system: 'urn:w', value: '1' }] },
          {
            'if-none-exist': 'identifier=urn:w|1',
          },
        ),
      ),
    )
    assert.equal(answers.filter((a) => a.status === 201).length, 1)
    assert.equal(answers.filter((a) => a.status === 200).length, 19)
    const found = (await (await send('GET', '/Patient?identifier=urn:w|1')).json()) as {
      total: number
    }
    assert.equal(found.total, 1)
  })

  it('finds words in every process as soon as they are written', async () => {
    for (const word of ['red', 'green', 'blue']) {
      await send('PUT', '/Basic/said', {
        resourceType: 'Basic',
        id: 'said',
        code: { text: `it is ${word}` },
      })
      const totals = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const found = await send('GET', `/Basic?_content=${word}`)
          return ((await found.json()) as { total: number }).total
        }),
      )
      assert.deepEqual(totals, [1, 1, 1, 1, 1, 1])
    }
  })

  it('lets one of twenty updates with one ETag win', async () => {
    await send('PUT', '/Patient/etag', { resourceType: 'Patient', id: 'etag' })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        send(
          'PUT',
          '/Patient/etag',
          { resourceType: 'Patient', id: 'etag', active: true, birthDate: `19${10 + i}` },
          {
            'if-match': 'W/"1"',
          },
        ),
      ),
    )
    assert.equal(answers.filter((a) => a.status === 200).length, 1)
    assert.equal(answers.filter((a) => a.status === 412).length, 19)
  })

  it('puts a search parameter into force in every worker, and makes the index for it', async () => {
    const found = async (): Promise<unknown> => {
      const answer = await send('GET', '/Patient?nick=w', undefined, { prefer: 'handling=strict' })
      const { total, entry = [] } = (await answer.json()) as any
      return answer.status === 200 && total === 1 && entry.length === 1
    }
    const name = [{ use: 'nickname', family: 'Wu' }]
    await send('PUT', '/Patient/nick', { resourceType: 'Patient', id: 'nick', name })
    const posted = await send('POST', '/SearchParameter', {
      resourceType: 'SearchParameter',
      url: 'http://ieum.example/fhir/SearchParameter/nick',
      name: 'Nick',
      status: 'active',
      description: 'Nickname',
      code: 'nick',
      base: ['Patient'],
      type: 'string',
      expression: "Patient.name.where(use = 'nickname').family",
    })
    assert.equal(posted.status, 201, await posted.text())
    await until('all find it', async () =>
      (await Promise.all(Array.from({ length: 10 }, found))).every(Boolean),
    )
  })

  it('shows a write to every worker at once', async () => {
    for (let i = 0; i < 20; i++) {
      const id = `seen-${i}`
      assert.equal(
        (await send('PUT', `/Patient/${id}`, { resourceType: 'Patient', id })).status,
        201,
      )
      const reads = await Promise.all(
        Array.from({ length: 4 }, () => send('GET', `/Patient/${id}`)),
      )
      assert.deepEqual(
        reads.map((r) => r.status),
        [200, 200, 200, 200],
      )
    }
  })

  it('keeps transactions whole and refuses bad ones', async () => {
    const entry = (id: string, resource: object) => ({
      resource: { resourceType: 'Patient', id, ...resource },
      request: { method: 'PUT', url: `Patient/${id}` },
    })
    const bad = await send('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [entry('t1', {}), entry('t2', { gender: 'nonsense' })],
    })
    assert.equal(bad.status, 422)
    assert.equal((await send('GET', '/Patient/t1')).status, 404)
  })

  it('is the only one to write the store', async () => {
    const other = spawn(process.execPath, [MAIN, 'serve'], {
      env: { ...process.env, PORT: '0', STORE_URL: storeUrl, SEED: 'none' },
    })
    let said = ''
    other.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const code = await new Promise((resolve) => other.once('close', resolve))
    assert.equal(code, 1)
    assert.match(said, /in use by another process/)
  })

  it('counts what all of them did', async () => {
    const text = await (await fetch(base.replace('/fhir', '/metrics'))).text()
    const created =
      /ieum_requests_total\{interaction="update",type="Patient",status="412"\} (\d+)/.exec(text)
    assert.ok(Number(created?.[1]) > 0, text.slice(0, 500))
  })

  it('replaces a worker that is killed, and goes on meanwhile', async () => {
    const [victim] = await childrenOf(primary.pid!)
    process.kill(victim!, 'SIGKILL')
    let served = 0
    let failed = 0
    await until('another one serves in its place', async () => {
      const answer = await send('GET', '/Patient/etag').catch(() => undefined)
      if (answer?.status === 200) served++
      else failed++
      const now = await childrenOf(primary.pid!)
      return served >= 20 && now.length === 2 && !now.includes(victim!)
    })
    // Only what was on its way to the one that was killed.
    assert.ok(failed <= 5, `${failed} failed, ${served} were served`)
  })

  it('ends all of them on a signal, with status 0', async () => {
    const children = await childrenOf(primary.pid!)
    const ended = new Promise((resolve) => primary.once('exit', resolve))
    primary.kill('SIGTERM')
    assert.equal(await ended, 0)
    for (const pid of children) assert.throws(() => process.kill(pid, 0), `worker ${pid} is gone`)
  })
})
