// A file that is damaged, cut off, empty or something else is refused at the start with what to do about it; damage that
// only shows later costs the requests that meet it, and no others.
import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStore } from '../../../src/store/sqlite/store.ts'
import { ieum } from '../../cli/ieum.ts'
import { client, startTestServer } from '../../support/server.ts'
import { put } from '../contract/resource.ts'

describe('the file of the embedded store', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'ieum-file-'))
  const whole = join(folder, 'whole.db')
  let files = 0
  const fresh = (): string => join(folder, `${String(files++)}.db`)
  before(async () => {
    const store = await openSqliteStore(whole)
    for (let i = 0; i < 50; i++)
      await store.commit([put('Basic', `b${String(i)}`, [], 'x'.repeat(3000))])
    await store.close()
  })
  after(() => {
    rmSync(folder, { recursive: true })
  })

  const noise = (length: number): Buffer =>
    Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7919 + (i >> 8)) & 0xff))
  const bytes = (): Buffer => readFileSync(whole)
  const CASES: readonly {
    readonly what: string
    readonly make: (file: string) => void
    readonly says: RegExp
  }[] = [
    {
      what: 'with random bytes for its head',
      make: (file) => writeFileSync(file, Buffer.concat([noise(100), bytes().subarray(100)])),
      says: /not a readable store.*[Rr]estore it from a backup/,
    },
    {
      what: 'with random bytes for all but its head',
      make: (file) =>
        writeFileSync(file, Buffer.concat([bytes().subarray(0, 100), noise(200_000)])),
      says: /not a readable store.*[Rr]estore it from a backup/,
    },
    {
      what: 'that is half as long as it was',
      make: (file) => writeFileSync(file, bytes().subarray(0, bytes().length / 2)),
      says: /not a readable store.*[Rr]estore it from a backup/,
    },
    {
      what: 'of ten bytes',
      make: (file) => writeFileSync(file, bytes().subarray(0, 10)),
      says: /not a readable store/,
    },
    {
      what: 'that is empty',
      make: (file) => writeFileSync(file, ''),
      says: /empty \(0 bytes\).*restore it from a backup.*delete it/,
    },
    {
      what: 'that is a text',
      make: (file) => writeFileSync(file, 'PORT=3000\n'.repeat(1000)),
      says: /not a readable store/,
    },
    {
      what: 'that is gone, while its log is there',
      make: (file) => writeFileSync(`${file}-wal`, noise(5000)),
      says: /is gone, but .*-wal is there.*Restore both/,
    },
    {
      what: 'that is a folder',
      make: (file) => mkdirSync(file),
      says: /can't be opened/,
    },
  ]
  for (const { what, make, says } of CASES)
    it(`is refused ${what}`, async () => {
      const file = fresh()
      make(file)
      const before =
        existsSync(file) && what !== 'that is a folder' ? readFileSync(file) : undefined
      await assert.rejects(openSqliteStore(file), says)
      if (before !== undefined) assert.deepEqual(readFileSync(file), before, 'left as it was')
      // It holds nothing back: with a whole file in its place it opens.
      rmSync(file, { recursive: true, force: true })
      rmSync(`${file}-wal`, { force: true })
      cpSync(whole, file)
      const store = await openSqliteStore(file)
      assert.equal((await store.read('Basic', 'b7'))?.version, 1)
      await store.close()
    })

  it('ends the server at its start, with that line and nothing else', async () => {
    const file = fresh()
    writeFileSync(file, bytes().subarray(0, bytes().length / 2))
    const { status, stderr } = await ieum(['serve'], { STORE_URL: `sqlite:${file}`, PORT: '0' })
    assert.equal(status, 1)
    assert.match(stderr, /^The file \S+ is not a readable store: [^\n]*backup[^\n]*\n$/)
  })

  it('is made whole or not at all: what a killed first start leaves is no obstacle', async () => {
    const file = fresh()
    writeFileSync(`${file}.new`, bytes().subarray(0, 5000))
    writeFileSync(`${file}.new-wal`, noise(5000))
    const store = await openSqliteStore(file)
    assert.equal(await store.read('Basic', 'b7'), undefined)
    await store.commit([put('Basic', 'b7')])
    await store.close()
    assert.ok(!existsSync(`${file}.new`) && !existsSync(`${file}.new-wal`))
  })

  it('is made with its folder, and says when there can be none', async () => {
    const deep = join(folder, 'not', 'yet', 'there.db')
    const store = await openSqliteStore(deep)
    await assert.rejects(openSqliteStore(deep), /in use by another process\. Stop it first/)
    await store.close()
    await (await openSqliteStore(deep)).close()
    await assert.rejects(openSqliteStore(join(whole, 'x.db')), /its folder must exist/)
  })

  it('is the same under another name', async () => {
    const file = fresh()
    const store = await openSqliteStore(file)
    await store.commit([put('Basic', 'moved')])
    await store.close()
    const other = fresh()
    renameSync(file, other)
    const again = await openSqliteStore(other)
    assert.equal((await again.read('Basic', 'moved'))?.version, 1)
    await again.close()
  })

  it('serves what is not damaged, and says no more of the rest than that it failed', async () => {
    const file = fresh()
    const storeUrl = `sqlite:${file}`
    const ids = Array.from({ length: 60 }, (_, i) => `p${String(i)}`)
    const patient = (id: string) => ({
      resourceType: 'Patient',
      id,
      name: [{ family: 'Kim', text: 'x'.repeat(900) }],
    })
    const first = await startTestServer({ STORE_URL: storeUrl })
    for (const id of ids) await client(first).send('PUT', `/Patient/${id}`, patient(id))
    await first.close()
    const db = new DatabaseSync(file)
    const leaves = db
      .prepare(
        `select pageno as n from dbstat where name = 'resource' and pagetype = 'leaf' order by pageno`,
      )
      .all()
    db.close()
    const page = Number(leaves[Math.floor(leaves.length / 2)]?.n) - 1
    const damaged = readFileSync(file)
    noise(4096).copy(damaged, page * 4096)
    writeFileSync(file, damaged)

    const serving = await startTestServer({ STORE_URL: storeUrl })
    try {
      const server = client(serving)
      const answers = await Promise.all(ids.map((id) => server.send('GET', `/Patient/${id}`)))
      const count = (status: number) => answers.filter((a) => a.status === status).length
      assert.ok(count(500) > 0 && count(500) < 20, `${String(count(500))} fail`)
      assert.equal(count(200), ids.length - count(500))
      for (const { status, text, body } of answers)
        if (status === 500) {
          assert.equal(body.resourceType, 'OperationOutcome')
          assert.doesNotMatch(text, /sqlite|malformed|corrupt|database|\.db|\.ts|select/i)
        }
      const broken = ids[answers.findIndex(({ status }) => status === 500)] ?? ''
      assert.equal((await server.send('PUT', `/Patient/${broken}`, patient(broken))).status, 500)
      const fine = ids[answers.findIndex(({ status }) => status === 200)] ?? ''
      const changed = { ...patient(fine), active: true }
      assert.equal((await server.send('PUT', `/Patient/${fine}`, changed)).status, 200)
      assert.equal((await server.send('POST', '/Patient', patient(''))).status, 422)
      assert.equal((await server.send('PUT', '/Patient/new', patient('new'))).status, 201)
      assert.equal((await server.send('GET', '/Patient/new')).status, 200)
    } finally {
      await serving.close()
    }
    const { status, stdout } = await ieum(['check'], { STORE_URL: storeUrl })
    assert.equal(status, 1)
    assert.match(stdout, /restore the store from a backup/)
  })
})
