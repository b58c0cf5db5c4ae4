// What searches find, over HTTP on both stores, as the tables of scenarios say.
// https://hl7.org/fhir/R4/search.html
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { ask, fill } from './ask.ts'
import { SCENARIOS } from './scenarios.ts'

onBothStores('search finds', (server) => {
  before(() => fill(server()))

  for (const [title, scenarios] of Object.entries(SCENARIOS))
    describe(title, () => {
      for (const [query, ids] of scenarios)
        it(`${query} → ${ids.join(', ') || 'nothing'}`, async () => {
          const found = await ask(server(), query, { prefer: 'handling=strict' })
          assert.deepEqual([...found.ids].sort(), [...ids].sort())
          assert.equal(found.body.total ?? ids.length, ids.length)
        })
    })
})
