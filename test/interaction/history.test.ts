// history of an instance, a type and the system, https://hl7.org/fhir/R4/http.html#history
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertRefused, type Expected } from '../http/outcome.ts'
import { onBothStores, type Answer } from '../support/server.ts'
import { observation, patient, unique } from './bundles.ts'

onBothStores('history', (server) => {
  const get = (path: string) => server().send('GET', path)
  const put = async (id: string, more: object = {}): Promise<Answer> =>
    server().send('PUT', `/Patient/${id}`, patient(id, { id, ...more }))
  /** `Patient/x/3` of each entry. */
  const labels = (body: any): string[] =>
    (body.entry ?? []).map(
      (e: any) =>
        `${e.fullUrl.slice(server().base.length + 1)}/${/\d+/.exec(e.response.etag as string)![0]}`,
    )
  const linkOf = (body: any, relation: string): string | undefined =>
    body.link.find((l: any) => l.relation === relation)?.url

  /** All pages from one on; `between` happens after each. */
  const pages = async (path: string, between: () => Promise<unknown> = async () => {}) => {
    const all: string[] = []
    let next: string | undefined = path
    for (let page = 0; next !== undefined; page++) {
      assert.ok(page < 200, 'an end')
      const { status, body } = await get(next)
      assert.equal(status, 200)
      all.push(...labels(body))
      next = linkOf(body, 'next')
      await between()
    }
    return all
  }

  /** Created, updated, patched, deleted, created again. */
  const lived = async (): Promise<string> => {
    const id = unique()
    await put(id)
    await put(id, { active: true })
    await server().send('PATCH', `/Patient/${id}`, [{ op: 'remove', path: '/active' }], {
      'content-type': 'application/json-patch+json',
    })
    await server().send('DELETE', `/Patient/${id}`)
    await put(id, { gender: 'male' })
    return id
  }

  it('of an instance has every version, newest first, and how each came about', async () => {
    const id = await lived()
    const { status, body } = await get(`/Patient/${id}/_history`)
    assert.equal(status, 200)
    assert.equal(body.resourceType, 'Bundle')
    assert.equal(body.type, 'history')
    assert.equal(body.total, 5)
    assert.equal(linkOf(body, 'self'), `${server().base}/Patient/${id}/_history`)
    assert.deepEqual(server().context.validator.validate(body, { type: 'Bundle' }), [])
    assert.deepEqual(
      labels(body),
      [5, 4, 3, 2, 1].map((v) => `Patient/${id}/${v}`),
    )
    assert.deepEqual(
      body.entry.map((e: any) => [e.request.method, e.request.url, e.response.status.slice(0, 3)]),
      [
        ['PUT', `Patient/${id}`, body.entry[0].response.status.slice(0, 3)],
        ['DELETE', `Patient/${id}`, '204'],
        ['PATCH', `Patient/${id}`, '200'],
        ['PUT', `Patient/${id}`, '200'],
        ['PUT', `Patient/${id}`, '201'],
      ],
    )
    for (const [i, entry] of body.entry.entries()) {
      assert.equal(entry.resource === undefined, i === 1, 'a deletion has no resource')
      assert.match(entry.response.lastModified as string, /^\d{4}-\d\d-\d\dT.*Z$/)
      if (entry.resource === undefined) continue
      assert.equal(entry.response.etag, `W/"${entry.resource.meta.versionId}"`)
      assert.equal(entry.response.lastModified, entry.resource.meta.lastUpdated)
      const version = await get(`/Patient/${id}/_history/${entry.resource.meta.versionId}`)
      assert.deepEqual(version.body, entry.resource)
    }
  })

  it('of a create by POST says so', async () => {
    const made = await server().send('POST', '/Patient', patient(unique()))
    const { body } = await get(`/Patient/${made.body.id}/_history`)
    assert.deepEqual(body.entry[0].request, { method: 'POST', url: 'Patient' })
    assert.match(body.entry[0].response.status as string, /^201/)
  })

  it('of what is gone is there; of what never was is not', async () => {
    const id = unique()
    await put(id)
    await server().send('DELETE', `/Patient/${id}`)
    assert.deepEqual(labels((await get(`/Patient/${id}/_history`)).body), [
      `Patient/${id}/2`,
      `Patient/${id}/1`,
    ])
    assertRefused(server(), await get('/Patient/nobody/_history'), 404, { code: 'not-found' })
    assertRefused(server(), await get(`/Observation/${id}/_history`), 404)
  })

  it('of a type has that type only, of the system all', async () => {
    const id = unique()
    await put(id)
    const other = `Observation/${id}`
    await server().send('PUT', `/${other}`, observation({ id }))
    await server().send('DELETE', `/${other}`)
    const ofType = labels((await get('/Patient/_history?_count=1000')).body)
    assert.ok(ofType.includes(`Patient/${id}/1`))
    assert.ok(ofType.every((l) => l.startsWith('Patient/')))
    const ofSystem = labels((await get('/_history?_count=1000')).body)
    assert.deepEqual(ofSystem.slice(0, 3), [`${other}/2`, `${other}/1`, `Patient/${id}/1`])
  })

  it('of a type that has none is empty', async () => {
    const { status, body } = await get('/Linkage/_history')
    assert.equal(status, 200)
    assert.equal(body.total, 0)
    assert.equal(body.entry, undefined)
  })

  it('pages to the end without gaps or repeats while others write', async function () {
    this.timeout(60_000)
    const id = unique()
    for (let i = 0; i < 11; i++) await put(id, { birthDate: String(1950 + i) })
    let more = 0
    const write = () => put(id, { birthDate: String(2000 + more++) })
    assert.deepEqual(
      await pages(`/Patient/${id}/_history?_count=3`, write),
      Array.from({ length: 11 }, (_, i) => `Patient/${id}/${11 - i}`),
    )
    const before = labels((await get('/Patient/_history?_count=1000')).body)
    assert.deepEqual(await pages('/Patient/_history?_count=7', write), before)
    const system = labels((await get('/_history?_count=1000')).body)
    assert.deepEqual(await pages('/_history?_count=9', write), system)
  })

  it('pages of what is deleted and comes back meanwhile', async () => {
    const id = unique()
    for (let i = 0; i < 6; i++) await put(id, { birthDate: String(1950 + i) })
    const flip = async () => {
      await server().send('DELETE', `/Patient/${id}`)
      await put(id)
    }
    assert.deepEqual(
      await pages(`/Patient/${id}/_history?_count=2`, flip),
      [6, 5, 4, 3, 2, 1].map((v) => `Patient/${id}/${v}`),
    )
  })

  it('_count bounds a page, and its links keep what was asked for', async () => {
    const id = await lived()
    const { body } = await get(`/Patient/${id}/_history?_count=2&_since=2020`)
    assert.equal(body.entry.length, 2)
    assert.equal(body.total, 5)
    const next = new URL(linkOf(body, 'next')!)
    assert.equal(next.searchParams.get('_count'), '2')
    assert.equal(next.searchParams.get('_since'), '2020')
    assert.equal((await get(`/Patient/${id}/_history?_count=5`)).body.link.length, 1)
    assert.equal((await get(`/Patient/${id}/_history?_count=999999`)).body.entry.length, 5)
  })

  for (const query of ['_count=0', '_summary=count'])
    it(`${query} tells the number alone`, async () => {
      const id = await lived()
      const { status, body } = await get(`/Patient/${id}/_history?${query}`)
      assert.equal(status, 200)
      assert.equal(body.total, 5)
      assert.equal(body.entry, undefined)
      assert.equal(linkOf(body, 'next'), undefined)
    })

  it('_summary and _elements shorten what it lists', async () => {
    const id = await lived()
    const { body } = await get(`/Patient/${id}/_history?_elements=gender`)
    assert.equal(body.entry.length, 5)
    assert.equal(body.entry[0].resource.gender, 'male')
    assert.equal(body.entry[0].resource.identifier, undefined)
    assert.equal(body.entry[0].resource.meta.tag[0].code, 'SUBSETTED')
    assert.equal(body.entry[1].resource, undefined)
  })

  it('_since begins at an instant, _at asks what was current then', async function () {
    this.timeout(30_000)
    const id = unique()
    const instants: string[] = []
    for (const gender of ['male', 'female', 'other']) {
      const { body } = await put(id, { gender })
      instants.push(body.meta.lastUpdated as string)
      await sleep(15)
    }
    await server().send('DELETE', `/Patient/${id}`)
    const of = async (query: string) =>
      labels((await get(`/Patient/${id}/_history?${query}`)).body).map((l) => l.split('/')[2])
    const between = (i: number) => new Date(Date.parse(instants[i]!) + 5).toISOString()

    assert.deepEqual(await of(`_since=${instants[1]!}`), ['4', '3', '2'])
    assert.deepEqual(await of(`_since=${between(1)}`), ['4', '3'])
    assert.deepEqual(await of('_since=2020-01-01'), ['4', '3', '2', '1'])
    assert.deepEqual(await of('_since=2100-01-01'), [])
    const inKorea = new Date(Date.parse(instants[1]!) + 9 * 3_600_000)
      .toISOString()
      .replace('Z', '+09:00')
    assert.deepEqual(await of(`_since=${encodeURIComponent(inKorea)}`), ['4', '3', '2'])

    assert.deepEqual(await of(`_at=${between(0)}`), ['1'])
    assert.deepEqual(await of(`_at=${between(1)}`), ['2'])
    assert.deepEqual(await of(`_at=2020`), [])
    assert.deepEqual(await of(`_at=2100`), ['4'])
    assert.deepEqual(await of(`_at=${instants[0]!.slice(0, 4)}`), ['4', '3', '2', '1'])
  })

  const refusals: [path: string, status: number, expected?: Expected][] = [
    ['/Patient/_history?_count=-1', 400, { expression: '_count' }],
    ['/Patient/_history?_count=x', 400, { expression: '_count' }],
    ['/Patient/_history?_count=', 400],
    ['/Patient/_history?_count=1.5', 400],
    ['/Patient/_history?_since=yesterday', 400, { expression: '_since' }],
    ['/Patient/_history?_since=', 400],
    ['/Patient/_history?_since=2023-02-30', 400],
    ['/Patient/_history?_since=gt2023', 400],
    ['/Patient/_history?_at=never', 400, { expression: '_at' }],
    ['/Patient/_history?_cursor=nonsense', 400],
    ['/Patient/_history?_cursor=', 400],
    ['/Patient/_history?name=Kim', 400, { expression: 'name' }],
    ['/Patient/_history?_list=7', 400, { expression: '_list' }],
    ['/Patient/_history?_summary=some', 400, { expression: '_summary' }],
    ['/Patiant/_history', 404],
    ['/Patient/a_b/_history', 400],
  ]
  for (const [path, status, expected] of refusals)
    it(`${path} → ${status}`, async () => {
      assertRefused(server(), await get(path), status, expected)
    })

  it('is read only', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      for (const path of ['/_history', '/Patient/_history', '/Patient/p/_history'])
        assertRefused(server(), await server().send(method, path), 405)
  })
})
