// read, vread, their conditions and HEAD, https://hl7.org/fhir/R4/http.html#read
import assert from 'node:assert/strict'
import { assertRefused, type Expected } from '../http/outcome.ts'
import { onBothStores, type Answer } from '../support/server.ts'
import { patient, unique } from './bundles.ts'

onBothStores('read', (server) => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    server().send('GET', path, undefined, headers)
  const put = async (id: string, more: object = {}): Promise<Answer> =>
    server().send('PUT', `/Patient/${id}`, patient(id, { id, ...more }))

  /** Two versions and a deletion under one id. */
  const withHistory = async (): Promise<string> => {
    const id = unique()
    await put(id)
    await put(id, { active: true })
    await server().send('DELETE', `/Patient/${id}`)
    return id
  }

  it('gives the current version', async () => {
    const id = unique()
    await put(id)
    const written = await put(id, { active: true })
    const answer = await get(`/Patient/${id}`)
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.body, written.body)
    assert.equal(answer.headers.get('etag'), 'W/"2"')
    assert.equal(answer.headers.get('last-modified'), written.headers.get('last-modified'))
    assert.equal(answer.headers.get('cache-control'), 'private, no-cache')
  })

  it('gives each version by its number', async () => {
    const id = unique()
    await put(id)
    await put(id, { active: true })
    for (const [version, active] of [
      ['1', undefined],
      ['2', true],
    ] as const) {
      const answer = await get(`/Patient/${id}/_history/${version}`)
      assert.equal(answer.status, 200)
      assert.equal(answer.body.active, active)
      assert.equal(answer.body.meta.versionId, version)
      assert.equal(answer.headers.get('etag'), `W/"${version}"`)
      assert.ok(answer.headers.get('last-modified'))
    }
  })

  it('tells what was deleted from what never was', async () => {
    const id = await withHistory()
    assertRefused(server(), await get(`/Patient/${id}`), 410, {
      code: 'deleted',
      says: /version 3/,
    })
    assertRefused(server(), await get(`/Patient/${id}/_history/3`), 410, { code: 'deleted' })
    assert.equal((await get(`/Patient/${id}/_history/2`)).body.active, true)
    assertRefused(server(), await get(`/Observation/${id}`), 404, { code: 'not-found' })
  })

  const paths: [path: string, status: number, expected?: Expected][] = [
    ['/Patient/nobody', 404, { code: 'not-found' }],
    ['/Patient/nobody/_history/1', 404],
    ['/Patient/ID/_history/9', 404],
    ['/Patient/ID/_history/0', 404],
    ['/Patient/ID/_history/01', 404],
    ['/Patient/ID/_history/-1', 404],
    ['/Patient/ID/_history/latest', 404],
    ['/Patient/ID/_history/99999999999999999999', 404],
    ['/Patient/ID/_history/1/more', 404],
    ['/Patient/a_b', 400, { code: 'value' }],
    ['/Patient/a%20b', 400],
    ['/Patient/%EA%B9%80', 400],
    [`/Patient/${'a'.repeat(65)}`, 400],
    ['/Patient/a%2Fb', 400],
    ['/Patient/a%00b', 400],
    ['/Patient/%zz', 400, { says: /percent/ }],
    ['/Patient/%ff', 400, { says: /percent/ }],
    ['/Patient/a_b/_history/1', 400],
    ['/Patiant/p', 404, { code: 'not-supported' }],
    ['/Patient/ID/Nonsense', 404],
    ['/Observation/ID/Observation', 404],
    ['/Patient/ID/$nothing', 404],
    ['/metadata/more', 404],
    ['/constructor/p', 404],
    ['/__proto__/p', 404],
  ]
  for (const [path, status, expected] of paths)
    it(`GET ${path.slice(0, 50)} → ${status}`, async () => {
      const id = unique()
      if (path.includes('ID')) await put(id)
      assertRefused(server(), await get(path.replace('ID', id)), status, expected)
    })

  it(`takes an id of 64 characters, all that are allowed`, async () => {
    const id = (unique() + '-.AZaz09').padEnd(64, '-')
    assert.equal((await put(id)).status, 201)
    assert.equal((await get(`/Patient/${id}`)).body.id, id)
  })

  it('tells ids apart by their case', async () => {
    const id = unique()
    await put(id)
    assert.equal((await get(`/Patient/${id.toUpperCase()}`)).status, 404)
  })

  describe('conditions', () => {
    const YEAR = 365 * 86_400_000
    const date = (from: Answer, plus: number): string =>
      new Date(Date.parse(from.headers.get('last-modified')!) + plus).toUTCString()
    type Condition = (now: Answer) => Record<string, string>
    const table: [what: string, headers: Condition, status: number][] = [
      ['the ETag', () => ({ 'if-none-match': 'W/"2"' }), 304],
      ['the ETag as a strong one', () => ({ 'if-none-match': '"2"' }), 304],
      ['a list that has it', () => ({ 'if-none-match': 'W/"7", W/"2",W/"9"' }), 304],
      ['*', () => ({ 'if-none-match': '*' }), 304],
      ['an older ETag', () => ({ 'if-none-match': 'W/"1"' }), 200],
      ['a longer one', () => ({ 'if-none-match': 'W/"22"' }), 200],
      ['no ETag at all', () => ({ 'if-none-match': '2' }), 200],
      ['its own Last-Modified', (now) => ({ 'if-modified-since': date(now, 0) }), 304],
      ['a time after', (now) => ({ 'if-modified-since': date(now, 1000) }), 304],
      ['a time before', (now) => ({ 'if-modified-since': date(now, -1000) }), 200],
      ['a time long before', (now) => ({ 'if-modified-since': date(now, -YEAR) }), 200],
      ['no date', () => ({ 'if-modified-since': 'yesterday' }), 200],
      [
        'another ETag, and a time after',
        (now) => ({ 'if-none-match': 'W/"1"', 'if-modified-since': date(now, 1000) }),
        200,
      ],
      [
        'the ETag, and a time before',
        (now) => ({ 'if-none-match': 'W/"2"', 'if-modified-since': date(now, -YEAR) }),
        304,
      ],
    ]
    for (const [what, headers, status] of table)
      it(`${what} → ${status}`, async () => {
        const id = unique()
        await put(id)
        const now = await put(id, { active: true })
        for (const path of [`/Patient/${id}`, `/Patient/${id}/_history/2`]) {
          const answer = await get(path, headers(now))
          assert.equal(answer.status, status)
          assert.equal(answer.headers.get('etag'), 'W/"2"')
          assert.equal(answer.headers.get('last-modified'), now.headers.get('last-modified'))
          assert.equal(answer.text === '', status === 304)
        }
      })

    it('don’t hide that a resource is gone', async () => {
      const id = await withHistory()
      assert.equal((await get(`/Patient/${id}`, { 'if-none-match': '*' })).status, 410)
      assert.equal((await get('/Patient/nobody', { 'if-none-match': '*' })).status, 404)
    })
  })

  describe('a part', () => {
    const more = {
      active: true,
      gender: 'female',
      name: [{ family: '김', given: ['민지'] }],
      photo: [{ title: 'x' }],
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">k</div>' },
    }
    const SUBSETTED = {
      system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
      code: 'SUBSETTED',
    }
    const table: [query: string, elements: readonly string[]][] = [
      ['_summary=true', ['identifier', 'active', 'gender', 'name']],
      ['_summary=text', ['text']],
      ['_summary=data', ['identifier', 'active', 'gender', 'name', 'photo']],
      ['_elements=name,photo', ['name', 'photo']],
      ['_elements=Patient.gender', ['gender']],
    ]
    for (const [query, elements] of table)
      it(`${query}: ${elements.join(', ')}`, async () => {
        const id = unique()
        await put(id, more)
        for (const path of [`/Patient/${id}`, `/Patient/${id}/_history/1`]) {
          const { status, body } = await get(`${path}?${query}`)
          assert.equal(status, 200)
          const { resourceType, id: given, meta, ...rest } = body
          assert.deepEqual([resourceType, given], ['Patient', id])
          assert.deepEqual(meta.tag, [SUBSETTED])
          assert.equal(meta.versionId, '1')
          assert.deepEqual(Object.keys(rest as object).sort(), [...elements].sort())
        }
      })

    it('_summary=false is the whole; anything else is refused', async () => {
      const id = unique()
      const whole = await put(id, more)
      assert.deepEqual((await get(`/Patient/${id}?_summary=false`)).body, whole.body)
      assertRefused(server(), await get(`/Patient/${id}?_summary=some`), 400, {
        expression: '_summary',
      })
    })
  })

  describe('HEAD', () => {
    const head = (path: string, headers: Record<string, string> = {}) =>
      server().send('HEAD', path, undefined, headers)
    const COMPARED = [
      'etag',
      'last-modified',
      'content-type',
      'content-length',
      'cache-control',
      'vary',
      'x-content-type-options',
    ]
    const paths = [
      '/Patient/ID',
      '/Patient/ID/_history/1',
      '/Patient/ID/_history',
      '/Patient?identifier=ID',
      '/?_type=Patient&identifier=ID',
      '/metadata',
      '/Patient/nobody',
      '/Patient/a_b',
      '/Nonsense',
    ]
    for (const path of paths)
      it(`${path} has the headers of GET and no body`, async () => {
        const id = unique()
        await put(id)
        const url = path.replace('ID', id)
        const [with_, without] = [await get(url), await head(url)]
        assert.equal(without.status, with_.status)
        assert.equal(without.text, '')
        for (const name of COMPARED)
          assert.equal(without.headers.get(name), with_.headers.get(name), name)
      })

    it('knows conditions and deletions', async () => {
      const id = unique()
      await put(id)
      assert.equal((await head(`/Patient/${id}`, { 'if-none-match': 'W/"1"' })).status, 304)
      await server().send('DELETE', `/Patient/${id}`)
      assert.equal((await head(`/Patient/${id}`)).status, 410)
    })

    it('is no way to write or to post', async () => {
      const answer = await head('/Patient/_search')
      assert.equal(answer.status, 405)
      assert.equal(answer.headers.get('allow'), 'POST')
    })
  })
})
