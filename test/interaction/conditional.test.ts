// Conditional update, patch and delete, https://hl7.org/fhir/R4/http.html#cond-update
import assert from 'node:assert/strict'
import { assertRefused, createdId } from '../http/outcome.ts'
import { onBothStores, type TestServer } from '../support/server.ts'
import { countOf, patient, unique, versions } from './bundles.ts'

const condition = (name: string): string => `/Patient?identifier=urn:test|${name}`

const several = async (server: TestServer, count: number): Promise<string> => {
  const name = unique()
  for (let i = 0; i < count; i++) await server.send('POST', '/Patient', patient(name))
  return name
}

onBothStores('conditional update', (server) => {
  const put = (name: string, body: unknown, headers: Record<string, string> = {}) =>
    server().send('PUT', condition(name), body, headers)

  it('creates with an id of ours where nothing matches', async () => {
    const name = unique()
    const answer = await put(name, patient(name))
    assert.equal(answer.status, 201)
    assert.equal(answer.headers.get('etag'), 'W/"1"')
    assert.equal(answer.body.id, createdId(answer))
  })

  it('creates with the id in the body where nothing matches', async () => {
    const name = unique()
    const answer = await put(name, patient(name, { id: name }))
    assert.equal(answer.status, 201)
    assert.equal(createdId(answer), name)
  })

  it('updates the one that matches, with its id in the body or none', async () => {
    const name = await several(server(), 1)
    const first = await put(name, patient(name, { active: true }))
    assert.equal(first.status, 200)
    assert.equal(first.headers.get('etag'), 'W/"2"')
    const id = createdId(first)
    const second = await put(name, patient(name, { id, active: false }))
    assert.equal(second.status, 200)
    assert.equal(second.headers.get('etag'), 'W/"3"')
    assert.equal(await countOf(server(), 'Patient', name), 1)
  })

  it('makes no version without a change', async () => {
    const name = await several(server(), 1)
    assert.equal((await put(name, patient(name))).headers.get('etag'), 'W/"1"')
  })

  it('refuses an id that isn’t that of the match', async () => {
    const name = await several(server(), 1)
    assertRefused(server(), await put(name, patient(name, { id: unique() })), 400, {
      expression: 'Patient.id',
    })
  })

  it('refuses an id that another resource has', async () => {
    const other = await server().send('POST', '/Patient', patient(unique()))
    const name = unique()
    const answer = await put(name, patient(name, { id: createdId(other) }))
    assertRefused(server(), answer, 409, { expression: 'Patient.id' })
  })

  it('takes the id of a resource that was deleted', async () => {
    const other = createdId(await server().send('POST', '/Patient', patient(unique())))
    await server().send('DELETE', `/Patient/${other}`)
    const name = unique()
    const answer = await put(name, patient(name, { id: other }))
    assert.equal(answer.status, 201)
    assert.equal(answer.headers.get('etag'), 'W/"3"')
  })

  for (const id of ['a_b', '', 7, ['abc'], { a: 1 }, true, null])
    it(`refuses the id ${JSON.stringify(id)}`, async () => {
      const name = unique()
      const answer = await put(name, patient(name, { id }))
      assert.ok(answer.status === 400 || answer.status === 422, answer.text)
      assertRefused(server(), answer, answer.status)
    })

  it('refuses where several match', async () => {
    const name = await several(server(), 2)
    const before = await versions(server())
    assertRefused(server(), await put(name, patient(name, { active: true })), 412, {
      code: 'multiple-matches',
    })
    assert.equal(await versions(server()), before)
  })

  it('heeds If-Match on what it finds', async () => {
    const name = await several(server(), 1)
    const active = patient(name, { active: true })
    assertRefused(server(), await put(name, active, { 'if-match': 'W/"9"' }), 412)
    assert.equal((await put(name, active, { 'if-match': 'W/"1"' })).status, 200)
  })

  for (const query of ['', '?', '?_count=1', '?_format=json', '?nmae=x', '?identifier:nonsense=x'])
    it(`"${query}" is no condition`, async () => {
      const before = await versions(server())
      const answer = await server().send('PUT', `/Patient${query}`, patient(unique()))
      assertRefused(server(), answer, 400)
      assert.equal(await versions(server()), before)
    })

  it('takes _format and _pretty beside the condition', async () => {
    const name = await several(server(), 1)
    const answer = await server().send(
      'PUT',
      `${condition(name)}&_format=json&_pretty=true`,
      patient(name, { active: true }),
    )
    assert.equal(answer.status, 200)
    assert.match(answer.text, /^\{\n {2}"/)
  })

  it('of twenty at once makes one resource', async function () {
    this.timeout(60_000)
    const name = unique()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        put(name, patient(name, { birthDate: String(1950 + i) })),
      ),
    )
    assert.deepEqual(
      [201, 200].map((status) => answers.filter((a) => a.status === status).length),
      [1, 19],
    )
    assert.equal(await countOf(server(), 'Patient', name), 1)
    const { body } = await server().send('GET', condition(name))
    assert.equal(body.entry[0].resource.meta.versionId, '20')
  })
})

onBothStores('conditional patch', (server) => {
  const JSON_PATCH = { 'content-type': 'application/json-patch+json' }
  const patch = (name: string, headers: Record<string, string> = {}) =>
    server().send('PATCH', condition(name), '[{"op":"add","path":"/active","value":true}]', {
      ...JSON_PATCH,
      ...headers,
    })

  it('changes the one that matches', async () => {
    const name = await several(server(), 1)
    const answer = await patch(name)
    assert.equal(answer.status, 200)
    assert.equal(answer.body.active, true)
    assert.equal(answer.headers.get('etag'), 'W/"2"')
  })

  it('refuses none and several', async () => {
    assertRefused(server(), await patch(unique()), 404, { code: 'not-found' })
    const before = await versions(server())
    assertRefused(server(), await patch(await several(server(), 2)), 412, {
      code: 'multiple-matches',
    })
    assert.equal(await versions(server()), before + 2)
  })

  it('heeds If-Match on what it finds', async () => {
    const name = await several(server(), 1)
    assertRefused(server(), await patch(name, { 'if-match': 'W/"9"' }), 412)
    assert.equal((await patch(name, { 'if-match': 'W/"1"' })).status, 200)
  })

  it('needs a condition', async () => {
    for (const query of ['', '?nmae=x'])
      assertRefused(
        server(),
        await server().send('PATCH', `/Patient${query}`, '[]', JSON_PATCH),
        400,
      )
  })
})

onBothStores('conditional delete of one', (server) => {
  const remove = (name: string, headers: Record<string, string> = {}) =>
    server().send('DELETE', condition(name), undefined, headers)

  it('deletes the one that matches', async () => {
    const name = await several(server(), 1)
    const answer = await remove(name)
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.get('etag'), 'W/"2"')
    assert.equal(await countOf(server(), 'Patient', name), 0)
  })

  it('has nothing to do where nothing matches', async () => {
    const before = await versions(server())
    assert.equal((await remove(unique())).status, 204)
    assert.equal(await versions(server()), before)
  })

  it('refuses where several match, and says how many it may', async () => {
    const name = await several(server(), 2)
    assertRefused(server(), await remove(name), 412, { code: 'multiple-matches' })
    assert.equal(await countOf(server(), 'Patient', name), 2)
  })

  it('heeds If-Match on what it finds', async () => {
    const name = await several(server(), 1)
    assertRefused(server(), await remove(name, { 'if-match': 'W/"9"' }), 412)
    assert.equal(await countOf(server(), 'Patient', name), 1)
    assert.equal((await remove(name, { 'if-match': 'W/"1"' })).status, 204)
  })

  it('never deletes all for want of a condition', async () => {
    await several(server(), 1)
    const before = await versions(server())
    for (const query of ['', '?', '?_count=10', '?nmae=x', '?name=', '?_format=json'])
      assertRefused(server(), await server().send('DELETE', `/Patient${query}`), 400)
    assert.equal(await versions(server()), before)
  })
})

onBothStores(
  'conditional delete of many',
  (server) => {
    it('deletes all that match, in one go', async () => {
      const name = await several(server(), 5)
      const other = await several(server(), 1)
      const answer = await server().send('DELETE', condition(name), undefined, {
        prefer: 'return=OperationOutcome',
      })
      assert.equal(answer.status, 200)
      assert.match(answer.body.issue[0].diagnostics as string, /5/)
      assert.equal(await countOf(server(), 'Patient', name), 0)
      assert.equal(await countOf(server(), 'Patient', other), 1)
    })

    it('answers 204 for one, many and none', async () => {
      for (const count of [0, 1, 3])
        assert.equal(
          (await server().send('DELETE', condition(await several(server(), count)))).status,
          204,
        )
    })

    it('still needs a condition', async () => {
      assertRefused(server(), await server().send('DELETE', '/Patient?_count=10'), 400)
    })
  },
  { CONDITIONAL_DELETE: 'multiple' },
)
