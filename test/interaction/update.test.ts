// update and create by update, https://hl7.org/fhir/R4/http.html#update
import assert from 'node:assert/strict'
import { assertRefused, type Expected } from '../http/outcome.ts'
import { onBothStores } from '../support/server.ts'
import { observation, patient, unique, versions } from './bundles.ts'

onBothStores('update', (server) => {
  const put = (id: string, body: unknown, headers: Record<string, string> = {}) =>
    server().send('PUT', `/Patient/${id}`, body, headers)
  const made = async (more: object = {}): Promise<string> => {
    const id = unique()
    assert.equal((await put(id, patient(id, { id, ...more }))).status, 201)
    return id
  }

  it('creates under the id of the URL, then makes versions', async () => {
    const id = unique()
    const first = await put(id, patient(id, { id }))
    assert.equal(first.status, 201)
    assert.equal(first.headers.get('location'), `${server().base}/Patient/${id}/_history/1`)
    assert.equal(first.headers.get('etag'), 'W/"1"')
    assert.ok(first.headers.get('last-modified'))

    const second = await put(id, patient(id, { id, active: true }))
    assert.equal(second.status, 200)
    assert.equal(second.headers.get('location'), `${server().base}/Patient/${id}/_history/2`)
    assert.equal(second.headers.get('etag'), 'W/"2"')
    assert.equal(second.body.meta.versionId, '2')
    assert.ok(second.body.meta.lastUpdated >= first.body.meta.lastUpdated)
    assert.deepEqual((await server().send('GET', `/Patient/${id}`)).body, second.body)
  })

  it('replaces the whole: what is left out is gone', async () => {
    const id = await made({ active: true, gender: 'male', meta: { source: 'urn:a' } })
    const { body } = await put(id, { resourceType: 'Patient', id, birthDate: '1990' })
    delete body.meta.lastUpdated
    assert.deepEqual(body, {
      resourceType: 'Patient',
      id,
      meta: { versionId: '2' },
      birthDate: '1990',
    })
  })

  const preferences: [prefer: string, has: string | undefined][] = [
    ['return=minimal', undefined],
    ['return=representation', 'Patient'],
    ['return=OperationOutcome', 'OperationOutcome'],
  ]
  for (const [prefer, has] of preferences)
    it(`Prefer: ${prefer} → ${has ?? 'no body'}`, async () => {
      const id = unique()
      for (const [active, status] of [
        [true, 201],
        [false, 200],
      ] as const) {
        const answer = await put(id, patient(id, { id, active }), { prefer })
        assert.equal(answer.status, status)
        assert.equal(answer.body?.resourceType, has)
        assert.ok(answer.headers.get('etag'))
      }
    })

  describe('without a change', () => {
    const same: [what: string, text: (id: string) => string][] = [
      ['the same text', (id) => JSON.stringify(patient(id, { id, active: true }))],
      ['other white space', (id) => JSON.stringify(patient(id, { id, active: true }), null, 3)],
      [
        'a version and a time of its own',
        (id) =>
          JSON.stringify(
            patient(id, {
              id,
              meta: { versionId: '9', lastUpdated: '2001-01-01T00:00:00Z' },
              active: true,
            }),
          ),
      ],
      [
        'the same characters escaped',
        (id) => JSON.stringify(patient(id, { id, active: true })).replace('urn', '\\u0075rn'),
      ],
    ]
    for (const [what, text] of same)
      it(`${what} makes no version`, async () => {
        const id = await made({ active: true })
        const before = await versions(server())
        const answer = await put(id, text(id))
        assert.equal(answer.status, 200)
        assert.equal(answer.headers.get('etag'), 'W/"1"')
        assert.equal(answer.headers.get('location'), `${server().base}/Patient/${id}/_history/1`)
        assert.equal(await versions(server()), before)
      })

    it('what was read can be written back', async () => {
      const id = await made({ active: true })
      const read = await server().send('GET', `/Patient/${id}`)
      assert.equal((await put(id, read.text)).headers.get('etag'), 'W/"1"')
    })

    it('one more digit is a change', async () => {
      const id = await made()
      const text = (value: string) =>
        `{"resourceType":"Patient","id":"${id}","extension":[{"url":"urn:n","valueDecimal":${value}}]}`
      assert.equal((await put(id, text('1.5'))).headers.get('etag'), 'W/"2"')
      assert.equal((await put(id, text('1.50'))).headers.get('etag'), 'W/"3"')
    })
  })

  it('comes back after a deletion, and goes on counting', async () => {
    const id = await made()
    await server().send('DELETE', `/Patient/${id}`)
    const answer = await put(id, patient(id, { id }))
    assert.equal(answer.status, 201)
    assert.equal(answer.headers.get('etag'), 'W/"3"')
    assert.equal((await server().send('GET', `/Patient/${id}/_history/2`)).status, 410)
    assert.equal((await server().send('GET', `/Patient/${id}`)).body.meta.versionId, '3')
  })

  describe('If-Match', () => {
    const table: [header: string, status: number][] = [
      ['W/"2"', 200],
      ['"2"', 200],
      ['2', 200],
      ['W/"1"', 412],
      ['W/"3"', 412],
      ['W/"20"', 412],
      ['W/"abc"', 412],
      ['W/"-2"', 412],
      ['W/2"', 400],
      ['w2', 400],
      ['two', 400],
      ['', 400],
      ['W/"2', 400],
    ]
    for (const [header, status] of table)
      it(`${header === '' ? 'nothing' : header} on version 2 → ${status}`, async () => {
        const id = await made()
        await put(id, patient(id, { id, active: true }))
        const answer = await put(id, patient(id, { id, active: false }), { 'if-match': header })
        const now = await server().send('GET', `/Patient/${id}`)
        if (status === 200) {
          assert.equal(answer.status, 200)
          assert.equal(now.body.meta.versionId, '3')
        } else {
          assertRefused(server(), answer, status)
          assert.equal(now.body.meta.versionId, '2')
        }
      })

    it('of what isn’t there, or not any more, is refused', async () => {
      const id = unique()
      const match = { 'if-match': 'W/"1"' }
      assertRefused(server(), await put(id, patient(id, { id }), match), 412)
      assert.equal((await server().send('GET', `/Patient/${id}`)).status, 404)
      const gone = await made()
      await server().send('DELETE', `/Patient/${gone}`)
      for (const version of [1, 2])
        assertRefused(
          server(),
          await put(gone, patient(gone, { id: gone }), { 'if-match': `W/"${version}"` }),
          412,
        )
    })

    it('lets one of twenty win', async function () {
      this.timeout(60_000)
      const id = await made()
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          put(id, patient(id, { id, birthDate: String(1950 + i) }), { 'if-match': 'W/"1"' }),
        ),
      )
      const count = (status: number) => answers.filter((a) => a.status === status).length
      assert.deepEqual([count(200), count(412)], [1, 19])
      assert.equal((await server().send('GET', `/Patient/${id}`)).body.meta.versionId, '2')
    })
  })

  describe('If-None-Match: *', () => {
    const absent = { 'if-none-match': '*' }

    it('creates, also what was deleted, and replaces nothing', async () => {
      const id = unique()
      assert.equal((await put(id, patient(id, { id }), absent)).status, 201)
      assertRefused(server(), await put(id, patient(id, { id, active: true }), absent), 412)
      assert.equal((await server().send('GET', `/Patient/${id}`)).body.active, undefined)
      await server().send('DELETE', `/Patient/${id}`)
      assert.equal((await put(id, patient(id, { id }), absent)).status, 201)
    })

    it('lets one of ten create', async () => {
      const id = unique()
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          put(id, patient(id, { id, birthDate: String(1950 + i) }), absent),
        ),
      )
      const count = (status: number) => answers.filter((a) => a.status === status).length
      assert.deepEqual([count(201), count(412)], [1, 9])
    })
  })

  it('twenty at once make twenty versions, one after the other', async function () {
    this.timeout(60_000)
    const id = await made()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        put(id, patient(id, { id, birthDate: String(1950 + i) })),
      ),
    )
    const etags = answers.map((a) => Number(/\d+/.exec(a.headers.get('etag')!)![0]))
    assert.deepEqual(
      etags.sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, i) => i + 2),
    )
  })

  it('creates once when twenty create at once', async function () {
    this.timeout(60_000)
    const id = unique()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        put(id, patient(id, { id, birthDate: String(1950 + i) })),
      ),
    )
    assert.deepEqual(
      [201, 200].map((status) => answers.filter((a) => a.status === status).length),
      [1, 19],
    )
  })

  type Refusal = [what: string, body: (id: string) => unknown, status: number, Expected]
  const ID = { expression: 'Patient.id' }
  const refusals: Refusal[] = [
    ['no id', (id) => patient(id), 400, ID],
    ['another id', (id) => patient(id, { id: `${id}x` }), 400, ID],
    ['the id in other case', (id) => patient(id, { id: id.toUpperCase() }), 400, ID],
    ['an id that is a number', (id) => patient(id, { id: 7 }), 400, ID],
    ['an id in a list', (id) => patient(id, { id: [id] }), 400, ID],
    ['another type', (id) => observation({ id }), 400, { expression: 'Observation' }],
    ['no body', () => undefined, 400, {}],
    ['a patch', () => [{ op: 'add', path: '/active', value: true }], 400, {}],
    ['a wrong structure', (id) => patient(id, { id, active: 'yes' }), 422, {}],
  ]
  for (const [what, body, status, expected] of refusals)
    it(`${what} → ${status}, and nothing is stored`, async () => {
      const id = await made()
      const before = await versions(server())
      assertRefused(server(), await put(id, body(id)), status, expected)
      assert.equal(await versions(server()), before)
    })

  it('to an id out of the pattern is refused', async () => {
    for (const id of ['a_b', 'x'.repeat(65), '%EA%B9%80'])
      assertRefused(server(), await put(id, { resourceType: 'Patient', id }), 400)
  })
})
