// Three readers, one meaning: what queries find among resources at random, in SQLite, in MongoDB and in memory.
// https://hl7.org/fhir/R4/search.html
// A pair is a resource and a query about its type. AGREEMENT_WORLDS says how many small worlds are made (100).
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { MongoClient } from 'mongodb'
import { Failure } from '../../src/errors.ts'
import type { Query } from '../../src/fhir/message.ts'
import { matches, type Candidate, type Others } from '../../src/search/match.ts'
import type { Plan } from '../../src/search/plan.ts'
import { openMongoStore } from '../../src/store/mongo/store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Change, Store } from '../../src/store/store.ts'
import { expandPlan } from '../../src/terminology/expand.ts'
import { createRegistry } from '../../src/conformance/registry.ts'
import { createTerminology } from '../../src/terminology/terminology.ts'
import { databaseUrl, startMongo, type TestMongo } from '../support/mongo.ts'
import { search, world, type Fields } from './queries.ts'
import { BASE, extract, parameters, plan } from './room.ts'

const WORLDS = Number(process.env.AGREEMENT_WORLDS ?? 100)

const members = (value: object, end: string): string => {
  const text = JSON.stringify(value)
  return text === '{}' ? end : `,${text.slice(1, -1)}${end}`
}

const putOf = (resource: Fields): Change => {
  const { resourceType: type, id, meta, ...others } = resource
  const content = {
    metaRest: members(meta ?? {}, ''),
    rest: members(others, '}'),
    entries: extract(resource),
  }
  return { kind: 'put', type, id, method: 'PUT', content }
}

const candidateOf = (resource: Fields): Candidate => ({
  type: resource.resourceType,
  id: resource.id,
  updated: 0,
  entries: extract(resource),
})

const among = (all: readonly Candidate[]): Others => ({
  resolve: (type, id) => all.find((one) => one.type === type && one.id === id),
  referrers: (_candidate, types) => all.filter(({ type }) => types.includes(type)),
  sharers: (types) => all.filter(({ type }) => types.includes(type)),
})

/** Undefined for what is refused: not all that is put together at random makes sense. */
function planOf(type: string, query: Query): Plan | undefined {
  try {
    return { ...plan(type, query, { strict: true }).plan, count: 1000 }
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** Compares a store with match.ts; gives the number of pairs and of matches. */
async function compare(
  open: () => Promise<Store>,
  worlds: number,
  searches: number,
): Promise<{ pairs: number; found: number }> {
  const store = await open()
  const terminology = createTerminology(store, parameters, {
    folder: join(tmpdir(), 'ieum-test-definitions'),
    baseUrl: BASE,
    conformance: createRegistry(store, parameters),
  })
  let pairs = 0
  let found = 0
  const judge = async (resources: readonly Fields[], asked: Plan, said: string): Promise<void> => {
    const all = resources.map(candidateOf)
    const others = among(all)
    const wanted = await expandPlan(asked, terminology)
    const ofType = all.filter(({ type }) => wanted.types?.includes(type) === true)
    const expected = ofType
      .filter((one) => matches(one, wanted.where, others))
      .map(({ id }) => id)
      .sort()
    const { matches: got } = await store.search(wanted)
    assert.deepEqual(got.map(({ id }) => id).sort(), expected, said)
    pairs += ofType.length
    found += expected.length
  }
  try {
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.array(search, { minLength: 1, maxLength: searches * 2, size: 'max' }),
        async (resources, asked) => {
          await store.commit(resources.map(putOf))
          try {
            for (const { type, query } of asked) {
              const wanted = planOf(type, query)
              if (wanted === undefined) continue
              await judge(resources, wanted, JSON.stringify([type, query]))
            }
          } finally {
            await store.commit(
              resources.map(({ resourceType: type, id }) => ({ kind: 'delete', type, id })),
            )
          }
        },
      ),
      { numRuns: worlds },
    )
  } finally {
    await store.close()
  }
  return { pairs, found }
}

describe('three readers agree', function () {
  this.timeout(600_000)

  it('SQLite and match', async () => {
    const { pairs, found } = await compare(() => openSqliteStore(':memory:'), WORLDS, 100)
    // Pairs that are all matches, or none, would show nothing.
    assert.ok(pairs > WORLDS * 150, `${pairs} pairs`)
    assert.ok(found > pairs * 0.03 && found < pairs * 0.8, `${found} of ${pairs}`)
  })

  describe('and MongoDB', () => {
    let mongo: TestMongo | undefined
    let url = ''
    before(async () => {
      mongo = await startMongo()
      url = databaseUrl(mongo.uri, `ieum_readers_${process.pid}_${Date.now().toString(36)}`)
    })
    after(async () => {
      if (mongo === undefined) return
      const client = new MongoClient(url)
      await client.db().dropDatabase()
      await client.close()
      await mongo.stop()
    })

    it('on fewer', async () => {
      const { pairs, found } = await compare(
        () => openMongoStore(url, { timeoutMs: 60_000 }),
        Math.ceil(WORLDS / 10),
        80,
      )
      assert.ok(pairs > 500, `${pairs} pairs`)
      assert.ok(found > pairs * 0.02 && found < pairs * 0.8, `${found} of ${pairs}`)
    })
  })
})
