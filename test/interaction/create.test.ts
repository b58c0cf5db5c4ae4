// create and conditional create, https://hl7.org/fhir/R4/http.html#create
import assert from 'node:assert/strict'
import { assertRefused, createdId, type Expected } from '../http/outcome.ts'
import { onBothStores } from '../support/server.ts'
import { countOf, observation, patient, unique, versions } from './bundles.ts'

onBothStores('create', (server) => {
  const post = (body: unknown, headers: Record<string, string> = {}, path = '/Patient') =>
    server().send('POST', path, body, headers)

  it('takes no condition in the URL, where it would be passed over in silence', async () => {
    const name = unique()
    const answer = await post(patient(name), {}, `/Patient?identifier=urn:x|${name}`)
    assert.equal(answer.status, 400)
    assert.match(answer.body.issue[0].diagnostics, /If-None-Exist/)
    assert.equal(await countOf(server(), 'Patient', name), 0)
    assert.equal((await post(patient(name), {}, '/Patient?_format=json')).status, 201)
  })

  it('stores a new resource and says where and which version it is', async () => {
    const name = unique()
    const before = Math.floor(Date.now() / 1000) * 1000
    const answer = await post(patient(name, { active: true }))
    assert.equal(answer.status, 201)
    const id = createdId(answer)
    assert.equal(answer.headers.get('location'), `${server().base}/Patient/${id}/_history/1`)
    assert.equal(answer.headers.get('etag'), 'W/"1"')
    assert.match(answer.headers.get('content-type')!, /^application\/fhir\+json/)
    const modified = Date.parse(answer.headers.get('last-modified')!)
    assert.ok(modified >= before && modified <= Date.now())
    const { meta, ...rest } = answer.body
    assert.deepEqual(rest, { id, ...patient(name, { active: true }) })
    assert.equal(meta.versionId, '1')
    assert.equal(Math.floor(Date.parse(meta.lastUpdated as string) / 1000) * 1000, modified)
    assert.deepEqual((await server().send('GET', `/Patient/${id}`)).body, answer.body)
  })

  it('gives an id and a version of its own, whatever the client sends', async () => {
    const name = unique()
    const meta = {
      versionId: '7',
      lastUpdated: '2001-01-01T00:00:00Z',
      source: 'urn:clinic',
      profile: ['http://example.org/p'],
    }
    const answer = await post(patient(name, { id: 'mine', meta }))
    assert.equal(answer.status, 201)
    assert.notEqual(answer.body.id, 'mine')
    assert.equal(answer.body.meta.versionId, '1')
    assert.notEqual(answer.body.meta.lastUpdated, meta.lastUpdated)
    const { versionId, lastUpdated, ...others } = answer.body.meta
    assert.deepEqual(others, { source: 'urn:clinic', profile: meta.profile })
    assert.equal((await server().send('GET', '/Patient/mine')).status, 404)
  })

  it('makes two of the same resource sent twice', async () => {
    const name = unique()
    const [one, other] = [await post(patient(name)), await post(patient(name))]
    assert.notEqual(createdId(one), createdId(other))
    assert.equal(await countOf(server(), 'Patient', name), 2)
  })

  const preferences: [prefer: string, has: string | undefined][] = [
    ['return=minimal', undefined],
    ['return=representation', 'Patient'],
    ['return=OperationOutcome', 'OperationOutcome'],
    ['handling=strict, return=minimal', undefined],
    ['respond-async; return="minimal"', undefined],
    ['RETURN=minimal', undefined],
    ['return=something', 'Patient'],
  ]
  for (const [prefer, has] of preferences)
    it(`Prefer: ${prefer} → ${has ?? 'no body'}`, async () => {
      const answer = await post(patient(unique()), { prefer })
      assert.equal(answer.status, 201)
      assert.equal(answer.body?.resourceType, has)
      assert.equal(answer.headers.get('etag'), 'W/"1"')
      assert.ok(createdId(answer))
      if (has === undefined) assert.equal(answer.text, '')
    })

  describe('If-None-Exist', () => {
    it('creates where nothing matches, answers with the match, refuses where several do', async () => {
      const name = unique()
      const condition = { 'if-none-exist': `identifier=urn:test|${name}` }
      const made = await post(patient(name), condition)
      assert.equal(made.status, 201)

      const again = await post(patient(name, { active: true }), condition)
      assert.equal(again.status, 200)
      assert.equal(createdId(again), createdId(made))
      assert.equal(again.headers.get('etag'), 'W/"1"')
      assert.equal(again.body.active, undefined, 'the one that is there, as it is')

      await post(patient(name))
      const before = await versions(server())
      assertRefused(server(), await post(patient(name), condition), 412, {
        code: 'multiple-matches',
      })
      assert.equal(await versions(server()), before)
    })

    it('may be written with the type or a question mark in front', async () => {
      const name = unique()
      await post(patient(name))
      for (const condition of [`Patient?identifier=${name}`, `?identifier=urn%3Atest%7C${name}`])
        assert.equal((await post(patient(name), { 'if-none-exist': condition })).status, 200)
    })

    it('doesn’t find what was deleted', async () => {
      const name = unique()
      const id = createdId(await post(patient(name)))
      await server().send('DELETE', `/Patient/${id}`)
      const made = await post(patient(name), { 'if-none-exist': `identifier=${name}` })
      assert.equal(made.status, 201)
      assert.notEqual(createdId(made), id)
    })

    it('of twenty at once lets one create', async function () {
      this.timeout(60_000)
      const name = unique()
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          post(patient(name), { 'if-none-exist': `identifier=urn:test|${name}` }),
        ),
      )
      const made = answers.filter((a) => a.status === 201)
      assert.equal(made.length, 1)
      assert.ok(answers.every((a) => a.status === 201 || a.status === 200))
      assert.equal(new Set(answers.map(createdId)).size, 1)
      assert.equal(await countOf(server(), 'Patient', name), 1)
    })

    for (const condition of ['', '?', 'nmae=Kim', '_count=1', '_format=json', 'Observation?code=x'])
      it(`"${condition}" is refused`, async () => {
        const before = await versions(server())
        const answer = await post(patient(unique()), { 'if-none-exist': condition })
        assertRefused(server(), answer, 400)
        assert.equal(await versions(server()), before)
      })
  })

  type Refusal = [what: string, path: string, body: unknown, status: number, Expected]
  const refusals: Refusal[] = [
    ['another type than the URL', '/Patient', observation(), 400, { expression: 'Observation' }],
    ['no body', '/Patient', undefined, 400, { says: /body/ }],
    ['an empty body', '/Patient', ' \n', 400, { says: /body/ }],
    ['no resourceType', '/Patient', { active: true }, 400, { expression: 'resourceType' }],
    ['a type that isn’t one', '/Patient', { resourceType: 'Patiant' }, 400, { says: /Patiant/ }],
    ['a type of another kind', '/Patient', { resourceType: 7 }, 400, {}],
    ['an abstract type', '/Resource', { resourceType: 'Resource' }, 404, {}],
    ['a data type', '/HumanName', { resourceType: 'HumanName' }, 404, {}],
    ['an unknown type in the URL', '/Patiant', patient('x'), 404, { code: 'not-supported' }],
    ['a type in lower case', '/patient', patient('x'), 404, { says: /patient/ }],
    ['an array', '/Patient', [patient('x')], 400, {}],
    ['null', '/Patient', 'null', 400, {}],
    ['a string', '/Patient', '"Patient"', 400, {}],
    ['text that isn’t JSON', '/Patient', '{"resourceType":', 400, { says: /line 1, column \d+/ }],
    [
      'an unknown element',
      '/Patient',
      patient('x', { gendr: 'male' }),
      422,
      { expression: 'Patient', says: /gendr.*gender/ },
    ],
    [
      'a code out of its value set',
      '/Patient',
      patient('x', { gender: 'mann' }),
      422,
      { expression: 'Patient.gender' },
    ],
    [
      'a date that doesn’t exist',
      '/Patient',
      patient('x', { birthDate: '2023-02-30' }),
      422,
      { expression: 'Patient.birthDate' },
    ],
    [
      'a required element left out',
      '/Observation',
      { resourceType: 'Observation', status: 'final' },
      422,
      { expression: 'Observation', says: /code/ },
    ],
    [
      'an empty string',
      '/Patient',
      patient('x', { name: [{ family: '' }] }),
      422,
      { expression: 'Patient.name[0].family' },
    ],
  ]
  for (const [what, path, body, status, expected] of refusals)
    it(`${what} → ${status}, and nothing is stored`, async () => {
      const before = await versions(server())
      assertRefused(server(), await post(body, {}, path), status, expected)
      assert.equal(await versions(server()), before)
    })

  it('a POST to an id is no interaction', async () => {
    const answer = await post(patient('x'), {}, '/Patient/p1')
    assertRefused(server(), answer, 405, { code: 'not-supported' })
    assert.equal(answer.headers.get('allow'), 'GET, HEAD, PUT, PATCH, DELETE')
  })
})
