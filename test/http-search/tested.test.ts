// A search that would look at too much one by one is refused rather than run; what an index answers never is.
// https://hl7.org/fhir/R4/search.html
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { ask } from './ask.ts'

const PATIENTS = 600
const MOST = 256

onBothStores(
  'search bounded in what it tests',
  (server) => {
    before(async () => {
      const entry = Array.from({ length: PATIENTS }, (_, i) => ({
        request: { method: 'PUT', url: `Patient/p${i}` },
        resource: {
          resourceType: 'Patient',
          id: `p${i}`,
          gender: i % 2 === 0 ? 'female' : 'male',
          name: [{ family: `Family${i}` }],
        },
      }))
      const bundle = { resourceType: 'Bundle', type: 'transaction', entry }
      const { status, text } = await server().send('POST', '', bundle)
      assert.equal(status, 200, text)
    })

    for (const query of [
      'name:contains=nowhere',
      'name:contains=mily&_summary=count',
      'gender:not=male&_total=accurate&_count=2',
      'name:contains=mily&_sort=name,gender',
      'name:missing=true',
    ])
      it(`refuses ${query}`, async () => {
        const { status, body, text } = await server().send('GET', `/Patient?${query}`)
        assert.equal(status, 403, text)
        assert.equal(body.issue[0].code, 'too-costly')
        assert.match(body.issue[0].diagnostics, /more than 256 resources/)
      })

    for (const [query, total] of [
      ['gender=male&_total=accurate&_count=2', PATIENTS / 2],
      ['name=family&_total=accurate&_count=2', PATIENTS],
      ['name:exact=Family7&_total=accurate&_count=2', 1],
      ['name:exact=family7,Family8&_summary=count', 1],
      ['_total=accurate&_count=2', PATIENTS],
      ['name=family7&gender:not=male&_count=0', 5],
    ] as const)
      it(`answers ${query}`, async () => {
        assert.equal((await ask(server(), `Patient?${query}`)).body.total, total)
      })

    it('answers a page that is full before it comes so far', async () => {
      const first = await ask(server(), 'Patient?gender:not=male&_count=20')
      assert.equal(first.ids.length, 20)
      assert.equal((await ask(server(), first.next ?? '')).ids.length, 20)
    })
  },
  { SEARCH_MAX_TESTED: String(MOST) },
)
