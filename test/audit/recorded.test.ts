// What is in the log of a request with a caller, that it is there before the answer, and that nobody changes it.
import assert from 'node:assert/strict'
import { openIds } from '../../src/audit/id.ts'
import { recorded } from '../../src/audit/recorded.ts'
import type { Principal, Role } from '../../src/auth/principal.ts'
import type { Seen } from '../../src/consent/access.ts'
import { fail } from '../../src/errors.ts'
import type { FhirRequest, FhirResponse } from '../../src/fhir/message.ts'
import { handle } from '../../src/handle.ts'
import { onBothStores } from '../support/server.ts'
import { asked, callerOf, type Sent } from './caller.ts'

onBothStores('the log of accesses', (server) => {
  const send = (sent: Sent, roles: Role[] = ['system']): Promise<FhirResponse> =>
    handle(asked({ ...sent, principal: callerOf('almaty', roles) }), server().context)

  const events = async (query: string): Promise<any[]> => {
    const { body } = await server().send('GET', `/AuditEvent?_count=1000&_sort=date&${query}`)
    // Beside them may stand what the index lacks yet.
    const found = (body.entry ?? [])
      .map((entry: any) => entry.resource)
      .filter(({ resourceType }: any) => resourceType === 'AuditEvent')
    const ids = await openIds(server().context.store.notes)
    const number = ({ id }: any): number => ids.placeOf(id)!.number
    return found.sort((a: any, b: any) => number(a) - number(b))
  }
  const caughtUp = () => server().context.audit.caughtUp(60_000)

  it('has nothing of requests without a caller, and costs them no search parameters', async () => {
    for (const [id, country] of [
      ['almaty', 'KZ'],
      ['busan', 'KR'],
    ] as const) {
      const body = { resourceType: 'Organization', id, name: id, address: [{ country }] }
      await server().send('PUT', `/Organization/${id}`, body)
    }
    assert.equal((await events('')).length, 0)
    assert.equal((await server().send('GET', '/SearchParameter/auditevent-consent')).status, 404)
  })

  it('has each interaction as IHE BALP wants it', async () => {
    const patient = { resourceType: 'Patient', id: 'almaty-p1', name: [{ family: 'Kim' }] }
    const observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: 'Patient/almaty-p1' },
    }
    const ofPatient: Sent['query'] = [['subject', 'Patient/almaty-p1']]
    await send({ method: 'PUT', path: 'Patient/almaty-p1', body: patient })
    await send({ method: 'POST', path: 'Observation', body: observation })
    await send({ method: 'GET', path: 'Patient/almaty-p1' })
    await send({ method: 'GET', path: 'Observation', query: ofPatient })
    await assert.rejects(send({ method: 'GET', path: 'Patient/none' }), { status: 404 })
    await assert.rejects(send({ method: 'GET', path: 'Patient', query: [['birthdate', 'soon']] }), {
      status: 400,
    })
    await send({ method: 'DELETE', path: 'Observation', query: ofPatient })
    await caughtUp()
    const all = await events('type=rest')
    const what = ({ what }: any) => what?.reference?.replace(/Observation\/\w+/, 'Observation/x')
    assert.deepEqual(
      all.map((e) => [
        e.subtype[0].code,
        e.action,
        e.outcome,
        e.meta.profile[1]?.split('.').at(-1) ?? '',
        e.entity.flatMap((entity: any) => what(entity) ?? []).join(),
      ]),
      [
        ['update', 'U', '0', 'PatientUpdate', 'Patient/almaty-p1,Patient/almaty-p1'],
        ['create', 'C', '0', 'PatientCreate', 'Observation/x,Patient/almaty-p1'],
        ['read', 'R', '0', 'PatientRead', 'Patient/almaty-p1/_history/1,Patient/almaty-p1'],
        ['search-type', 'E', '0', 'PatientQuery', 'Observation/x/_history/1,Patient/almaty-p1'],
        ['read', 'R', '4', '', 'Patient/none'],
        ['search-type', 'E', '4', '', ''],
        ['delete', 'D', '0', 'PatientDelete', 'Observation/x,Patient/almaty-p1'],
      ],
    )
    assert.match(
      Buffer.from(all[3].entity[0].query, 'base64').toString(),
      /^GET .*\/Observation\?subject=Patient%2Falmaty-p1$/,
    )
    const issues = all.flatMap((e) => server().context.validator.validate(e))
    assert.deepEqual(
      issues.filter(({ severity }) => severity === 'error'),
      [],
    )
  })

  it('is found by patient, organization, purpose and outcome', async () => {
    const count = async (query: string) => (await events(query)).length
    assert.equal(await count('patient=Patient/almaty-p1'), 5)
    assert.equal(await count('agent=Organization/almaty'), 7)
    assert.equal(await count('purpose=TREAT'), 7)
    assert.equal(await count('outcome=4'), 2)
    assert.equal(await count('entity=Patient/none'), 1)
  })

  it('has an event for each change of a Bundle, and one for a refused Bundle', async () => {
    const basic = (id: string, text: string) => ({
      request: { method: 'PUT', url: `Basic/${id}` },
      resource: { resourceType: 'Basic', id, code: { text } },
    })
    const bundle = (type: string, id: string) => ({
      resourceType: 'Bundle',
      type,
      entry: [
        basic(id, id),
        basic('almaty-b2', id),
        { request: { method: 'GET', url: 'Patient/almaty-p1' } },
      ],
    })
    const before = (await events('')).length
    await send({ method: 'POST', path: '', body: bundle('transaction', 'almaty-b1') })
    await send({ method: 'POST', path: '', body: bundle('batch', 'almaty-b3') })
    await caughtUp()
    const fresh = (await events('')).slice(before)
    const of = (kind: string) => fresh.filter((e) => e.subtype[0].code === kind).length
    assert.equal(of('update'), 4)
    assert.equal(of('read'), 2)
    assert.equal(of('transaction') + of('batch'), 0)
    const wrong = { resourceType: 'Bundle', type: 'transaction', entry: [{}] }
    await assert.rejects(send({ method: 'POST', path: '', body: wrong }), { status: 400 })
    await caughtUp()
    assert.equal((await events('subtype=transaction&outcome=4')).length, 1)
  })

  describe('with what an access saw', () => {
    const seen = (id: string, decision: Seen['decision']): Seen => ({
      type: 'Observation',
      id,
      version: 2,
      patients: ['p9'],
      custodian: 'almaty',
      decision,
    })
    const see = async (principal: Principal, what: Seen, isRefused = false) => {
      const path = `Observation/${what.id}`
      const request = asked({ method: 'GET', path, principal })
      return recorded(request, server().context, async (_context, note) => {
        note({ seen: [what] })
        if (isRefused) throw fail('not-found', `There is no ${path} here`)
        return { status: 200, headers: {} }
      })
    }
    const consent = { id: 'c1', version: 3 }
    const busan = callerOf('busan', ['clinician'])

    it('names the consent and its version, and what went to another organization and country', async () => {
      await see(busan, seen('o1', { seen: true, reason: 'consent', consent }))
      await caughtUp()
      const found = await events('consent=Consent/c1')
      assert.deepEqual(
        found.map((e) => [e.type.code, e.meta.tag[1].code]),
        [
          ['rest', 'busan'],
          ['110113', 'almaty'],
          ['110106', 'almaty'],
          ['110107', 'busan'],
        ],
      )
      for (const e of found) assert.match(JSON.stringify(e), /Consent\/c1\/_history\/3/)
      const left = await events('record-country=KZ&requestor-country:not=KZ&subtype=disclose')
      assert.equal(left.length, 2)
      assert.equal((await events('record-country=KR')).length, 0)
    })

    it('tells a caller who was refused nothing, and the custodian all', async () => {
      const hidden = seen('o2', { seen: false, reason: 'denied', consent })
      await assert.rejects(see(busan, hidden, true), { status: 404 })
      await caughtUp()
      const found = await events('entity=Observation/o2')
      assert.deepEqual(
        found.map((e) => [e.type.code, e.meta.tag[1].code, e.outcome]),
        [
          ['rest', 'busan', '4'],
          ['110113', 'almaty', '4'],
        ],
      )
      assert.doesNotMatch(JSON.stringify(found[0]), /p9|almaty|Consent|KZ/)
      assert.match(JSON.stringify(found[1]), /Patient\/p9/)
    })

    it('takes neither a patient nor an auditor for another organization', async () => {
      await see(busan, seen('o4', { seen: true, reason: 'patient' }))
      const log: Seen = { ...seen('o5', { seen: true, reason: 'shared' }), type: 'AuditEvent' }
      await see(callerOf('net', ['auditor']), log)
      await caughtUp()
      for (const what of ['Observation/o4', 'AuditEvent/o5'])
        assert.deepEqual(
          (await events(`entity=${what}`)).map((e) => e.type.code),
          ['rest'],
        )
    })

    it('knows who broke the glass, and why', async () => {
      const principal = { ...busan, breakGlass: 'unconscious' }
      await see(principal, seen('o3', { seen: true, reason: 'break-glass' }))
      await caughtUp()
      const found = await events('purpose=BTG')
      assert.equal(found.length, 4)
      assert.ok(found.every((e) => e.purposeOfEvent[0].text === 'unconscious'))
      assert.equal((await events('subtype=break-glass')).length, 1)
    })
  })

  it('is changed by nobody, whichever way', async () => {
    const [first] = await events('type=rest')
    const path = `AuditEvent/${first.id}`
    const query: Sent['query'] = [['_id', first.id]]
    const tag = { name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }
    const other = { ...first, outcome: '8' }
    const entry = [{ request: { method: 'DELETE', url: path } }]
    const patch = [{ op: 'replace', path: '/outcome', value: '8' }]
    const tries: Sent[] = [
      { method: 'PUT', path, body: other },
      { method: 'DELETE', path },
      { method: 'DELETE', path: 'AuditEvent', query },
      { method: 'PUT', path: 'AuditEvent', query, body: other },
      { method: 'PATCH', path, type: 'application/json-patch+json', body: patch },
      {
        method: 'POST',
        path: `${path}/$meta-add`,
        body: { resourceType: 'Parameters', parameter: [tag] },
      },
      { method: 'POST', path: '', body: { resourceType: 'Bundle', type: 'transaction', entry } },
    ]
    for (const one of tries)
      await assert.rejects(send(one, ['administrator']), { status: 405 }, JSON.stringify(one))
    assert.equal((await server().send('DELETE', `/${path}`)).status, 405)
    const id = `log-${'0'.repeat(32)}`
    assert.equal((await server().send('PUT', `/AuditEvent/${id}`, { ...first, id })).status, 405)
    assert.deepEqual((await server().send('GET', `/${path}`)).body, first)
    // One of a client's own is as any resource.
    const own = { ...first, id: undefined, meta: undefined }
    assert.equal((await send({ method: 'POST', path: 'AuditEvent', body: own })).status, 201)
  })

  it('gives nothing out, and writes nothing, when it can not be written', async () => {
    const { context } = server()
    const away = () => Promise.reject(fail('unavailable', 'away'))
    const failing = { ...context, audit: { ...context.audit, record: away } }
    const principal = callerOf('almaty', ['system'])
    const refused = (request: FhirRequest) =>
      assert.rejects(handle(request, failing), { status: 503 })
    await refused(asked({ method: 'GET', path: 'Patient/almaty-p1', principal }))
    await refused(asked({ method: 'GET', path: 'Patient/none', principal }))
    const body = { resourceType: 'Basic', id: 'almaty-never', code: { text: 'x' } }
    await refused(asked({ method: 'PUT', path: 'Basic/almaty-never', body, principal }))
    assert.equal((await server().send('GET', '/Basic/almaty-never')).status, 404)
  })
})
