// delete, https://hl7.org/fhir/R4/http.html#delete
import assert from 'node:assert/strict'
import { assertRefused } from '../http/outcome.ts'
import { onBothStores } from '../support/server.ts'
import { countOf, patient, unique, versions } from './bundles.ts'

onBothStores('delete', (server) => {
  const remove = (id: string, headers: Record<string, string> = {}) =>
    server().send('DELETE', `/Patient/${id}`, undefined, headers)
  const made = async (): Promise<string> => {
    const id = unique()
    await server().send('PUT', `/Patient/${id}`, patient(id, { id }))
    return id
  }

  it('hides the resource from reads and searches, and keeps its past', async () => {
    const id = await made()
    const answer = await remove(id)
    assert.equal(answer.status, 204)
    assert.equal(answer.text, '')
    assert.equal(answer.headers.get('etag'), 'W/"2"')
    assert.equal((await server().send('GET', `/Patient/${id}`)).status, 410)
    assert.equal(await countOf(server(), 'Patient', id), 0)
    assert.equal((await server().send('GET', `/Patient/${id}/_history/1`)).status, 200)
  })

  it('may be repeated, without another version', async () => {
    const id = await made()
    await remove(id)
    const before = await versions(server())
    const again = await remove(id)
    assert.equal(again.status, 204)
    assert.equal(again.headers.get('etag'), 'W/"2"')
    assert.equal(await versions(server()), before)
  })

  it('of what never was leaves nothing behind', async () => {
    const id = unique()
    assert.equal((await remove(id)).status, 204)
    assert.equal((await server().send('GET', `/Patient/${id}`)).status, 404)
    assert.equal((await server().send('GET', `/Patient/${id}/_history`)).status, 404)
  })

  it('says what it did when an outcome is preferred', async () => {
    const id = await made()
    const prefer = { prefer: 'return=OperationOutcome' }
    const first = await remove(id, prefer)
    assert.equal(first.status, 200)
    assert.equal(first.body.resourceType, 'OperationOutcome')
    assert.match(first.body.issue[0].diagnostics as string, /Deleted/)
    assert.equal(first.headers.get('etag'), 'W/"2"')
    assert.match((await remove(id, prefer)).body.issue[0].diagnostics as string, /nothing/)
    assert.equal((await remove(await made(), { prefer: 'return=minimal' })).status, 204)
  })

  const matches: [header: string, status: number][] = [
    ['W/"1"', 204],
    ['W/"2"', 412],
    ['W/"0"', 412],
    ['one', 400],
  ]
  for (const [header, status] of matches)
    it(`If-Match: ${header} on version 1 → ${status}`, async () => {
      const id = await made()
      const answer = await remove(id, { 'if-match': header })
      if (status === 204) assert.equal(answer.status, 204)
      else assertRefused(server(), answer, status)
      const now = await server().send('GET', `/Patient/${id}`)
      assert.equal(now.status, status === 204 ? 410 : 200)
    })

  it('If-Match on what is gone, or never was → 412', async () => {
    const id = await made()
    await remove(id)
    for (const version of [1, 2])
      assertRefused(server(), await remove(id, { 'if-match': `W/"${version}"` }), 412)
    assertRefused(server(), await remove(unique(), { 'if-match': 'W/"1"' }), 412)
  })

  it('of twenty at once makes one version', async function () {
    this.timeout(60_000)
    const id = await made()
    const answers = await Promise.all(Array.from({ length: 20 }, () => remove(id)))
    assert.ok(answers.every((a) => a.status === 204 && a.headers.get('etag') === 'W/"2"'))
  })

  it('knows types and ids only', async () => {
    assertRefused(server(), await server().send('DELETE', '/Patiant/p'), 404)
    assertRefused(server(), await remove('a_b'), 400)
    for (const path of ['/', '/metadata', '/Patient/p/_history', '/Patient/p/_history/1'])
      assertRefused(server(), await server().send('DELETE', path), 405)
  })
})
