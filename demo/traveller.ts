// The story of a traveller: Almaty refers a patient to Busan with a summary that Busan can read, Busan knows who has come, treats,
// and sends the patient home with a plan that Almaty follows. Each side sees what the patient's consent says, in a country by name.
// docs/network.md, "Travelling patients"
import { introduce, permit } from './network.ts'
import type { Answer, Json, Stage } from './stage.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const IIN = 'http://ieum.example/fhir/sid/pid/kz/iin'
const PASSPORT = 'http://hl7.org/fhir/sid/passport-KAZ'

/** Play it. @throws Error when anything is not as it should be */
export async function traveller(stage: Stage): Promise<void> {
  const { tell, expect } = stage
  const [administrator, almaty, busan, auditor] = [
    stage.caller('administrator'),
    stage.caller('almaty'),
    stage.caller('busan'),
    stage.caller('auditor'),
  ]
  const made = (what: string, { status, body }: Answer): string => {
    expect(what, status === 201)
    return `${body.resourceType as string}/${body.id as string}`
  }

  tell('The organisations of the network are known to all.')
  await introduce(administrator, [
    ['network', 'Ieum demonstration network', 'KR'],
    ['almaty-kit', 'Алматы: пункт экспресс-диагностики', 'KZ'],
    ['busan-hospital', '부산 병원', 'KR'],
  ])

  tell('In Almaty a woman is known by her Kazakh name and number, with what she has and takes.')
  const home = made(
    'she is registered',
    await almaty.ask('POST', 'Patient', {
      resourceType: 'Patient',
      identifier: [
        { system: IIN, value: '680402499992' },
        { system: PASSPORT, value: 'N00000042' },
      ],
      name: [{ use: 'official', family: 'Өтегенова', given: ['Әйгерім'] }],
      gender: 'female',
      birthDate: '1968-04-02',
      telecom: [{ system: 'phone', value: '+7 000 001 10 42' }],
      managingOrganization: { reference: 'Organization/almaty-kit' },
    }),
  )
  const about = { reference: home }
  const record = await almaty.ask('POST', '', {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        resourceType: 'Condition',
        clinicalStatus: { coding: [{ system: `${HL7}/condition-clinical`, code: 'active' }] },
        code: {
          coding: [
            {
              system: 'http://hl7.org/fhir/sid/icd-10',
              code: 'I25.1',
              display: 'Atherosclerotic heart disease',
            },
          ],
          text: 'Жүректің атеросклероздық ауруы',
        },
        subject: about,
        onsetDateTime: '2021-09',
      },
      {
        resourceType: 'AllergyIntolerance',
        clinicalStatus: {
          coding: [{ system: `${HL7}/allergyintolerance-clinical`, code: 'active' }],
        },
        verificationStatus: {
          coding: [{ system: `${HL7}/allergyintolerance-verification`, code: 'confirmed' }],
        },
        code: { text: 'Пенициллин' },
        criticality: 'high',
        patient: about,
      },
      {
        resourceType: 'MedicationStatement',
        status: 'active',
        medicationCodeableConcept: {
          coding: [{ system: 'http://www.whocc.no/atc', code: 'C07AB07', display: 'bisoprolol' }],
        },
        subject: about,
        effectivePeriod: { start: '2024-01' },
        dosage: [{ text: '5 mg, күніне бір рет' }],
      },
      {
        resourceType: 'Observation',
        status: 'final',
        category: [{ coding: [{ system: `${HL7}/observation-category`, code: 'laboratory' }] }],
        code: { coding: [{ system: 'http://loinc.org', code: '2093-3', display: 'Cholesterol' }] },
        subject: about,
        effectiveDateTime: '2026-11-20T10:20:00+05:00',
        performer: [{ reference: 'Organization/almaty-kit' }],
        valueQuantity: {
          value: 251,
          unit: 'mg/dL',
          system: 'http://unitsofmeasure.org',
          code: 'mg/dL',
        },
      },
    ].map((resource) => ({ resource, request: { method: 'POST', url: resource.resourceType } })),
  })
  expect('her record is kept in Almaty', record.status === 200)

  tell('She comes to Busan with a passport, and no consent: nobody there knows her.')
  const passport = {
    resourceType: 'Patient',
    identifier: [{ system: PASSPORT, value: 'N00000042' }],
    name: [{ family: 'UTEGENOVA', given: ['AIGERIM'] }],
    gender: 'female',
    birthDate: '1968-04-02',
  }
  const who = (body: Json, more: readonly Json[] = []): Json => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'resource', resource: body }, ...more],
  })
  const stranger = await busan.ask('POST', 'Patient/$match', who(passport))
  expect('Busan finds nobody', stranger.status === 200 && stranger.body.total === 0)

  tell('She consents, but for Russia: that says nothing of Korea.')
  const consent = await almaty.ask(
    'POST',
    'Consent',
    permit(home, 'almaty-kit', 'busan-hospital', 'RU'),
  )
  expect('the consent is kept', consent.status === 201)
  const abroad = await busan.ask('POST', 'Patient/$match', who(passport))
  expect('Busan still finds nobody', abroad.body.total === 0)

  tell(
    'She consents for Korea. The passport spells her name by way of Russian, and Busan knows her.',
  )
  const named = await almaty.ask('PUT', `Consent/${consent.body.id as string}`, {
    ...permit(home, 'almaty-kit', 'busan-hospital', 'KR'),
    id: consent.body.id as string,
  })
  expect('the consent names Korea', named.status === 200)
  const found = await busan.ask(
    'POST',
    'Patient/$match',
    who(passport, [{ name: 'onlyCertainMatches', valueBoolean: true }]),
  )
  const [match] = (found.body.entry ?? []) as Json[]
  expect(
    'it is she, for certain',
    found.body.total === 1 &&
      `Patient/${match?.resource.id as string}` === home &&
      match?.search.extension[0].valueCode === 'certain',
  )
  const misread = await busan.ask(
    'POST',
    'Patient/$match',
    who({
      ...passport,
      identifier: undefined,
      name: [{ family: '우테게노바', given: ['아이게림'] }],
      birthDate: '1968-02-04',
    }),
  )
  const [doubtful] = (misread.body.entry ?? []) as Json[]
  expect(
    'in Hangul, with day and month swapped and no number, she is found and not for certain',
    `Patient/${String(doubtful?.resource.id)}` === home &&
      doubtful?.search.extension[0].valueCode !== 'certain',
  )

  tell(
    'Almaty refers her: a request, a task for Busan, and a summary as it is that day, in Korean.',
  )
  const summary = await almaty.ask('GET', `${home}/$summary`, undefined, {
    'accept-language': 'ko',
  })
  const sections = (summary.body.entry[0].resource.section ?? []) as Json[]
  expect(
    'the summary is a document with the sections of IPS, in Korean',
    summary.body.type === 'document' &&
      ['11450-4', '48765-2', '10160-0'].every((code) =>
        sections.some((one) => one.code.coding[0].code === code && one.entry !== undefined),
      ) &&
      sections.some((one) => one.title === '문제 목록'),
  )
  const [document, request, task] = ['a', 'b', 'c'].map(
    (one) => `urn:uuid:00000000-0000-4000-8000-00000000000${one}`,
  )
  const referral = await almaty.ask('POST', '', {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: document,
        resource: documentOf(
          home,
          'almaty-kit',
          summary.body,
          '60591-5',
          'Patient summary Document',
        ),
        request: { method: 'POST', url: 'DocumentReference' },
      },
      {
        fullUrl: request,
        resource: {
          resourceType: 'ServiceRequest',
          status: 'active',
          intent: 'order',
          priority: 'urgent',
          code: { text: 'Коронарография және кардиологтың кеңесі' },
          subject: about,
          requester: { reference: 'Organization/almaty-kit' },
          performer: [{ reference: 'Organization/busan-hospital' }],
          supportingInfo: [{ reference: document }],
        },
        request: { method: 'POST', url: 'ServiceRequest' },
      },
      {
        fullUrl: task,
        resource: {
          resourceType: 'Task',
          status: 'requested',
          intent: 'order',
          focus: { reference: request },
          for: about,
          authoredOn: new Date().toISOString(),
          requester: { reference: 'Organization/almaty-kit' },
          owner: { reference: 'Organization/busan-hospital' },
        },
        request: { method: 'POST', url: 'Task' },
      },
    ],
  })
  expect('the referral is on its way', referral.status === 200)

  tell('Busan finds the task, takes it, and reads what it is given.')
  const waiting = await busan.ask('GET', 'Task?status=requested&owner=Organization/busan-hospital')
  const asked = waiting.body.entry?.[0]?.resource as Json | undefined
  expect('one task waits', (waiting.body.entry ?? []).length === 1)
  const accepted = await busan.ask('PUT', `Task/${String(asked?.id)}`, {
    ...asked,
    status: 'accepted',
  })
  expect('Busan accepts it', accepted.status === 200)
  const papers = await busan.ask('GET', `DocumentReference?subject=${home}`)
  const attached = papers.body.entry?.[0]?.resource.content[0].attachment as Json
  const handed = JSON.parse(Buffer.from(attached.data as string, 'base64').toString()) as Json
  expect(
    'the document says what Almaty said',
    handed.identifier.value === summary.body.identifier.value,
  )
  const fresh = await busan.ask('GET', `${home}/$summary?_units=si`, undefined, {
    'accept-language': 'ko',
  })
  expect(
    'and a fresh summary has the cholesterol in SI units besides',
    /251 mg\/dL \(6\.49\d? mmol\/L\)/.test(JSON.stringify(fresh.body)),
  )

  tell('Busan registers her under a number of its own, and says that both are one person.')
  const guest = made(
    'she is registered in Busan',
    await busan.ask('POST', 'Patient', {
      ...passport,
      name: [
        { use: 'official', text: 'UTEGENOVA AIGERIM', family: 'UTEGENOVA', given: ['AIGERIM'] },
      ],
    }),
  )
  const linked = await busan.ask('POST', `${guest}/$link`, {
    resourceType: 'Parameters',
    parameter: [
      { name: 'other', valueReference: about },
      { name: 'reason', valueString: 'the same passport, certain by $match' },
    ],
  })
  expect('the link is kept, with who made it', linked.body.parameter.length === 3)
  const following = await busan.ask('GET', `Patient?link=${home}`)
  expect(
    'a search follows it',
    `Patient/${following.body.entry?.[0]?.resource.id as string}` === guest,
  )

  tell('Busan works on it, reports, and plans what is to be done at home.')
  const working = await busan.ask('PUT', `Task/${String(asked?.id)}`, {
    ...accepted.body,
    status: 'in-progress',
  })
  expect('the task is in progress', working.status === 200)
  const report = made(
    'the report answers the request of Almaty',
    await busan.ask('POST', 'DiagnosticReport', {
      resourceType: 'DiagnosticReport',
      status: 'final',
      basedOn: [{ reference: asked?.focus.reference as string }],
      code: {
        coding: [
          { system: 'http://loinc.org', code: '18745-0', display: 'Cardiac catheterization study' },
        ],
      },
      subject: about,
      effectiveDateTime: '2026-11-24',
      issued: new Date().toISOString(),
      performer: [{ reference: 'Organization/busan-hospital' }],
      conclusion: '유의한 협착 없음 / Значимых стенозов нет',
    }),
  )
  const done = await busan.ask('PUT', `Task/${String(asked?.id)}`, {
    ...working.body,
    status: 'completed',
    output: [{ type: { text: 'report' }, valueReference: { reference: report } }],
  })
  expect('the task is completed', done.status === 200)
  const answer = await almaty.ask('GET', report)
  expect('Almaty reads the report', answer.status === 200)

  tell(
    'She goes home. Her consent in Busan names Kazakhstan, and the follow-up waits for Almaty there.',
  )
  const back = await busan.ask(
    'POST',
    'Consent',
    permit(guest, 'busan-hospital', 'almaty-kit', 'KZ'),
  )
  expect('the consent is kept in Busan', back.status === 201)
  const letter = await busan.ask('GET', `${guest}/$summary`, undefined, { 'accept-language': 'kk' })
  const followUp = await busan.ask('POST', '', {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: document,
        resource: {
          resourceType: 'CarePlan',
          status: 'active',
          intent: 'plan',
          title: 'Үйдегі бақылау',
          description: '3 ай сайын холестерин; бисопрололды жалғастыру',
          subject: { reference: guest },
          period: { start: '2026-12-01', end: '2027-11-30' },
          author: { reference: 'Organization/busan-hospital' },
        },
        request: { method: 'POST', url: 'CarePlan' },
      },
      {
        fullUrl: request,
        resource: {
          resourceType: 'ServiceRequest',
          status: 'active',
          intent: 'order',
          code: {
            coding: [{ system: 'http://loinc.org', code: '2093-3', display: 'Cholesterol' }],
          },
          subject: { reference: guest },
          occurrenceDateTime: '2027-02-24',
          requester: { reference: 'Organization/busan-hospital' },
          performer: [{ reference: 'Organization/almaty-kit' }],
          basedOn: [{ reference: document }],
        },
        request: { method: 'POST', url: 'ServiceRequest' },
      },
      {
        fullUrl: task,
        resource: {
          resourceType: 'Task',
          status: 'requested',
          intent: 'order',
          focus: { reference: request },
          for: { reference: guest },
          authoredOn: new Date().toISOString(),
          requester: { reference: 'Organization/busan-hospital' },
          owner: { reference: 'Organization/almaty-kit' },
        },
        request: { method: 'POST', url: 'Task' },
      },
      {
        resource: documentOf(guest, 'busan-hospital', letter.body, '18842-5', 'Discharge summary'),
        request: { method: 'POST', url: 'DocumentReference' },
      },
    ],
  })
  expect('the follow-up is on its way', followUp.status === 200)
  const athome = await almaty.ask('GET', 'Task?status=requested&owner=Organization/almaty-kit')
  expect('Almaty finds it', (athome.body.entry ?? []).length === 1)
  const plan = await almaty.ask('GET', `CarePlan?subject=${guest}`)
  expect('and the plan', plan.body.entry?.[0]?.resource.title === 'Үйдегі бақылау')
  const taken = await almaty.ask('PUT', `Task/${athome.body.entry[0].resource.id as string}`, {
    ...(athome.body.entry[0].resource as Json),
    status: 'accepted',
  })
  expect('and takes it', taken.status === 200)

  tell('A link that turns out to be wrong is taken back, and the record is as it was.')
  const undone = await busan.ask('POST', `${guest}/$unlink`, {
    resourceType: 'Parameters',
    parameter: [{ name: 'other', valueReference: about }],
  })
  expect(
    'nothing is left of it but its history',
    undone.body.parameter[0].resource.link === undefined,
  )

  tell('She withdraws her consent in Almaty: Busan is left with what is its own.')
  await almaty.ask('PUT', `Consent/${consent.body.id as string}`, {
    ...permit(home, 'almaty-kit', 'busan-hospital', 'KR'),
    id: consent.body.id as string,
    status: 'inactive',
  })
  const gone = await busan.ask('GET', `${home}/$summary`)
  expect('there is no summary any more', gone.status === 404)
  const own = await busan.ask('POST', 'Patient/$match', who(passport))
  expect(
    'and she is found as a guest of Busan only',
    own.body.total === 1 && `Patient/${own.body.entry[0].resource.id as string}` === guest,
  )
  const log = await auditor.ask(
    'GET',
    `AuditEvent?patient=${home}&consent=Consent/${consent.body.id as string}`,
  )
  expect('the log has what Busan saw under the consent', (log.body.entry ?? []).length > 0)
}

/** A document that is kept as it was handed over, in the record of the patient, so that the consent is asked for it too. */
const documentOf = (
  patient: string,
  organization: string,
  bundle: Json,
  code: string,
  display: string,
): Json => ({
  resourceType: 'DocumentReference',
  status: 'current',
  type: { coding: [{ system: 'http://loinc.org', code, display }] },
  subject: { reference: patient },
  date: bundle.timestamp as string,
  author: [{ reference: `Organization/${organization}` }],
  custodian: { reference: `Organization/${organization}` },
  content: [
    {
      attachment: {
        contentType: 'application/fhir+json',
        language: bundle.language as string,
        data: Buffer.from(JSON.stringify(bundle)).toString('base64'),
        title: display,
      },
    },
  ],
})
