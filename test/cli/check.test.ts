// `ieum check` as its user sees it: what it prints, and the exit status that a script goes by.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { client, startTestServer } from '../support/server.ts'
import { ieum, type Ended } from './ieum.ts'

describe('ieum check', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'ieum-cli-check-'))
  const file = join(folder, 'ieum.db')
  const STORE_URL = `sqlite:${file}`
  after(() => {
    rmSync(folder, { recursive: true })
  })

  const edit = (sql: string): void => {
    const db = new DatabaseSync(file)
    db.exec(sql)
    db.close()
  }

  before(async () => {
    const serving = await startTestServer({ STORE_URL })
    await client(serving).send('PUT', '/Patient/a', {
      resourceType: 'Patient',
      id: 'a',
      name: [{ family: 'Kim' }],
    })
    const busy = await ieum(['check'], { STORE_URL })
    assert.equal(busy.status, 1)
    assert.match(busy.stderr, /in use by another process/)
    await serving.close()
  })

  it('says that nothing is wrong', async () => {
    const { status, stdout } = await ieum(['check'], { STORE_URL })
    assert.match(
      stdout,
      /^Checked 1 resources \(and 0 deleted ones\), 1 versions, \d+ index entries\nNothing is wrong\.\n$/,
    )
    assert.equal(status, 0)
  })

  it('mends an index on request, and says so', async () => {
    edit('delete from string')
    const wrong = await ieum(['check'], { STORE_URL })
    assert.equal(wrong.status, 1)
    assert.match(wrong.stdout, /^Patient\/a: its index entries differ from its text: \d+ missing$/m)
    assert.match(wrong.stdout, /1 wrong\.\n.*ieum check --repair/s)
    const mended = await ieum(['check', '--repair'], { STORE_URL })
    assert.equal(mended.status, 0)
    assert.match(mended.stdout, /^Patient\/a: .* \(repaired\)$/m)
    assert.match(mended.stdout, /1 repaired\nNothing else is wrong\./)
    assert.equal((await ieum(['check'], { STORE_URL })).status, 0)
  })

  it('does not repair a text, nor print one', async () => {
    edit(`update resource set text = replace(text, 'Kim', 'Xyzzy')`)
    const { status, stdout } = await ieum(['check', '--repair'], { STORE_URL })
    assert.equal(status, 1)
    assert.match(stdout, /^Patient\/a version 1: is not the text that was written$/m)
    assert.match(stdout, /restore them from a backup/)
    assert.doesNotMatch(stdout, /Xyzzy|\(repaired\)/)
    edit(`update resource set text = replace(text, 'Xyzzy', 'Kim')`)
  })

  it('says when there is nothing that it could check', async () => {
    const missing = await ieum(['check'], { STORE_URL: `sqlite:${join(folder, 'none.db')}` })
    assert.deepEqual([missing.status, missing.stdout], [1, ''])
    assert.match(missing.stderr, /There is no store .*none\.db/)
    const memory = await ieum(['check'])
    assert.equal(memory.status, 1)
    const usage = await ieum(['check', '--fix'], { STORE_URL })
    assert.equal(usage.status, 2)
    assert.match(usage.stderr, /^Usage: ieum check \[--repair\]/)
    const away = await ieum(['check'], {
      STORE_URL: 'mongodb://127.0.0.1:1/x?directConnection=true',
    })
    assert.equal(away.status, 1)
    assert.match(away.stderr, /can not be reached/)
  })

  it('finds damage to the file itself', async () => {
    const db = new DatabaseSync(file)
    const row = db
      .prepare(`select rootpage as n from sqlite_schema where name = 'token_value'`)
      .get()
    db.close()
    const damage = async (from: number, to: number): Promise<Ended> => {
      const bytes = readFileSync(file)
      for (let i = from; i < to; i++) bytes[i] = (i * 7919) & 0xff
      const damaged = join(folder, `damaged-${String(from)}.db`)
      writeFileSync(damaged, bytes)
      return ieum(['check', '--repair'], { STORE_URL: `sqlite:${damaged}` })
    }
    const page = (Number(row?.n) - 1) * 4096
    const index = await damage(page, page + 4096)
    assert.equal(index.status, 1)
    assert.match(index.stdout, /damaged: look at the disk, and restore the store from a backup/)
    const all = await damage(100, readFileSync(file).length)
    assert.equal(all.status, 1)
    assert.match(all.stderr, /is not a readable store: it is damaged.*backup/)
  })
})
