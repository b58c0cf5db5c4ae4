import assert from 'node:assert/strict'
import { MongoClient } from 'mongodb'
import type { Condition } from '../../../src/search/plan.ts'
import { withoutChains } from '../../../src/store/mongo/chain.ts'
import { compile } from '../../../src/store/mongo/compile.ts'
import { openSchema, type Collections } from '../../../src/store/mongo/schema.ts'
import { openMongoStore } from '../../../src/store/mongo/store.ts'
import { databaseUrl, startMongo, type TestMongo } from '../../support/mongo.ts'
import { put, reference, token } from '../contract/resource.ts'

describe('store/mongo/chain', function () {
  this.timeout(120_000)
  let mongo: TestMongo | undefined
  let connection: MongoClient
  let collections: Collections

  before(async () => {
    mongo = await startMongo()
    const name = `ieum_chain_${process.pid}_${Date.now().toString(36)}`
    const store = await openMongoStore(databaseUrl(mongo.uri, name), { timeoutMs: 60_000 })
    await store.commit([
      ...Array.from({ length: 30 }, (_, i) =>
        put('Patient', `p${i}`, [token('Patient.gender', i % 2 === 0 ? 'female' : 'male')]),
      ),
      ...Array.from({ length: 60 }, (_, i) =>
        put('Observation', `o${i}`, [
          reference('Observation.subject', 'Patient', `p${i % 30}`),
          token('Observation.code', i < 8 ? 'rare' : 'common'),
        ]),
      ),
    ])
    await store.close()
    connection = new MongoClient(mongo.uri)
    collections = await openSchema(connection.db(name))
  })
  after(async () => {
    await collections.resource.db.dropDatabase()
    await connection.close()
    await mongo?.stop()
  })

  const paths = ['Observation.subject']
  const ofWomen: Condition = {
    kind: 'refers',
    paths,
    types: ['Patient'],
    where: { kind: 'token', paths: ['Patient.gender'], code: 'female' },
  }
  const coded = (code: string): Condition => ({ kind: 'token', paths: ['Observation.code'], code })
  const observed = (code: string): Condition => ({
    kind: 'referred',
    paths,
    types: ['Observation'],
    where: coded(code),
  })
  const find = async (type: string, where: Condition, most: number): Promise<number> => {
    const plain = await withoutChains(collections.resource, where, { most })
    return collections.resource.countDocuments(compile([type], plain))
  }
  const and = (...of: Condition[]): Condition => ({ kind: 'and', of })

  it('looks at as many as it may', async () => {
    assert.equal(await find('Observation', ofWomen, 15), 30)
    assert.equal(await find('Patient', observed('common'), 30), 30)
  })

  it('begins at the other end where a chain leads through too many', async () => {
    assert.equal(await find('Observation', and(ofWomen, coded('rare')), 8), 4)
    const women = ofWomen.kind === 'refers' ? ofWomen.where : ofWomen
    const some: Condition = { kind: 'id', ids: ['p1', 'p2', 'p9'], type: 'Patient' }
    assert.equal(await find('Patient', and(observed('common'), some), 8), 3)
    assert.equal(await find('Patient', and(observed('rare'), some, women), 8), 1)
    const deep: Condition = { ...observed('rare'), where: and(coded('rare'), ofWomen) } as Condition
    assert.equal(await find('Patient', deep, 8), 4)
  })

  it('refuses what leads through too many from both ends', async () => {
    for (const where of [ofWomen, and(ofWomen), and(ofWomen, coded('common'))])
      await assert.rejects(find('Observation', where, 8), { kind: 'too-costly' })
  })
})
