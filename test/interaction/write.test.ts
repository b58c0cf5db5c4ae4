// create, update, patch and delete, each with its conditional form, one request at a time.
import assert from 'node:assert/strict'
import { soundResource } from '../validation/sound-resource.ts'
import { onBothStores, type Answer } from '../support/server.ts'
import { countOf, observation, patient, unique, versions } from './bundles.ts'

const JSON_PATCH = { 'content-type': 'application/json-patch+json' }

onBothStores('write', (server) => {
  const send = (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer> => server().send(method, path, body, headers)
  const put = async (id: string, more: object = {}) =>
    assert.equal((await send('PUT', `/Patient/${id}`, patient(id, { id, ...more }))).status, 201)

  describe('create', () => {
    it('gives an id and a version of its own, and says where', async () => {
      const sent = patient(unique(), {
        id: 'mine',
        meta: { versionId: '7', lastUpdated: '2001-01-01T00:00:00Z', tag: [{ code: 'kept' }] },
      })
      const { status, headers, body } = await send('POST', '/Patient', sent)
      assert.equal(status, 201)
      assert.notEqual(body.id, 'mine')
      assert.equal(body.meta.versionId, '1')
      assert.ok(Date.parse(body.meta.lastUpdated as string) > Date.parse('2020-01-01'))
      assert.deepEqual(body.meta.tag, [{ code: 'kept' }])
      assert.equal(headers.get('location'), `${server().base}/Patient/${body.id}/_history/1`)
      assert.equal(headers.get('etag'), 'W/"1"')
      assert.deepEqual((await send('GET', `/Patient/${body.id}`)).body, body)
    })

    it('keeps order, digits, Unicode, nulls and extensions of primitives', async () => {
      const text =
        '{"resourceType":"Observation","meta":{"source":"urn:x","tag":[{"code":"t"}]},"status":"final","_status":{"extension":[{"url":"http://e","valueDecimal":0.0100}]},' +
        '"code":{"text":"이음 ұқ 👩🏽‍⚕️ é"},"valueQuantity":{"value":1.50,"unit":"x"},"component":[{"valueQuantity":{"value":-0.0},"code":{"text":"a"}},{"code":{"text":"b"},"valueQuantity":{"value":1E-22}}]}'
      const { body } = await send('POST', '/Observation', text)
      const stored = (await send('GET', `/Observation/${body.id}`)).text
      assert.equal(
        stored.replace(/"id":"[^"]*",/, '').replace(/"versionId":"1","lastUpdated":"[^"]*",/, ''),
        text,
      )
    })

    it('is conditional on If-None-Exist', async () => {
      const id = unique()
      const create = () =>
        send('POST', '/Patient', patient(id), { 'if-none-exist': `identifier=urn:test|${id}` })
      const [first, second] = [await create(), await create()]
      assert.deepEqual([first.status, second.status], [201, 200])
      assert.equal(second.body.id, first.body.id)
      await send('POST', '/Patient', patient(id))
      assert.equal((await create()).status, 412)
    })

    it('makes one of many that come at the same time on one condition', async () => {
      const id = unique()
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          send('POST', '/Patient', patient(id), { 'if-none-exist': `identifier=urn:test|${id}` }),
        ),
      )
      assert.deepEqual(answers.map((a) => a.status).sort(), [...Array<number>(9).fill(200), 201])
      assert.equal(await countOf(server(), 'Patient', id), 1)
    })
  })

  describe('update', () => {
    it('creates, updates, and writes no version when nothing changes', async () => {
      const id = unique()
      const resource = patient(id, { id })
      const first = await send('PUT', `/Patient/${id}`, resource)
      const second = await send('PUT', `/Patient/${id}`, { ...resource, active: true })
      const third = await send('PUT', `/Patient/${id}`, {
        ...second.body,
        meta: { versionId: '9' },
      })
      assert.deepEqual([first.status, second.status, third.status], [201, 200, 200])
      assert.deepEqual(
        [first, second, third].map((a) => a.headers.get('etag')),
        ['W/"1"', 'W/"2"', 'W/"2"'],
      )
    })

    it('is a change when only the digits differ', async () => {
      const id = unique()
      const text = JSON.stringify(observation({ id, valueQuantity: { value: 1.5 } }))
      await send('PUT', `/Observation/${id}`, text)
      const answer = await send('PUT', `/Observation/${id}`, text.replace('1.5', '1.50'))
      assert.equal(answer.headers.get('etag'), 'W/"2"')
    })

    it('brings back what was deleted, in a later version', async () => {
      const id = unique()
      await put(id)
      await send('DELETE', `/Patient/${id}`)
      const again = await send('PUT', `/Patient/${id}`, patient(id, { id }))
      assert.deepEqual([again.status, again.headers.get('etag')], [201, 'W/"3"'])
    })

    it('goes to the one that a condition selects', async () => {
      const id = unique()
      const update = (more: object = {}) =>
        send('PUT', `/Patient?identifier=urn:test|${id}`, patient(id, more))
      const first = await update()
      const second = await update({ active: true })
      assert.deepEqual([first.status, second.status], [201, 200])
      assert.equal(second.body.id, first.body.id)
      assert.equal((await update({ id: 'another' })).status, 400)
      await send('POST', '/Patient', patient(id))
      assert.equal((await update()).status, 412)
    })

    it('loses nothing when many write on the version that they read', async () => {
      const id = unique()
      await put(id)
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          send('PUT', `/Patient/${id}`, patient(id, { id, name: [{ family: `n${i}` }] }), {
            'if-match': 'W/"1"',
          }),
        ),
      )
      assert.deepEqual(answers.map((a) => a.status).sort(), [200, 412, 412, 412, 412, 412])
    })
  })

  describe('patch', () => {
    const json = (operations: unknown[]) => JSON.stringify(operations)
    const fhirPath = (...parts: object[]) => ({
      resourceType: 'Parameters',
      parameter: [{ name: 'operation', part: parts }],
    })

    it('changes what a JSON Patch names, and keeps the digits of the rest', async () => {
      const id = unique()
      const text = JSON.stringify(observation({ id, valueQuantity: { value: 5 } })).replace(
        ':5',
        ':5.10',
      )
      await send('PUT', `/Observation/${id}`, text)
      const answer = await send(
        'PATCH',
        `/Observation/${id}`,
        json([{ op: 'replace', path: '/status', value: 'amended' }]),
        JSON_PATCH,
      )
      assert.equal(answer.status, 200, answer.text)
      assert.match(answer.text, /"status":"amended".*"value":5\.10/)
      assert.equal(answer.headers.get('etag'), 'W/"2"')
    })

    it('changes what a FHIRPath Patch names', async () => {
      const id = unique()
      await put(id, { gender: 'male' })
      const replace = fhirPath(
        { name: 'type', valueCode: 'replace' },
        { name: 'path', valueString: 'Patient.gender' },
        { name: 'value', valueCode: 'female' },
      )
      const answer = await send('PATCH', `/Patient/${id}`, replace)
      assert.equal(answer.body.gender, 'female', answer.text)
    })

    it('goes to the one that a condition selects', async () => {
      const id = unique()
      await put(id)
      const patch = (query: string) =>
        send(
          'PATCH',
          `/Patient?${query}`,
          json([{ op: 'add', path: '/active', value: true }]),
          JSON_PATCH,
        )
      assert.equal((await patch(`identifier=urn:test|${id}`)).body.active, true)
      assert.equal((await patch('identifier=urn:test|nobody')).status, 404)
    })

    it('is applied by each of many that come at the same time', async () => {
      const id = unique()
      await put(id, { name: [{ family: 'x' }] })
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          send(
            'PATCH',
            `/Patient/${id}`,
            json([{ op: 'add', path: '/name/-', value: { family: `n${i}` } }]),
            JSON_PATCH,
          ),
        ),
      )
      assert.deepEqual(
        answers.map((a) => a.status),
        answers.map(() => 200),
      )
      assert.equal((await send('GET', `/Patient/${id}`)).body.name.length, 7)
    })
  })

  describe('delete', () => {
    it('hides, keeps the history, and may be said twice', async () => {
      const id = unique()
      await put(id)
      const first = await send('DELETE', `/Patient/${id}`)
      const second = await send('DELETE', `/Patient/${id}`)
      assert.deepEqual([first.status, second.status], [204, 204])
      assert.equal((await send('GET', `/Patient/${id}`)).status, 410)
      assert.equal(await countOf(server(), 'Patient', id), 0)
      const history = await send('GET', `/Patient/${id}/_history`)
      assert.equal(history.body.entry.length, 2)
      assert.equal((await send('DELETE', '/Patient/nobody')).status, 204)
    })

    it('takes the one that a condition selects, and none of several', async () => {
      const id = unique()
      const remove = () => send('DELETE', `/Patient?identifier=urn:test|${id}`)
      assert.equal((await remove()).status, 204)
      await put(id)
      assert.equal((await remove()).status, 204)
      assert.equal((await send('GET', `/Patient/${id}`)).status, 410)
      await send('POST', '/Patient', patient(id))
      await send('POST', '/Patient', patient(id))
      assert.equal((await remove()).status, 412)
      assert.equal(await countOf(server(), 'Patient', id), 2)
    })
  })

  describe('Prefer', () => {
    for (const [method, expected] of [
      ['POST', 201],
      ['PUT', 200],
      ['PATCH', 200],
      ['DELETE', 204],
    ] as const)
      it(`says what ${method} answers`, async () => {
        const ask = async (preference: string): Promise<Answer> => {
          const id = unique()
          await put(id)
          const headers = {
            prefer: `return=${preference}`,
            ...(method === 'PATCH' ? JSON_PATCH : {}),
          }
          const body =
            method === 'PATCH'
              ? '[{"op":"add","path":"/active","value":true}]'
              : method === 'DELETE'
                ? undefined
                : patient(id, { id, active: true })
          return send(method, method === 'POST' ? '/Patient' : `/Patient/${id}`, body, headers)
        }
        const minimal = await ask('minimal')
        assert.deepEqual([minimal.status, minimal.text], [expected, ''])
        if (method !== 'DELETE') {
          assert.match(minimal.headers.get('location')!, /\/_history\/\d$/)
          assert.equal((await ask('representation')).body.resourceType, 'Patient')
        }
        const outcome = await ask('OperationOutcome')
        assert.equal(outcome.body.resourceType, 'OperationOutcome')
        assert.deepEqual(server().context.validator.validate(outcome.body), [])
      })
  })

  describe('bad input', () => {
    const refused: [
      string,
      string,
      string,
      unknown,
      Record<string, string>,
      number,
      RegExp | undefined,
    ][] = [
      ['no body', 'POST', '/Patient', undefined, {}, 400, undefined],
      [
        'broken JSON',
        'POST',
        '/Patient',
        '{"resourceType":"Patient",\n"active":tru}',
        {},
        400,
        /line 2, column/,
      ],
      ['an array', 'POST', '/Patient', '[]', {}, 400, undefined],
      [
        'another media type',
        'POST',
        '/Patient',
        'x',
        { 'content-type': 'text/csv' },
        415,
        undefined,
      ],
      ['another type', 'POST', '/Patient', observation(), {}, 400, /Observation.*Patient/],
      ['no type', 'POST', '/Patient', { active: true }, {}, 400, undefined],
      [
        'an unknown element',
        'POST',
        '/Patient',
        { resourceType: 'Patient', brithDate: '2020' },
        {},
        422,
        /birthDate/,
      ],
      [
        'a wrong kind of value',
        'POST',
        '/Patient',
        { resourceType: 'Patient', active: 'yes' },
        {},
        422,
        undefined,
      ],
      [
        'a code outside its value set',
        'POST',
        '/Patient',
        { resourceType: 'Patient', gender: 'x' },
        {},
        422,
        /male/,
      ],
      [
        'no status',
        'POST',
        '/Observation',
        { resourceType: 'Observation', code: { text: 'x' } },
        {},
        422,
        /status/,
      ],
      ['an update without id', 'PUT', '/Patient/1', patient('x'), {}, 400, undefined],
      [
        'an update with another id',
        'PUT',
        '/Patient/1',
        patient('x', { id: '2' }),
        {},
        400,
        undefined,
      ],
      [
        'an id that is none',
        'PUT',
        '/Patient/a_b',
        patient('x', { id: 'a_b' }),
        {},
        400,
        undefined,
      ],
      [
        'an unknown type',
        'PUT',
        '/Patiant/1',
        { resourceType: 'Patiant', id: '1' },
        {},
        404,
        undefined,
      ],
      [
        'a stale If-Match',
        'PUT',
        '/Patient/1',
        patient('x', { id: '1' }),
        { 'if-match': 'W/"4"' },
        412,
        undefined,
      ],
      [
        'an If-Match that is none',
        'PUT',
        '/Patient/1',
        patient('x', { id: '1' }),
        { 'if-match': 'four' },
        400,
        undefined,
      ],
      [
        'a condition on an unknown parameter',
        'POST',
        '/Patient',
        patient('x'),
        { 'if-none-exist': 'identifer=1' },
        400,
        /identifier/,
      ],
      [
        'a condition on another type',
        'POST',
        '/Patient',
        patient('x'),
        { 'if-none-exist': 'Observation?code=1' },
        400,
        undefined,
      ],
      [
        'an empty condition',
        'POST',
        '/Patient',
        patient('x'),
        { 'if-none-exist': '' },
        400,
        undefined,
      ],
      ['a delete of everything', 'DELETE', '/Patient', undefined, {}, 400, undefined],
      [
        'a delete by what does not filter',
        'DELETE',
        '/Patient?_count=1',
        undefined,
        {},
        400,
        undefined,
      ],
      ['a patch of nothing', 'PATCH', '/Patient/nobody', '[]', JSON_PATCH, 404, undefined],
      ['a patch that is none', 'PATCH', '/Patient/there', '{}', JSON_PATCH, 400, undefined],
      ['a patch without body', 'PATCH', '/Patient/there', undefined, JSON_PATCH, 400, undefined],
      [
        'a patch of another media type',
        'PATCH',
        '/Patient/there',
        '<x/>',
        { 'content-type': 'application/xml-patch+xml' },
        415,
        undefined,
      ],
      [
        'a patch to something invalid',
        'PATCH',
        '/Patient/there',
        '[{"op":"add","path":"/gender","value":"x"}]',
        JSON_PATCH,
        422,
        undefined,
      ],
      [
        'a patch of the id',
        'PATCH',
        '/Patient/there',
        '[{"op":"replace","path":"/id","value":"x"}]',
        JSON_PATCH,
        422,
        undefined,
      ],
      [
        'a patch whose test fails',
        'PATCH',
        '/Patient/there',
        '[{"op":"test","path":"/id","value":"x"}]',
        JSON_PATCH,
        422,
        undefined,
      ],
    ]
    before(() => put('there'))
    for (const [title, method, path, body, headers, status, diagnostics] of refused)
      it(`refuses ${title} with ${status}, and writes nothing`, async () => {
        const before = await versions(server())
        const answer = await send(method, path, body, headers)
        assert.equal(answer.status, status, answer.text)
        assert.equal(answer.body.resourceType, 'OperationOutcome')
        assert.deepEqual(server().context.validator.validate(answer.body), [])
        if (diagnostics !== undefined) assert.match(answer.body.issue[0].diagnostics, diagnostics)
        assert.equal(await versions(server()), before)
      })
  })

  it('takes every resource type, and gives back what it was given', async function () {
    this.timeout(60_000)
    const { definitions } = server().context
    for (const [seed, type] of definitions.resourceTypes.entries()) {
      const made = soundResource(server().context, type, seed) as { meta?: object }
      const sent = { ...made, id: 'any' }
      const answer = await send('PUT', `/${type}/any`, sent)
      assert.equal(answer.status, 201, `${type}: ${answer.text}`)
      // A Binary is served as what it holds unless FHIR is asked for.
      const fhir = { accept: 'application/fhir+json' }
      const { body } = await send('GET', `/${type}/any`, undefined, fhir)
      assert.deepEqual(withoutVersion(body), withoutVersion(sent))
      assert.equal((await send('GET', `/${type}?_id=any`)).body.entry.length, 1, type)
    }
  })
})

/** Without what the server decides. */
function withoutVersion(resource: { meta?: object }): object {
  const meta: Record<string, unknown> = { ...resource.meta }
  delete meta.versionId
  delete meta.lastUpdated
  return { ...resource, meta }
}
