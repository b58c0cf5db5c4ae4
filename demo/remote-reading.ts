// The story of a remote reading: asked in Almaty, read in Busan, step by step, corrected, looked at a second time, and
// refused when the patient withdraws the consent on the way. docs/network.md, "Remote reading"
import { fileURLToPath } from 'node:url'
import { introduce } from './network.ts'
import type { Answer, Caller, Json, Scene, Stage } from './stage.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const OWN = 'http://ieum.example/fhir'
const UUID = 'urn:uuid:5d1f9a5e-0000-4000-8000-00000000000'
const PATCH = { 'content-type': 'application/json-patch+json' }

export const remoteReadingScene: Scene = {
  cast: [
    {
      ...{ id: 'moscow', name: 'Check-up centre in Moscow', organization: 'moscow-checkup' },
      ...{ roles: ['system'], scopes: ['system/*.cruds'] },
    },
  ],
  settings: { PACKAGES: fileURLToPath(new URL('../profiles/ieum', import.meta.url)) },
}

/** Play it. @throws Error when anything is not as it should be */
export async function remoteReading(stage: Stage): Promise<void> {
  const { tell, expect } = stage
  const [administrator, almaty, busan, moscow] = ['administrator', 'almaty', 'busan', 'moscow'].map(
    (name) => stage.caller(name),
  ) as [Caller, Caller, Caller, Caller]

  tell('The organisations of the network, and where Almaty keeps its images.')
  await introduce(administrator, [
    ['almaty-kit', 'Алматы: пункт экспресс-диагностики', 'KZ'],
    ['busan-hospital', '부산 병원', 'KR'],
    ['moscow-checkup', 'Москва: центр чек-апов', 'RU'],
  ])
  await busan.ask('PUT', 'Practitioner/busan-hospital-reader', {
    ...{ resourceType: 'Practitioner', id: 'busan-hospital-reader', name: [{ text: '황 판독의' }] },
  })
  const endpoint = await almaty.ask('POST', 'Endpoint', {
    ...{ resourceType: 'Endpoint', status: 'active' },
    connectionType: { system: `${HL7}/endpoint-connection-type`, code: 'dicom-wado-rs' },
    payloadType: [{ text: 'DICOM' }],
    address: 'https://images.almaty.example.org/dicom-web',
  })

  tell('Almaty takes a film and asks Busan to read it: order, study and Task in one transaction.')
  const asked = await almaty.ask('POST', '', order(`Endpoint/${endpoint.body.id as string}`))
  expect('all of it is stored, or nothing would be', asked.status === 200)
  const [patient, request, study, task] = (asked.body.entry as Json[]).map(({ response }) =>
    (response.location as string).split('/_history')[0]!.split('/fhir/').at(-1)!,
  ) as [string, string, string, string]

  tell('Busan finds what it is asked. The record that the Task names is not open to it yet.')
  const inbox = await busan.ask(
    'GET',
    'Task?owner=Organization/busan-hospital&status=requested&_include=Task:focus&_include=Task:patient',
  )
  expect('Busan finds the Task, and nothing beside it', entries(inbox).length === 1)
  expect('the order is not there for Busan', (await busan.ask('GET', request)).status === 404)
  const early = await busan.ask('POST', 'DiagnosticReport', report(patient, request, study))
  expect('nor is a report taken: no consent covers it', early.status === 403)

  tell('The patient consents. Busan reads the order, the study, and where the images are.')
  const consent = await almaty.ask('POST', 'Consent', permit(patient))
  const seen = await busan.ask(
    'GET',
    `ImagingStudy?_id=${idOf(study)}&_include=ImagingStudy:basedon&_include=ImagingStudy:endpoint&_include=ImagingStudy:subject`,
  )
  expect('study, order, patient and endpoint are there', entries(seen).length === 4)

  tell('A step that does not follow is refused, and a step by the wrong organisation.')
  const step = (who: Caller, status: string, more: Json[] = []) =>
    who.ask('PATCH', task, [{ op: 'replace', path: '/status', value: status }, ...more], PATCH)
  const jump = await step(busan, 'completed')
  expect('requested → completed is refused, with what may follow', jump.status === 422)
  const ours = await step(almaty, 'received')
  expect('who asked can not receive it in the place of Busan', ours.status === 403)
  expect('for Moscow it is not there', (await step(moscow, 'received')).status === 404)
  for (const status of ['received', 'accepted', 'in-progress'])
    expect(`Busan makes it ${status}`, (await step(busan, status)).status === 200)

  tell('A preliminary report, then the final one, then a correction; each version stays.')
  const preliminary = await busan.ask('POST', 'DiagnosticReport', report(patient, request, study))
  const reading = `DiagnosticReport/${preliminary.body.id as string}`
  const publish = (status: string, conclusion: string) =>
    busan.ask('PUT', reading, { ...preliminary.body, status, conclusion })
  expect('preliminary', preliminary.status === 201)
  expect('final', (await publish('final', '우상엽에 약 9 mm 결절 의심.')).status === 200)
  const back = await publish('preliminary', '우상엽에 약 9 mm 결절 의심.')
  expect('and not preliminary again', back.status === 422)
  const silent = await publish('final', '이상 소견 없음.')
  expect('nor changed without saying so', silent.status === 422)
  expect('amended', (await publish('amended', '우상엽 석회화 8 mm, 양성 소견.')).status === 200)
  const done = await step(busan, 'completed', [
    {
      op: 'add',
      path: '/output',
      value: [{ type: { text: 'report' }, valueReference: { reference: reading } }],
    },
    { op: 'add', path: '/executionPeriod', value: period(1, 3) },
  ])
  expect('the Task is completed, with the report as its output', done.status === 200)
  const versions = await almaty.ask('GET', `${reading}/_history`)
  expect(
    'Almaty, who asked, reads the report with its earlier versions',
    entries(versions)
      .map(({ status }) => status as string)
      .join() === 'amended,final,preliminary',
  )

  tell('How long it took: one search has both ends of every reading.')
  const measured = await almaty.ask(
    'GET',
    `Task?requester=Organization/almaty-kit&status=completed&period=ge${today()}&_include=Task:output&_elements=authoredOn,executionPeriod,output,status`,
  )
  const ended = entries(measured).find(({ resourceType }) => resourceType === 'Task')!
  const minutes = (Date.parse(ended.executionPeriod.end) - Date.parse(ended.authoredOn)) / 60_000
  expect(`this one took ${minutes.toFixed(0)} minutes`, minutes === 180)
  const late = await almaty.ask(
    'GET',
    `Task?status=requested,received,accepted,in-progress,on-hold&due=lt${new Date().toISOString()}&_total=accurate`,
  )
  expect('and none is open beyond its time', late.body.total === 0)

  tell(
    'A second opinion goes the same way: a question with documents, an answer as a Communication.',
  )
  const second = await almaty.ask('POST', '', consultation(patient, reading))
  const [opinion, consult] = (second.body.entry as Json[]).map(({ response }) =>
    (response.location as string).split('/_history')[0]!.split('/fhir/').at(-1)!,
  ) as [string, string]
  for (const status of ['received', 'accepted', 'in-progress'])
    await busan.ask('PATCH', consult, replaced(status), PATCH)
  const answer = await busan.ask('POST', 'Communication', {
    ...{ resourceType: 'Communication', status: 'completed' },
    basedOn: [{ reference: opinion }],
    subject: { reference: patient },
    sender: { reference: 'Practitioner/busan-hospital-reader' },
    recipient: [{ reference: 'Organization/almaty-kit' }],
    payload: [{ contentString: '양성 석회화로 판단됩니다. 1년 뒤 저선량 CT를 권합니다.' }],
  })
  const reply = `Communication/${answer.body.id as string}`
  await busan.ask(
    'PATCH',
    consult,
    [
      ...replaced('completed'),
      {
        op: 'add',
        path: '/output',
        value: [{ type: { text: 'answer' }, valueReference: { reference: reply } }],
      },
    ],
    PATCH,
  )
  const heard = await almaty.ask('GET', `Task?_id=${idOf(consult)}&_include=Task:output`)
  expect(
    'Almaty finds the answer at the Task',
    entries(heard).some(({ resourceType }) => resourceType === 'Communication'),
  )

  tell('Another film; the patient withdraws the consent while Busan reads it.')
  const again = await almaty.ask('POST', '', consultation(patient, reading))
  const [film, reread] = (again.body.entry as Json[]).map(({ response }) =>
    (response.location as string).split('/_history')[0]!.split('/fhir/').at(-1)!,
  ) as [string, string]
  for (const status of ['received', 'accepted', 'in-progress'])
    await busan.ask('PATCH', reread, replaced(status), PATCH)
  await almaty.ask('PUT', `Consent/${consent.body.id as string}`, {
    ...consent.body,
    status: 'inactive',
  })
  const refused = await busan.ask('POST', 'DiagnosticReport', {
    ...report(patient, film, study),
    status: 'final',
  })
  expect('the report is refused, and says why', refused.status === 403)
  const stays = await busan.ask('GET', reread)
  expect('the Task stays as it was', stays.body.status === 'in-progress')
  const failed = await busan.ask(
    'PATCH',
    reread,
    [
      ...replaced('failed'),
      { op: 'add', path: '/statusReason', value: { text: 'The consent was withdrawn' } },
    ],
    PATCH,
  )
  expect('Busan gives it back with the reason', failed.status === 200)
  const kept = await almaty.ask('GET', reading)
  expect('what was answered before stays with who asked', kept.status === 200)
}

const idOf = (reference: string): string => reference.split('/')[1]!

const entries = ({ body }: Answer): Json[] =>
  ((body.entry ?? []) as Json[]).map(({ resource }) => resource as Json)

const replaced = (status: string): Json[] => [{ op: 'replace', path: '/status', value: status }]

const HOUR = 3_600_000
const today = (): string => new Date(Date.now() - 24 * HOUR).toISOString().slice(0, 10)

/** Hours after the film of the story was asked for, three hours before now. */
const at = (hours: number): string =>
  new Date(Math.floor(Date.now() / HOUR) * HOUR + (hours - 3) * HOUR).toISOString()
const period = (start: number, end: number): Json => ({ start: at(start), end: at(end) })

const film = { coding: [{ system: 'http://loinc.org', code: '24648-8' }], text: 'XR Chest PA' }

const created = (resource: Json, place?: number): Json => ({
  ...(place === undefined ? {} : { fullUrl: `${UUID}${String(place)}` }),
  resource,
  request: { method: 'POST', url: resource.resourceType as string },
})

/** A patient, the order, the study and the Task. */
const order = (endpoint: string): Json => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    created(
      {
        resourceType: 'Patient',
        name: [{ use: 'official', family: 'Тестов', given: ['Ерлан'], text: 'Тестов Ерлан' }],
        ...{ gender: 'male', birthDate: '1960-03-11' },
      },
      0,
    ),
    created(
      {
        resourceType: 'ServiceRequest',
        meta: { profile: [`${OWN}/StructureDefinition/ieum-request-reading`] },
        ...{ status: 'active', intent: 'order', code: film, subject: { reference: `${UUID}0` } },
        authoredOn: at(0),
        requester: { reference: 'Organization/almaty-kit' },
        performer: [{ reference: 'Organization/busan-hospital' }],
        reasonCode: [{ text: 'Кашель три недели' }],
      },
      1,
    ),
    created(
      {
        ...{ resourceType: 'ImagingStudy', status: 'available', started: at(0) },
        identifier: [{ system: 'urn:dicom:uid', value: 'urn:oid:2.25.1234567890' }],
        modality: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'DX' }],
        subject: { reference: `${UUID}0` },
        basedOn: [{ reference: `${UUID}1` }],
        endpoint: [{ reference: endpoint }],
        ...{ numberOfSeries: 1, numberOfInstances: 1 },
      },
      2,
    ),
    created(
      asking(`${UUID}0`, `${UUID}1`, 'Remote reading', [
        { type: { text: 'images' }, valueReference: { reference: `${UUID}2` } },
      ]),
    ),
  ],
})

/** A question on what was read, with the documents that it is about, and its Task. */
const consultation = (patient: string, about: string): Json => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    created(
      {
        resourceType: 'ServiceRequest',
        meta: { profile: [`${OWN}/StructureDefinition/ieum-request-reading`] },
        ...{ status: 'active', intent: 'order', subject: { reference: patient } },
        category: [
          {
            coding: [{ system: 'http://snomed.info/sct', code: '11429006' }],
            text: 'Consultation',
          },
        ],
        code: { text: 'Second opinion' },
        authoredOn: new Date().toISOString(),
        requester: { reference: 'Organization/almaty-kit' },
        performer: [{ reference: 'Organization/busan-hospital' }],
        supportingInfo: [{ reference: about }],
        note: [{ text: 'Нужна ли биопсия?' }],
      },
      1,
    ),
    created(asking(patient, `${UUID}1`, 'Second opinion', [])),
  ],
})

const asking = (patient: string, request: string, text: string, input: Json[]): Json => ({
  resourceType: 'Task',
  meta: { profile: [`${OWN}/StructureDefinition/ieum-task-reading`] },
  ...{ status: 'requested', intent: 'order' },
  code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }], text },
  basedOn: [{ reference: request }],
  focus: { reference: request },
  for: { reference: patient },
  authoredOn: at(0),
  requester: { reference: 'Organization/almaty-kit' },
  owner: { reference: 'Organization/busan-hospital' },
  restriction: { period: { end: at(24) } },
  ...(input.length === 0 ? {} : { input }),
})

const report = (patient: string, request: string, study: string): Json => ({
  resourceType: 'DiagnosticReport',
  meta: { profile: [`${OWN}/StructureDefinition/ieum-report-reading`] },
  language: 'ko',
  status: 'preliminary',
  category: [{ coding: [{ system: `${HL7}/v2-0074`, code: 'RAD' }] }],
  code: film,
  subject: { reference: patient },
  basedOn: [{ reference: request }],
  imagingStudy: [{ reference: study }],
  issued: at(3),
  performer: [{ reference: 'Organization/busan-hospital' }],
  resultsInterpreter: [{ reference: 'Practitioner/busan-hospital-reader' }],
  conclusion: '우상엽 결절 의심, 최종 판독 대기.',
})

/** The hospital in Busan, in Korea, for treatment. */
const permit = (patient: string): Json => ({
  ...{ resourceType: 'Consent', status: 'active', patient: { reference: patient } },
  scope: { coding: [{ system: `${HL7}/consentscope`, code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  dateTime: new Date().toISOString(),
  performer: [{ reference: patient }],
  organization: [{ reference: 'Organization/almaty-kit' }],
  policy: [{ uri: `${OWN}/policy/kz/cross-border` }],
  provision: {
    extension: [
      {
        url: `${OWN}/StructureDefinition/destination-country`,
        valueCodeableConcept: { coding: [{ system: 'urn:iso:std:iso:3166', code: 'KR' }] },
      },
    ],
    type: 'permit',
    actor: [
      {
        role: { coding: [{ system: `${HL7}/v3-ParticipationType`, code: 'IRCP' }] },
        reference: { reference: 'Organization/busan-hospital' },
      },
    ],
    purpose: [{ system: `${HL7}/v3-ActReason`, code: 'TREAT' }],
  },
})
