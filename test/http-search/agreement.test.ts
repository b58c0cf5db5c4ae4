// The two stores, filled alike with the demonstration network, give the same answers.
// https://hl7.org/fhir/R4/search.html
// Must not compare what is a store's own: times, and the order where none was asked for.
import assert from 'node:assert/strict'
import { MongoClient } from 'mongodb'
import type { Serving } from '../../src/cli/serve.ts'
import { seedDemo } from '../../src/job/seed.ts'
import { databaseUrl, startMongo, type TestMongo } from '../support/mongo.ts'
import { client, startTestServer, type TestServer } from '../support/server.ts'
import { ask } from './ask.ts'
import { NETWORK_QUERIES } from './network-queries.ts'

type Answer = { matches: string[]; included: string[]; pages: number; total: number | undefined }

describe('the same network on two stores', function () {
  this.timeout(240_000)
  let mongo: TestMongo | undefined
  let url: string
  const servings: Serving[] = []
  let sqlite: TestServer
  let mongodb: TestServer

  before(async () => {
    mongo = await startMongo()
    url = databaseUrl(mongo.uri, `ieum_agreement_${process.pid}_${Date.now().toString(36)}`)
    for (const STORE_URL of ['sqlite::memory:', url]) {
      const serving = await startTestServer({ STORE_URL })
      servings.push(serving)
      await seedDemo(serving.context)
    }
    ;[sqlite, mongodb] = servings.map(client) as [TestServer, TestServer]
  })
  after(async () => {
    for (const serving of servings) await serving.close()
    if (mongo === undefined) return
    const connection = new MongoClient(url)
    await connection.db().dropDatabase()
    await connection.close()
    await mongo.stop()
  })

  /** All pages of a search. */
  const collect = async (server: TestServer, query: string): Promise<Answer> => {
    const path = /[?&]_count=/.test(query)
      ? query
      : `${query}${query.includes('?') ? '&' : '?'}_count=200`
    const matches: string[] = []
    const included = new Set<string>()
    let pages = 0
    let total: number | undefined
    for (let next: string | undefined = `${path}&_total=accurate`; next !== undefined; pages++) {
      const page = await ask(server, next, { prefer: 'handling=strict' })
      matches.push(...page.matches.map((r) => `${r.resourceType}/${r.id}`))
      for (const one of page.included) included.add(one)
      total = page.body.total
      next = page.next
      assert.ok(pages < 500, 'the pages have no end')
    }
    assert.equal(new Set(matches).size, matches.length, 'a match came twice')
    assert.equal(total, matches.length)
    // Without an order of their own, pages may be cut in another way, and bring other resources beside the matches.
    if (!query.includes('_sort')) matches.sort()
    return { matches, included: [...included].sort(), pages, total }
  }

  let finding = 0
  const compare = async (query: string): Promise<void> => {
    const [here, there] = [await collect(sqlite, query), await collect(mongodb, query)]
    assert.deepEqual(there, here)
    if (here.matches.length > 0) finding++
  }

  describe('for the people of the network', () => {
    for (const query of NETWORK_QUERIES) it(query, () => compare(query))
    it('with something found by most', () => {
      assert.ok(finding > NETWORK_QUERIES.length * 0.8, `${finding} of ${NETWORK_QUERIES.length}`)
    })
  })
})
