// What an algorithm finds: preliminary until a practitioner has confirmed the version that stands there, however it is written.
import assert from 'node:assert/strict'
import type { Principal } from '../../src/auth/principal.ts'
import { ask, caller, type Asked } from '../consent/world.ts'
import { onBothStores } from '../support/server.ts'

const CUSTODIAN = 'http://ieum.example/fhir/CodeSystem/custodian'
const REVIEW = 'http://ieum.example/fhir/CodeSystem/ai-review'

onBothStores('the finding of an algorithm', (server) => {
  // What no store knows is asked on the quick one alone.
  const isQuick = () => server().context.config.storeUrl.startsWith('sqlite')
  const program: Principal = { ...caller('moscow'), user: 'Device/moscow-flags' }
  const doctor: Principal = { ...caller('moscow', 'clinician'), user: 'Practitioner/moscow-1' }
  const as = (who: Principal | undefined, line: string, body?: unknown): Promise<Asked> =>
    ask(server().context, who, line, body)
  const reference = (to: string) => ({ reference: to })
  const finding = (status: string, more: object = {}) => ({
    ...{ resourceType: 'Observation', status, code: { text: 'Risk flag' } },
    subject: reference('Patient/moscow-1'),
    device: reference('Device/moscow-flags'),
    valueString: 'at risk',
    ...more,
  })
  const review = (of: string, activity = 'confirmed', who = 'Practitioner/moscow-1') => ({
    resourceType: 'Provenance',
    target: [reference(of)],
    recorded: '2026-11-24T10:00:00Z',
    activity: { coding: [{ system: REVIEW, code: activity }] },
    agent: [{ who: reference(who) }],
    entity: [{ role: 'source', what: reference(of) }],
  })
  const transaction = (...entry: [method: string, url: string, resource: object][]) => ({
    ...{ resourceType: 'Bundle', type: 'transaction' },
    entry: entry.map(([method, url, resource], i) => ({
      ...{ fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${i}` },
      ...{ request: { method, url }, resource },
    })),
  })
  const refused = (answer: Asked, status = 422) => {
    assert.equal(answer.status, status, answer.text)
    assert.match(answer.body.issue[0].expression[0], /status$|agent$/)
  }

  before(async () => {
    const tag = [{ system: CUSTODIAN, code: 'moscow' }]
    await as(undefined, 'PUT Organization/moscow', {
      ...{ resourceType: 'Organization', id: 'moscow', name: 'moscow', meta: { tag } },
    })
    await as(undefined, 'PUT Device/moscow-flags', {
      ...{ resourceType: 'Device', id: 'moscow-flags', meta: { tag } },
      ...{ deviceName: [{ name: 'Flags', type: 'model-name' }], version: [{ value: '1.0.0' }] },
    })
    await as(undefined, 'PUT Device/moscow-reader', {
      ...{ resourceType: 'Device', id: 'moscow-reader', meta: { tag }, serialNumber: '1' },
      version: [{ value: '2.1' }],
    })
  })

  it('is never final by itself, whoever sends it and whatever it leaves out', async function () {
    if (!isQuick()) this.skip()
    for (const status of ['final', 'amended', 'corrected'])
      for (const who of [program, doctor, undefined])
        refused(await as(who, 'POST Observation', finding(status)))
    const { device: _, ...bare } = finding('final')
    refused(await as(program, 'POST Observation', bare))
    const profile = ['http://ieum.example/fhir/StructureDefinition/ieum-observation-ai-finding']
    const claimed = await as(doctor, 'POST Observation', { ...bare, meta: { profile } })
    assert.equal(claimed.status, 422)
    const report = { ...bare, resourceType: 'DiagnosticReport', valueString: undefined }
    refused(await as(program, 'POST DiagnosticReport', report))
    const authored = {
      ...review(
        'urn:uuid:00000000-0000-4000-8000-000000000000',
        'confirmed',
        'Device/moscow-flags',
      ),
      agent: [{ type: { coding: [{ code: 'author' }] }, who: reference('Device/moscow-flags') }],
    }
    refused(
      await as(
        doctor,
        'POST ',
        transaction(['POST', 'DiagnosticReport', report], ['POST', 'Provenance', authored]),
      ),
    )
    assert.equal((await as(program, 'POST Observation', finding('preliminary'))).status, 201)
  })

  it('is no result of an instrument', async function () {
    if (!isQuick()) this.skip()
    const measured = finding('final', { device: reference('Device/moscow-reader') })
    assert.equal((await as(doctor, 'POST Observation', measured)).status, 201)
  })

  it('is final once a practitioner has confirmed what stands there', async () => {
    for (const who of [doctor, undefined]) {
      const { body } = await as(program, 'POST Observation', finding('preliminary'))
      const url = `Observation/${body.id}`
      const put = (more: object) => as(who, `PUT ${url}`, { ...body, ...more })
      refused(await put({ status: 'final' }))
      const { device: _, ...without } = body
      refused(await as(who, `PUT ${url}`, { ...without, status: 'final' }))
      refused(
        await ask(server().context, who, `PATCH ${url}`, [
          { op: 'replace', path: '/status', value: 'final' },
        ]),
      )
      await as(who, 'POST Provenance', review(url, 'rejected'))
      await as(who, 'POST Provenance', review(url, 'confirmed', 'Device/moscow-flags'))
      refused(await put({ status: 'final' }))
      refused(await as(program, 'POST Provenance', review(url)), 403)
      assert.equal((await as(who, 'POST Provenance', review(url))).status, 201)
      assert.equal((await put({ status: 'final' })).status, 200)
      refused(await put({ status: 'corrected', valueString: 'at no risk' }))
      refused(await put({ status: 'final', valueString: 'at no risk' }))
      await as(who, 'POST Provenance', review(url, 'corrected'))
      assert.equal((await put({ status: 'corrected', valueString: 'at no risk' })).status, 200)
    }
  })

  it('is confirmed, corrected or rejected by a resource beside it in one transaction, and both are found', async () => {
    const { body } = await as(program, 'POST Observation', finding('preliminary'))
    const url = `Observation/${body.id}`
    const own = {
      ...finding('final', { device: undefined, valueString: 'at no risk' }),
      derivedFrom: [reference(url)],
      performer: [reference('Practitioner/moscow-1')],
    }
    const made = await as(
      doctor,
      'POST ',
      transaction(
        ['POST', 'Observation', own],
        [
          'POST',
          'Provenance',
          {
            ...review(url, 'rejected'),
            target: [reference('urn:uuid:00000000-0000-4000-8000-000000000000')],
          },
        ],
        ['PUT', url, { ...body, status: 'entered-in-error' }],
      ),
    )
    assert.equal(made.status, 200, made.text)
    const found = await as(
      doctor,
      `GET Observation?_id=${body.id}&_revinclude=Observation:derived-from&_revinclude=Provenance:entity`,
    )
    assert.deepEqual(
      found.body.entry.map((one: any) => [one.resource.resourceType, one.resource.status]),
      [
        ['Observation', 'entered-in-error'],
        ['Observation', 'final'],
        ['Provenance', undefined],
      ],
    )
    const confirmed = await as(program, 'POST Observation', finding('preliminary'))
    const at = `Observation/${confirmed.body.id}`
    const together = transaction(
      ['PUT', at, { ...confirmed.body, status: 'final' }],
      ['POST', 'Provenance', review(at)],
    )
    refused(await as(program, 'POST ', together))
    assert.equal((await as(doctor, 'POST ', together)).status, 200)
  })
})
