// patch, https://hl7.org/fhir/R4/http.html#patch and https://hl7.org/fhir/R4/fhirpatch.html
import assert from 'node:assert/strict'
import { assertRefused, type Expected } from '../http/outcome.ts'
import { onBothStores } from '../support/server.ts'
import { patient, unique, versions } from './bundles.ts'

const JSON_PATCH = { 'content-type': 'application/json-patch+json' }

/** A FHIRPath Patch of one operation; each part is [name, the name of its value, value]. */
const fhirPath = (...parts: [name: string, as: string, value: unknown][]) => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'operation', part: parts.map(([name, as, value]) => ({ name, [as]: value })) },
  ],
})

const replaceGender = (value: string) =>
  fhirPath(
    ['type', 'valueCode', 'replace'],
    ['path', 'valueString', 'Patient.gender'],
    ['value', 'valueCode', value],
  )

onBothStores('patch', (server) => {
  const made = async (more: object = {}): Promise<string> => {
    const id = unique()
    await server().send('PUT', `/Patient/${id}`, patient(id, { id, gender: 'male', ...more }))
    return id
  }
  const patch = (id: string, body: unknown, headers: Record<string, string> = JSON_PATCH) =>
    server().send('PATCH', `/Patient/${id}`, body, headers)
  const current = async (id: string) => (await server().send('GET', `/Patient/${id}`)).body

  it('JSON Patch: makes a version with the change', async () => {
    const id = await made()
    const answer = await patch(id, [
      { op: 'test', path: '/gender', value: 'male' },
      { op: 'replace', path: '/gender', value: 'female' },
      { op: 'add', path: '/name', value: [{ family: '이' }] },
      { op: 'add', path: '/name/-', value: { family: 'Lee' } },
      { op: 'copy', from: '/name/0', path: '/name/-' },
      { op: 'remove', path: '/identifier' },
      { op: 'move', from: '/name/1', path: '/name/0' },
    ])
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('etag'), 'W/"2"')
    assert.equal(answer.headers.get('location'), `${server().base}/Patient/${id}/_history/2`)
    const { meta, ...rest } = answer.body
    assert.equal(meta.versionId, '2')
    assert.deepEqual(rest, {
      resourceType: 'Patient',
      id,
      gender: 'female',
      name: [{ family: 'Lee' }, { family: '이' }, { family: '이' }],
    })
    assert.deepEqual(await current(id), answer.body)
  })

  for (const type of ['application/fhir+json', 'application/json'])
    it(`FHIRPath Patch as ${type}`, async () => {
      const id = await made()
      const answer = await patch(id, replaceGender('female'), { 'content-type': type })
      assert.equal(answer.status, 200)
      assert.equal(answer.body.gender, 'female')
    })

  it('FHIRPath Patch in XML', async () => {
    const id = await made()
    const part = (name: string, type: string, value: string) =>
      `<part><name value="${name}"/><value${type} value="${value}"/></part>`
    const answer = await patch(
      id,
      `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>${[
        part('type', 'Code', 'replace'),
        part('path', 'String', 'Patient.gender'),
        part('value', 'Code', 'other'),
      ].join('')}</parameter></Parameters>`,
      { 'content-type': 'application/fhir+xml' },
    )
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.body.gender, 'other')
  })

  it('FHIRPath Patch: adds, inserts, moves and deletes', async () => {
    const id = await made({ name: [{ given: ['a', 'b', 'c'] }] })
    const operation = (...parts: Record<string, unknown>[]) => ({ name: 'operation', part: parts })
    const type = (valueCode: string) => ({ name: 'type', valueCode })
    const path = (valueString: string) => ({ name: 'path', valueString })
    const answer = await patch(
      id,
      {
        resourceType: 'Parameters',
        parameter: [
          operation(
            type('add'),
            path('Patient'),
            { name: 'name', valueString: 'birthDate' },
            { name: 'value', valueDate: '1990-05' },
          ),
          operation(
            type('insert'),
            path('Patient.name[0].given'),
            { name: 'index', valueInteger: 1 },
            { name: 'value', valueString: 'x' },
          ),
          operation(
            type('move'),
            path('Patient.name[0].given'),
            { name: 'source', valueInteger: 0 },
            { name: 'destination', valueInteger: 3 },
          ),
          operation(type('delete'), path('Patient.gender')),
        ],
      },
      { 'content-type': 'application/fhir+json' },
    )
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.body.birthDate, '1990-05')
    assert.deepEqual(answer.body.name[0].given, ['x', 'b', 'c', 'a'])
    assert.equal(answer.body.gender, undefined)
  })

  it('makes no version when it changes nothing', async () => {
    const id = await made()
    const before = await versions(server())
    for (const operations of [[], [{ op: 'replace', path: '/gender', value: 'male' }]]) {
      const answer = await patch(id, operations)
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('etag'), 'W/"1"')
    }
    assert.equal(await versions(server()), before)
  })

  it('leaves the digits of everything else as they are', async () => {
    const id = unique()
    const numbers = ['1.50', '0.10', '1e2', '1E-7', '12345678901234567890.123', '-0.0', '100']
    const parts = numbers.map((n) => `{"url":"urn:n","valueDecimal":${n}}`)
    const text = `{"resourceType":"Patient","id":"${id}","extension":[${parts.join(',')}],"active":true}`
    await server().send('PUT', `/Patient/${id}`, text)
    await patch(id, [{ op: 'replace', path: '/active', value: false }])
    await patch(id, replaceGender('male'), { 'content-type': 'application/fhir+json' })
    await patch(id, `[{"op":"add","path":"/extension/-","value":${parts[0]!}}]`)
    await patch(id, [{ op: 'move', from: '/extension/0', path: '/extension/1' }])
    const read = await server().send('GET', `/Patient/${id}`)
    const kept = [...read.text.matchAll(/"valueDecimal":([^}]+)/g)].map((m) => m[1])
    assert.deepEqual(kept, ['0.10', '1.50', ...numbers.slice(2), '1.50'])
  })

  const preferences: [prefer: string, has: string | undefined][] = [
    ['return=minimal', undefined],
    ['return=representation', 'Patient'],
    ['return=OperationOutcome', 'OperationOutcome'],
  ]
  for (const [prefer, has] of preferences)
    it(`Prefer: ${prefer} → ${has ?? 'no body'}`, async () => {
      const id = await made()
      const answer = await patch(id, [{ op: 'remove', path: '/gender' }], { ...JSON_PATCH, prefer })
      assert.equal(answer.status, 200)
      assert.equal(answer.body?.resourceType, has)
      assert.equal(answer.headers.get('etag'), 'W/"2"')
    })

  const matches: [header: string, status: number][] = [
    ['W/"1"', 200],
    ['W/"2"', 412],
    ['one', 400],
  ]
  for (const [header, status] of matches)
    it(`If-Match: ${header} on version 1 → ${status}`, async () => {
      const id = await made()
      const headers = { ...JSON_PATCH, 'if-match': header }
      const answer = await patch(id, [{ op: 'remove', path: '/gender' }], headers)
      if (status === 200) assert.equal(answer.status, 200)
      else assertRefused(server(), answer, status)
      assert.equal((await current(id)).meta.versionId, status === 200 ? '2' : '1')
    })

  it('keeps all of twenty that each append at once', async function () {
    this.timeout(60_000)
    const id = await made({ name: [{ family: 'a' }] })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        patch(id, [{ op: 'add', path: '/name/-', value: { family: `n${i}` } }]),
      ),
    )
    assert.deepEqual(
      answers.map((a) => a.status),
      Array.from({ length: 20 }, () => 200),
    )
    const { name, meta } = await current(id)
    assert.equal(meta.versionId, '21')
    assert.deepEqual(
      new Set(name.map((n: any) => n.family)),
      new Set(['a', ...Array.from({ length: 20 }, (_, i) => `n${i}`)]),
    )
  })

  it('of twenty with one ETag lets one win', async function () {
    this.timeout(60_000)
    const id = await made()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        patch(id, [{ op: 'add', path: '/birthDate', value: String(1950 + i) }], {
          ...JSON_PATCH,
          'if-match': 'W/"1"',
        }),
      ),
    )
    const count = (status: number) => answers.filter((a) => a.status === status).length
    assert.deepEqual([count(200), count(412)], [1, 19])
  })

  const FHIR = { 'content-type': 'application/fhir+json' }
  type Refusal = [
    what: string,
    body: unknown,
    headers: Record<string, string>,
    status: number,
    expected?: Expected,
  ]
  const op = (o: object) => [o]
  const refusals: Refusal[] = [
    ['a test that fails', op({ op: 'test', path: '/gender', value: 'x' }), JSON_PATCH, 422],
    ['a path that isn’t there', op({ op: 'remove', path: '/nothing' }), JSON_PATCH, 422],
    ['an index past the end', op({ op: 'add', path: '/identifier/7', value: {} }), JSON_PATCH, 422],
    [
      'a result that is no patient',
      op({ op: 'add', path: '/nonsense', value: 1 }),
      JSON_PATCH,
      422,
      { says: /nonsense/ },
    ],
    [
      'a code out of its value set',
      op({ op: 'replace', path: '/gender', value: 'x' }),
      JSON_PATCH,
      422,
      { expression: 'Patient.gender' },
    ],
    ['another id', op({ op: 'replace', path: '/id', value: 'x' }), JSON_PATCH, 422],
    ['no id', op({ op: 'remove', path: '/id' }), JSON_PATCH, 422],
    ['another type', op({ op: 'replace', path: '/resourceType', value: 'Basic' }), JSON_PATCH, 422],
    ['an operation that isn’t one', op({ op: 'frob', path: '/gender' }), JSON_PATCH, 400],
    ['an operation without a path', op({ op: 'remove' }), JSON_PATCH, 400],
    ['a path without a slash', op({ op: 'remove', path: 'gender' }), JSON_PATCH, 400],
    ['an object for a JSON Patch', { op: 'remove', path: '/gender' }, JSON_PATCH, 400],
    ['text that isn’t JSON', '[{]', JSON_PATCH, 400, { says: /line 1, column 3/ }],
    ['no body', undefined, JSON_PATCH, 400, { says: /body/ }],
    ['a resource for a FHIRPath Patch', patient('x'), FHIR, 400, { expression: 'resourceType' }],
    ['a JSON Patch under the name of a FHIRPath Patch', [], FHIR, 400],
    [
      'a FHIRPath Patch to a bad result',
      replaceGender('mann'),
      FHIR,
      422,
      { expression: 'Patient.gender' },
    ],
    ['XML Patch', '<diff/>', { 'content-type': 'application/xml-patch+xml' }, 415],
    ['a merge patch', {}, { 'content-type': 'application/merge-patch+json' }, 415],
    ['text', 'x', { 'content-type': 'text/plain' }, 415],
  ]
  for (const [what, body, headers, status, expected] of refusals)
    it(`${what} → ${status}, and nothing is stored`, async () => {
      const id = await made()
      const before = await versions(server())
      assertRefused(server(), await patch(id, body, headers), status, expected)
      assert.equal(await versions(server()), before)
    })

  it('tells what was deleted from what never was', async () => {
    const id = await made()
    await server().send('DELETE', `/Patient/${id}`)
    const operations = [{ op: 'remove', path: '/gender' }]
    assertRefused(server(), await patch(id, operations), 410, { code: 'deleted' })
    assertRefused(server(), await patch(unique(), operations), 404, { code: 'not-found' })
    assertRefused(server(), await patch('a_b', operations), 400)
  })
})
