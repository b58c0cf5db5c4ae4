// `ieum reindex`, with a server that has the store open and without one: either way the index is what it should be.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeMade } from '../../src/job/reindex-notes.ts'
import { EXTRACTION } from '../../src/search/extraction.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { put } from '../store/contract/resource.ts'
import { startProcess } from '../run-it/process.ts'
import { ieum } from './ieum.ts'

describe('ieum reindex', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'ieum-reindex-'))
  const file = join(folder, 'ieum.db')
  const settings = { STORE_URL: `sqlite:${file}`, REFRESH_MS: '100' }
  const run = (...args: string[]) => ieum(['reindex', ...args], settings)
  after(() => rmSync(folder, { recursive: true }))

  /** Patients without entries. */
  const lose = async (): Promise<void> => {
    const store = await openSqliteStore(file)
    await store.commit(
      Array.from({ length: 60 }, (_, i) => ({
        ...put('Patient', `p${String(i)}`),
        content: { metaRest: '', rest: ',"gender":"male"}', entries: [] },
      })),
    )
    // Of this release, and yet not complete.
    await writeMade(store.notes, { others: EXTRACTION, types: {} })
    await store.close()
  }
  const checked = async (): Promise<number | null> => (await ieum(['check'], settings)).status

  it('does nothing without a store, and says how it is called', async () => {
    const none = await run('--all')
    assert.equal(none.status, 1)
    assert.match(none.stderr, /There is no store/)
    assert.equal((await run('--type', 'Nobody')).status, 2)
    assert.equal((await run('--everything')).status, 2)
    assert.match((await run('--help')).stdout, /Usage: ieum reindex/)
  })

  it('makes the index itself', async () => {
    await lose()
    assert.equal(await checked(), 1)
    const nothing = await run()
    assert.match(nothing.stdout, /nothing had to be done/)
    const done = await run('--type', 'Patient,Basic')
    assert.equal(done.status, 0, done.stderr)
    assert.match(done.stdout, /looked at 60 resources, changed the entries of 60/)
    assert.equal(await checked(), 0)
  })

  it('lets a server that has the store open do it', async () => {
    rmSync(file)
    await lose()
    const server = await startProcess(settings)
    try {
      const done = await run('--all')
      assert.equal(done.status, 0, done.stderr)
      assert.match(done.stdout, /changed the entries of 60/)
      const answer = await fetch(`${server.origin}/fhir/Patient?gender=male&_summary=count`)
      assert.equal(((await answer.json()) as { total: number }).total, 60)
    } finally {
      await server.kill()
    }
  })
})
