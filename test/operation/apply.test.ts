// $apply: orders of a programme for one person, by its conditions; nothing is stored.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { onBothStores } from '../support/server.ts'

const GUIDE = new URL('../../profiles/ieum/', import.meta.url)

/** A birthday in the middle of that year of life. */
const bornBefore = (years: number): string => {
  const date = new Date()
  date.setUTCMonth(date.getUTCMonth() - 6)
  return `${date.getUTCFullYear() - years}-${date.toISOString().slice(5, 10)}`
}

onBothStores('$apply', (server) => {
  const ask = (path: string, method = 'GET', body?: unknown, headers = {}) =>
    server().send(method, path, body, headers)

  before(async () => {
    const guide = readdirSync(GUIDE)
      .filter((name) => /^(?:Activity|Plan)Definition-/.test(name))
      .map((name) => JSON.parse(readFileSync(new URL(name, GUIDE), 'utf8')))
    const people = [
      { id: 'young-man', gender: 'male', birthDate: bornBefore(22) },
      { id: 'man', gender: 'male', birthDate: bornBefore(24) },
      { id: 'woman', gender: 'female', birthDate: bornBefore(39) },
      { id: 'older-woman', gender: 'female', birthDate: bornBefore(54) },
      { id: 'woman-of-55', gender: 'female', birthDate: bornBefore(55) },
      { id: 'nobody' },
    ].map((fields) => ({ resourceType: 'Patient', ...fields }))
    const visit = {
      resourceType: 'Encounter',
      id: 'visit',
      status: 'planned',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject: { reference: 'Patient/man' },
    }
    const entry = [...guide, ...people, visit].map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    }))
    const { status, text } = await ask('', 'POST', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry,
    })
    assert.equal(status, 200, text)
  })

  const ORDERED: [person: string, lipids: boolean, bone: boolean][] = [
    ['young-man', false, false],
    ['man', true, false],
    ['woman', false, false],
    ['older-woman', true, true],
    ['woman-of-55', true, false],
    ['nobody', false, false],
  ]
  for (const [person, lipids, bone] of ORDERED)
    it(`orders for ${person} what is due`, async () => {
      const { status, body, text } = await ask(
        `/PlanDefinition/korean-checkup/$apply?subject=Patient/${person}`,
      )
      assert.equal(status, 200, text)
      assert.equal(body.resourceType, 'CarePlan')
      const [group, ...orders] = body.contained
      const titles = orders.map((one: any) => one.code.text)
      assert.equal(titles.includes('Lipids'), lipids)
      assert.equal(titles.includes('Bone density'), bone)
      assert.ok(titles.includes('Blood pressure'))
      assert.deepEqual(
        group.action.map((one: any) => one.resource.reference),
        orders.map((one: any) => `#${one.id}`),
      )
      const issues = await server().context.validator.check(body)
      assert.deepEqual(
        issues.filter(({ severity }) => severity === 'error'),
        [],
      )
    })

  it('says for which visit, by whom, and in the language of its reader', async () => {
    const query = 'subject=Patient/man&encounter=Encounter/visit&practitioner=Practitioner/one'
    const path = `/PlanDefinition/korean-checkup/$apply?${query}`
    const { body } = await ask(path, 'GET', undefined, { 'accept-language': 'ru' })
    const order = body.contained.find((one: any) => one.code?.text === 'Глюкоза натощак')
    assert.deepEqual(order.encounter, { reference: 'Encounter/visit' })
    assert.deepEqual(order.requester, { reference: 'Practitioner/one' })
    assert.deepEqual(order.code.coding, [{ system: 'http://loinc.org', code: '1558-6' }])
    assert.deepEqual(order.instantiatesCanonical, [
      'http://ieum.example/fhir/ActivityDefinition/checkup-glucose|0.1.0',
    ])
    assert.deepEqual(body.instantiatesCanonical, [
      'http://ieum.example/fhir/PlanDefinition/korean-checkup|0.1.0',
    ])
  })

  it('makes one order of an ActivityDefinition', async () => {
    const path = '/ActivityDefinition/checkup-blood-pressure/$apply?subject=Patient/man'
    const { body } = await ask(path)
    assert.equal(body.resourceType, 'ServiceRequest')
    assert.equal(body.code.coding[0].code, '85354-9')
    assert.deepEqual(await server().context.validator.check(body), [])
  })

  it('takes a plan that is sent, and refuses what it can not do', async () => {
    const send = (fields: object, subject = 'Patient/man') =>
      ask('/PlanDefinition/$apply', 'POST', {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'planDefinition',
            resource: { resourceType: 'PlanDefinition', status: 'active', ...fields },
          },
          { name: 'subject', valueString: subject },
        ],
      })
    const nested = await send({
      url: 'http://example.org/p',
      action: [{ title: 'A', action: [{ title: 'B' }] }],
    })
    assert.equal(nested.body.contained[0].action[0].action[0].title, 'B')
    const condition = (language: string, expression: string) => ({
      action: [{ condition: [{ kind: 'applicability', expression: { language, expression } }] }],
    })
    const none = await send(condition('text/fhirpath', "gender = 'female'"))
    assert.deepEqual([none.status, none.body.contained], [200, undefined])
    const refusals: [Promise<{ status: number; body: any }>, number, string][] = [
      [send({}, 'Group/one'), 400, 'subject'],
      [send({}, 'Patient/none'), 404, ''],
      [ask('/PlanDefinition/korean-checkup/$apply'), 400, 'subject'],
      [ask('/PlanDefinition/none/$apply?subject=Patient/man'), 404, ''],
      [ask('/PlanDefinition/$apply?subject=Patient/man'), 400, 'planDefinition'],
      [send(condition('text/cql', 'x')), 422, 'PlanDefinition.action[0].condition[0].expression'],
      [
        send({ action: [{ definitionCanonical: 'http://example.org/none' }] }),
        422,
        'PlanDefinition.action[0].definitionCanonical',
      ],
    ]
    for (const [asked, status, expression] of refusals) {
      const { status: found, body } = await asked
      assert.equal(found, status, JSON.stringify(body))
      if (expression !== '') assert.deepEqual(body.issue[0].expression, [expression])
    }
    const { body } = await ask('/CarePlan?_summary=count')
    assert.equal(body.total, 0)
  })
})
