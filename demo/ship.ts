// The story of a ship: its own server aboard, days without a line, a line that breaks off, and the report that comes back.
// docs/network.md, "Ships and remote sites"
import { setTimeout as sleep } from 'node:timers/promises'
import { openLine } from './line.ts'
import type { Json, Part, Stage } from './stage.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const DAY_MS = 86_400_000
const DAYS = 4
const ORGANIZATIONS = [
  ['ship-haedoji', '해도지호 의무실'],
  ['busan-hospital', '부산 병원'],
] as const

/** The ship's server comes to the hub as this client; aboard it is the doctor's system. */
export const shipCast: readonly Part[] = [
  {
    id: 'haedoji',
    name: 'Ship Haedoji',
    organization: 'ship-haedoji',
    roles: ['system'],
    scopes: ['system/*.cruds'],
  },
]

/** Play it. @throws Error when anything is not as it should be */
export async function ship(stage: Stage): Promise<void> {
  const line = await openLine(stage.base)
  try {
    await voyage(stage, line)
  } finally {
    await line.close()
  }
}

async function voyage(stage: Stage, line: Awaited<ReturnType<typeof openLine>>): Promise<void> {
  const { tell, expect } = stage
  tell(
    'A hub on land, and a server aboard. Both know the organisations; the ship has a key for the hub.',
  )
  const aboard = await stage.beside({
    cast: shipCast,
    settings: {
      RELAY_HUB: line.base,
      RELAY_CLIENT_ID: 'haedoji',
      RELAY_KEY_FILE: await stage.keyFile('haedoji'),
      RELAY_ORGANIZATION: 'ship-haedoji',
      RELAY_SECONDS: '1',
    },
  })
  const doctor = aboard.caller('haedoji')
  const [land, busan] = [stage.caller('haedoji'), stage.caller('busan')]
  for (const server of [stage, aboard])
    for (const [id, name] of ORGANIZATIONS)
      await server.caller('administrator').ask('PUT', `Organization/${id}`, {
        resourceType: 'Organization',
        id,
        active: true,
        name,
        address: [{ country: 'KR' }],
      })

  tell('The line is down. The doctor registers a sailor, and measures for four days.')
  const sailor = await doctor.ask('POST', 'Patient', {
    resourceType: 'Patient',
    identifier: [{ system: 'http://ieum.example/fhir/sid/crew', value: 'HD-0117' }],
    name: [{ use: 'official', family: '노', given: ['바다'], text: '노바다' }],
    gender: 'male',
    birthDate: '1979-05-11',
  })
  expect('the sailor is registered aboard', sailor.status === 201)
  const about = `Patient/${sailor.body.id as string}`
  for (let day = DAYS; day > 0; day--) await doctor.ask('POST', 'Observation', pressure(about, day))
  await doctor.ask('POST', 'Consent', permit(about))
  const asked = await doctor.ask('POST', '', request(about))
  expect('and asks Busan, in one transaction', asked.status === 200)

  tell('All of it waits.')
  const waiting = await relayed(aboard.base, ({ failures }) => failures > 0)
  expect('the page of the relay says so', waiting.backlog === DAYS + 4 && waiting.sent === 0)
  console.log(`    ${waiting.failure as string}; ${String(waiting.backlog)} versions wait`)

  tell('There is a line again, and it breaks off just when the hub answers.')
  line.set('cut')
  const sent = await relayed(
    aboard.base,
    ({ failures, backlog }) => failures === 0 && backlog === 0,
  )
  expect('all of it was sent', sent.sent >= DAYS + 4 && sent.aside.length === 0)
  const there = await land.ask('GET', 'Observation?_total=accurate&_summary=count')
  expect('nothing is lost', there.body.total >= DAYS)
  expect('nothing is there twice', there.body.total === DAYS)

  tell('What left the ship is in the log aboard.')
  const log = await aboard.caller('auditor').ask('GET', `AuditEvent?patient=${about}&_count=100`)
  const left = ((log.body.entry ?? []) as Json[]).filter(({ resource }) =>
    JSON.stringify(resource).includes(`Relay to ${line.base}`),
  )
  expect('by whom it was fetched, and where to', left.length > 0)

  tell('Busan is asked by the Task, and by the consent of the sailor it sees what was measured.')
  const tasks = await busan.ask('GET', 'Task?owner=Organization/busan-hospital')
  const task = tasks.body.entry?.[0]?.resource as Json | undefined
  expect('the Task is there', task?.status === 'requested')
  const patient = task!.for.reference as string
  const seen = await busan.ask('GET', `Observation?subject=${patient}&_total=accurate`)
  expect('with four days of blood pressure', seen.body.total === DAYS)
  for (const status of ['accepted', 'in-progress'])
    await busan.ask('PUT', `Task/${task!.id as string}`, { ...task!, status })
  const report = await busan.ask('POST', 'DiagnosticReport', {
    resourceType: 'DiagnosticReport',
    status: 'final',
    language: 'ko',
    basedOn: [task!.focus],
    subject: { reference: patient },
    code: { text: '혈압 원격 상담' },
    performer: [{ reference: 'Organization/busan-hospital' }],
    issued: new Date().toISOString(),
    conclusion: '혈압이 오르고 있습니다. 암로디핀 5 mg을 시작하고 이틀 뒤 다시 재십시오.',
  })
  expect('Busan reports', report.status === 201)
  await busan.ask('PUT', `Task/${task!.id as string}`, {
    ...task!,
    status: 'completed',
    output: [
      {
        type: { text: 'report' },
        valueReference: { reference: `DiagnosticReport/${report.body.id as string}` },
      },
    ],
  })

  tell('The report comes aboard by itself, and the Task is completed there, too.')
  // A look that began after the last write at the hub.
  for (let looks = 0, last = new Date().toISOString(); looks < 2; looks++)
    last = (await relayed(aboard.base, ({ lastSuccess }) => lastSuccess > last))
      .lastSuccess as string
  const read = await doctor.ask('GET', `DiagnosticReport?subject=${about}`)
  const [found] = (read.body.entry ?? []) as Json[]
  expect(
    'the doctor aboard reads the report',
    found?.resource.conclusion === report.body.conclusion,
  )
  const own = await doctor.ask('GET', `Task?patient=${about}`)
  expect('the Task is completed', own.body.entry?.[0]?.resource.status === 'completed')
  const quiet = await relayed(aboard.base, ({ backlog }) => backlog === 0)
  expect('and what came is not sent back', quiet.sent === sent.sent && quiet.conflicts === 0)
}

/** What the page of the relay says, once it is so. @throws Error after a while */
async function relayed(base: string, isSo: (status: Json) => boolean): Promise<Json> {
  const url = base.replace(/\/fhir$/, '/relay?_format=json')
  let status: Json = {}
  for (let tries = 0; tries < 300; tries++) {
    status = (await (await fetch(url)).json()) as Json
    if (isSo(status)) return status
    await sleep(50)
  }
  throw new Error(`The relay came to a halt: ${JSON.stringify(status)}`)
}

/** Higher each day. */
const pressure = (about: string, daysAgo: number): Json => ({
  resourceType: 'Observation',
  status: 'final',
  category: [{ coding: [{ system: `${HL7}/observation-category`, code: 'vital-signs' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
  subject: { reference: about },
  effectiveDateTime: new Date(Date.now() - daysAgo * DAY_MS).toISOString(),
  component: [part('8480-6', 168 - 6 * daysAgo), part('8462-4', 102 - 3 * daysAgo)],
})

const part = (code: string, value: number): Json => ({
  code: { coding: [{ system: 'http://loinc.org', code }] },
  valueQuantity: { value, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
})

/** The Task stands before what it is about, as nobody has to mind the order. */
const request = (about: string): Json => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    {
      resource: {
        resourceType: 'Task',
        status: 'requested',
        intent: 'order',
        focus: { reference: 'urn:uuid:0c7a6b1e-52b5-4f0d-9a0e-6f5f2f8a9a01' },
        for: { reference: about },
        requester: { reference: 'Organization/ship-haedoji' },
        owner: { reference: 'Organization/busan-hospital' },
        authoredOn: new Date().toISOString(),
      },
      request: { method: 'POST', url: 'Task' },
    },
    {
      fullUrl: 'urn:uuid:0c7a6b1e-52b5-4f0d-9a0e-6f5f2f8a9a01',
      resource: {
        resourceType: 'ServiceRequest',
        status: 'active',
        intent: 'order',
        subject: { reference: about },
        code: { text: '혈압 원격 상담' },
        requester: { reference: 'Organization/ship-haedoji' },
        performer: [{ reference: 'Organization/busan-hospital' }],
      },
      request: { method: 'POST', url: 'ServiceRequest' },
    },
  ],
})

/** The hospital in Busan, for treatment, for a year. */
const permit = (patient: string): Json => ({
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ system: `${HL7}/consentscope`, code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: patient },
  dateTime: new Date().toISOString(),
  performer: [{ reference: patient }],
  organization: [{ reference: 'Organization/ship-haedoji' }],
  policy: [{ uri: 'http://ieum.example/policy/ship' }],
  provision: {
    type: 'permit',
    period: {
      start: new Date(Date.now() - DAY_MS).toISOString().slice(0, 10),
      end: new Date(Date.now() + 365 * DAY_MS).toISOString().slice(0, 10),
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
