// Patient/$summary: a document that IPS accepts, in the reader's language and units, of what the caller may see.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { loadPackages } from '../../src/job/package/start.ts'
import { actors, concept, consent, country, label, purpose, to } from '../consent/scene.ts'
import { ask, caller } from '../consent/world.ts'
import { entry, transact } from '../interaction/bundles.ts'
import { onBothStores } from '../support/server.ts'

const IPS = fileURLToPath(new URL('../network/ips/hl7.fhir.uv.ips-2.0.0.tgz', import.meta.url))
const GUIDE = fileURLToPath(new URL('../../profiles/ieum', import.meta.url))
const PROFILE = 'http://hl7.org/fhir/uv/ips/StructureDefinition'
const V3 = 'http://terminology.hl7.org/CodeSystem'
const LOINC = 'http://loinc.org'

const coded = (system: string, code: string, display: string, text?: string) => ({
  coding: [{ system, code, display }],
  ...(text === undefined ? {} : { text }),
})
const subject = { reference: 'Patient/p' }
const active = { clinicalStatus: concept(`${V3}/condition-clinical`, 'active') }

const laboratory = (id: string, value: object, more: object = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  category: [concept(`${V3}/observation-category`, 'laboratory')],
  code: coded(LOINC, '2345-7', 'Glucose [Mass/volume] in Serum or Plasma'),
  subject,
  effectiveDateTime: '2025-03-01',
  performer: [{ reference: 'Organization/o' }],
  valueQuantity: { unit: 'mg/dL', system: 'http://unitsofmeasure.org', code: 'mg/dL', ...value },
  ...more,
})

const RECORD: readonly Record<string, unknown>[] = [
  { resourceType: 'Organization', id: 'o', name: 'Клиника' },
  { resourceType: 'Practitioner', id: 'dr', name: [{ family: 'Ли' }] },
  {
    resourceType: 'Patient',
    id: 'p',
    identifier: [{ system: 'urn:mrn', value: '7' }],
    name: [{ family: 'Петрова', given: ['Елена'] }],
    gender: 'female',
    birthDate: '1975-05-05',
    managingOrganization: { reference: 'Organization/o' },
    generalPractitioner: [{ reference: 'Practitioner/gone' }],
    link: [{ other: { reference: 'Patient/empty' }, type: 'seealso' }],
  },
  { resourceType: 'Patient', id: 'empty', identifier: [{ system: 'urn:twice', value: '1' }] },
  { resourceType: 'Patient', id: 'other', identifier: [{ system: 'urn:twice', value: '1' }] },
  {
    resourceType: 'Condition',
    id: 'hypertension',
    ...active,
    code: coded(
      'http://hl7.org/fhir/sid/icd-10',
      'I10',
      'Essential hypertension',
      'Гипертензия <1>',
    ),
    subject,
    onsetDateTime: '2016-03',
    recorder: { reference: 'Practitioner/dr' },
    encounter: { reference: 'Encounter/gone' },
  },
  {
    resourceType: 'Condition',
    id: 'measles',
    clinicalStatus: concept(`${V3}/condition-clinical`, 'resolved'),
    code: { text: 'Корь' },
    subject,
  },
  {
    resourceType: 'Condition',
    id: 'refuted',
    verificationStatus: concept(`${V3}/condition-ver-status`, 'refuted'),
    code: { text: 'Never' },
    subject,
  },
  {
    resourceType: 'AllergyIntolerance',
    id: 'penicillin',
    clinicalStatus: concept(`${V3}/allergyintolerance-clinical`, 'active'),
    verificationStatus: concept(`${V3}/allergyintolerance-verification`, 'confirmed'),
    code: { text: 'Пенициллин' },
    patient: subject,
  },
  {
    resourceType: 'Medication',
    id: 'losartan',
    code: coded('http://www.whocc.no/atc', 'C09CA01', 'losartan'),
  },
  {
    resourceType: 'MedicationStatement',
    id: 'takes',
    status: 'active',
    medicationReference: { reference: 'Medication/losartan' },
    subject,
    dosage: [{ text: '50 mg' }],
  },
  laboratory('old', { value: 99 }, { effectiveDateTime: '2020-01-01' }),
  laboratory('glucose', { value: 130.5 }),
  {
    resourceType: 'DiagnosticReport',
    id: 'report',
    status: 'final',
    code: coded(LOINC, '11502-2', 'Laboratory report'),
    subject,
    effectiveDateTime: '2025-03-01',
    result: [{ reference: 'Observation/old' }, { reference: 'Observation/elsewhere' }],
  },
]

onBothStores('summary', (server) => {
  const isMongo = (): boolean => server().context.config.storeUrl.startsWith('mongodb')
  before(async function () {
    this.timeout(120_000)
    // What is validated is the same on both stores, and a test server of MongoDB's protocol takes minutes for two guides.
    if (!isMongo()) await loadPackages([IPS, GUIDE], server().context)
    const answer = await transact(
      server(),
      RECORD.map((one) =>
        entry(`PUT ${one['resourceType'] as string}/${one['id'] as string}`, one),
      ),
    )
    assert.equal(answer.status, 200, answer.text)
  })

  const get = async (path = '/Patient/p/$summary', language = 'en') => {
    const answer = await server().send('GET', path, undefined, { 'accept-language': language })
    assert.equal(answer.status, 200, answer.text)
    return answer
  }
  const sectionOf = (bundle: any, code: string): any =>
    bundle.entry[0].resource.section.find((one: any) => one.code.coding[0].code === code)
  const entriesOf = (bundle: any, code: string): string[] =>
    (sectionOf(bundle, code)?.entry ?? []).map(({ reference }: any) =>
      (reference as string).slice(server().base.length + 1),
    )
  const errorsOf = async (bundle: object): Promise<object[]> => {
    const { body } = await server().send('POST', '/Bundle/$validate', bundle)
    return body.issue.filter(({ severity }: any) => severity === 'error' || severity === 'fatal')
  }

  for (const language of ['en', 'ko', 'ru', 'kk'])
    it(`is a document that IPS accepts, in ${language}`, async () => {
      const { body, headers } = await get(undefined, language)
      assert.equal(headers.get('content-language'), language)
      assert.equal(body.type, 'document')
      assert.deepEqual(body.meta.profile, [`${PROFILE}/Bundle-uv-ips`])
      assert.equal(body.entry[0].resource.resourceType, 'Composition')
      assert.equal(body.entry[0].resource.language, language)
      assert.deepEqual(await errorsOf(body), [])
    })

  it('is judged by profiles that are there', async function () {
    if (isMongo()) this.skip()
    const { body } = await get()
    const [first, ...others] = body.entry
    const section = first.resource.section.filter(
      (one: any) => one.code.coding[0].code !== '48765-2',
    )
    const without = {
      ...body,
      entry: [{ ...first, resource: { ...first.resource, section } }, ...others],
    }
    assert.notDeepEqual(await errorsOf(without), [])
  })

  it('has each thing in its section', async () => {
    const { body } = await get()
    assert.deepEqual(entriesOf(body, '11450-4'), ['Condition/hypertension'])
    assert.deepEqual(entriesOf(body, '11348-0'), ['Condition/measles'])
    assert.deepEqual(entriesOf(body, '48765-2'), ['AllergyIntolerance/penicillin'])
    assert.deepEqual(entriesOf(body, '10160-0'), ['MedicationStatement/takes'])
    assert.deepEqual(entriesOf(body, '30954-2'), ['Observation/glucose', 'DiagnosticReport/report'])
    assert.deepEqual(entriesOf(body, '47519-4'), [])
    assert.equal(sectionOf(body, '47519-4').emptyReason.coding[0].code, 'unavailable')
  })

  it('refers to nothing that is not in it', async () => {
    const { body } = await get()
    const urls = new Set(body.entry.map(({ fullUrl }: any) => fullUrl as string))
    assert.equal(urls.size, body.entry.length)
    const references: string[] = []
    JSON.stringify(body.entry, (name, value: unknown) => {
      if (name === 'reference' && typeof value === 'string') references.push(value)
      return value
    })
    assert.ok(references.length > 10)
    for (const reference of references) {
      const url = reference.includes(':') ? reference : `${server().base}/${reference}`
      assert.ok(urls.has(url), reference)
    }
    assert.ok(!JSON.stringify(body).includes('gone'))
    assert.ok(urls.has(`${server().base}/Observation/old`))
    const statement = body.entry.find((e: any) => e.resource.id === 'takes').resource
    assert.equal(statement._effectiveDateTime.extension[0].valueCode, 'unknown')
  })

  it('says in words what is in it, in the language and the units of the reader', async () => {
    const ko = await get(undefined, 'ko-KR,en;q=0.5')
    assert.equal(sectionOf(ko.body, '11450-4').title, '문제 목록')
    assert.match(sectionOf(ko.body, '11450-4').text.div as string, /Гипертензия &lt;1&gt;/)
    assert.match(sectionOf(ko.body, '30954-2').text.div as string, /130\.5 mg\/dL</)
    const ru = await get(undefined, 'ru')
    assert.match(
      sectionOf(ru.body, '30954-2').text.div as string,
      /130\.5 mg\/dL \(7\.24\d? mmol\/L\)/,
    )
    const asked = await get('/Patient/p/$summary?_units=conventional', 'ru')
    assert.doesNotMatch(sectionOf(asked.body, '30954-2').text.div as string, /mmol/)
    assert.match(sectionOf(ko.body, '10160-0').text.div as string, /losartan.*50 mg/)
  })

  it('is there for somebody of whom nothing is known', async () => {
    const { body } = await get('/Patient/empty/$summary')
    assert.deepEqual(await errorsOf(body), [])
    assert.equal(sectionOf(body, '48765-2').emptyReason.coding[0].code, 'unavailable')
  })

  it('is found by an identifier, and posted for', async () => {
    const { body } = await get('/Patient/$summary?identifier=urn:mrn|7')
    assert.equal(body.entry[1].resource.id, 'p')
    const posted = await server().send('POST', '/Patient/$summary', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'identifier', valueString: 'urn:mrn|7' },
        { name: 'profile', valueCanonical: `${PROFILE}/Composition-uv-ips|2.0.0` },
      ],
    })
    assert.equal(posted.body.entry[1].resource.id, 'p')
  })

  const refused: readonly [string, number, string | undefined][] = [
    ['/Patient/nobody/$summary', 404, undefined],
    ['/Patient/$summary', 400, 'identifier'],
    ['/Patient/$summary?identifier=urn:mrn|8', 404, 'identifier'],
    ['/Patient/$summary?identifier=urn:twice|1', 412, 'identifier'],
    ['/Patient/p/$summary?profile=http://example.org/x', 400, 'profile'],
    ['/Patient/p/$summary?colour=red', 400, 'colour'],
    ['/Patient/p/$summary?_units=stones', 400, '_units'],
    ['/Observation/glucose/$summary', 404, undefined],
  ]
  for (const [path, status, expression] of refused)
    it(`refuses ${path}`, async () => {
      const { status: found, body } = await server().send('GET', path)
      assert.equal(found, status)
      assert.deepEqual(
        body.issue[0].expression,
        expression === undefined ? undefined : [expression],
      )
    })

  it('has what the consent lets be seen, without a word of the rest', async () => {
    const { context } = server()
    const [almaty, busan] = [caller('almaty'), caller('busan')]
    const done = async (who: ReturnType<typeof caller> | undefined, resource: any) => {
      const line = `PUT ${resource.resourceType as string}/${resource.id as string}`
      const answer = await ask(context, who, line, resource)
      assert.ok(answer.status < 300, answer.text)
    }
    for (const [id, land] of [
      ['almaty', 'KZ'],
      ['busan', 'KR'],
    ] as const)
      await done(undefined, {
        resourceType: 'Organization',
        id,
        name: id,
        address: [{ country: land }],
      })
    const mine = to('Patient/almaty-p')
    await done(almaty, {
      resourceType: 'Patient',
      id: 'almaty-p',
      name: [{ text: 'A' }],
      birthDate: '1990-01-01',
    })
    await done(almaty, { resourceType: 'Practitioner', id: 'almaty-dr', name: [{ text: 'Dr' }] })
    const condition = (id: string, more: object = {}) => ({
      resourceType: 'Condition',
      id: `almaty-${id}`,
      ...active,
      code: { text: id },
      subject: mine,
      ...more,
    })
    await done(almaty, condition('open'))
    await done(almaty, condition('hidden', { meta: { security: label('PSY').securityLabel } }))
    await done(almaty, {
      resourceType: 'MedicationStatement',
      id: 'almaty-m',
      status: 'active',
      medicationCodeableConcept: { text: 'm' },
      subject: mine,
      reasonReference: [{ reference: 'Condition/almaty-hidden' }],
    })
    const line = 'GET Patient/almaty-p/$summary'
    assert.equal((await ask(context, busan, line)).status, 404)
    await done(almaty, {
      ...consent(
        {
          type: 'permit',
          ...actors('Organization/busan'),
          ...purpose('TREAT'),
          ...country('KR'),
          provision: [{ type: 'deny', ...label('PSY') }],
        },
        { patient: mine },
      ),
      id: 'almaty-c',
    })
    const own = await ask(context, almaty, line)
    assert.deepEqual(entriesOf(own.body, '11450-4').sort(), [
      'Condition/almaty-hidden',
      'Condition/almaty-open',
    ])
    const seen = await ask(context, busan, line)
    assert.equal(seen.status, 200, seen.text)
    assert.deepEqual(entriesOf(seen.body, '11450-4'), ['Condition/almaty-open'])
    assert.ok(!seen.text.includes('hidden'))
    assert.deepEqual(await errorsOf(seen.body), [])
  })
})
