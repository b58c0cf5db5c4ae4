// The story of a newborn: Almaty measures, Busan's paediatrician is told when bilirubin is high, and looks at how fast it
// rose; as far as the parents consent. docs/network.md, "Newborns"
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resources } from './kit.ts'
import { introduce, permit } from './network.ts'
import type { Json, Scene, Stage } from './stage.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const LOINC = 'http://loinc.org'

/** The ward's limit in this story: 205 µmol/L, which is 12 mg/dL. */
const LIMIT = '205|http://unitsofmeasure.org|umol/L'

/** What the ward is told by; the server has to know of it when it starts. */
let pager: Pager

export const newbornScene: Scene = {
  settings: async () => {
    pager = await openPager()
    return { SUBSCRIPTION_ENDPOINTS: pager.url }
  },
}

/** Play it. @throws Error when anything is not as it should be */
export async function newborn(stage: Stage): Promise<void> {
  const { tell, expect } = stage
  try {
    const [administrator, almaty, busan] = [
      stage.caller('administrator'),
      stage.caller('almaty'),
      stage.caller('busan'),
    ]

    tell('The organisations of the network are known to all.')
    await introduce(administrator, [
      ['almaty-kit', 'Алматы: пункт экспресс-диагностики', 'KZ'],
      ['busan-hospital', '부산 병원', 'KR'],
    ])

    tell('A child is born in Almaty at 38 weeks: weight, gestational age and Apgar scores.')
    const born = Date.now() - 40 * HOUR
    const child = await almaty.ask('POST', 'Patient', {
      resourceType: 'Patient',
      name: [{ use: 'official', text: 'Тестов Арлан' }],
      gender: 'male',
      birthDate: new Date(born).toISOString().slice(0, 10),
      _birthDate: {
        extension: [
          {
            url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime',
            valueDateTime: new Date(born).toISOString(),
          },
        ],
      },
    })
    const about = `Patient/${child.body.id as string}`
    const measure = (code: string, text: string, hours: number, value: number, unit: string) =>
      almaty.ask('POST', 'Observation', {
        resourceType: 'Observation',
        status: 'final',
        category: [{ coding: [{ system: `${HL7}/observation-category`, code: 'exam' }] }],
        code: { coding: [{ system: LOINC, code }], text },
        subject: { reference: about },
        effectiveDateTime: new Date(born + hours * HOUR).toISOString(),
        valueQuantity: { value, unit, system: 'http://unitsofmeasure.org', code: unit },
      })
    await measure('8339-4', 'Масса тела при рождении', 0, 3120, 'g')
    await measure('18185-9', 'Срок гестации', 0, 38, 'wk')
    await measure('9272-6', 'Апгар, 1 минута', 0, 7, '{score}')
    await measure('9274-2', 'Апгар, 5 минут', 0, 9, '{score}')

    tell(
      'The parents consent that Busan may see it. Busan asks to be told of bilirubin above 205 µmol/L.',
    )
    const given = await almaty.ask(
      'POST',
      'Consent',
      permit(about, 'almaty-kit', 'busan-hospital', 'KR'),
    )
    expect('the consent is stored', given.status === 201)
    const alert = await busan.ask('POST', 'Subscription', {
      resourceType: 'Subscription',
      status: 'requested',
      reason: 'Bilirubin of newborns above the limit of the ward',
      criteria: `Observation?code=${LOINC}|14631-6,${LOINC}|1975-2&value-quantity=gt${LIMIT}`,
      channel: { type: 'rest-hook', endpoint: pager.url, payload: 'application/fhir+json' },
    })
    expect('the Subscription is stored', alert.status === 201)
    const isActive = async (): Promise<boolean> =>
      (await busan.ask('GET', `Subscription/${alert.body.id as string}`)).body.status === 'active'
    expect('and active', await soon(isActive))

    tell('Almaty measures bilirubin in µmol/L, and once in mg/dL.')
    await measure('14631-6', 'Билирубин общий', 10, 64, 'umol/L')
    await measure('14631-6', 'Билирубин общий', 22, 129, 'umol/L')
    expect('nobody is told of values below the limit', pager.told.length === 0)
    const high = await measure('1975-2', 'Билирубин общий', 36, 13.1, 'mg/dL')
    expect('13.1 mg/dL is stored', high.status === 201)
    expect(
      'Busan is told of it, though the limit is in µmol/L',
      await soon(async () => pager.told.length > 0),
    )
    const [told] = pager.told
    expect('with the value itself', told?.id === high.body.id && told?.valueQuantity.value === 13.1)

    tell('Busan looks at the first days by hour of age.')
    const summary = await busan.ask('GET', `${about}/$newborn-summary`, undefined, {
      'accept-language': 'ko',
    })
    expect('the summary is there', summary.status === 200)
    const series = part(summary.body, 'bilirubin')
    for (const point of (series?.part ?? []) as Json[])
      if (point.name === 'point') console.log(`    ${lineOf(point)}`)
    const last = ((series?.part ?? []) as Json[]).findLast(({ name }) => name === 'point')
    expect('it rose by 0.397 mg/dL in an hour', value(last, 'rate')?.value === 0.397)
    expect('which is as fast as suggests haemolysis', value(last, 'rapidRise') === true)
    const issues = part(summary.body, 'outcome')?.resource.issue as Json[]
    for (const { diagnostics } of issues) console.log(`    ${diagnostics as string}`)
    expect(
      'and said in Korean',
      issues.some((one) => String(one.diagnostics).includes('용혈')),
    )

    tell('The parents withdraw the consent. Busan is told of nothing more, and sees nothing.')
    await almaty.ask('PUT', `Consent/${given.body.id as string}`, {
      ...permit(about, 'almaty-kit', 'busan-hospital', 'KR'),
      id: given.body.id as string,
      status: 'inactive',
    })
    await measure('14631-6', 'Билирубин общий', 39, 240, 'umol/L')
    const gone = await busan.ask('GET', `${about}/$newborn-summary`)
    expect('the summary is not there for Busan', gone.status === 404)
    const found = await busan.ask('GET', `Observation?subject=${about}`)
    expect('nor any value', resources(found.body, 'Observation').length === 0)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect('and nobody was told of 240 µmol/L', pager.told.length === 1)
  } finally {
    await pager.close()
  }
}

const HOUR = 3_600_000

type Pager = { readonly url: string; readonly told: readonly Json[]; close(): Promise<void> }

/** An endpoint that keeps what comes. */
async function openPager(): Promise<Pager> {
  const told: Json[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (data: string) => (text += data))
    request.on('end', () => {
      if (text !== '') {
        const resource = JSON.parse(text) as Json
        told.push(resource)
        console.log(
          `  pager: ${request.method ?? ''} ${resource.resourceType as string}/${resource.id as string}`,
        )
      }
      response.writeHead(200).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/pager`,
    told,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Whether it is so within some seconds. */
async function soon(holds: () => Promise<boolean>): Promise<boolean> {
  for (const until = Date.now() + 15_000; Date.now() < until;) {
    if (await holds()) return true
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  return false
}

const part = (parameters: Json, name: string): Json | undefined =>
  ((parameters.parameter ?? []) as Json[]).find((one) => one.name === name)

const value = (point: Json | undefined, name: string): any => {
  const found = ((point?.part ?? []) as Json[]).find((one) => one.name === name)
  return Object.entries(found ?? {}).find(([key]) => key.startsWith('value'))?.[1]
}

const lineOf = (point: Json): string =>
  `${String(value(point, 'ageHours')).padStart(4)} h  ${String(value(point, 'value').value)} ${value(point, 'value').unit as string}` +
  `  = ${String(value(point, 'mass').value)} mg/dL  ${value(point, 'rate') === undefined ? '' : `${String(value(point, 'rate').value)} mg/dL/h`}`
