// read, vread and history, on instance, type and system.
import assert from 'node:assert/strict'
import { onBothStores, type Answer } from '../support/server.ts'
import { patient, unique } from './bundles.ts'

onBothStores('read', (server) => {
  const id = unique()
  const gone = unique()
  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    server().send('GET', path, undefined, headers)

  before(async () => {
    await server().send('PUT', `/Patient/${id}`, patient(id, { id }))
    await server().send('PUT', `/Patient/${id}`, patient(id, { id, gender: 'female' }))
    await server().send('PUT', `/Patient/${gone}`, patient(gone, { id: gone }))
    await server().send('DELETE', `/Patient/${gone}`)
  })

  it('gives the current version, with what tells it apart', async () => {
    const { status, headers, body } = await get(`/Patient/${id}`)
    assert.equal(status, 200)
    assert.equal(body.gender, 'female')
    assert.equal(body.meta.versionId, '2')
    assert.equal(headers.get('etag'), 'W/"2"')
    const modified = Date.parse(headers.get('last-modified')!)
    assert.equal(modified, Math.floor(Date.parse(body.meta.lastUpdated as string) / 1000) * 1000)
    assert.match(headers.get('content-type')!, /^application\/fhir\+json/)
  })

  it('gives an old version as it was', async () => {
    const { status, headers, body } = await get(`/Patient/${id}/_history/1`)
    assert.equal(status, 200)
    assert.equal(body.gender, undefined)
    assert.equal(headers.get('etag'), 'W/"1"')
  })

  const paths: [string, number][] = [
    ['/Patient/nobody', 404],
    [`/Patient/${id}/_history/3`, 404],
    [`/Patient/${id}/_history/0`, 404],
    [`/Patient/${id}/_history/01`, 404],
    [`/Patient/${id}/_history/x`, 404],
    [`/Patient/nobody/_history/1`, 404],
    [`/Patient/${gone}`, 410],
    [`/Patient/${gone}/_history/1`, 200],
    [`/Patient/${gone}/_history/2`, 410],
    ['/Patiant/1', 404],
    ['/patient/1', 404],
    ['/Patient/a_b', 400],
    [`/Patient/${'x'.repeat(65)}`, 400],
    [`/Patient/${id}/frob`, 404],
    [`/Patient/${id}/_history/1/x`, 404],
    ['/Nothing', 404],
  ]
  for (const [path, status] of paths)
    it(`answers ${status} at ${path.replace(id, 'ID').replace(gone, 'GONE')}`, async () => {
      const answer = await get(path)
      assert.equal(answer.status, status, answer.text)
      if (status !== 200) assert.equal(answer.body.resourceType, 'OperationOutcome')
    })

  it('answers 405 with Allow to a method that a URL does not know', async () => {
    const { status, headers } = await server().send('POST', `/Patient/${id}`, patient('x'))
    assert.equal(status, 405)
    assert.deepEqual(headers.get('allow')?.split(', ').sort(), [
      'DELETE',
      'GET',
      'HEAD',
      'PATCH',
      'PUT',
    ])
  })

  it('gives to HEAD the headers of GET, and no body', async () => {
    const answer = await server().send('HEAD', `/Patient/${id}`)
    assert.deepEqual([answer.status, answer.text], [200, ''])
    assert.equal(answer.headers.get('etag'), 'W/"2"')
  })

  const conditions: [string, Record<string, string>, number][] = [
    ['the ETag', { 'if-none-match': 'W/"2"' }, 304],
    ['the ETag without W/', { 'if-none-match': '"2"' }, 304],
    ['one of several ETags', { 'if-none-match': 'W/"1", W/"2"' }, 304],
    ['any ETag', { 'if-none-match': '*' }, 304],
    ['an old ETag', { 'if-none-match': 'W/"1"' }, 200],
    ['a later date', { 'if-modified-since': 'Fri, 01 Jan 2999 00:00:00 GMT' }, 304],
    ['an earlier date', { 'if-modified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' }, 200],
    ['a date that is none', { 'if-modified-since': 'yesterday' }, 200],
    [
      'an old ETag and a later date: the ETag counts',
      { 'if-none-match': 'W/"1"', 'if-modified-since': 'Fri, 01 Jan 2999 00:00:00 GMT' },
      200,
    ],
  ]
  for (const [title, headers, status] of conditions)
    it(`answers ${status} to who knows ${title}`, async () => {
      const answer = await get(`/Patient/${id}`, headers)
      assert.equal(answer.status, status)
      if (status === 304) assert.equal(answer.text, '')
      assert.equal(answer.headers.get('etag'), 'W/"2"')
    })

  it('answers 304 to who sends back Last-Modified', async () => {
    const first = await get(`/Patient/${id}`)
    const again = await get(`/Patient/${id}`, {
      'if-modified-since': first.headers.get('last-modified')!,
    })
    assert.equal(again.status, 304)
  })
})

onBothStores('history', (server) => {
  const [a, b] = [unique(), unique()]
  const entries = (answer: Answer): string[] =>
    (answer.body.entry ?? []).map(
      (e: any) =>
        `${e.request.method} ${e.fullUrl.split('/').at(-1)} ${e.response.etag} ${e.resource === undefined ? 'gone' : 'here'}`,
    )
  let between = ''

  before(async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 20))
    await server().send('PUT', `/Patient/${a}`, patient(a, { id: a }))
    await server().send('PUT', `/Basic/${b}`, { resourceType: 'Basic', id: b, code: { text: 'x' } })
    await pause()
    between = new Date().toISOString()
    await pause()
    await server().send('PUT', `/Patient/${a}`, patient(a, { id: a, active: true }))
    await server().send('DELETE', `/Patient/${a}`)
    await server().send('PUT', `/Patient/${a}`, patient(a, { id: a }))
  })

  const all = [
    `PUT ${a} W/"4" here`,
    `DELETE ${a} W/"3" gone`,
    `PUT ${a} W/"2" here`,
    `PUT ${a} W/"1" here`,
  ]

  it('of an instance has every version, the newest first, deletions too', async () => {
    const answer = await server().send('GET', `/Patient/${a}/_history`)
    assert.equal(answer.body.type, 'history')
    assert.deepEqual(entries(answer), all)
    assert.deepEqual(server().context.validator.validate(answer.body), [])
    const statuses = answer.body.entry.map((e: any) => e.response.status)
    assert.deepEqual(statuses, ['200 OK', '204 No Content', '200 OK', '201 Created'])
  })

  it('of a type has that type only, of the system everything', async () => {
    assert.deepEqual(entries(await server().send('GET', '/Patient/_history')), all)
    const system = entries(await server().send('GET', '/_history'))
    assert.deepEqual(system, [...all.slice(0, 3), `PUT ${b} W/"1" here`, all[3]])
  })

  it('can be limited by time', async () => {
    const at = encodeURIComponent(between)
    assert.deepEqual(
      entries(await server().send('GET', `/Patient/_history?_since=${at}`)),
      all.slice(0, 3),
    )
    assert.deepEqual(
      entries(await server().send('GET', `/Patient/${a}/_history?_at=${at}`)),
      all.slice(3),
    )
  })

  for (const path of ['/_history', '/Patient/_history', `/Patient/${a}/_history`])
    it(`comes page by page at ${path.replace(a, 'ID')}`, async () => {
      const whole = entries(await server().send('GET', path))
      const seen: string[] = []
      let url: string | undefined = `${path}?_count=2`
      for (let pages = 0; url !== undefined; pages++) {
        assert.ok(pages < 5)
        const answer: Answer = await server().send('GET', url)
        seen.push(...entries(answer))
        url = answer.body.link.find((l: any) => l.relation === 'next')?.url
      }
      assert.deepEqual(seen, whole)
    })

  for (const [query, status] of [
    ['_count=x', 400],
    ['_since=yesterday', 400],
    ['_at=x', 400],
    ['_cursor=x', 400],
    ['name=x', 400],
  ] as const)
    it(`answers ${status} to ${query}`, async () => {
      const answer = await server().send('GET', `/Patient/_history?${query}`)
      assert.equal(answer.status, status, answer.text)
    })

  it('of what never was is not found', async () => {
    assert.equal((await server().send('GET', '/Patient/nobody/_history')).status, 404)
  })
})
