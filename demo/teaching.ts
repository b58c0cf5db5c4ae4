// The story of teaching cases: made in Busan of those who agreed, released by somebody else, taught with at Al-Farabi.
// docs/network.md, "Teaching cases"
import { introduce } from './network.ts'
import type { Answer, Caller, Json, Part, Stage } from './stage.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const FOR_TEACHING = { 'x-purpose-of-use': 'TRAIN' }
const FAMILIES = ['김', '이', '박', '최', '정', '강', '조', '윤']
/** Who is not asked, and who changes their mind. */
const [SILENT, CHANGING] = [7, 6]

const part = (id: string, name: string, organization: string, role: string): Part => ({
  id,
  name,
  organization,
  roles: [role],
  scopes: ['system/*.cruds'],
})

export const teachingCast: readonly Part[] = [
  part('cardiology', 'Cardiology in Busan', 'busan-hospital', 'clinician'),
  part('board', 'Board for teaching in Busan', 'busan-hospital', 'reviewer'),
  part('alfarabi', 'Al-Farabi university', 'alfarabi', 'clinician'),
]

/** Play it. @throws Error when anything is not as it should be */
export async function teaching(stage: Stage): Promise<void> {
  const { tell, expect } = stage
  const [administrator, cardiology, board, alfarabi, auditor] = [
    stage.caller('administrator'),
    stage.caller('cardiology'),
    stage.caller('board'),
    stage.caller('alfarabi'),
    stage.caller('auditor'),
  ]

  tell('Busan treated eight people with a heart attack. Al-Farabi university wants to learn of it.')
  await introduce(administrator, [
    ['network', 'Ieum demonstration network', 'KR'],
    ['busan-hospital', '부산 병원', 'KR'],
    ['alfarabi', 'Әл-Фараби университеті', 'KZ'],
  ])
  const records = await cardiology.ask('POST', '', {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: FAMILIES.flatMap(recordOf),
  })
  expect('the records are there', records.status === 200)

  tell('To be treated is not to be taught about: without consents for teaching there is no case.')
  const none = await deidentify(cardiology, 'GET')
  expect(
    'all eight are left out',
    numberIn(none, 'without-consent') === 8 && casesIn(none).length === 0,
  )
  const treating = await cardiology.ask('GET', 'Patient/$de-identify')
  expect('and for treatment there are none at all', treating.status === 403)

  tell('Seven agree to it.')
  const agreed = await cardiology.ask('POST', '', {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: FAMILIES.flatMap((_, i) => (i === SILENT ? [] : [entryOf(agreement(i, 'active'))])),
  })
  expect('their consents are stored', agreed.status === 200)

  tell('Cardiology makes a case of them.')
  const made = await deidentify(cardiology, 'POST')
  const people = casesIn(made).filter(({ resourceType }) => resourceType === 'Patient')
  expect(
    'seven are in it, one is only counted',
    people.length === 7 && numberIn(made, 'without-consent') === 1,
  )
  const before = await cardiology.ask('GET', 'Patient/busan-hospital-p0')
  console.log(`    was ${JSON.stringify(plain(before.body))}`)
  console.log(`    is  ${JSON.stringify(plain(people[0]!))}`)
  expect(
    'no name, number or day of birth is in it',
    !/김|010-0000|busan-hospital|-0[1-8]-1\d"/.test(JSON.stringify(casesIn(made).map(undated))),
  )
  expect('a decade of birth, sex and country are', people[0]!.birthDate === '1960')
  expect('nobody is told apart from fewer than four others', fewest(people) >= 5)
  expect(
    'from the first troponin to the last it is six hours, as it was',
    hoursOf(casesIn(made)) === 6,
  )

  const task = taskIn(made)
  tell('It is a draft: for the board, not for others, and its makers cannot release it.')
  const draft = await board.ask('GET', task)
  const bundle = draft.body.focus?.reference as string
  expect('the board sees it', draft.status === 200 && draft.body.status === 'requested')
  expect('Al-Farabi does not', (await alfarabi.ask('GET', bundle)).status === 404)
  const own = await review(cardiology, task, 'release')
  expect('cardiology does not release it', own.status === 403)

  tell('One of the seven withdraws. The draft can not be released any more.')
  await cardiology.ask(
    'PUT',
    `Consent/${agreement(CHANGING, 'inactive').id as string}`,
    agreement(CHANGING, 'inactive'),
  )
  const late = await review(board, task, 'release')
  expect('the board is told that a consent is missing', late.status === 409)
  const rejected = await review(board, task, 'reject', {
    name: 'reason',
    valueString: 'A patient withdrew',
  })
  expect('and rejects it', rejected.body.status === 'rejected')

  tell('Made anew of six, it is released to Al-Farabi.')
  const again = await deidentify(cardiology, 'POST')
  const released = await review(board, taskIn(again), 'release', {
    name: 'recipient',
    valueReference: { reference: 'Organization/alfarabi' },
  })
  expect('the Task is completed', released.body.status === 'completed')
  const taught = await alfarabi.ask('GET', released.body.focus.reference as string)
  expect(
    'Al-Farabi teaches with it',
    taught.status === 200 && (taught.body.entry as Json[]).length > 6,
  )
  const original = await alfarabi.ask('GET', 'Patient/busan-hospital-p0')
  expect('and sees none of the records behind it', original.status === 404)

  tell('The auditor sees for what the records were read.')
  const log = await auditor.ask(
    'GET',
    'AuditEvent?patient=Patient/busan-hospital-p0&_sort=-date&_count=20',
  )
  const events = ((log.body.entry ?? []) as Json[]).map((e) => JSON.stringify(e.resource))
  expect(
    'for teaching',
    events.some((e) => e.includes('"TRAIN"')),
  )
}

const deidentify = (who: Caller, method: string): Promise<Answer> =>
  who.ask(method, 'Patient/$de-identify', undefined, FOR_TEACHING)

const review = (who: Caller, task: string, outcome: string, ...more: Json[]): Promise<Answer> =>
  who.ask(
    'POST',
    `${task}/$review`,
    { resourceType: 'Parameters', parameter: [{ name: 'outcome', valueCode: outcome }, ...more] },
    FOR_TEACHING,
  )

const named = ({ body }: Answer, name: string): Json | undefined =>
  ((body.parameter ?? []) as Json[]).find((one) => one.name === name)

const casesIn = (answer: Answer): Json[] =>
  ((named(answer, 'result')?.resource.entry ?? []) as Json[]).map((e) => e.resource as Json)

const taskIn = (answer: Answer): string => named(answer, 'task')?.valueReference.reference as string

function numberIn(answer: Answer, name: string): number {
  const parts = (named(answer, 'report')?.resource.parameter ?? []) as Json[]
  const patients = parts.find((one) => one.name === 'patients')?.part as Json[]
  return patients.find((one) => one.name === name)?.valueInteger as number
}

const plain = ({ name, identifier, gender, birthDate, _birthDate, address }: Json): Json => ({
  name,
  identifier,
  gender,
  birthDate,
  _birthDate,
  address,
})

/** Without what is a day of its own: moved. */
const undated = ({ effectiveDateTime: _, onsetDateTime: __, ...rest }: Json): Json => rest

/** People who are told alike, of the smallest group. */
function fewest(people: readonly Json[]): number {
  const alike = new Map<string, number>()
  for (const one of people) {
    const key = JSON.stringify(plain(one))
    alike.set(key, (alike.get(key) ?? 0) + 1)
  }
  return Math.min(...alike.values())
}

/** Between the first and the last measurement of the first patient. */
function hoursOf(resources: readonly Json[]): number {
  const [{ id } = {} as Json] = resources
  const times = resources
    .filter((one) => one.subject?.reference === `Patient/${id as string}`)
    .flatMap(({ effectiveDateTime }) =>
      effectiveDateTime === undefined ? [] : [Date.parse(effectiveDateTime as string)],
    )
  return (Math.max(...times) - Math.min(...times)) / 3_600_000
}

const entryOf = (resource: Json): Json => ({
  resource,
  request: { method: 'PUT', url: `${resource.resourceType as string}/${resource.id as string}` },
})

/** A man who came with pain in the chest, and troponin at 0, 3 and 6 hours. */
function recordOf(family: string, i: number): Json[] {
  const id = `busan-hospital-p${String(i)}`
  const subject = { reference: `Patient/${id}`, display: `${family}철수` }
  const day = `2026-0${String(i + 1)}-1${String(i)}`
  return [
    entryOf({
      resourceType: 'Patient',
      id,
      name: [{ family, given: ['철수'], text: `${family}철수` }],
      identifier: [{ system: 'http://ieum.example/fhir/sid/chart', value: `00${String(i)}-17` }],
      telecom: [{ system: 'phone', value: `010-0000-000${String(i)}` }],
      gender: 'male',
      birthDate: `196${String(i)}-0${String(i + 1)}-1${String(i)}`,
      address: [{ line: ['예시로 1'], city: '부산광역시', country: 'KR' }],
    }),
    entryOf({
      resourceType: 'Condition',
      id: `${id}-infarction`,
      subject,
      code: {
        coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'I21.9' }],
        text: `${family}철수, 급성 심근경색`,
      },
      onsetDateTime: day,
    }),
    ...[8, 11, 14].map((hour, n) =>
      entryOf({
        resourceType: 'Observation',
        id: `${id}-troponin-${String(n)}`,
        status: 'final',
        category: [{ coding: [{ system: `${HL7}/observation-category`, code: 'laboratory' }] }],
        code: { coding: [{ system: 'http://loinc.org', code: '89579-7' }] },
        subject,
        effectiveDateTime: `${day}T${String(hour).padStart(2, '0')}:20:00+09:00`,
        valueQuantity: {
          value: 12 + 240 * n + i,
          unit: 'ng/L',
          system: 'http://unitsofmeasure.org',
          code: 'ng/L',
        },
        note: [{ text: `${family}철수 님, 재검` }],
      }),
    ),
  ]
}

function agreement(i: number, status: string): Json {
  const patient = { reference: `Patient/busan-hospital-p${String(i)}` }
  return {
    resourceType: 'Consent',
    id: `busan-hospital-teaching-${String(i)}`,
    status,
    scope: { coding: [{ system: `${HL7}/consentscope`, code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient,
    dateTime: '2026-11-20T09:00:00+09:00',
    performer: [patient],
    organization: [{ reference: 'Organization/busan-hospital' }],
    policy: [{ uri: 'http://ieum.example/policy/teaching' }],
    provision: {
      type: 'permit',
      purpose: [{ system: `${HL7}/v3-ActReason`, code: 'TRAIN' }],
    },
  }
}
