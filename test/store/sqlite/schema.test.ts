// Schema versions of the embedded store: older ones are brought up, later ones and other programs' files are refused
// with what to do about it.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { checksum } from '../../../src/store/checksum.ts'
import { STEPS } from '../../../src/store/sqlite/schema.ts'
import { openSqliteStore } from '../../../src/store/sqlite/store.ts'
import { put } from '../contract/resource.ts'

describe('schema of the embedded store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-schema-'))
  let files = 0
  const fresh = (): string => join(folder, `${String(files++)}.db`)
  after(() => {
    rmSync(folder, { recursive: true })
  })

  const edit = (file: string, sql: string): void => {
    const db = new DatabaseSync(file)
    db.exec(sql)
    db.close()
  }

  it('brings a store of version 1 up, with checksums of what it holds', async () => {
    const file = fresh()
    const text = (version: number) =>
      `{"resourceType":"Basic","id":"a","meta":{"versionId":"${String(version)}","lastUpdated":"2024-01-0${String(version)}T00:00:00.000Z"},"note":"옛"}`
    const seq = (version: number) => Date.parse(`2024-01-0${String(version)}`) * 2048
    edit(
      file,
      `${STEPS[0] ?? ''}; pragma user_version = 1;
       insert into type (name) values ('Basic');
       insert into history values (${String(seq(1))}, 1, 1, 1, 0, '${text(1)}');
       insert into history values (${String(seq(2))}, 1, 1, 2, 3, null);
       insert into resource values (1, 1, 1, 3, ${String(seq(3))}, 1, 0, 'a', '${text(3)}');
       insert into resource values (2, 1, 2, 1, ${String(seq(4))}, 3, 0, 'b', null);`,
    )
    const store = await openSqliteStore(file)
    assert.equal((await store.read('Basic', 'a'))?.text, text(3))
    assert.equal((await store.vread('Basic', 'a', 1))?.text, text(1))
    await store.commit([put('Basic', 'a', [], 'new')])
    assert.equal((await store.vread('Basic', 'a', 3))?.text, text(3))
    await store.close()

    const db = new DatabaseSync(file)
    const hashes = (table: string) =>
      db
        .prepare(`select text, hash from ${table}`)
        .all()
        .map((row) => [row.text, row.hash])
    for (const [kept, hash] of [...hashes('resource'), ...hashes('history')])
      assert.equal(hash, kept === null ? null : checksum(kept as string))
    assert.equal(hashes('history').length, 3)
    db.close()
  })

  it('says which release reads a store of a later version', async () => {
    const file = fresh()
    await (await openSqliteStore(file)).close()
    edit(file, `pragma user_version = 99; insert into release values (99, '7.8.9')`)
    await assert.rejects(
      openSqliteStore(file),
      /schema version 99.*Use release 7\.8\.9, or a later one/,
    )
    edit(file, 'drop table release')
    await assert.rejects(openSqliteStore(file), /schema version 99.*Use the release that wrote it/)
  })

  it('refuses a database of another program, and leaves it alone', async () => {
    const file = fresh()
    edit(file, 'create table bookmarks (url text)')
    await assert.rejects(openSqliteStore(file), /database of another program/)
    edit(file, 'pragma user_version = 1')
    await assert.rejects(openSqliteStore(file), /database of another program/)
    edit(file, 'pragma user_version = 2')
    await assert.rejects(openSqliteStore(file), /database of another program/)
    const db = new DatabaseSync(file)
    assert.deepEqual(
      db
        .prepare('select name from sqlite_schema')
        .all()
        .map(({ name }) => name),
      ['bookmarks'],
    )
    db.close()
  })

  it('undoes a step that fails in the middle', async () => {
    const file = fresh()
    edit(file, `${STEPS[0] ?? ''}; pragma user_version = 1; create table release (name text)`)
    await assert.rejects(openSqliteStore(file), /release/)
    const db = new DatabaseSync(file)
    assert.equal(db.prepare('pragma user_version').get()?.user_version, 1)
    assert.equal(db.prepare(`select count(*) as n from pragma_table_info('resource')`).get()?.n, 9)
    db.close()
  })
})
