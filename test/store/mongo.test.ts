// The hub's store passes the contract on a MongoDB, and what only it can show: several processes on one database,
// a database that goes away and comes back, a server without transactions.
import { MongoClient } from 'mongodb'
import { openMongoStore } from '../../src/store/mongo/store.ts'
import { databaseUrl, startMongo, type TestMongo } from '../support/mongo.ts'
import { contract } from './contract.ts'

describe('MongoDB', function () {
  this.timeout(300_000)
  let mongo: TestMongo | undefined
  const run = `ieum_test_${String(process.pid)}_${Date.now().toString(36)}`
  const databases: string[] = []

  const fresh = (): string => {
    const name = `${run}_${String(databases.length)}`
    databases.push(name)
    return databaseUrl(mongo?.uri ?? '', name)
  }

  before(async () => {
    mongo = await startMongo()
  })

  after(async () => {
    if (mongo === undefined) return
    const client = new MongoClient(mongo.uri)
    for (const name of databases) await client.db(name).dropDatabase()
    await client.close()
    await mongo.stop()
  })

  contract('MongoDB', () => openMongoStore(fresh(), { timeoutMs: 60_000 }))
})
