// The full text of the embedded store follows what is written: later, but never too late for who asks.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Condition } from '../../../src/search/plan.ts'
import { openSqliteMaintenance } from '../../../src/store/sqlite/check.ts'
import { openSqliteReader, openSqliteStore } from '../../../src/store/sqlite/store.ts'
import type { Change, Store } from '../../../src/store/store.ts'
import { matching, plan, put, remove } from '../contract/resource.ts'

const saying = (id: string, note: string): Change => put('Basic', id, [], note)
const has = (word: string): Condition => ({
  kind: 'words',
  paths: ['Basic._content'],
  of: { op: 'is', word },
})

describe('SQLite full text', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-words-'))
  let count = 0
  let file = ''
  let store: Store

  beforeEach(async () => {
    file = join(folder, `${String(count++)}.db`)
    store = await openSqliteStore(file)
  })
  afterEach(() => store.close())
  after(() => {
    rmSync(folder, { recursive: true })
  })

  /** Resources that another connection sees and whose words aren't there yet. */
  const behind = (): number => {
    const db = new DatabaseSync(file, { readOnly: true })
    try {
      const row = db
        .prepare(
          `select count(*) as n from resource
            where seq > coalesce((select seq from full_text_mark), 0)`,
        )
        .get()
      return (row as { n: number }).n
    } finally {
      db.close()
    }
  }

  it('is left behind by writes until a search asks, and from then on is not', async () => {
    await store.commit([saying('a', 'red'), saying('b', 'green')])
    assert.equal(behind(), 2)
    assert.deepEqual(await matching(store, has('red')), ['a'])
    assert.equal(behind(), 0)
    await Promise.all([store.commit([saying('c', 'red')]), store.commit([saying('d', 'red')])])
    assert.equal(behind(), 0)
    assert.deepEqual(await matching(store, has('red')), ['a', 'c', 'd'])
    assert.equal(await store.count(plan(has('red'))), 3)
  })

  it('follows when there is time, without being asked', async () => {
    await store.commit([saying('a', 'red')])
    for (let i = 0; i < 100 && behind() > 0; i++) await sleep(100)
    assert.equal(behind(), 0)
  })

  it('is right of what changed before and after it was read, and after a restart', async () => {
    await store.commit([saying('a', 'red'), saying('b', 'red'), saying('c', 'red')])
    assert.deepEqual(await matching(store, has('red')), ['a', 'b', 'c'])
    await store.close()
    store = await openSqliteStore(file)
    await store.commit([saying('a', 'green'), remove('Basic', 'b'), saying('d', 'red')])
    assert.equal(behind(), 3)
    await store.close()
    store = await openSqliteStore(file)
    assert.deepEqual(await matching(store, has('green')), ['a'])
    assert.deepEqual(await matching(store, has('red')), ['c', 'd'])
    assert.deepEqual(await matching(store, { kind: 'not', of: has('red') }), ['a'])
  })

  it('has what a large commit wrote, asked before or after', async () => {
    const many = (prefix: string) =>
      Array.from({ length: 300 }, (_, i) => saying(`${prefix}${String(i)}`, prefix))
    await store.commit(many('x'))
    assert.equal(await store.count(plan(has('x'))), 300)
    const [, found] = await Promise.all([store.commit(many('y')), store.count(plan(has('x')))])
    assert.equal(found, 300)
    assert.equal(behind(), 0)
    assert.equal(await store.count(plan(has('y'))), 300)
  })

  it('judges the conditions of a commit by what the ones before it wrote', async () => {
    const none = { plan: plan(has('red')), ids: [] }
    const results = await Promise.all([
      store.commit([saying('a', 'red')], [none]),
      store.commit([saying('b', 'red')], [none]),
    ])
    assert.deepEqual(
      results.map(({ ok }) => ok),
      [true, false],
    )
    assert.deepEqual(await matching(store, has('red')), ['a'])
  })

  it('misses nothing that was acknowledged, while others write', async () => {
    let last = -1
    let isOver = false
    const writing = (async () => {
      for (let i = 0; !isOver; i++) {
        await store.commit([saying(`n${String(i)}`, 'red')])
        last = i
      }
    })()
    for (let i = 0; i < 60; i++) {
      const least = last + 1
      assert.ok((await store.count(plan(has('red')))) >= least)
      await sleep(2)
    }
    isOver = true
    await writing
    assert.ok(last > 60)
  })

  it('is brought up to date by the process that writes, for one that only reads', async () => {
    let asked = 0
    const ready = async () => {
      asked++
      await store.fullText?.ready()
    }
    const commit: Store['commit'] = (...args) => store.commit(...args)
    const unasked = () => Promise.reject(new Error('not asked for'))
    const trail = { settle: () => Promise.resolve(), made: unasked, publish: unasked }
    const reader = await openSqliteReader(file, { commit, ready, trail })
    try {
      await store.commit([saying('a', 'red')])
      assert.deepEqual(await matching(reader, has('red')), ['a'])
      await reader.commit([saying('b', 'red')])
      assert.deepEqual(await matching(reader, has('red')), ['a', 'b'])
      assert.equal(asked, 1, 'commits keep it up to date for a while')
    } finally {
      await reader.close()
    }
  })

  it('is no damage where it is behind', async () => {
    await store.commit([saying('a', 'red'), saying('b', 'red')])
    assert.deepEqual(await matching(store, has('red')), ['a', 'b'])
    await store.close()
    store = await openSqliteStore(file)
    await store.commit([saying('a', 'green'), remove('Basic', 'b'), saying('c', 'red')])
    await store.close()
    assert.equal(behind(), 3)
    const maintenance = await openSqliteMaintenance(file)
    const findings: unknown[] = []
    await maintenance.check({
      extract: () => [],
      repair: false,
      onFinding: (finding) => findings.push(finding),
    })
    await maintenance.close()
    assert.deepEqual(findings, [])
    store = await openSqliteStore(file)
  })
})
