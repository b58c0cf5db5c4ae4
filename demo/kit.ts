// The story of the kit: a reader in Almaty sends what it measured over MLLP; the health information centre sees it, and
// doctors in Busan advise, as far as the patient consents. What is wrong is refused, and kept for the operator.
// docs/network.md, "A device gateway and the diagnosis kit"
import { connect } from 'node:net'
import { introduce, permit } from './network.ts'
import type { Json, Part, Stage } from './stage.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'

/** The gateway acts for the site's own system; the centre sees what patients of its sites consent to. */
export const kitCast: readonly Part[] = [
  {
    id: 'almaty-gateway',
    name: 'Gateway of the kit in Almaty',
    organization: 'almaty-kit',
    roles: ['system'],
    scopes: [
      ...['Patient', 'Device', 'Specimen', 'Observation', 'DiagnosticReport', 'Provenance'],
      'Communication',
    ].map((type) => `system/${type}.crus`),
  },
  {
    id: 'al-farabi',
    name: 'Health information centre at Al-Farabi university',
    organization: 'al-farabi-center',
    roles: ['system'],
    scopes: ['system/*.cruds'],
  },
]

export const kitSettings = { MLLP_PORT: '0', MLLP_CLIENT: 'almaty-gateway' }

/** Play it. @throws Error when anything is not as it should be */
export async function kit(stage: Stage): Promise<void> {
  const { tell, expect } = stage
  const [administrator, almaty, alFarabi, busan] = [
    stage.caller('administrator'),
    stage.caller('almaty'),
    stage.caller('al-farabi'),
    stage.caller('busan'),
  ]

  tell('The organisations of the network are known to all.')
  await introduce(administrator, [
    ['almaty-kit', 'Алматы: пункт экспресс-диагностики', 'KZ'],
    ['al-farabi-center', 'Әл-Фараби университетінің денсаулық ақпарат орталығы', 'KZ'],
    ['busan-hospital', '부산 병원', 'KR'],
  ])

  tell(
    'The reader in Almaty has measured in 35 microlitres of blood, and sends an ORU^R01 over MLLP.',
  )
  const sent = await say(stage.mllpPort!, MEASURED)
  expect('the gateway takes it (AA)', sent.includes('MSA|AA|KIT-0001'))
  const found = await almaty.ask('GET', 'Observation?_include=Observation:subject&_total=accurate')
  const results = resources(found.body, 'Observation')
  const [person] = resources(found.body, 'Patient')
  expect(
    'three results and a new patient are in the record of Almaty',
    results.length === 3 && person !== undefined,
  )
  const about = `Patient/${person!.id as string}`
  const sample = await almaty.ask('GET', `Specimen?subject=${about}`)
  expect(
    'the sample has its volume',
    resources(sample.body, 'Specimen')[0]?.collection.quantity.value === 35,
  )

  tell('No answer came back to the reader in time, so it sends the same again.')
  const again = await say(stage.mllpPort!, MEASURED)
  expect('it is taken (AA)', again.includes('MSA|AA|KIT-0001'))
  const count = await almaty.ask('GET', 'Observation?_summary=count')
  expect('and nothing is there twice', count.body.total === 3)

  tell('A message with a unit that does not fit is refused, with its place and why.')
  const wrong = await say(
    stage.mllpPort!,
    MEASURED.replace('KIT-0001', 'KIT-0002').replace('|ng/L|', '|mmol/L|'),
  )
  expect('the gateway says AE', wrong.includes('MSA|AE|KIT-0002'))
  expect('it is the unit of the first result', /ERR\|\|OBX\^1\^6\|103\^/.test(wrong))
  const kept = await almaty.ask('GET', 'Communication?status=not-done&_total=accurate')
  expect('it is kept for the operator in Almaty', kept.body.total === 1)
  const others = await busan.ask('GET', 'Communication?status=not-done&_total=accurate')
  expect('and nobody else sees it', others.body.total === 0)

  tell('Without a consent the centre at Al-Farabi sees nothing.')
  const none = await alFarabi.ask('GET', 'DiagnosticReport?_total=accurate')
  expect('a search counts none', none.body.total === 0)

  tell('The patient consents: the centre, and the hospital in Busan, may see it for treatment.')
  for (const [organization, country] of [
    ['al-farabi-center', 'KZ'],
    ['busan-hospital', 'KR'],
  ] as const) {
    const given = await almaty.ask(
      'POST',
      'Consent',
      permit(about, 'almaty-kit', organization, country),
    )
    expect(`the consent for ${organization} is stored`, given.status === 201)
  }
  const seen = await alFarabi.ask(
    'GET',
    `DiagnosticReport?subject=${about}&_include=DiagnosticReport:result`,
  )
  const [report] = resources(seen.body, 'DiagnosticReport')
  expect('the centre sees the report', report !== undefined && report.status === 'final')
  const high = resources(seen.body, 'Observation').filter((one) =>
    JSON.stringify(one.interpretation ?? []).includes('"H"'),
  )
  expect('and that one result is high', high.length === 1)

  tell('Busan reads it and advises. What it writes is its own; the patient consents there, too.')
  const read = await busan.ask('GET', `DiagnosticReport/${report!.id as string}`)
  expect('Busan reads the report', read.status === 200)
  for (const organization of ['almaty-kit', 'al-farabi-center'])
    await busan.ask('POST', 'Consent', permit(about, 'busan-hospital', organization, 'KZ'))
  const advice = await busan.ask('POST', 'Communication', {
    resourceType: 'Communication',
    language: 'ru',
    status: 'completed',
    category: [{ coding: [{ system: `${HL7}/communication-category`, code: 'instruction' }] }],
    subject: { reference: about },
    about: [{ reference: `DiagnosticReport/${report!.id as string}` }],
    sent: new Date().toISOString(),
    sender: { reference: 'Organization/busan-hospital' },
    recipient: [{ reference: 'Organization/almaty-kit' }],
    payload: [
      {
        contentString:
          'NT-proBNP повышен. Рекомендуем эхокардиографию в течение двух недель и повтор через 4–6 недель.',
      },
    ],
    note: [
      {
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/language', valueCode: 'ko' }],
        text: 'NT-proBNP 상승. 2주 안에 심장초음파 검사를 권하고 4~6주 뒤 재검 바랍니다.',
      },
    ],
  })
  expect('the advice is stored', advice.status === 201)
  for (const reader of [almaty, alFarabi]) {
    const got = await reader.ask('GET', `Communication?subject=${about}&status=completed`)
    expect(`${reader.name} reads the advice`, resources(got.body, 'Communication').length === 1)
  }
}

/** A time of HL7 v2, so many minutes ago, on the clock of Almaty. */
const ago = (minutes: number): string =>
  `${new Date(Date.now() + (300 - minutes) * 60_000).toISOString().slice(0, 19).replace(/[-T:]/g, '')}+0500`

/** What the reader sends: three results, one of them high, and the sample. */
const MEASURED = [
  `MSH|^~\\&|IMR-0|ALMATY|IEUM|HUB|${ago(1)}||ORU^R01^ORU_R01|KIT-0001|P|2.5.1||||||UNICODE UTF-8`,
  'PID|1||680402499982^^^KZ^NNKAZ||Тестова^Айгерим||19680402|F',
  `OBR|1|||11502-2^Экспресс-диагностика^LN|||${ago(20)}|||||||||||||||${ago(2)}|||F`,
  `OBX|1|NM|89579-7^Тропонин I^LN||5.2|ng/L|<26.2|N|||F|||${ago(20)}||||SN-0000-1^IMR-0`,
  `OBX|2|NM|NTPROBNP^NT-proBNP^99IEUM||860|pg/mL|<125|H|||F|||${ago(20)}||||SN-0000-1^IMR-0`,
  `OBX|3|SN|CRP^С-реактивный белок^99IEUM||<^0.5|mg/L|<5|N|||F|||${ago(20)}||||SN-0000-1^IMR-0`,
  `SPM|1|||BLD^Капиллярная кровь^HL70487||||||||35^uL|||||${ago(21)}`,
  '',
].join('\r')

/** Send a message in its frame, print it with its answer, and give that back. */
function say(port: number, message: string): Promise<string> {
  for (const line of message.split('\r').filter(Boolean)) console.log(`  reader: ${line}`)
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`\x0b${message}\x1c\r`))
    let answer = ''
    socket.setEncoding('utf8')
    socket.on('error', reject)
    socket.on('data', (data: string) => {
      answer += data
      if (!answer.endsWith('\x1c\r')) return
      socket.end()
      const text = answer.slice(1, -2)
      for (const line of text.split('\r').filter(Boolean)) console.log(`    ${line}`)
      resolve(text)
    })
  })
}

export const resources = (bundle: Json, type: string): Json[] =>
  ((bundle.entry ?? []) as Json[])
    .map((entry) => entry.resource as Json)
    .filter(({ resourceType }) => resourceType === type)
