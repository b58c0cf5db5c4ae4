// Chains, _has, lists, terminology and filters find what they must, over HTTP on both stores.
// https://hl7.org/fhir/R4/search.html
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { ask } from './ask.ts'
import { INCLUDES, REACH, REACHING, REFUSED } from './reach.ts'

onBothStores('search reaches', (server) => {
  before(async () => {
    const { status, text } = await server().send('POST', '', REACHING)
    assert.equal(status, 200, text)
  })
  const strict = { prefer: 'handling=strict' }

  for (const [title, scenarios] of Object.entries(REACH))
    describe(title, () => {
      for (const [query, ids] of scenarios)
        it(`${query} → ${ids.join(', ') || 'nothing'}`, async () => {
          const found = await ask(server(), query, strict)
          assert.deepEqual([...found.ids].sort(), [...ids].sort())
          const { body } = await ask(server(), `${query}&_summary=count`, strict)
          assert.equal(body.total, ids.length)
          assert.deepEqual(found.outcomes, [])
        })
    })

  describe('what is included', () => {
    for (const [query, included] of INCLUDES)
      it(`${query} → ${included.join(', ')}`, async () => {
        const found = await ask(server(), query, strict)
        assert.deepEqual(found.included, included.toSorted())
      })
  })

  describe('and refuses', () => {
    for (const [query, status, says] of REFUSED)
      it(query, async () => {
        const answer = await server().send('GET', `/${query}`)
        assert.equal(answer.status, status, answer.text)
        assert.match(answer.body.issue[0].diagnostics, says)
        assert.equal(answer.body.issue[0].severity, 'error')
      })
  })

  it('sees what was stored a moment ago', async () => {
    const put = async (codes: readonly string[]): Promise<void> => {
      const { status } = await server().send('PUT', '/ValueSet/moving', {
        resourceType: 'ValueSet',
        id: 'moving',
        url: 'urn:x:moving',
        status: 'active',
        compose: {
          include: [{ system: 'urn:x:animals', concept: codes.map((code) => ({ code })) }],
        },
      })
      assert.ok(status < 300)
    }
    await put(['dog'])
    assert.deepEqual((await ask(server(), 'Basic?code:in=urn:x:moving')).ids, ['b-dog'])
    await put(['owl'])
    assert.deepEqual((await ask(server(), 'Basic?code:in=urn:x:moving')).ids, ['b-owl'])
  })

  it('asks a terminology in conditions of writes, too', async () => {
    const basic = {
      resourceType: 'Basic',
      code: { coding: [{ system: 'urn:x:animals', code: 'owl' }] },
    }
    const condition = { 'if-none-exist': 'code:below=urn:x:animals|dog' }
    const there = await server().send('POST', '/Basic', basic, condition)
    assert.equal(there.status, 200, there.text)
    const some = await server().send('POST', '/Basic', basic, {
      'if-none-exist': 'code:below=urn:x:animals|animal',
    })
    assert.equal(some.status, 412)
  })
})

onBothStores(
  'includes that do not fit on a page',
  (server) => {
    before(async () => {
      const put = (type: string, id: string, fields: object) => ({
        resource: { resourceType: type, id, ...fields },
        request: { method: 'PUT', url: `${type}/${id}` },
      })
      const entry = [
        put('Patient', 'p', {}),
        ...Array.from({ length: 23 }, (_, i) =>
          put('Observation', `o${i}`, {
            status: 'final',
            code: { text: 'x' },
            subject: { reference: 'Patient/p' },
          }),
        ),
      ]
      const { status, text } = await server().send('POST', '', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry,
      })
      assert.equal(status, 200, text)
    })

    it('follow on pages of their own, all of them', async () => {
      let page = await ask(server(), 'Patient?_id=p&_revinclude=Observation:patient')
      assert.deepEqual(page.ids, ['p'])
      const included = [...page.included]
      let pages = 1
      while (page.next !== undefined) {
        page = await ask(server(), page.next)
        pages++
        assert.deepEqual(page.ids, [])
        assert.ok(page.included.length > 0 && page.included.length <= 10)
        included.push(...page.included)
      }
      assert.equal(pages, 3)
      assert.equal(new Set(included).size, 23)
      assert.equal(included.length, 23)
    })
  },
  { MAX_PAGE_SIZE: '10' },
)
