// Travellers of three countries, registered again with the errors of registers: nearly all are found, and nobody else.
// `npm run bench:match` measures the same among 20,000 and more.
import assert from 'node:assert/strict'
import { ask, register, tally } from '../../../bench/match.ts'
import { resident, stranger, traveller, type Traveller } from '../../../bench/travellers.ts'
import { nationalIdentifierProblem } from '../../../src/validation/national-identifier.ts'
import { onBothStores } from '../../support/server.ts'

onBothStores('travellers', (server) => {
  it('are found, and nobody else for sure', async function () {
    this.timeout(60_000)
    const { context } = server()
    const isMongo = context.config.storeUrl.startsWith('mongodb')
    const people = isMongo ? 60 : 600
    await register(context, people)
    const asked: Traveller[] = []
    for (let i = 0; i < people; i++) asked.push(traveller(i))
    for (let i = 0; i < people / 4; i++) asked.push(stranger(i, people))
    const results = []
    for (const one of asked) results.push({ asked: one, found: await ask(context, one) })
    const { members, right, wrong } = tally(results)
    assert.equal(members, people)
    assert.ok((right.certain ?? 0) / members >= (isMongo ? 0.9 : 0.97), JSON.stringify(right))
    assert.ok((wrong.certain ?? 0) <= 1, JSON.stringify(wrong))
  })
})

describe('travellers', () => {
  it('have numbers that pass their checks', () => {
    for (let i = 0; i < 300; i++)
      for (const { system, value } of resident(i).identifier as { system: string; value: string }[])
        assert.equal(nationalIdentifierProblem(system, value), undefined, `${system} ${value}`)
  })

  it('are the same at each run', () => {
    assert.deepEqual(traveller(7), traveller(7))
    assert.notDeepEqual(traveller(7), traveller(8))
  })
})
