// A rolling restart of a hub: each of its servers is replaced in turn, behind a balancer, and no request fails.
import assert from 'node:assert/strict'
import { MongoClient } from 'mongodb'
import { databaseUrl, startMongo, type TestMongo } from '../support/mongo.ts'
import { until } from '../support/time.ts'
import { openBalancer, type Balancer } from './balancer.ts'
import { putBasic, startLoad, startProcess, type ServerProcess } from './process.ts'

describe('rolling restart (MongoDB)', function () {
  this.timeout(180_000)
  let mongo: TestMongo
  let url = ''
  let balancer: Balancer
  let servers: ServerProcess[] = []
  const start = () =>
    startProcess({
      STORE_URL: url,
      DRAIN_SECONDS: '3',
      BASE_URL: 'http://hub.example.org/fhir',
      MONGO_TIMEOUT_MS: '20000',
    })

  before(async () => {
    mongo = await startMongo()
    url = databaseUrl(mongo.uri, `ieum_roll_${String(process.pid)}_${Date.now().toString(36)}`)
    balancer = await openBalancer()
    servers = [await start(), await start()]
    for (const { origin } of servers) balancer.add(origin)
    await until('both are ready', () => balancer.ready() === 2)
  })
  after(async () => {
    for (const server of servers) await server.kill()
    await balancer.close()
    const client = new MongoClient(url)
    await client.db().dropDatabase()
    await client.close()
    await mongo.stop()
  })

  it('replaces every server under load without a failed request', async () => {
    const ids = 20
    const load = startLoad(4, (i) =>
      i % 2 === 0 || i < 2 * ids
        ? putBasic(balancer.origin, `r${String(i % ids)}`, String(i))
        : { url: `${balancer.origin}/fhir/Basic/r${String(i % ids)}` },
    )
    await until('the load is on', () => load.done() > 2 * ids)
    const counts: number[] = []
    for (const old of [...servers]) {
      const next = await start()
      balancer.add(next.origin)
      await until('the new one is ready', () => balancer.ready() === 3)
      old.signal('SIGTERM')
      assert.equal(await old.ended, 0)
      balancer.remove(old.origin)
      servers = [...servers.filter((one) => one !== old), next]
      counts.push(load.done())
    }
    const before = load.done()
    await until('the load goes on', () => load.done() >= before + 20 || load.failures.length > 0)
    await load.stop()
    assert.deepEqual(load.failures, [])
    assert.ok(counts[0]! > 0 && counts[1]! > counts[0]!, counts.join(', '))
    const answer = await fetch(`${balancer.origin}/fhir/Basic/r0`)
    assert.equal(answer.status, 200)
  })
})
