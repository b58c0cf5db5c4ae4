// Pages, histories and answers to Bundles end before they fill the memory, and the links lead to all that is there.
import assert from 'node:assert/strict'
import { onBothStores, type TestServer } from '../support/server.ts'

const LARGE = 'QUJD'.repeat(2_500_000)

onBothStores('size', function (server) {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  before(async function () {
    this.timeout(60_000)
    for (const id of ids) {
      const answer = await server().send(
        'PUT',
        `/Binary/${id}`,
        { resourceType: 'Binary', id, contentType: 'text/plain', data: LARGE },
        { prefer: 'return=minimal' },
      )
      assert.equal(answer.status, 201, answer.text)
      await server().send('PUT', `/DocumentReference/${id}`, {
        resourceType: 'DocumentReference',
        id,
        status: 'current',
        content: [{ attachment: { contentType: 'text/plain', url: `Binary/${id}` } }],
      })
    }
    const basic = await server().send('PUT', '/Basic/all', {
      resourceType: 'Basic',
      id: 'all',
      code: { text: 'x' },
      extension: [{ url: 'urn:x', valueString: 'x' }],
    })
    assert.equal(basic.status, 201)
  })

  const queries = [
    '/Binary?_count=1000',
    '/Binary?_sort=_id',
    '/Binary?_sort=-_lastUpdated',
    '/Binary?_id=a,b,c,d,e,f,g',
    '/Binary/_history',
  ]
  for (const query of queries)
    it(`${query} comes on several pages, each with some, none twice`, async () => {
      const found = await allOf(server(), query)
      assert.ok(found.pages > 2, `${found.pages} pages`)
      assert.deepEqual(found.ids.toSorted(), ids)
    }).timeout(60_000)

  it('the answers to a batch of reads are told to be asked for one by one when they are too much', async () => {
    const { status, body } = await server().send('POST', '/', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [...ids, ...ids].map((id) => ({ request: { method: 'GET', url: `Binary/${id}` } })),
    })
    assert.equal(status, 200)
    const statuses = body.entry.map((e: any) => Number(e.response.status.slice(0, 3)))
    assert.equal(statuses.length, 14)
    assert.ok(statuses.includes(200))
    assert.ok(statuses.includes(403))
  }).timeout(60_000)

  it('a transaction whose answers would be too much writes nothing', async () => {
    const { status, body } = await server().send('POST', '/', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: { resourceType: 'Patient', id: 'no' },
          request: { method: 'PUT', url: 'Patient/no' },
        },
        ...ids.map((id) => ({ request: { method: 'GET', url: `Binary/${id}` } })),
      ],
    })
    assert.equal(status, 403)
    assert.equal(body.issue[0].code, 'too-costly')
    assert.equal((await server().send('GET', '/Patient/no')).status, 404)
  }).timeout(60_000)
})

async function allOf(server: TestServer, query: string): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = []
  let pages = 0
  let next: string | undefined = query
  while (next !== undefined) {
    const { status, text, body } = await server.send('GET', next)
    assert.equal(status, 200, text.slice(0, 300))
    assert.ok(text.length < 40_000_000, `${text.length} characters on a page`)
    assert.ok(body.entry?.length > 0, 'a page has something')
    for (const { resource } of body.entry) ids.push(resource.id as string)
    next = body.link.find((l: any) => l.relation === 'next')?.url
    pages++
  }
  return { ids, pages }
}
