// `ieum purge` beside a running server: what it says, what a client sees afterwards, and that no request fails.
// What goes and what stays is in test/job/purging.ts, for both stores.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openUpkeep } from '../../src/job/upkeep.ts'
import { readConfig } from '../../src/config.ts'
import { putBasic, startLoad, startProcess, type ServerProcess } from '../run-it/process.ts'
import { ieum } from './ieum.ts'

describe('ieum purge', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'ieum-purge-'))
  const settings = { STORE_URL: `sqlite:${join(folder, 'ieum.db')}` }
  let server: ServerProcess
  before(async () => {
    server = await startProcess(settings)
  })
  after(async () => {
    await server.kill()
    rmSync(folder, { recursive: true })
  })

  const run = (...args: string[]) => ieum(['purge', ...args], settings)
  const write = async (id: string, text: string) => {
    const { url, init } = putBasic(server.origin, id, text)
    assert.ok((await fetch(url, init)).ok)
  }
  const get = (path: string) => fetch(`${server.origin}/fhir/${path}`)
  const instant = async (): Promise<string> => {
    await sleep(5)
    const now = new Date().toISOString()
    await sleep(5)
    return now
  }

  it('says what it would remove, then removes it, and the server says that it is gone', async () => {
    for (const text of ['1', '2', '3']) await write('a', text)
    const cut = await instant()
    await write('a', '4')
    const dry = await run('--history-older-than', cut, '--dry-run')
    assert.equal(dry.status, 0, dry.stderr)
    assert.equal(dry.stdout, `Would remove 2 versions replaced before ${cut}\n  Basic  2\n`)
    assert.equal((await get('Basic/a/_history/1')).status, 200)

    const done = await run('--history-older-than', cut)
    assert.equal(done.status, 0, done.stderr)
    assert.equal(done.stdout, `Removed 2 versions replaced before ${cut}\n  Basic  2\n`)
    const gone = await get('Basic/a/_history/1')
    assert.equal(gone.status, 410)
    const outcome = (await gone.json()) as { issue: { code: string; diagnostics: string }[] }
    assert.equal(outcome.issue[0]!.code, 'deleted')
    assert.match(
      outcome.issue[0]!.diagnostics,
      /Version 1 of Basic\/a is no longer kept.*current version is 4/,
    )
    assert.equal((await get('Basic/a/_history/3')).status, 200)
    assert.equal((await get('Basic/a/_history/4')).status, 200)
    assert.equal((await get('Basic/a/_history/5')).status, 404)
    assert.equal((await get('Basic/none/_history/1')).status, 404)
    const history = (await (await get('Basic/a/_history')).json()) as { total: number }
    assert.equal(history.total, 2)
    assert.equal(
      (await run('--history-older-than', cut)).stdout,
      `Removed 0 versions replaced before ${cut}\n`,
    )
  })

  it('lets a server write meanwhile, and every request succeeds', async () => {
    const rounds = 15
    for (let i = 0; i < rounds; i++)
      await Promise.all(Array.from({ length: 100 }, (_, n) => write(`m${String(n)}`, String(i))))
    const cut = await instant()
    const load = startLoad(4, (i) => putBasic(server.origin, `w${String(i % 10)}`, String(i)))
    const done = await run('--history-older-than', cut)
    const during = load.done()
    await load.stop()
    assert.equal(done.status, 0, done.stderr)
    assert.match(done.stdout, new RegExp(`^Removed ${String((rounds - 1) * 100 + 1)} versions`))
    assert.deepEqual(load.failures, [])
    assert.ok(during > 10, `${String(during)} writes`)
    assert.equal((await get('Basic/m1/_history/14')).status, 410)
    assert.equal((await get('Basic/m1')).status, 200)
  })

  it('leaves what is younger', async () => {
    for (const text of ['1', '2']) await write('young', text)
    for (const age of ['1d', '1w', '1mo', '5y', '2020-01-01'])
      assert.match((await run('--history-older-than', age)).stdout, /^Removed 0 versions/)
    assert.equal((await get('Basic/young/_history/1')).status, 200)
  })

  it('does not run beside another one', async () => {
    const upkeep = await openUpkeep(readConfig(settings))
    try {
      const until = Date.now() + 60_000
      assert.ok(await upkeep.leases.take('purge-history', 'night/1', until, Date.now()))
      const refused = await run('--history-older-than', '5y')
      assert.equal(refused.status, 1)
      assert.match(refused.stderr, /Another process is purging \(night\/1\)/)
      await upkeep.leases.release('purge-history', 'night/1')
      assert.equal((await run('--history-older-than', '5y')).status, 0)
    } finally {
      await upkeep.close()
    }
  })

  it('refuses what it can not read, and the future', async () => {
    for (const age of ['5', 'y', '5 years', '-1d', '2021-02-30x']) {
      const { status, stderr } = await run('--history-older-than', age)
      assert.equal(status, 2)
      assert.match(stderr, /is no age/)
    }
    assert.match((await run('--history-older-than', '2999-01-01')).stderr, /in the future/)
    for (const args of [
      [],
      ['5y'],
      ['--history-older-than'],
      ['--history-older-than', '5y', 'x'],
    ]) {
      const { status, stderr } = await run(...args)
      assert.equal(status, 2)
      assert.match(stderr, /^Usage: ieum purge/)
    }
  })

  it('leaves a store that is sound', async () => {
    server.signal('SIGTERM')
    assert.equal(await server.ended, 0)
    const { status, stdout } = await ieum(['check'], settings)
    assert.equal(status, 0, stdout)
    assert.match(stdout, /Nothing is wrong/)
  })
})
