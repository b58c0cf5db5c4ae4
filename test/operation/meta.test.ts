// $meta, $meta-add and $meta-delete.
import assert from 'node:assert/strict'
import { observation, patient, unique, versions } from '../interaction/bundles.ts'
import { onBothStores } from '../support/server.ts'

const given = (valueMeta: unknown) => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta }],
})
const RED = { system: 'urn:colour', code: 'red', display: 'Red' }
const BLUE = { system: 'urn:colour', code: 'blue' }

onBothStores('meta', (server) => {
  const put = async (meta?: object): Promise<string> => {
    const id = unique()
    const resource = patient(id, { id, ...(meta === undefined ? {} : { meta }) })
    assert.equal((await server().send('PUT', `/Patient/${id}`, resource)).status, 201)
    return id
  }
  const labels = (body: any) => {
    assert.equal(body.resourceType, 'Parameters')
    assert.equal(body.parameter.length, 1)
    assert.equal(body.parameter[0].name, 'return')
    const meta = { ...body.parameter[0].valueMeta }
    assert.match(meta.lastUpdated as string, /Z$/)
    delete meta.lastUpdated
    return meta
  }

  it('is that of the current version, or of the one named', async () => {
    const id = await put({ tag: [RED] })
    await server().send('PUT', `/Patient/${id}`, patient(id, { id, meta: { tag: [BLUE] } }))
    const now = await server().send('GET', `/Patient/${id}/$meta`)
    assert.deepEqual(labels(now.body), { versionId: '2', tag: [BLUE] })
    assert.equal(now.headers.get('etag'), 'W/"2"')
    const then = await server().send('GET', `/Patient/${id}/_history/1/$meta`)
    assert.deepEqual(labels(then.body), { versionId: '1', tag: [RED] })
  })

  it('of a type or of the system has what is in use there, each once', async () => {
    const [one, two] = [`urn:profile:${unique()}`, { system: 'urn:in-use', code: unique() }]
    for (let i = 0; i < 3; i++) await put({ profile: [one], tag: [two] })
    await server().send('POST', '/Basic', {
      resourceType: 'Basic',
      meta: { security: [{ system: 'urn:in-use', code: 'R' }] },
      code: { text: 'x' },
    })
    const ofType = (await server().send('GET', '/Patient/$meta')).body.parameter[0].valueMeta
    assert.equal(ofType.profile.filter((p: string) => p === one).length, 1)
    assert.equal(ofType.tag.filter((t: any) => t.code === two.code).length, 1)
    assert.equal(ofType.security, undefined)
    const all = (await server().send('GET', '/$meta')).body.parameter[0].valueMeta
    assert.ok(all.security.some((t: any) => t.code === 'R'))
    assert.ok(all.tag.some((t: any) => t.code === two.code))
    const none = await server().send('GET', '/Account/$meta')
    assert.deepEqual(none.body.parameter, [{ name: 'return' }])
  })

  it('grows by what is added, in a new version that has all else', async () => {
    const id = await put({ profile: ['http://p/1'], tag: [RED], source: 'urn:s' })
    const { status, body } = await server().send(
      'POST',
      `/Patient/${id}/$meta-add`,
      given({
        profile: ['http://p/1', 'http://p/2'],
        tag: [{ ...RED, display: 'rot' }, BLUE],
        security: [BLUE],
      }),
    )
    assert.equal(status, 200)
    const grown = { profile: ['http://p/1', 'http://p/2'], tag: [RED, BLUE], security: [BLUE] }
    assert.deepEqual(labels(body), { versionId: '2', source: 'urn:s', ...grown })
    const stored = await server().send('GET', `/Patient/${id}`)
    assert.equal(stored.body.identifier[0].value, id)
    assert.deepEqual(stored.body.meta.tag, [RED, BLUE])
    const found = await server().send(
      'GET',
      `/Patient?_tag=urn:colour|blue&identifier=urn:test|${id}`,
    )
    assert.equal(found.body.entry.length, 1, 'the index knows the new tag')
  })

  it('shrinks by what is deleted; what is not there is passed over', async () => {
    const id = await put({ profile: ['http://p/1'], tag: [RED, BLUE] })
    const { body } = await server().send(
      'POST',
      `/Patient/${id}/$meta-delete`,
      given({
        profile: ['http://p/1'],
        tag: [{ system: 'urn:colour', code: 'red' }, { code: 'blue' }],
        security: [RED],
      }),
    )
    assert.deepEqual(labels(body), { versionId: '2', tag: [BLUE] })
  })

  for (const [name, meta] of [
    ['meta-add', { tag: [RED] }],
    ['meta-delete', { tag: [BLUE] }],
    ['meta-add', {}],
  ] as const)
    it(`stays in its version when ${name} of ${JSON.stringify(meta)} changes nothing`, async () => {
      const id = await put({ tag: [RED] })
      const before = await versions(server())
      // An empty Meta is no FHIR; a Meta that says nothing here has its own version only.
      const sent = Object.keys(meta).length > 0 ? meta : { versionId: '9' }
      const { status, body } = await server().send('POST', `/Patient/${id}/$${name}`, given(sent))
      assert.equal(status, 200)
      assert.deepEqual(labels(body), { versionId: '1', tag: [RED] })
      assert.equal(await versions(server()), before)
    })

  it('keeps the digits of the resource', async () => {
    const id = unique()
    const text = JSON.stringify(observation({ id, valueQuantity: { value: 5 } })).replace(
      ':5',
      ':1.50',
    )
    await server().send('PUT', `/Observation/${id}`, text)
    await server().send('POST', `/Observation/${id}/$meta-add`, given({ tag: [RED] }))
    assert.match((await server().send('GET', `/Observation/${id}`)).text, /"value":1\.50/)
  })

  it('takes every addition when many come at the same time', async () => {
    const id = await put()
    const codes = Array.from({ length: 8 }, (_, i) => `c${i}`)
    const answers = await Promise.all(
      codes.map((code) =>
        server().send('POST', `/Patient/${id}/$meta-add`, given({ tag: [{ code }] })),
      ),
    )
    assert.deepEqual(
      answers.map((a) => a.status),
      codes.map(() => 200),
    )
    const { body } = await server().send('GET', `/Patient/${id}/$meta`)
    assert.deepEqual(
      labels(body)
        .tag.map((t: any) => t.code)
        .sort(),
      codes,
    )
  })

  const refused: [string, string, string, unknown, number][] = [
    ['no such resource', 'GET', 'Patient/nobody/$meta', undefined, 404],
    ['no such version', 'GET', 'Patient/ID/_history/7/$meta', undefined, 404],
    ['a version that is no number', 'GET', 'Patient/ID/_history/x/$meta', undefined, 404],
    ['another method', 'POST', 'Patient/ID/$meta', given({}), 405],
    ['adding to nothing', 'POST', 'Patient/nobody/$meta-add', given({ tag: [RED] }), 404],
    [
      'adding to an old version',
      'POST',
      'Patient/ID/_history/1/$meta-add',
      given({ tag: [RED] }),
      404,
    ],
    ['adding by GET', 'GET', 'Patient/ID/$meta-add', undefined, 405],
    ['no body', 'POST', 'Patient/ID/$meta-add', undefined, 400],
    ['a body of another type', 'POST', 'Patient/ID/$meta-add', patient('x'), 400],
    [
      'Parameters without meta',
      'POST',
      'Patient/ID/$meta-add',
      { resourceType: 'Parameters' },
      400,
    ],
    ['a meta that is none', 'POST', 'Patient/ID/$meta-add', given({ tags: [RED] }), 422],
    ['a tag that is none', 'POST', 'Patient/ID/$meta-delete', given({ tag: ['red'] }), 422],
  ]
  for (const [title, method, path, body, status] of refused)
    it(`refuses ${title} with ${status}, and writes nothing`, async () => {
      const id = await put({ tag: [RED] })
      const before = await versions(server())
      const answer = await server().send(method, `/${path.replace('ID', id)}`, body)
      assert.equal(answer.status, status, answer.text)
      assert.equal(answer.body.resourceType, 'OperationOutcome')
      assert.equal(await versions(server()), before)
    })

  it('of what was deleted is gone', async () => {
    const id = await put()
    await server().send('DELETE', `/Patient/${id}`)
    assert.equal((await server().send('GET', `/Patient/${id}/$meta`)).status, 410)
    const add = await server().send('POST', `/Patient/${id}/$meta-add`, given({ tag: [RED] }))
    assert.equal(add.status, 410)
  })

  it('changes only the version that If-Match names', async () => {
    const id = await put()
    const add = (version: string) =>
      server().send('POST', `/Patient/${id}/$meta-add`, given({ tag: [RED] }), {
        'if-match': version,
      })
    assert.equal((await add('W/"2"')).status, 412)
    assert.equal((await add('W/"1"')).status, 200)
  })
})
