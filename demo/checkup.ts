// The story of a check-up: two visits in Moscow, a report in Russian and in mmol/L, the same in Korean and in mg/dL, compared
// with the visit before; a doctor answers for it, a result is corrected, and another hospital sees none of it.
// docs/network.md
import { introduce } from './network.ts'
import type { Json, Part, Stage } from './stage.ts'

const OWN = 'http://ieum.example/fhir/CodeSystem'

export const MOSCOW: Part = {
  id: 'moscow',
  name: 'Check-up centre in Moscow',
  organization: 'moscow-checkup',
  roles: ['system'],
  scopes: ['system/*.cruds'],
}

/** Play it. @throws Error when anything is not as it should be */
export async function checkup(stage: Stage): Promise<void> {
  const { tell, expect } = stage
  const [administrator, moscow, busan] = ['administrator', 'moscow', 'busan'].map((name) =>
    stage.caller(name),
  ) as [ReturnType<Stage['caller']>, ReturnType<Stage['caller']>, ReturnType<Stage['caller']>]

  tell('The organisations of the network are known to all.')
  await introduce(administrator, [
    ['moscow-checkup', 'Центр корейского чек-апа, Москва', 'RU'],
    ['busan-hospital', '부산 병원', 'KR'],
  ])

  tell('Moscow examines a patient by the Korean programme, in two years running.')
  const patient = await moscow.ask('POST', 'Patient', {
    resourceType: 'Patient',
    name: [{ text: 'Тестова Елена Павловна', family: 'Тестова', given: ['Елена', 'Павловна'] }],
    gender: 'female',
    birthDate: '1979-05-14',
  })
  const about = `Patient/${String(patient.body.id)}`
  const doctor = await moscow.ask('POST', 'Practitioner', {
    resourceType: 'Practitioner',
    name: [{ text: 'Белова Ксения Аркадьевна' }],
  })
  const first = await moscow.ask('POST', '', visit(about, '2025-03-18', [5.4, 1.62, 1.3, 132, 84]))
  const second = await moscow.ask('POST', '', visit(about, '2026-03-24', [6.1, 1.12, 1.9, 124, 78]))
  expect('both visits are stored', first.status === 200 && second.status === 200)
  const encounter = idOf(second.body, 'Encounter')

  tell('The report of the second visit: in Russian and mmol/L, as is usual there.')
  const report = await moscow.ask('POST', `Encounter/${encounter}/$checkup-report`)
  expect('the report is made, and is preliminary', report.body.status === 'preliminary')
  console.log(`    ${String(report.body.conclusion)}`)
  expect('it is in Russian', report.body.language === 'ru')
  expect('it names the edition of its criteria', /건강검진/.test(criteriaOf(report.body)))
  const glucose = item(report.body, 'fasting-glucose')
  expect('glucose of 6.1 mmol/L is normal B', bandOf(glucose) === 'normal-b')
  expect('HDL of 1.12 mmol/L is normal B', bandOf(item(report.body, 'hdl')) === 'normal-b')
  expect(
    'it is compared with the visit before: 0.7 mmol/L more',
    compared(glucose, 'previous') === 5.4 && compared(glucose, 'difference') === 0.7,
  )
  expect(
    'haemoglobin of a woman is judged by the bands for women',
    bandOf(item(report.body, 'hemoglobin')) === 'normal-a',
  )

  tell('The same for a reader in Korea: in Korean and mg/dL, with what was received beside.')
  const korean = await moscow.ask(
    'GET',
    `Encounter/${encounter}/$checkup-report?language=ko&units=conventional`,
  )
  console.log(`    ${String(korean.body.conclusion)}`)
  const shown = item(korean.body, 'fasting-glucose').valueQuantity as Json
  expect('glucose is 110 mg/dL', shown.value === 110 && shown.code === 'mg/dL')
  expect(
    'and was 6.1 mmol/L',
    ((shown.extension as Json[])[0]!.valueQuantity as Json).value === 6.1,
  )
  const page = (korean.body.presentedForm as Json[])[0]!
  const html = Buffer.from(page.data as string, 'base64').toString()
  expect('there is a page to print, with a chart', html.includes('<svg'))

  tell('A doctor answers for the report: it is final.')
  const interpreter = `Practitioner/${String(doctor.body.id)}`
  const path = `Encounter/${encounter}/$checkup-report`
  const final = await moscow.ask('POST', `${path}?status=final&interpreter=${interpreter}`)
  expect('it is final', final.body.status === 'final' && final.body.id === report.body.id)

  tell('The laboratory corrects a result. No program changes what a doctor answers for.')
  const measured = await moscow.ask('GET', `Observation?encounter=${encounter}&code=14771-0`)
  const wrong = ((measured.body.entry as Json[])[0] as Json).resource as Json
  await moscow.ask('PUT', `Observation/${String(wrong.id)}`, {
    ...wrong,
    status: 'corrected',
    valueQuantity: mmol(7.4),
  })
  const refused = await moscow.ask('POST', path)
  expect('without the doctor the report stays', refused.status === 409)
  const amended = await moscow.ask('POST', `${path}?status=final&interpreter=${interpreter}`)
  expect('with the doctor it is amended', amended.body.status === 'amended')
  expect(
    'now diabetes is suspected',
    JSON.stringify(amended.body.conclusionCode).includes('suspected-chronic'),
  )
  const versions = await moscow.ask('GET', `DiagnosticReport/${String(report.body.id)}/_history`)
  expect('the versions before are kept', (versions.body.entry as Json[]).length === 3)

  tell('Busan has no consent of the patient.')
  const hidden = await busan.ask('POST', path)
  expect('for Busan there is no such visit', hidden.status === 404)
}

const mmol = (value: number): Json => quantity(value, 'mmol/L')

const quantity = (value: number, code: string): Json => ({
  value,
  unit: code,
  system: 'http://unitsofmeasure.org',
  code,
})

/** An Encounter with its results: glucose, HDL, triglycerides in mmol/L, blood pressure; a haemoglobin in g/L. */
function visit(subject: string, day: string, values: readonly number[]): Json {
  const [glucose, hdl, triglyceride, systolic, diastolic] = values as [
    number,
    number,
    number,
    number,
    number,
  ]
  const uuid = `urn:uuid:${day.replaceAll('-', '')}-0000-4000-8000-000000000000`
  const loinc = (code: string): Json => ({ coding: [{ system: 'http://loinc.org', code }] })
  const category = { system: 'http://terminology.hl7.org/CodeSystem/observation-category' }
  const result = (fields: Json, kind = 'laboratory'): Json => ({
    resource: {
      resourceType: 'Observation',
      status: 'final',
      category: [{ coding: [{ ...category, code: kind }] }],
      subject: { reference: subject },
      encounter: { reference: uuid },
      effectiveDateTime: `${day}T08:20:00+03:00`,
      ...fields,
    },
    request: { method: 'POST', url: 'Observation' },
  })
  const of = (code: string, valueQuantity: Json): Json =>
    result({ code: loinc(code), valueQuantity })
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: uuid,
        resource: {
          resourceType: 'Encounter',
          status: 'finished',
          class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
          type: [{ coding: [{ system: `${OWN}/encounter-type`, code: 'korean-checkup' }] }],
          subject: { reference: subject },
          period: { start: `${day}T08:00:00+03:00`, end: `${day}T12:00:00+03:00` },
          serviceProvider: { reference: 'Organization/moscow-checkup' },
        },
        request: { method: 'POST', url: 'Encounter' },
      },
      of('14771-0', mmol(glucose)),
      of('14646-4', mmol(hdl)),
      of('14927-8', mmol(triglyceride)),
      of('718-7', quantity(126, 'g/L')),
      result(
        {
          code: loinc('85354-9'),
          component: [
            { code: loinc('8480-6'), valueQuantity: quantity(systolic, 'mm[Hg]') },
            { code: loinc('8462-4'), valueQuantity: quantity(diastolic, 'mm[Hg]') },
          ],
        },
        'vital-signs',
      ),
    ],
  }
}

/** The id of what a transaction made of a type. */
function idOf(answer: Json, type: string): string {
  const places = ((answer.entry ?? []) as Json[]).map(
    (entry) => (entry.response as Json).location as string,
  )
  return new RegExp(`${type}/([^/]+)`).exec(places.join(' '))?.[1] ?? ''
}

const item = (report: Json, id: string): Json =>
  (report.contained as Json[]).find((one) => one.id === id) ?? {}

const bandOf = (one: Json): string | undefined =>
  ((one.interpretation ?? []) as Json[])
    .flatMap(({ coding }) => coding as Json[])
    .find(({ system }) => system === `${OWN}/checkup-band`)?.code as string | undefined

const compared = (one: Json, code: string): unknown => {
  const components = (one.component ?? []) as Json[]
  const found = components.find((c) => ((c.code as Json).coding as Json[])[0]!.code === code)
  return (found?.valueQuantity as Json | undefined)?.value
}

const criteriaOf = (report: Json): string =>
  ((report.extension ?? []) as Json[]).map((e) => String(e.valueString)).join(' ')
