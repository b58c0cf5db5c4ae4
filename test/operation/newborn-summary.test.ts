// $newborn-summary: bilirubin by hour of age and its rate of rise, in whatever units it came; what is left out is said.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { onBothStores } from '../support/server.ts'

const BORN = '2025-03-11T04:35:00+05:00'
const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'

const after = (hours: number): string =>
  new Date(Date.parse(BORN) + hours * 3_600_000).toISOString()

const child = (id: string, more: object = {}) => ({
  resourceType: 'Patient',
  id,
  birthDate: '2025-03-11',
  _birthDate: {
    extension: [
      { url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime', valueDateTime: BORN },
    ],
  },
  ...more,
})

const measured = (
  child: string,
  code: string,
  hours: number,
  value: number,
  unit: string,
  more: object = {},
) => ({
  resourceType: 'Observation',
  meta: { profile: ['http://ieum.example/fhir/StructureDefinition/ieum-observation-newborn'] },
  status: 'final',
  category: [
    {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'exam' },
      ],
    },
  ],
  code: { coding: [{ system: LOINC, code }] },
  subject: { reference: `Patient/${child}` },
  effectiveDateTime: after(hours),
  valueQuantity: { value, unit, system: UCUM, code: unit },
  ...more,
})

type Part = { name: string; part?: Part[]; [value: string]: any }

/** The parts of a name, each as an object by name. */
const named = (parameters: readonly Part[], name: string): Record<string, any>[] =>
  parameters.filter((one) => one.name === name).map((one) => flat(one.part ?? []))

const flat = (parts: readonly Part[]): Record<string, any> =>
  Object.fromEntries(
    parts.map((one) => [
      one.name,
      Object.entries(one).find(([key]) => key.startsWith('value'))?.[1] ?? one,
    ]),
  )

onBothStores('operation/newborn-summary', (server) => {
  const summary = async (id: string, query = '', headers = {}) => {
    const answer = await server().send(
      'GET',
      `/Patient/${id}/$newborn-summary${query}`,
      undefined,
      headers,
    )
    return { ...answer, parameters: (answer.body.parameter ?? []) as Part[] }
  }
  const diagnostics = (parameters: readonly Part[]): string =>
    parameters
      .find(({ name }) => name === 'outcome')!
      .resource.issue.map((i: any) => i.diagnostics)
      .join('\n')
  const post = async (...resources: object[]) => {
    const entry = resources.map((resource: any) => ({
      resource,
      request:
        resource.id === undefined
          ? { method: 'POST', url: resource.resourceType }
          : { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    }))
    const answer = await server().send('POST', '/', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry,
    })
    assert.equal(answer.status, 200, answer.text)
  }

  before(async () => {
    const profile = new URL(
      '../../profiles/ieum/StructureDefinition-ieum-observation-newborn.json',
      import.meta.url,
    )
    await server().send(
      'PUT',
      '/StructureDefinition/ieum-observation-newborn',
      readFileSync(profile, 'utf8'),
    )
    await post(
      child('term', { multipleBirthInteger: 2 }),
      measured('term', '8339-4', 0, 3420, 'g'),
      measured('term', '11884-4', 0, 38, 'wk'),
      measured('term', '18185-9', 0, 39, 'wk'),
      measured('term', '9272-6', 0.02, 8, '{score}'),
      measured('term', '9274-2', 0.1, 9, '{score}'),
      measured('term', '9271-8', 0.2, 10, '{score}', {
        valueQuantity: undefined,
        valueInteger: 10,
      }),
      // The same substance by amount, by mass and through the skin; one was a mistake.
      measured('term', '14631-6', 6, 60, 'umol/L'),
      measured('term', '1975-2', 16, 7.1, 'mg/dL', { status: 'preliminary' }),
      measured('term', '14631-6', 16.5, 130, 'umol/L'),
      measured('term', '14631-6', 40, 150, 'umol/L'),
      measured('term', '14631-6', 44, 900, 'umol/L', { status: 'entered-in-error' }),
      measured('term', '58941-6', 41, 8.2, 'mg/dL'),
      measured('term', '14631-6', 64, 120.5, 'umol/L'),
      measured('term', '29463-7', 24, 3.3, 'kg'),
      measured('term', '8867-4', 2, 140, '/min'),
      measured('term', '8867-4', 26, 132, '/min'),
      child('early'),
      measured('early', '11884-4', 0, 34, 'wk'),
      measured('early', '14631-6', 4, 50, 'umol/L'),
      measured('early', '14631-6', 10, 150, 'umol/L'),
      child('day', { _birthDate: undefined }),
      measured('day', '1975-2', 24, 5, 'mg/dL'),
    )
  })

  it('has measures of birth and Apgar scores, the measured gestational age before the estimated', async () => {
    const { status, parameters } = await summary('term')
    assert.equal(status, 200)
    assert.equal(parameters.find(({ name }) => name === 'born')!.valueDateTime, BORN)
    assert.equal(parameters.find(({ name }) => name === 'multipleBirth')!.valueInteger, 2)
    assert.deepEqual(
      named(parameters, 'apgar').map(({ minute, value }) => [minute, value.value]),
      [
        [1, 8],
        [5, 9],
        [10, 10],
      ],
    )
    assert.equal(named(parameters, 'gestationalAge')[0]!.value.value, 39)
    assert.equal(named(parameters, 'birthWeight')[0]!.value.value, 3420)
    const [weight] = named(parameters, 'weight')
    assert.deepEqual([weight!.ageHours, weight!.changeSinceBirth.value], [24, -3.5])
    assert.equal(named(parameters, 'heartRate')[0]!.value.value, 132)
  })

  it('shows bilirubin by hour of age with its rate of rise, each method for itself', async () => {
    const { parameters } = await summary('term')
    const series = parameters.filter(({ name }) => name === 'bilirubin')
    assert.deepEqual(
      series.map(({ part }) => flat(part!).method),
      ['serum', 'transcutaneous'],
    )
    const serum = series[0]!.part!
    const points = named(serum, 'point')
    assert.deepEqual(
      points.map(({ ageHours, mass, moles, rate, rapidRise }) => [
        ageHours,
        mass.value,
        moles.value,
        rate?.value,
        rapidRise,
      ]),
      [
        [6, 3.51, 60, undefined, undefined],
        // 3.59 mg/dL in ten hours of the first day.
        [16, 7.1, 121, 0.359, true],
        // Half an hour later: what differs is how it was measured.
        [16.5, 7.6, 130, undefined, undefined],
        [40, 8.77, 150, 0.05, false],
        [64, 7.045, 120.5, -0.072, false],
      ],
    )
    assert.deepEqual(
      [points[0]!.value.value, points[0]!.value.code, points[1]!.status],
      [60, 'umol/L', 'preliminary'],
    )
    assert.equal(points[1]!.rate.code, 'mg/dL/h')
    const { trend } = flat(serum)
    assert.equal(trend, 'falling')
    assert.deepEqual(named(serum, 'peak')[0]!.ageHours, 40)
    assert.match(diagnostics(parameters), /haemolysis/)
    assert.match(diagnostics(parameters), /percentiles are left out/)
  })

  it('does not judge a child born early, nor one whose hour of birth is not known', async () => {
    const early = await summary('early')
    const [, later] = named(
      early.parameters.find(({ name }) => name === 'bilirubin')!.part!,
      'point',
    )
    assert.equal(later!.rate.value, 0.974)
    assert.equal(later!.rapidRise, undefined)
    assert.match(diagnostics(early.parameters), /35 weeks/)
    const day = await summary('day')
    const [point] = named(day.parameters.find(({ name }) => name === 'bilirubin')!.part!, 'point')
    assert.deepEqual([point!.ageHours, point!.mass.value], [undefined, 5])
    assert.match(diagnostics(day.parameters), /patient-birthTime/)
  })

  it('is as long as asked for, in the language of who asks, and by POST', async () => {
    const { parameters } = await summary('term', '?hours=20')
    const points = named(parameters.find(({ name }) => name === 'bilirubin')!.part!, 'point')
    assert.equal(points.length, 3)
    for (const [language, words] of [
      ['ko', /용혈/],
      ['ru', /гемолиз/],
      ['kk', /гемолиз/],
    ] as const)
      assert.match(
        diagnostics((await summary('term', '', { 'accept-language': language })).parameters),
        words,
      )
    const posted = await server().send('POST', '/Patient/term/$newborn-summary', {
      resourceType: 'Parameters',
      parameter: [{ name: 'hours', valuePositiveInt: 20 }],
    })
    assert.equal(posted.status, 200)
    const judged = await server().send('POST', '/Parameters/$validate', posted.body)
    assert.deepEqual(
      judged.body.issue.filter((i: any) => i.severity === 'error'),
      [],
    )
  })

  it('refuses what it does not know, and whom', async () => {
    for (const [query, expression] of [
      ['?hours=x', 'hours'],
      ['?hours=0', 'hours'],
      ['?hour=3', 'hour'],
    ] as const) {
      const { status, body } = await summary('term', query)
      assert.deepEqual([status, body.issue[0].expression], [400, [expression]])
    }
    assert.equal((await summary('nobody')).status, 404)
  })
})
