// A clinic and a hospital work together through fhir-kit-client, as a program of somebody else would.
// https://hl7.org/fhir/R4/http.html
// Must not reach into the server: whatever is asserted here came over HTTP.
import assert from 'node:assert/strict'
import { CapabilityTool, Client, type FhirResource } from 'fhir-kit-client'
import { onBothStores } from '../support/server.ts'
import { LOINC, NATIONAL, UCUM, patient, reading, visit } from './records.ts'

type Problem = { readonly status: number; readonly data: any }

onBothStores('fhir-kit-client', (server) => {
  let clinic: Client
  let hospital: Client
  before(() => {
    clinic = new Client({ baseUrl: server().base })
    hospital = new Client({
      baseUrl: `${server().base}/`,
      customHeaders: { 'X-Request-Id': 'hospital-1' },
    })
  })

  /** What the client throws for an answer that is an error. */
  const problem = async (work: Promise<unknown>): Promise<Problem> => {
    try {
      await work
    } catch (error) {
      const { response } = error as { response?: Problem }
      assert.ok(response !== undefined, String(error))
      assert.equal(response.data.resourceType, 'OperationOutcome')
      return response
    }
    return assert.fail('the server should have refused this')
  }
  const headersOf = (resource: FhirResource): Headers => Client.httpFor(resource).response!.headers
  const statusOf = (resource: FhirResource): number => Client.httpFor(resource).response!.status
  const matches = (bundle: any): any[] =>
    (bundle.entry ?? []).filter((e: any) => e.search.mode === 'match').map((e: any) => e.resource)
  const idsOf = (bundle: any): string[] => matches(bundle).map((r) => r.id)

  describe('one record, from the clinic to the hospital', () => {
    const sent = patient('900101-0000001', { text: 'Әлия Қасымова', family: 'Қасымова' })
    let id: string

    it('is created with an id, a version and a location, and nothing else is changed', async () => {
      const made: any = await clinic.create({ resourceType: 'Patient', body: sent })
      id = made.id
      assert.equal(statusOf(made), 201)
      assert.equal(headersOf(made).get('location'), `${server().base}/Patient/${id}/_history/1`)
      assert.equal(headersOf(made).get('etag'), 'W/"1"')
      const { versionId, lastUpdated, ...rest } = made.meta
      assert.equal(versionId, '1')
      assert.ok(Math.abs(Date.parse(lastUpdated) - Date.now()) < 60_000)
      assert.deepEqual({ ...made, meta: rest }, { ...sent, id })
    })

    it('is read as it was sent, with the caller’s request id', async () => {
      const read: any = await hospital.read({ resourceType: 'Patient', id })
      assert.equal(headersOf(read).get('x-request-id'), 'hospital-1')
      assert.deepEqual(
        { ...read, id: undefined, meta: undefined },
        { ...sent, id: undefined, meta: undefined },
      )
      assert.deepEqual(await hospital.resolve({ reference: `Patient/${id}` }), read)
      assert.deepEqual(
        await hospital.resolve({ reference: `${server().base}/Patient/${id}` }),
        read,
      )
    })

    it('is found by its number and by each way to write its name', async () => {
      const asked: Record<string, string>[] = [
        { identifier: `${NATIONAL}|900101-0000001` },
        { name: 'әлия' },
        { family: 'ҚАСЫМ' },
        { name: 'қасымова', birthdate: '1990-01-01', gender: 'female' },
      ]
      for (const searchParams of asked) {
        const found: any = await hospital.search({ resourceType: 'Patient', searchParams })
        assert.equal(found.type, 'searchset')
        assert.deepEqual(idsOf(found), [id], JSON.stringify(searchParams))
        assert.equal(found.entry[0].fullUrl, `${server().base}/Patient/${id}`)
      }
      // Қ is another letter than К, though both are one name elsewhere.
      const byLetter = { resourceType: 'Patient', searchParams: { 'family:exact': 'Касымова' } }
      assert.deepEqual(idsOf(await hospital.search(byLetter)), [])
    })

    it('is changed by one of two who both read version 1; the other is told', async () => {
      const read: any = await clinic.read({ resourceType: 'Patient', id })
      const options = { headers: { 'If-Match': headersOf(read).get('etag')! } }
      const changed: any = await clinic.update({
        resourceType: 'Patient',
        id,
        body: { ...read, telecom: [{ system: 'phone', value: '+7 000 000 00 01' }] },
        options,
      })
      assert.equal(statusOf(changed), 200)
      assert.equal(changed.meta.versionId, '2')
      assert.equal(changed.telecom[0].value, '+7 000 000 00 01')
      const late = await problem(
        hospital.update({ resourceType: 'Patient', id, body: { ...read, active: false }, options }),
      )
      assert.equal(late.status, 412)
      assert.equal(late.data.issue[0].code, 'conflict')
      assert.match(late.data.issue[0].diagnostics, /current version of Patient\/\S+ is 2/)
      assert.deepEqual(await hospital.read({ resourceType: 'Patient', id }), changed)
    })

    it('gets no new version from an update that changes nothing', async () => {
      const read = await clinic.read({ resourceType: 'Patient', id })
      const again: any = await clinic.update({ resourceType: 'Patient', id, body: read })
      assert.equal(statusOf(again), 200)
      assert.deepEqual(again, read)
    })

    it('is patched, unless a test in the patch fails', async () => {
      const patched: any = await hospital.patch({
        resourceType: 'Patient',
        id,
        jsonPatch: [
          { op: 'test', path: '/active', value: true },
          { op: 'replace', path: '/active', value: false },
          { op: 'add', path: '/name/-', value: { use: 'nickname', text: 'Аля' } },
        ],
      })
      assert.equal(patched.meta.versionId, '3')
      assert.equal(patched.active, false)
      assert.deepEqual(patched.name.at(-1), { use: 'nickname', text: 'Аля' })
      const { status } = await problem(
        hospital.patch({
          resourceType: 'Patient',
          id,
          jsonPatch: [
            { op: 'test', path: '/active', value: true },
            { op: 'remove', path: '/name' },
          ],
        }),
      )
      assert.equal(status, 422)
      assert.deepEqual(await clinic.read({ resourceType: 'Patient', id }), patched)
    })

    it('has a history in which each version is still what it was', async () => {
      const { entry, total, type }: any = await hospital.history({ resourceType: 'Patient', id })
      assert.equal(type, 'history')
      assert.equal(total, 3)
      assert.deepEqual(
        entry.map((e: any) => [
          e.request.method,
          e.request.url,
          e.response.etag,
          e.resource.active,
        ]),
        [
          ['PATCH', `Patient/${id}`, 'W/"3"', false],
          ['PUT', `Patient/${id}`, 'W/"2"', true],
          ['POST', 'Patient', 'W/"1"', true],
        ],
      )
      for (const { resource } of entry) {
        const { versionId } = resource.meta
        assert.deepEqual(
          await clinic.vread({ resourceType: 'Patient', id, version: versionId }),
          resource,
        )
      }
      const first: any = await clinic.vread({ resourceType: 'Patient', id, version: '1' })
      assert.deepEqual(
        { ...first, id: undefined, meta: undefined },
        { ...sent, id: undefined, meta: undefined },
      )
    })

    it('is deleted, and then gone but for its history', async () => {
      const removed = await clinic.delete({ resourceType: 'Patient', id })
      assert.equal(statusOf(removed), 204)
      const gone = await problem(hospital.read({ resourceType: 'Patient', id }))
      assert.equal(gone.status, 410)
      assert.equal(gone.data.issue[0].code, 'deleted')
      assert.equal(
        (await problem(hospital.vread({ resourceType: 'Patient', id, version: '4' }))).status,
        410,
      )
      const { entry }: any = await hospital.history({ resourceType: 'Patient', id })
      assert.deepEqual(entry[0].request, { method: 'DELETE', url: `Patient/${id}` })
      assert.equal(entry[0].resource, undefined)
      assert.equal(entry.length, 4)
      assert.deepEqual(
        idsOf(await hospital.search({ resourceType: 'Patient', searchParams: { _id: id } })),
        [],
      )
      const back: any = await clinic.update({ resourceType: 'Patient', id, body: { ...sent, id } })
      assert.equal(statusOf(back), 201)
      assert.equal(back.meta.versionId, '5')
    })
  })

  describe('conditions', () => {
    const body = patient('910202-0000002', { text: '김하늘', family: '김' })
    const identifier = `${NATIONAL}|910202-0000002`
    const options = { headers: { 'If-None-Exist': `identifier=${identifier}` } }
    let id: string

    it('create once, however often they are sent', async () => {
      const made: any = await clinic.create({ resourceType: 'Patient', body, options })
      assert.equal(statusOf(made), 201)
      id = made.id
      const again: any = await clinic.create({ resourceType: 'Patient', body, options })
      assert.equal(statusOf(again), 200)
      assert.equal(again.id, id)
      const all = await Promise.all(
        Array.from({ length: 5 }, () =>
          clinic.create({
            resourceType: 'Patient',
            body: patient('910202-0000003', { text: '김바다', family: '김' }),
            options: { headers: { 'If-None-Exist': `identifier=${NATIONAL}|910202-0000003` } },
          }),
        ),
      )
      assert.equal(new Set(all.map((r) => r.id)).size, 1)
      assert.deepEqual(all.map(statusOf).sort(), [200, 200, 200, 200, 201])
    })

    it('update the one that they select, and create when there is none', async () => {
      const changed: any = await hospital.update({
        resourceType: 'Patient',
        searchParams: { identifier },
        body: { ...body, maritalStatus: { text: '기혼' } },
      })
      assert.equal(changed.id, id)
      assert.equal(changed.meta.versionId, '2')
      assert.deepEqual(changed.maritalStatus, { text: '기혼' })
      const other = patient('920303-0000004', { text: '이도윤', family: '이' })
      const made: any = await hospital.update({
        resourceType: 'Patient',
        searchParams: { identifier: `${NATIONAL}|920303-0000004` },
        body: other,
      })
      assert.equal(statusOf(made), 201)
      assert.notEqual(made.id, id)
    })

    it('change nothing when they select several', async () => {
      const before: any = await hospital.history()
      const refused = await problem(
        hospital.update({
          resourceType: 'Patient',
          searchParams: { family: '김' },
          body,
        }),
      )
      assert.equal(refused.status, 412)
      assert.equal(refused.data.issue[0].code, 'multiple-matches')
      const created = await problem(
        clinic.create({
          resourceType: 'Patient',
          body,
          options: {
            headers: {
              'If-None-Exist': `family=${encodeURIComponent('김')}`,
            },
          },
        }),
      )
      assert.equal(created.status, 412)
      const deleted = await problem(
        clinic.request(`Patient?family=${encodeURIComponent('김')}`, { method: 'DELETE' }),
      )
      assert.equal(deleted.status, 412)
      assert.deepEqual(await hospital.history(), before)
    })

    it('delete the one that they select', async () => {
      await clinic.request(`Patient?identifier=${identifier}`, { method: 'DELETE' })
      assert.equal((await problem(clinic.read({ resourceType: 'Patient', id }))).status, 410)
    })
  })

  describe('a visit in one transaction', () => {
    let patientId: string
    let reportId: string

    it('is written whole, with its links pointing to what was made', async () => {
      const made: any = await clinic.transaction({ body: visit('930404-0000005') })
      assert.equal(made.type, 'transaction-response')
      assert.deepEqual(
        made.entry.map((e: any) => e.response.status),
        ['201 Created', '201 Created', '201 Created', '201 Created'],
      )
      const [p, systolic, glucose, r] = made.entry.map((e: any) => e.response.location)
      const idOf = (location: string): string => /\/([^/]+)\/_history\/1$/.exec(location)![1]!
      patientId = idOf(p)
      reportId = idOf(r)
      const report: any = await hospital.read({ resourceType: 'DiagnosticReport', id: reportId })
      assert.deepEqual(report.subject, { reference: `Patient/${patientId}`, display: '박서준' })
      assert.deepEqual(report.result, [
        { reference: `Observation/${idOf(systolic)}` },
        { reference: `Observation/${idOf(glucose)}` },
      ])
    })

    it('is found as report, person and results in one search', async () => {
      const found: any = await hospital.search({
        resourceType: 'DiagnosticReport',
        searchParams: {
          patient: patientId,
          _include: ['DiagnosticReport:result', 'DiagnosticReport:subject'],
        },
      })
      assert.deepEqual(
        found.entry.map((e: any) => [e.search.mode, e.resource.resourceType]).sort(),
        [
          ['include', 'Observation'],
          ['include', 'Observation'],
          ['include', 'Patient'],
          ['match', 'DiagnosticReport'],
        ],
      )
      const report = found.entry[0].resource
      const inBundle = await hospital.resolve({
        reference: report.subject.reference,
        context: found,
      })
      assert.equal(inBundle.id, patientId)
    })

    it('is everything that the patient has, and is in the compartment', async () => {
      const all: any = await hospital.operation({
        name: 'everything',
        resourceType: 'Patient',
        id: patientId,
        method: 'GET',
      })
      assert.equal(all.type, 'searchset')
      assert.deepEqual(all.entry.map((e: any) => e.resource.resourceType).sort(), [
        'DiagnosticReport',
        'Observation',
        'Observation',
        'Patient',
      ])
      const posted: any = await hospital.operation({
        name: '$everything',
        resourceType: 'Patient',
        id: patientId,
      })
      assert.deepEqual(posted.entry, all.entry)
      const inside: any = await hospital.search({
        resourceType: 'Observation',
        compartment: { resourceType: 'Patient', id: patientId },
        searchParams: { code: `${LOINC}|2339-0` },
      })
      assert.deepEqual(
        matches(inside).map((o) => o.valueQuantity.value),
        [104.5],
      )
      const form: any = await hospital.search({
        resourceType: 'Observation',
        compartment: { resourceType: 'Patient', id: patientId },
        searchParams: { code: `${LOINC}|2339-0` },
        options: { postSearch: true },
      })
      assert.deepEqual(idsOf(form), idsOf(inside))
    })

    it('leaves nothing behind when one entry is wrong', async () => {
      const before: any = await hospital.history()
      const wrong: any = visit('930404-0000006')
      delete wrong.entry[2].resource.code
      const refused = await problem(clinic.transaction({ body: wrong }))
      assert.equal(refused.status, 422)
      assert.match(JSON.stringify(refused.data.issue[0]), /entry\[2\].*code|code.*entry\[2\]/)
      assert.deepEqual(await hospital.history(), before)
    })

    it('tells of each entry in a batch by itself', async () => {
      const body = {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [
          { request: { method: 'GET', url: `Patient/${patientId}` } },
          { request: { method: 'GET', url: 'Patient/nobody' } },
          {
            resource: reading(`Patient/${patientId}`, 0),
            request: { method: 'POST', url: 'Observation' },
          },
          {
            resource: { resourceType: 'Observation' },
            request: { method: 'POST', url: 'Observation' },
          },
          {
            request: {
              method: 'GET',
              url: `Observation?patient=${patientId}&code=${LOINC}|2339-0`,
            },
          },
          { request: { method: 'DELETE', url: `DiagnosticReport/${reportId}` } },
        ],
      }
      const { type, entry }: any = await clinic.batch({ body })
      assert.equal(type, 'batch-response')
      assert.deepEqual(
        entry.map((e: any) => e.response.status.slice(0, 3)),
        ['200', '404', '201', '422', '200', '204'],
      )
      assert.equal(entry[0].resource.id, patientId)
      assert.equal(entry[1].response.outcome.issue[0].code, 'not-found')
      assert.ok(entry[3].response.outcome.issue.length >= 2, 'status and code are both missing')
      assert.equal(entry[4].resource.type, 'searchset')
      assert.equal(
        (await problem(clinic.read({ resourceType: 'DiagnosticReport', id: reportId }))).status,
        410,
      )
    })
  })

  describe('ninety-five readings', () => {
    const COUNT = 95
    let subject: string
    before(async () => {
      const made: any = await clinic.create({
        resourceType: 'Patient',
        body: patient('940505-0000007', { text: 'Иван Фёдоров', family: 'Фёдоров' }),
      })
      subject = `Patient/${made.id}`
      const entry = Array.from({ length: COUNT }, (_, i) => ({
        resource: reading(subject, i),
        request: { method: 'POST', url: 'Observation' },
      }))
      // A body of this size must do without keepalive, says fetch.
      const done: any = await clinic.transaction({
        body: { resourceType: 'Bundle', type: 'transaction', entry },
        options: { keepalive: false },
      })
      assert.equal(done.entry.length, COUNT)
    })

    const pagesOf = async (first: any): Promise<any[]> => {
      const pages = [first]
      for (;;) {
        const next: any = await hospital.nextPage({ bundle: pages.at(-1) })
        if (next === undefined) return pages
        pages.push(next)
        assert.ok(pages.length < 50, 'the pages have no end')
      }
    }

    for (const postSearch of [false, true])
      it(`come page by page, newest first, each once (${postSearch ? 'POST' : 'GET'})`, async () => {
        const first: any = await hospital.search({
          resourceType: 'Observation',
          searchParams: {
            subject,
            code: `${LOINC}|8867-4`,
            _sort: '-date',
            _count: 10,
            _total: 'accurate',
          },
          options: { postSearch },
        })
        assert.equal(first.total, COUNT)
        const pages = await pagesOf(first)
        assert.deepEqual(
          pages.map((p) => matches(p).length),
          [10, 10, 10, 10, 10, 10, 10, 10, 10, 5],
        )
        const all = pages.flatMap(matches)
        assert.deepEqual(
          all.map((o) => o.valueQuantity.value),
          Array.from({ length: COUNT }, (_, i) => 60 + (COUNT - 1 - i)),
        )
        assert.equal(new Set(all.map((o) => o.id)).size, COUNT)
      })

    it('come page by page in the history of the type, too', async () => {
      const first: any = await hospital.request('Observation/_history?_count=40')
      const entries = (await pagesOf(first)).flatMap((p) => p.entry)
      const keys = entries.map((e: any) => `${e.fullUrl} ${e.response.etag}`)
      assert.equal(new Set(keys).size, keys.length)
      // A total is optional in a history; the store that counts must count right.
      if (first.total !== undefined) assert.equal(first.total, entries.length)
      assert.equal(
        entries.filter((e: any) => e.resource?.subject.reference === subject).length,
        COUNT,
      )
    })

    it('are counted, and compared by value with their unit', async () => {
      const total = async (searchParams: Record<string, string>): Promise<number> => {
        const { total: n }: any = await hospital.search({
          resourceType: 'Observation',
          searchParams: { subject, _summary: 'count', ...searchParams },
        })
        return n
      }
      assert.equal(await total({}), COUNT)
      assert.equal(await total({ 'value-quantity': `ge100|${UCUM}|/min` }), 55)
      assert.equal(await total({ 'value-quantity': `lt100|${UCUM}|/min` }), 40)
      assert.equal(await total({ 'value-quantity': `ge100|${UCUM}|mmol/L` }), 0)
      assert.equal(await total({ date: 'ge2026-02-01', 'value-quantity': 'lt1000' }), COUNT - 31)
    })

    it('are found in the whole system by type', async () => {
      const found: any = await hospital.search({
        searchParams: { _type: 'Observation,Patient', _count: 500 },
      })
      const types = new Set(matches(found).map((r) => r.resourceType))
      assert.deepEqual([...types].sort(), ['Observation', 'Patient'])
      assert.ok(idsOf(found).length > COUNT)
    })
  })

  describe('mistakes', () => {
    it('are told with where they are', async () => {
      const refused = await problem(
        clinic.create({
          resourceType: 'Patient',
          body: { resourceType: 'Patient', gender: 'woman', birthDate: '1990-13-01', nmae: [] },
        }),
      )
      assert.equal(refused.status, 422)
      const told = refused.data.issue.map((i: any) => `${i.expression.join()}: ${i.diagnostics}`)
      for (const one of [
        /^Patient\.gender: .*woman/,
        /^Patient\.birthDate: /,
        /^Patient: .*nmae.*name/,
      ])
        assert.ok(
          told.some((line: string) => one.test(line)),
          `${one} is not in ${told.join('\n')}`,
        )
    })

    it('have their own status each', async () => {
      const tries: [number, () => Promise<unknown>][] = [
        [404, () => clinic.read({ resourceType: 'Patient', id: 'nobody' })],
        [404, () => clinic.read({ resourceType: 'Pacient', id: '1' })],
        [400, () => clinic.read({ resourceType: 'Patient', id: 'a_b' })],
        [
          400,
          () =>
            clinic.search({ resourceType: 'Patient', searchParams: { birthdate: 'yesterday' } }),
        ],
        [
          400,
          () =>
            clinic.search({
              resourceType: 'Patient',
              searchParams: { nmae: 'x' },
              options: { headers: { Prefer: 'handling=strict' } },
            }),
        ],
        [
          400,
          () => clinic.create({ resourceType: 'Patient', body: { resourceType: 'Observation' } }),
        ],
        [
          400,
          () =>
            clinic.update({
              resourceType: 'Patient',
              id: 'p1',
              body: { resourceType: 'Patient', id: 'p2' },
            }),
        ],
        [405, () => clinic.request('metadata', { method: 'DELETE' })],
        [
          406,
          () => clinic.request('metadata', { options: { headers: { Accept: 'text/turtle' } } }),
        ],
        [
          415,
          () =>
            clinic.request('Patient', {
              method: 'POST',
              body: 'x',
              options: { headers: { 'Content-Type': 'text/plain' } },
            }),
        ],
      ]
      for (const [status, work] of tries) assert.equal((await problem(work())).status, status)
    })

    it('are found by $validate before anything is stored', async () => {
      const before: any = await hospital.history()
      const wrong: any = await clinic.operation({
        name: 'validate',
        resourceType: 'Observation',
        input: { resourceType: 'Observation', status: 'done', code: { text: 'pulse' } },
      })
      assert.equal(statusOf(wrong), 200)
      assert.deepEqual(
        wrong.issue.filter((i: any) => i.severity === 'error').map((i: any) => i.expression),
        [['Observation.status']],
      )
      const right: any = await clinic.operation({
        name: '$validate',
        resourceType: 'Observation',
        input: { resourceType: 'Observation', status: 'final', code: { text: 'pulse' } },
      })
      assert.ok(right.issue.every((i: any) => i.severity === 'information'))
      assert.deepEqual(await hospital.history(), before)
    })
  })

  it('reads in the CapabilityStatement what it has used', async () => {
    const statement: any = await hospital.capabilityStatement()
    assert.equal(statement.fhirVersion, '4.0.1')
    const tool = new CapabilityTool(statement)
    for (const code of ['transaction', 'batch', 'history-system', 'search-system'])
      assert.ok(tool.serverCan(code), code)
    for (const type of ['Patient', 'Observation', 'DiagnosticReport'])
      for (const code of [
        'read',
        'vread',
        'create',
        'update',
        'patch',
        'delete',
        'history-instance',
        'history-type',
        'search-type',
      ])
        assert.ok(tool.resourceCan(type, code), `${type} ${code}`)
    assert.ok(tool.resourceSearch('Observation', 'value-quantity'))
    assert.ok(tool.searchParamsFor({ resourceType: 'Patient' }).includes('identifier'))
    assert.equal(
      tool.capabilityContents({ resourceType: 'Patient', capabilityType: 'conditionalCreate' }),
      true,
    )
  })
})
