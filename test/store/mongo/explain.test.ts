// Each kind of leaf is found by an index, with few keys more than it finds; MongoDB itself says so.
// https://www.mongodb.com/docs/manual/reference/explain-results/
// A server that only speaks MongoDB's protocol has a planner of its own: there the same tests show that the account of a
// search counts what was found, and the rest waits for MONGODB_TEST_URI or mongod.
import assert from 'node:assert/strict'
import { MongoClient } from 'mongodb'
import type { Leaf } from '../../../src/search/plan.ts'
import { stepOf } from '../../../src/store/mongo/explain.ts'
import { openMongoStore } from '../../../src/store/mongo/store.ts'
import type { Step, Store } from '../../../src/store/store.ts'
import { databaseUrl, startMongo, type TestMongo } from '../../support/mongo.ts'
import {
  date,
  number,
  plan,
  put,
  quantity,
  reference,
  string,
  token,
} from '../contract/resource.ts'

const COUNT = 400
const of = <T extends string>(path: T) => [`Observation.${path}`] as const
const point = { low: 100, high: 100 }

/** Each finds some of the 400. */
const LEAVES: readonly (readonly [Leaf, number])[] = [
  [{ kind: 'token', paths: of('t'), system: 'urn:s', code: 'c7' }, 10],
  [{ kind: 'token', paths: of('t'), code: 'c7' }, 10],
  [{ kind: 'string', paths: of('s'), op: 'starts', value: 'n1' }, 100],
  [{ kind: 'string', paths: of('s'), op: 'equals', value: 'n100' }, 1],
  [{ kind: 'string', paths: of('s'), op: 'exact', value: 'N100' }, 1],
  [{ kind: 'date', paths: of('d'), op: 'eq', low: 100, high: 110 }, 10],
  [{ kind: 'date', paths: of('d'), op: 'lt', ...point }, 100],
  [{ kind: 'date', paths: of('d'), op: 'le', low: 100, high: 101 }, 101],
  [{ kind: 'date', paths: of('d'), op: 'gt', low: 100, high: 390 }, 10],
  [{ kind: 'date', paths: of('d'), op: 'ge', low: 390, high: 391 }, 10],
  [{ kind: 'date', paths: of('d'), op: 'sa', low: 100, high: 390 }, 10],
  [{ kind: 'date', paths: of('d'), op: 'eb', ...point }, 100],
  [{ kind: 'number', paths: of('n'), op: 'eq', low: 100, high: 110 }, 10],
  [{ kind: 'number', paths: of('n'), op: 'lt', ...point }, 100],
  [{ kind: 'number', paths: of('n'), op: 'gt', low: 390, high: 390 }, 9],
  [{ kind: 'quantity', paths: of('q'), op: 'eq', low: 100, high: 110, code: 'mg' }, 10],
  [{ kind: 'quantity', paths: of('q'), op: 'lt', ...point }, 100],
  [{ kind: 'quantity', paths: of('q'), op: 'gt', low: 390, high: 390 }, 9],
  [{ kind: 'reference', paths: of('r'), type: 'Patient', id: 'p7' }, 10],
  [{ kind: 'uri', paths: of('u'), op: 'equals', value: 'urn:u:100' }, 1],
  [{ kind: 'uri', paths: of('u'), op: 'below', value: 'urn:u:100' }, 1],
]

describe('store/mongo/explain', function () {
  this.timeout(120_000)
  let mongo: TestMongo | undefined
  let url = ''
  let store: Store
  let isMongod = false

  before(async () => {
    mongo = await startMongo()
    url = databaseUrl(mongo.uri, `ieum_explain_${process.pid}_${Date.now().toString(36)}`)
    const client = new MongoClient(url)
    const server = await client.db().command({ buildInfo: 1 })
    isMongod = !('secantusVersion' in server)
    await client.close()
    store = await openMongoStore(url, { timeoutMs: 60_000 })
    await store.commit(
      Array.from({ length: COUNT }, (_, i) =>
        put('Observation', `o${i}`, [
          token('Observation.t', `c${i % 40}`, 'urn:s'),
          token('Observation.t', `other${i}`, 'urn:s'),
          string(
            'Observation.s',
            `n${String(i).padStart(3, '0')}`,
            `N${String(i).padStart(3, '0')}`,
          ),
          date('Observation.d', i, i + 1),
          number('Observation.n', i),
          quantity('Observation.q', i, ['urn:x', 'mg', 'mg']),
          reference('Observation.r', 'Patient', `p${i % 40}`),
          { kind: 'uri', path: 'Observation.u', group: 0, value: `urn:u:${i}` },
        ]),
      ),
    )
  })
  after(async () => {
    await store.close()
    const connection = new MongoClient(url)
    await connection.db().dropDatabase()
    await connection.close()
    await mongo?.stop()
  })

  for (const [leaf, found] of LEAVES)
    it(JSON.stringify(leaf), async () => {
      const steps: Step[] = []
      const page = plan(leaf, { types: ['Observation'], count: 1000 })
      const { matches } = await store.search(page, { explained: (step) => void steps.push(step) })
      assert.equal(matches.length, found)
      const [step] = steps
      assert.equal(step?.returned, found)
      if (!isMongod) return
      const stages = step.plan.join(' < ')
      assert.match(stages, /IXSCAN/)
      assert.doesNotMatch(stages, /COLLSCAN/)
      assert.ok((step.keys ?? Infinity) <= 3 * found + 3, `${step.keys} keys: ${stages}`)
    })

  it('reads accounts of find, of pipelines, and of a cluster', () => {
    const ix = { stage: 'IXSCAN', indexName: 't.p_1' }
    const winningPlan = { stage: 'FETCH', inputStage: ix }
    const executionStats = {
      nReturned: 2,
      executionTimeMillis: 1,
      totalKeysExamined: 3,
      totalDocsExamined: 4,
      executionStages: { stage: 'FETCH', nReturned: 2 },
    }
    const once = { queryPlanner: { winningPlan, rejectedPlans: [{ stage: 'X' }] }, executionStats }
    const said = { text: '', returned: 2, looked: 4, keys: 3, ms: 1 }
    const lines = ['FETCH', 'IXSCAN t.p_1']
    assert.deepEqual(stepOf('', once), { ...said, plan: lines })
    assert.deepEqual(stepOf('', { stages: [{ $cursor: once }, { $limit: 3 }] }), {
      ...said,
      plan: lines,
    })
    const slots = { queryPlanner: { winningPlan: { queryPlan: winningPlan } }, executionStats }
    assert.deepEqual(stepOf('', slots), { ...said, plan: lines })
    const shards = { a: once, b: { stages: [{ $cursor: once }] } }
    assert.deepEqual(stepOf('', { shards }), {
      text: '',
      returned: 4,
      looked: 8,
      keys: 6,
      ms: 2,
      plan: [...lines, ...lines],
    })
  })
})
