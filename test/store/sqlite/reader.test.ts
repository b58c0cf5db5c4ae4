// Heavy searches run beside the main thread: the same answers, bounded in time, and light work does not wait for them.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Condition, Plan } from '../../../src/search/plan.ts'
import { HUGE } from '../../../src/store/sqlite/source.ts'
import { openSqliteReader, openSqliteStore } from '../../../src/store/sqlite/store.ts'
import type { Store } from '../../../src/store/store.ts'
import { date, plan, put, string, token } from '../contract/resource.ts'

const COUNT = 3 * HUGE
const TYPES = { types: ['Observation'] }

/** Nothing has it, and to find that out every resource must be looked at. */
const NEEDLE: Condition = {
  kind: 'string',
  paths: ['Observation.note'],
  op: 'contains',
  value: 'needle',
}

/** The same, with much to do for each of them. */
const endless: Condition = {
  kind: 'and',
  of: [
    ...Array.from({ length: 60 }, (_, i): Condition => ({
      kind: 'not',
      of: { kind: 'string', paths: ['Observation.note'], op: 'contains', value: `x${i}` },
    })),
    NEEDLE,
  ],
}

const refuse = () => Promise.reject(new Error('reads only'))
const READS_ONLY = {
  commit: refuse,
  ready: refuse,
  trail: { settle: () => Promise.resolve(), made: refuse, publish: refuse },
}

describe('SQLite reader threads', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'ieum-readers-'))
  const file = join(folder, 'store.db')
  let store: Store

  before(async () => {
    store = await openSqliteStore(file)
    for (let i = 0; i < COUNT; i += 2000)
      await store.commit(
        Array.from({ length: Math.min(2000, COUNT - i) }, (_, j) =>
          put('Observation', `o${i + j}`, [
            token('Observation.code', `c${(i + j) % 2}`, 'urn:s'),
            string('Observation.note', `note ${i + j}`),
            date('Observation.date', i + j, i + j + 1),
          ]),
        ),
      )
  })
  after(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })

  const codes = (code: string): Condition => ({
    kind: 'token',
    paths: ['Observation.code'],
    system: 'urn:s',
    code,
  })
  const plans: Record<string, [Plan, number]> = {
    'a test of every resource': [plan(NEEDLE, TYPES), 0],
    'a large source with a test that nothing fulfils': [
      plan({ kind: 'and', of: [codes('c1'), NEEDLE] }, TYPES),
      0,
    ],
    'a large source sorted by what has an index': [
      plan(codes('c1'), {
        ...TYPES,
        count: 5,
        sort: [{ by: 'date', paths: ['Observation.date'], descending: true }],
      }),
      5,
    ],
    'a large source sorted by two keys': [
      plan(codes('c1'), {
        ...TYPES,
        count: 5,
        sort: [
          { by: 'token', paths: ['Observation.code'], descending: false },
          { by: 'date', paths: ['Observation.date'], descending: true },
        ],
      }),
      5,
    ],
  }
  for (const [what, [wanted, size]] of Object.entries(plans))
    it(`answer ${what}`, async () => {
      const found = await store.search(wanted)
      assert.equal(found.matches.length, size)
      if (size > 0) assert.equal(found.matches[0]?.id, `o${COUNT - 1}`)
    })

  it('count exactly', async () => {
    assert.equal(await store.count(plan(codes('c0'), TYPES)), COUNT / 2)
    const found = await store.search(plan(codes('c0'), { ...TYPES, count: 3, total: true }))
    assert.equal(found.total, COUNT / 2)
    assert.equal((await store.search(plan(codes('c0'), { ...TYPES, count: 0 }))).total, COUNT / 2)
  })

  it('see what was committed just before', async () => {
    await store.commit([put('Observation', 'fresh', [string('Observation.note', 'needle here')])])
    assert.equal((await store.search(plan(NEEDLE, TYPES))).matches[0]?.id, 'fresh')
    await store.commit([{ kind: 'delete', type: 'Observation', id: 'fresh' }])
    assert.equal((await store.search(plan(NEEDLE, TYPES))).matches.length, 0)
  })

  it('do not delay light work by more than a moment', async () => {
    const heavy = Array.from({ length: 4 }, () => store.search(plan(endless, TYPES)))
    let longest = 0
    let reads = 0
    let done = false
    const all = Promise.allSettled(heavy).then(() => (done = true))
    // Each turn of this thread has one read, so what a turn costs is what a read waits for.
    for (let last = process.threadCpuUsage(); !done && reads < 20_000; reads++) {
      await store.read('Observation', 'o1')
      await new Promise((resolve) => setImmediate(resolve))
      const { user, system } = process.threadCpuUsage(last)
      longest = Math.max(longest, (user + system) / 1000)
      last = process.threadCpuUsage()
    }
    await all
    assert.ok(reads > 10, `${reads} reads`)
    // 50 ms is the aim, on a machine whose CPU is as fast as most.
    assert.ok(longest < 150, `a read waited for ${longest.toFixed(0)} ms of work`)
  })

  it('end what takes too long, and what nobody waits for', async () => {
    const hasty = await openSqliteReader(file, READS_ONLY, {
      threads: 1,
      budgetMs: 1,
    })
    try {
      await assert.rejects(hasty.search(plan(endless, TYPES)), { kind: 'too-costly' })
      await assert.rejects(hasty.count(plan(endless, TYPES)), { kind: 'too-costly' })
      assert.equal((await hasty.read('Observation', 'o1'))?.id, 'o1')
    } finally {
      await hasty.close()
    }
    await assert.rejects(store.search(plan(endless, TYPES), { cancelled: () => true }))
    assert.equal((await store.search(plan(NEEDLE, TYPES))).matches.length, 0)
  })

  it('close while at work', async () => {
    const other = await openSqliteReader(file, READS_ONLY)
    const work = other.search(plan(endless, TYPES))
    await Promise.all([other.close(), assert.rejects(work)])
  })
})
