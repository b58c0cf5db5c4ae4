// `ieum backup` and `ieum restore`: with the server stopped and while it writes, and whatever can be wrong with either.
import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { putBasic, startLoad, startProcess, type ServerProcess } from '../run-it/process.ts'
import { put } from '../store/contract/resource.ts'
import { ieum } from './ieum.ts'

describe('backup and restore', function () {
  this.timeout(60_000)
  const root = mkdtempSync(join(tmpdir(), 'ieum-backup-'))
  let folder = ''
  let file = ''
  let count = 0
  const servers: ServerProcess[] = []

  beforeEach(() => {
    folder = join(root, String(count++))
    mkdirSync(folder)
    file = join(folder, 'ieum.db')
  })
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.kill()
  })
  after(() => {
    rmSync(root, { recursive: true })
  })

  const run = (...args: string[]) => ieum(args, { STORE_URL: `sqlite:${file}` })
  const write = async (...notes: string[]): Promise<void> => {
    const store = await openSqliteStore(file)
    for (const note of notes) await store.commit([put('Patient', 'p1', [], note)])
    await store.close()
  }
  const noteOf = async (path = file): Promise<string | undefined> => {
    const store = await openSqliteStore(path)
    const version = await store.read('Patient', 'p1')
    await store.close()
    return /"note":"(\w+)"/.exec(version?.text ?? '')?.[1]
  }
  /** The store has what was written; its index is not that of a resource here, as these tests give it none. */
  const assertSound = async (): Promise<void> => {
    const { stdout } = await run('check')
    assert.match(stdout, /^Checked /m)
    assert.doesNotMatch(stdout, /damage|not the text|missing before|no resource/)
  }
  const serve = async (): Promise<ServerProcess> => {
    const server = await startProcess({ STORE_URL: `sqlite:${file}` })
    servers.push(server)
    return server
  }
  /** Flips bytes in the middle of a text that is stored. */
  const damage = (path: string): void => {
    const bytes = readFileSync(path)
    const at = bytes.indexOf('"note":"')
    assert.ok(at > 0)
    bytes.write('XXXX', at + 8)
    writeFileSync(path, bytes)
  }

  it('copies a store, and brings the copy back', async () => {
    await write('one', 'two')
    const target = join(folder, 'copy.db')
    const done = await run('backup', target)
    assert.equal(done.status, 0, done.stderr)
    assert.match(done.stdout, /copy\.db: 1 resources, 2 versions, [\d.]+ MB, verified/)
    assert.equal(statSync(target).mode & 0o777, 0o600)
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('copy')),
      ['copy.db'],
    )
    await write('three')
    const back = await run('restore', target)
    assert.equal(back.status, 0, back.stderr)
    assert.match(back.stdout, /1 resources, 2 versions, verified/)
    assert.equal(await noteOf(), 'two')
    const aside = /The store that was there is (.+)/.exec(back.stdout)![1]!
    assert.equal(await noteOf(aside), 'three')
    await assertSound()
  })

  it('names a copy in a folder by its moment', async () => {
    await write('one')
    const target = `${join(folder, 'copies')}/`
    assert.equal((await run('backup', target)).status, 0)
    const [name] = readdirSync(target)
    assert.match(name!, /^ieum-\d{8}T\d{6}Z\.db$/)
  })

  it('does not replace a file unless told to', async () => {
    await write('one')
    const target = join(folder, 'copy.db')
    writeFileSync(target, 'something else')
    const refused = await run('backup', target)
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /exists; --force replaces it/)
    assert.equal(readFileSync(target, 'utf8'), 'something else')
    assert.equal((await run('backup', '--force', target)).status, 0)
    assert.equal(await noteOf(target), 'one')
  })

  it('copies while a server writes: as of one moment, and nobody waits or fails', async () => {
    const server = await serve()
    const pair = (i: number) => ({
      url: `${server.origin}/fhir`,
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json' },
        body: JSON.stringify({
          resourceType: 'Bundle',
          type: 'transaction',
          entry: ['a', 'b'].map((id) => ({
            resource: { resourceType: 'Basic', id, code: { text: String(i) } },
            request: { method: 'PUT', url: `Basic/${id}` },
          })),
        }),
      },
    })
    const load = startLoad(4, pair)
    const copies: string[] = []
    for (let i = 0; i < 3; i++) {
      const target = join(folder, `copy-${String(i)}.db`)
      const before = load.done()
      const done = await run('backup', target)
      assert.equal(done.status, 0, done.stderr)
      assert.ok(load.done() > before, 'nothing was written meanwhile')
      copies.push(target)
    }
    await load.stop()
    assert.deepEqual(load.failures, [])
    let last = 0
    for (const copy of copies) {
      const store = await openSqliteStore(copy)
      const [a, b] = await Promise.all(['a', 'b'].map((id) => store.read('Basic', id)))
      assert.equal(a?.version, b?.version, 'half a transaction')
      assert.ok(a!.version > last)
      last = a!.version
      await store.close()
    }
  })

  it('has everything that was acknowledged before it began', async () => {
    const server = await serve()
    for (let i = 0; i < 20; i++) {
      const { url, init } = putBasic(server.origin, 'x', String(i))
      assert.ok((await fetch(url, init)).ok)
    }
    const target = join(folder, 'copy.db')
    assert.equal((await run('backup', target)).status, 0)
    const store = await openSqliteStore(target)
    assert.equal((await store.read('Basic', 'x'))?.version, 20)
    await store.close()
  })

  it('copies what a crash left behind, the last writes among it', async () => {
    const server = await serve()
    const { url, init } = putBasic(server.origin, 'x', 'last')
    assert.ok((await fetch(url, init)).ok)
    await server.kill()
    assert.ok(existsSync(`${file}-wal`))
    const target = join(folder, 'copy.db')
    const done = await run('backup', target)
    assert.equal(done.status, 0, done.stderr)
    const store = await openSqliteStore(target)
    assert.match((await store.read('Basic', 'x'))?.text ?? '', /last/)
    await store.close()
  })

  it('takes back a copy of the file system with its -wal file', async () => {
    const server = await serve()
    const { url, init } = putBasic(server.origin, 'x', 'last')
    assert.ok((await fetch(url, init)).ok)
    await server.kill()
    for (const end of ['', '-wal']) copyFileSync(`${file}${end}`, join(folder, `snapshot.db${end}`))
    rmSync(file)
    rmSync(`${file}-wal`)
    const done = await run('restore', join(folder, 'snapshot.db'))
    assert.equal(done.status, 0, done.stderr)
    assert.doesNotMatch(done.stdout, /was there/)
    const store = await openSqliteStore(file)
    assert.match((await store.read('Basic', 'x'))?.text ?? '', /last/)
    await store.close()
  })

  it('never mixes the writes of the old store into the new one', async () => {
    await write('old')
    const target = join(folder, 'copy.db')
    assert.equal((await run('backup', target)).status, 0)
    const server = await serve()
    for (let i = 0; i < 50; i++) {
      const { url, init } = putBasic(server.origin, `x${String(i)}`, 'later')
      assert.ok((await fetch(url, init)).ok)
    }
    await server.kill()
    const done = await run('restore', target)
    assert.equal(done.status, 0, done.stderr)
    await assertSound()
    const store = await openSqliteStore(file)
    assert.equal(await store.read('Basic', 'x1'), undefined)
    await store.close()
    const kept = await openSqliteStore(/was there is (.+)/.exec(done.stdout)![1]!)
    assert.match((await kept.read('Basic', 'x49'))?.text ?? '', /later/)
    await kept.close()
  })

  it('does not restore under a running server', async () => {
    await write('one')
    const target = join(folder, 'copy.db')
    assert.equal((await run('backup', target)).status, 0)
    const server = await serve()
    const refused = await run('restore', target)
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /in use by another process/)
    assert.equal((await fetch(`${server.origin}/fhir/Patient/p1`)).status, 200)
    assert.deepEqual(
      readdirSync(folder).filter((name) => /restoring|before/.test(name)),
      [],
    )
  })

  it('refuses a damaged store, and leaves no copy', async () => {
    await write('one')
    damage(file)
    const target = join(folder, 'copy.db')
    const done = await run('backup', target)
    assert.equal(done.status, 1)
    assert.match(done.stderr, /can not be copied. It is damaged/)
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('copy')),
      [],
    )
  })

  it('refuses a backup that is damaged, cut off, of a later release, or something else, and changes nothing', async () => {
    await write('one')
    const target = join(folder, 'copy.db')
    assert.equal((await run('backup', target)).status, 0)
    await write('two')
    const bad: [name: string, make: (path: string) => void, says: RegExp][] = [
      ['damaged', damage, /It is damaged/],
      ['cut', (path) => writeFileSync(path, readFileSync(path).subarray(0, 40_000)), /damaged/],
      ['text', (path) => writeFileSync(path, 'no database at all'), /damaged/],
      ['empty', (path) => writeFileSync(path, ''), /empty|no store|damaged/],
      ['later', (path) => sql(path, 'pragma user_version = 99'), /schema version 99/],
      ['other', (path) => sql(path, 'pragma application_id = 7'), /another program/],
    ]
    for (const [name, make, says] of bad) {
      const path = join(folder, `${name}.db`)
      copyFileSync(target, path)
      make(path)
      const done = await run('restore', path)
      assert.equal(done.status, 1, `${name}: ${done.stdout}`)
      assert.match(done.stderr, says)
      assert.doesNotMatch(done.stderr, /at .*\.ts/)
      assert.equal(await noteOf(), 'two')
    }
    assert.deepEqual(
      readdirSync(folder).filter((name) => /restoring|before/.test(name)),
      [],
    )
  })

  it('says what is missing, and how it is called', async () => {
    assert.match((await run('backup', join(folder, 'x.db'))).stderr, /There is no store/)
    assert.match((await run('restore', join(folder, 'x.db'))).stderr, /There is no backup/)
    for (const args of [
      ['backup'],
      ['backup', 'a', 'b'],
      ['backup', '--x'],
      ['restore'],
      ['restore', '--x'],
    ]) {
      const { status, stderr } = await run(...args)
      assert.equal(status, 2)
      assert.match(stderr, /^Usage: ieum/)
    }
    const memory = await ieum(['backup', 'x.db'], { STORE_URL: 'sqlite::memory:' })
    assert.deepEqual(
      [memory.status, memory.stderr.trim()],
      [2, 'A store in memory can not be copied'],
    )
  })

  it('leaves MongoDB to its own tools', async () => {
    for (const command of ['backup', 'restore']) {
      const { status, stderr } = await ieum([command, 'x'], { STORE_URL: 'mongodb://h/ieum' })
      assert.equal(status, 2)
      assert.match(stderr, /mongodump .*--oplog/)
    }
  })

  const sql = (path: string, text: string): void => {
    const db = new DatabaseSync(path)
    db.exec(text)
    db.close()
  }
})
