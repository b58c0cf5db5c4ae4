// A disk that fails or is full under a running server: writes are refused with a reason, what was refused is not there,
// reads go on, and it recovers without a restart. https://www.sqlite.org/wal.html, docs/adr/0003-failed-sync.md
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProcess, type ServerProcess } from './server.ts'
import { openShim, type Shim } from './shim.ts'
import { assertSound } from './sound.ts'

type Answer = { readonly status: number; readonly headers: Headers; readonly text: string }

async function send(
  server: ServerProcess,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(server.base + path, {
    method,
    headers: { 'content-type': 'application/fhir+json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const patient = (value: string, family = 'Kim') => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:mrn', value }],
  name: [{ family }],
})
const create = (server: ServerProcess, value: string, family?: string) =>
  send(server, 'POST', '/Patient', patient(value, family))

async function ready({ origin }: ServerProcess): Promise<[number, unknown]> {
  const response = await fetch(`${origin}/readyz`)
  return [response.status, await response.json()]
}

/** How many there are with an identifier. */
async function found(server: ServerProcess, value: string): Promise<number> {
  const { status, text } = await send(
    server,
    'GET',
    `/Patient?identifier=urn:mrn|${value}&_summary=count`,
  )
  assert.equal(status, 200)
  return (JSON.parse(text) as { total: number }).total
}

function assertRefused({ status, headers, text }: Answer, expected: 503 | 507, says: RegExp): void {
  assert.equal(status, expected, text)
  const outcome = JSON.parse(text) as {
    resourceType: string
    issue: { code: string; diagnostics: string }[]
  }
  assert.equal(outcome.resourceType, 'OperationOutcome')
  assert.equal(outcome.issue[0]?.code, expected === 507 ? 'no-store' : 'transient')
  assert.match(outcome.issue[0]?.diagnostics ?? '', says)
  assert.doesNotMatch(text, /sqlite|disk I\/O error|database or disk|\.db|\/tmp|at .*\.ts/i)
  assert.equal(headers.has('retry-after'), expected === 503)
}

describe('a disk that fails', function () {
  this.timeout(60_000)
  let shim: Shim
  let folder: string
  let file: string
  let server: ServerProcess
  before(function () {
    shim = openShim()
    if (shim.why === undefined) return
    console.log(`      skipped: ${shim.why}`)
    this.skip()
  })
  after(() => {
    shim.close()
  })
  const start = () => startProcess(`sqlite:${file}`, { ...shim.environment(), LOG_LEVEL: 'silent' })
  beforeEach(async () => {
    shim.fail(undefined)
    folder = mkdtempSync(join(tmpdir(), 'ieum-disk-'))
    file = join(folder, 'ieum.db')
    server = await start()
    assert.equal((await create(server, 'before')).status, 201)
  })
  afterEach(async () => {
    if (server.alive()) await server.kill()
    rmSync(folder, { recursive: true })
  })

  /** After the process was killed and started again, on a disk that works: these are there, those are not. */
  async function afterwards(there: readonly string[], absent: readonly string[]): Promise<void> {
    await server.kill()
    shim.fail(undefined)
    await assertSound(`sqlite:${file}`)
    server = await start()
    for (const value of there) assert.equal(await found(server, value), 1, value)
    for (const value of absent) assert.equal(await found(server, value), 0, value)
  }

  it('once at the sync of a commit: that write is refused, and not there after a kill either', async () => {
    shim.fail({ call: 'sync', error: 'EIO', times: 1, file: '.db-wal' })
    assertRefused(await create(server, 'refused'), 503, /nothing was written/)
    assert.equal(await found(server, 'refused'), 0)
    await afterwards(['before'], ['refused'])
    shim.fail({ call: 'sync', error: 'EIO', times: 1, file: '.db-wal' })
    assertRefused(await create(server, 'refused'), 503, /nothing was written/)
    assert.equal((await create(server, 'next')).status, 201)
    await afterwards(['before', 'next'], ['refused'])
  })

  it('twice: it says that it does not know, and knows again with the next write', async () => {
    shim.fail({ call: 'sync', error: 'EIO', times: 2, file: '.db-wal' })
    assertRefused(
      await create(server, 'doubtful'),
      503,
      /not known whether the write will be there/,
    )
    assert.equal(await found(server, 'doubtful'), 0)
    assert.equal((await create(server, 'next')).status, 201)
    await afterwards(['before', 'next'], ['doubtful'])
  })

  it('twice and then a kill: what is in doubt is there or not, but whole', async () => {
    shim.fail({ call: 'sync', error: 'EIO', times: 2, file: '.db-wal' })
    const entry = [1, 2, 3].map((n) => ({
      request: { method: 'POST', url: 'Patient' },
      resource: patient(`part-${String(n)}`),
    }))
    const answer = await send(server, 'POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry,
    })
    assertRefused(answer, 503, /not known/)
    await afterwards(['before'], [])
    const counts = await Promise.all([1, 2, 3].map((n) => found(server, `part-${String(n)}`)))
    assert.ok(new Set(counts).size === 1, counts.join())
  })

  it('at every sync: writes are refused, reads go on, and it recovers by itself', async () => {
    shim.fail({ call: 'sync', error: 'EIO' })
    for (let n = 0; n < 5; n++)
      assertRefused(await create(server, `refused-${String(n)}`), 503, /disk of this server fail/)
    assert.equal(await found(server, 'before'), 1)
    assert.equal((await fetch(`${server.origin}/healthz`)).status, 200)
    assert.deepEqual(await ready(server), [200, { status: 'ready', writes: 'failing' }])
    const metrics = await (await fetch(`${server.origin}/metrics`)).text()
    assert.match(metrics, /^ieum_writes_failing 1$/m)
    shim.fail(undefined)
    assert.equal((await create(server, 'next')).status, 201)
    assert.deepEqual(await ready(server), [200, { status: 'ready', writes: 'ready' }])
    await afterwards(['before', 'next'], ['refused-1', 'refused-2', 'refused-3', 'refused-4'])
  })

  it('for all of those that share a sync', async () => {
    const values = Array.from({ length: 16 }, (_, n) => `together-${String(n)}`)
    shim.fail({ call: 'sync', error: 'EIO', times: 1, file: '.db-wal' })
    const answers = await Promise.all(values.map((value) => create(server, value)))
    const refused = values.filter((_, n) => answers[n]?.status !== 201)
    assert.ok(refused.length > 0)
    for (const answer of answers) if (answer.status !== 201) assertRefused(answer, 503, /nothing/)
    for (const value of values)
      assert.equal(await found(server, value), refused.includes(value) ? 0 : 1)
    await afterwards(['before', ...values.filter((value) => !refused.includes(value))], refused)
  })

  it('at any write of a transaction, as a whole', async () => {
    const there = ['before']
    for (const error of ['EIO', 'ENOSPC'] as const)
      for (const after of [0, 1, 3, 7]) {
        const name = `${error}-${String(after)}`
        const entry = Array.from({ length: 20 }, (_, n) => ({
          request: { method: 'POST', url: 'Patient' },
          resource: patient(`${name}-${String(n)}`, 'x'.repeat(2000)),
        }))
        const bundle = { resourceType: 'Bundle', type: 'transaction', entry }
        shim.fail({ call: 'write', error, after })
        const status = error === 'EIO' ? 503 : 507
        assertRefused(await send(server, 'POST', '', bundle), status, /nothing was|not known/)
        assertRefused(await create(server, 'refused'), status, /nothing was written|not known/)
        assert.equal(await found(server, 'before'), 1)
        assert.equal(await found(server, `${name}-7`), 0)
        shim.fail(undefined)
        assert.equal((await send(server, 'POST', '', bundle)).status, 200)
        there.push(`${name}-0`, `${name}-19`)
      }
    await afterwards(there, ['refused'])
  })

  it('under the database but not under its log: writes go on, and are there after a kill', async () => {
    shim.fail({ call: 'sync', error: 'EIO', file: '.db' })
    // More than the 2,000 pages after which SQLite wants to bring them into the database.
    const big = Array.from({ length: 14 }, (_, n) => `big-${String(n)}`)
    for (const value of big)
      assert.equal((await create(server, value, '가'.repeat(100_000))).status, 201)
    assert.ok(statSync(`${file}-wal`).size > 2000 * 4096)
    shim.fail({ call: 'write', error: 'ENOSPC', file: '.db' })
    assert.equal((await create(server, 'more')).status, 201)
    await afterwards(['before', 'more', ...big], [])
  })
})

describe('a disk that is full', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'ieum-full-'))
  let mounted = false
  before(function () {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', folder], { stdio: 'pipe' })
      mounted = true
    } catch {
      console.log('      skipped: this user may not mount a small file system')
      this.skip()
    }
  })
  after(() => {
    if (mounted) execFileSync('umount', [folder])
    rmSync(folder, { recursive: true })
  })

  it('refuses writes with 507, reads on, and takes writes again when there is space', async () => {
    const ballast = join(folder, 'ballast')
    writeFileSync(ballast, Buffer.alloc(8_000_000))
    mkdirSync(join(folder, 'data'))
    const storeUrl = `sqlite:${join(folder, 'data', 'ieum.db')}`
    let server = await startProcess(storeUrl, { LOG_LEVEL: 'silent' })
    try {
      const written: string[] = []
      let answer = await create(server, 'first')
      for (
        ;
        answer.status === 201;
        answer = await create(server, written.at(-1) ?? '', 'x'.repeat(100_000))
      )
        written.push(`m-${String(written.length)}`)
      assertRefused(answer, 507, /disk of this server is full, nothing was written/)
      const last = written.pop() ?? ''
      assert.ok(written.length > 10)
      // Small ones may still fit, until none does.
      for (
        let n = 0;
        n < 100 && (answer = await create(server, `s-${String(n)}`)).status === 201;
        n++
      );
      for (let n = 0; n < 3; n++)
        assertRefused(await create(server, 'no'), 507, /nothing was written/)
      assert.equal(await found(server, last), 0)
      assert.equal(await found(server, written[5] ?? ''), 1)
      assert.deepEqual(await ready(server), [200, { status: 'ready', writes: 'failing' }])
      rmSync(ballast)
      assert.equal((await create(server, 'again', 'x'.repeat(100_000))).status, 201)
      assert.deepEqual(await ready(server), [200, { status: 'ready', writes: 'ready' }])
      await server.kill()
      await assertSound(storeUrl)
      server = await startProcess(storeUrl, { LOG_LEVEL: 'silent' })
      assert.equal(await found(server, 'again'), 1)
      assert.equal(await found(server, 'no'), 0)
      // And with no space at all, from the start.
      assert.equal(await server.stop(), 0)
      for (let size = 8_000_000; size >= 1; size /= 2)
        try {
          for (let n = 0; ; n++)
            writeFileSync(join(folder, `fill-${String(size)}-${String(n)}`), Buffer.alloc(size))
        } catch {
          // the next smaller
        }
      try {
        server = await startProcess(storeUrl, { LOG_LEVEL: 'silent' })
        assert.equal(await found(server, 'again'), 1)
        assertRefused(await create(server, 'no'), 507, /nothing was written/)
        assert.equal(await server.stop(), 0)
      } catch (error) {
        assert.match(String(error), /disk is full\. Make space/)
      }
    } finally {
      if (server.alive()) await server.kill()
    }
  })
})
