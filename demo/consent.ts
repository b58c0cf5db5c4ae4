// The story of a consent: refused without it, allowed by it, refused again when it is withdrawn, and all of it in the log.
// docs/access.md, docs/audit.md
import { introduce } from './network.ts'
import type { Json, Stage } from './stage.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'

/** Play it. @throws Error when anything is not as it should be */
export async function consent(stage: Stage): Promise<void> {
  const { tell, expect } = stage
  const [administrator, almaty, busan, auditor] = [
    stage.caller('administrator'),
    stage.caller('almaty'),
    stage.caller('busan'),
    stage.caller('auditor'),
  ]

  tell('The organisations of the network are known to all.')
  await introduce(administrator, [
    ['network', 'Ieum demonstration network', 'KR'],
    ['almaty-kit', 'Алматы: пункт экспресс-диагностики', 'KZ'],
    ['busan-hospital', '부산 병원', 'KR'],
  ])

  tell('Almaty registers a patient and posts what the kit measured.')
  const patient = await almaty.ask('POST', 'Patient', {
    resourceType: 'Patient',
    name: [{ use: 'official', family: 'Тестова', given: ['Айгерим'], text: 'Тестова Айгерим' }],
    gender: 'female',
    birthDate: '1968-04-02',
  })
  expect('the patient is registered', patient.status === 201)
  const about = `Patient/${patient.body.id as string}`
  const troponin = await almaty.ask('POST', 'Observation', {
    resourceType: 'Observation',
    status: 'final',
    category: [{ coding: [{ system: `${HL7}/observation-category`, code: 'laboratory' }] }],
    code: {
      coding: [{ system: 'http://loinc.org', code: '89579-7' }],
      text: 'Troponin I, high sensitivity',
    },
    subject: { reference: about },
    effectiveDateTime: '2026-11-20T10:20:00+05:00',
    valueQuantity: { value: 9.4, unit: 'ng/L', system: 'http://unitsofmeasure.org', code: 'ng/L' },
  })
  expect('the measurement is stored', troponin.status === 201)
  const measured = `Observation/${troponin.body.id as string}`

  tell('Busan, without a consent, finds nothing and learns nothing.')
  const refused = await busan.ask('GET', measured)
  expect('the measurement is not there for Busan', refused.status === 404)
  const none = await busan.ask('GET', `Observation?subject=${about}&_total=accurate`)
  expect('a search counts none', none.body.total === 0)
  const chained = await busan.ask(
    'GET',
    'Observation?subject:Patient.gender=female&_total=accurate',
  )
  expect('a chained search counts none', chained.body.total === 0)

  tell('The patient consents: the hospital in Busan may see it, for treatment, for a year.')
  const given = await almaty.ask('POST', 'Consent', permit(about))
  expect('the consent is stored', given.status === 201)
  const seen = await busan.ask('GET', measured)
  expect('Busan reads the measurement', seen.status === 200 && seen.body.id === troponin.body.id)
  const found = await busan.ask(
    'GET',
    `Observation?subject=${about}&_include=Observation:subject&_total=accurate`,
  )
  expect(
    'Busan finds it, with the patient',
    found.body.total === 1 && (found.body.entry as Json[]).length === 2,
  )
  const research = await busan.ask('GET', measured, undefined, { 'x-purpose-of-use': 'HRESCH' })
  expect('but not for research', research.status === 404)
  const changed = await busan.ask('PUT', measured, { ...seen.body, status: 'amended' })
  expect('and Busan can not change it', changed.status === 403)

  tell('The patient withdraws the consent. The next request is refused.')
  const withdrawn = await almaty.ask('PUT', `Consent/${given.body.id as string}`, {
    ...permit(about),
    id: given.body.id as string,
    status: 'inactive',
  })
  expect('the consent is withdrawn', withdrawn.status === 200)
  const again = await busan.ask('GET', measured)
  expect('the measurement is not there for Busan', again.status === 404)

  tell('The auditor lists who saw what of this patient, and under which consent.')
  const log = await auditor.ask('GET', `AuditEvent?patient=${about}&_count=100`)
  const events = ((log.body.entry ?? []) as Json[]).map((e) => e.resource as Json)
  for (const event of events) console.log(`    ${line(event)}`)
  const disclosed = events.filter((e) =>
    JSON.stringify(e).includes(`Consent/${given.body.id as string}`),
  )
  expect('what Busan read rests on the consent in the log', disclosed.length > 0)
  const resting = await auditor.ask('GET', `AuditEvent?consent=Consent/${given.body.id as string}`)
  expect('the log is searched by consent', ((resting.body.entry ?? []) as Json[]).length > 0)

  tell('And verifies that nothing was changed, dropped, put in or put elsewhere.')
  const verified = await auditor.ask('GET', 'AuditEvent/$verify')
  expect(
    'the log is whole',
    verified.status === 200 &&
      ((verified.body.parameter ?? []) as Json[]).some(
        (p) => p.name === 'result' && p.valueBoolean === true,
      ),
  )
}

/** The hospital in Busan, for treatment, in Korea, from today on for a year. */
const permit = (patient: string): Json => ({
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ system: `${HL7}/consentscope`, code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: patient },
  dateTime: new Date().toISOString(),
  performer: [{ reference: patient }],
  organization: [{ reference: 'Organization/almaty-kit' }],
  policy: [{ uri: 'http://ieum.example/policy/cross-border' }],
  provision: {
    extension: [
      {
        url: 'http://ieum.example/fhir/StructureDefinition/destination-country',
        valueCodeableConcept: { coding: [{ system: 'urn:iso:std:iso:3166', code: 'KR' }] },
      },
    ],
    type: 'permit',
    period: {
      start: new Date(Date.now() - 86_400_000).toISOString().slice(0, 10),
      end: new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 10),
    },
    actor: [
      {
        role: { coding: [{ system: `${HL7}/v3-ParticipationType`, code: 'IRCP' }] },
        reference: { reference: 'Organization/busan-hospital' },
      },
    ],
    purpose: [{ system: `${HL7}/v3-ActReason`, code: 'TREAT' }],
  },
})

/** An AuditEvent in a line. */
function line(event: Json): string {
  const what = ((event.subtype ?? []) as Json[]).map((s) => s.code as string).join(', ')
  const who = ((event.agent ?? []) as Json[])
    .map((a) => (a.who?.reference ?? a.who?.display ?? a.name ?? '') as string)
    .filter((one) => one !== '')
    .join(', ')
  const outcome = event.outcome === '0' ? 'done' : 'refused'
  return `${event.recorded as string}  ${what}  ${outcome}  ${who}`
}
