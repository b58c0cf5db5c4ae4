// A report of a check-up is made of what its caller may see, and is its caller's own.
import assert from 'node:assert/strict'
import type { Principal } from '../../src/auth/principal.ts'
import { parseScopes } from '../../src/auth/scope.ts'
import { onBothStores } from '../support/server.ts'
import { actors, concept, consent, country, label, purpose, to } from './scene.ts'
import { ask, caller } from './world.ts'

const UCUM = 'http://unitsofmeasure.org'
const almaty = caller('almaty')
const busan = caller('busan')
const doctor: Principal = { ...caller('busan', 'clinician'), user: 'Practitioner/kim' }
const reader: Principal = { ...busan, scopes: parseScopes('system/*.rs') }

onBothStores('a check-up report across organizations', (server) => {
  const asked = (who: Principal | undefined, line: string, body?: unknown) =>
    ask(server().context, who, line, body)
  const put = async (who: Principal | undefined, resource: Record<string, unknown>) => {
    const line = `PUT ${String(resource['resourceType'])}/${String(resource['id'])}`
    const { status, text } = await asked(who, line, resource)
    assert.ok(status < 300, `${line}: ${text}`)
  }
  const result = (id: string, code: string, value: number, more: object = {}) => ({
    resourceType: 'Observation',
    id: `almaty-${id}`,
    status: 'final',
    code: concept('http://loinc.org', code),
    subject: to('Patient/almaty-p'),
    encounter: to('Encounter/almaty-visit'),
    effectiveDateTime: '2026-03-01',
    valueQuantity: { value, unit: 'mg/dL', system: UCUM, code: 'mg/dL' },
    ...more,
  })
  const permit = (...denied: object[]) => ({
    ...consent(
      {
        type: 'permit',
        ...actors('Organization/busan'),
        ...purpose('TREAT'),
        ...country('KR'),
        ...(denied.length === 0 ? {} : { provision: denied }),
      },
      { patient: to('Patient/almaty-p') },
    ),
    id: 'almaty-c',
  })
  const items = (body: any): string[] => body.contained.map((one: any) => one.id)
  const REPORT = 'Encounter/almaty-visit/$checkup-report?language=ko'

  before(async () => {
    for (const [id, land] of [
      ['almaty', 'KZ'],
      ['busan', 'KR'],
    ] as const)
      await put(undefined, {
        resourceType: 'Organization',
        id,
        name: id,
        address: [{ country: land }],
      })
    await put(almaty, {
      resourceType: 'Patient',
      id: 'almaty-p',
      gender: 'female',
      birthDate: '1980-01-01',
    })
    await put(almaty, {
      resourceType: 'Encounter',
      id: 'almaty-visit',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject: to('Patient/almaty-p'),
      period: { start: '2026-03-01' },
    })
    await put(almaty, result('glucose', '1558-6', 130))
    await put(
      almaty,
      result('hdl', '2085-9', 50, { encounter: undefined, effectiveDateTime: '2025-03-01' }),
    )
    await put(almaty, result('hdl-now', '2085-9', 55))
    await put(
      almaty,
      result('secret', '2093-3', 250, { meta: { security: label('R').securityLabel } }),
    )
  })

  it('is not there without a consent, and has no more than the consent shows', async () => {
    assert.equal((await asked(busan, `POST ${REPORT}`)).status, 404)
    await put(almaty, permit())
    const whole = await asked(busan, `GET ${REPORT}`)
    assert.equal(whole.status, 200, whole.text)
    assert.deepEqual(items(whole.body), ['fasting-glucose', 'hdl'])
    assert.match(whole.text, /"code":"difference"/)
    const denied = { type: 'deny', code: [concept('http://loinc.org', '1558-6')] }
    await put(almaty, permit(denied))
    const less = await asked(busan, `GET ${REPORT}`)
    assert.deepEqual(items(less.body), ['hdl'])
    assert.doesNotMatch(less.text, /almaty-glucose/)
  })

  it('belongs to who made it, and needs the scopes to be kept', async () => {
    await put(almaty, permit())
    assert.equal((await asked(reader, `GET ${REPORT}`)).status, 200)
    const refused = await asked(reader, `POST ${REPORT}`)
    assert.equal(refused.status, 403)
    assert.match(refused.text, /DiagnosticReport\.c/)
    const made = await asked(doctor, `POST ${REPORT}&status=final`)
    assert.equal(made.status, 200, made.text)
    assert.deepEqual(made.body.resultsInterpreter, [{ reference: 'Practitioner/kim' }])
    assert.deepEqual(made.body.performer, [{ reference: 'Organization/busan' }])
    assert.ok(made.body.meta.tag.some(({ code }: any) => code === 'busan'))
    assert.equal((await asked(busan, `GET DiagnosticReport/${made.body.id}`)).status, 200)
    assert.equal((await asked(almaty, `GET DiagnosticReport/${made.body.id}`)).status, 404)
    const own = await asked(almaty, `POST ${REPORT}`)
    assert.notEqual(own.body.id, made.body.id)
    assert.deepEqual(items(own.body), ['fasting-glucose', 'hdl'])
  })

  it('is not judged by what another organization posts under the URL of the programme', async () => {
    const base = 'http://ieum.example/fhir'
    const band = { coding: [{ system: `${base}/CodeSystem/checkup-band`, code: 'normal-a' }] }
    const definition = {
      resourceType: 'ObservationDefinition',
      id: 'fasting-glucose',
      code: concept('http://loinc.org', '1558-6'),
      quantitativeDetails: { unit: concept(UCUM, 'mg/dL'), decimalPrecision: 0 },
      qualifiedInterval: [{ range: { high: { value: 500 } }, context: band }],
    }
    const url = (type: string, id: string) => `${base}/${type}/${id}`
    await put(busan, {
      resourceType: 'ActivityDefinition',
      id: 'busan-glucose',
      url: url('ActivityDefinition', 'checkup-glucose'),
      version: '9',
      status: 'active',
      contained: [definition],
      observationResultRequirement: [to('#fasting-glucose')],
    })
    await put(busan, {
      resourceType: 'PlanDefinition',
      id: 'busan-plan',
      url: url('PlanDefinition', 'korean-checkup'),
      version: '9',
      title: 'Bands of Busan',
      status: 'active',
      action: [{ definitionCanonical: url('ActivityDefinition', 'checkup-glucose|9') }],
    })
    await put(almaty, permit())
    const bandsOf = async (who: Principal, more = ''): Promise<string[]> => {
      const { status, body, text } = await asked(who, `GET ${REPORT}${more}`)
      assert.equal(status, 200, text)
      return body.contained[0].interpretation.flatMap((one: any) =>
        one.coding.filter((c: any) => c.system.endsWith('/checkup-band')).map((c: any) => c.code),
      )
    }
    assert.deepEqual(await bandsOf(almaty), ['suspected'])
    assert.deepEqual(await bandsOf(busan), ['normal-a'])
    const named = `&programme=${url('PlanDefinition', 'korean-checkup|9')}`
    assert.deepEqual(await bandsOf(almaty, named), ['normal-a'])
  })
})
