// The story of an algorithm: a program hears of results, posts what it finds, and a doctor confirms or rejects it.
// docs/network.md, "Results of an AI"
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Answer, Caller, Json, Scene, Stage } from './stage.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const OWN = 'http://ieum.example/fhir'
const DEVICE = 'moscow-checkup-risk-flags'
const DOCTOR = 'Practitioner/moscow-checkup-doctor'
const UUID = 'urn:uuid:9c0e7b11-0000-4000-8000-000000000000'

/** Where the program listens, which its server must know beforehand. */
let hook = 0

export const aiScene: Scene = {
  cast: [
    {
      ...{ id: 'moscow', name: 'Check-up centre in Moscow', organization: 'moscow-checkup' },
      ...{ roles: ['system'], scopes: ['system/*.cruds'] },
    },
    {
      ...{ id: 'risk-flags', name: 'Check-up risk flags', organization: 'moscow-checkup' },
      ...{ roles: ['system'], scopes: ['system/*.cruds'], device: `Device/${DEVICE}` },
    },
  ],
  settings: async () => {
    hook = await freePort()
    return {
      PACKAGES: fileURLToPath(new URL('../profiles/ieum', import.meta.url)),
      SUBSCRIPTION_ENDPOINTS: `http://127.0.0.1:${String(hook)}`,
    }
  },
}

/** Play it. @throws Error when anything is not as it should be */
export async function ai(stage: Stage): Promise<void> {
  const { tell, expect } = stage
  const [administrator, moscow, flags] = ['administrator', 'moscow', 'risk-flags'].map((name) =>
    stage.caller(name),
  ) as [Caller, Caller, Caller]

  tell('A check-up centre, its doctor, two patients.')
  await administrator.ask('PUT', 'Organization/moscow-checkup', {
    ...{ resourceType: 'Organization', id: 'moscow-checkup', active: true },
    ...{ name: 'Москва: центр чек-апов', address: [{ country: 'RU' }] },
  })
  await moscow.ask('PUT', DOCTOR, {
    ...{ resourceType: 'Practitioner', id: 'moscow-checkup-doctor' },
    name: [{ text: 'Терапевт' }],
  })

  tell(
    'The program starts: a process of its own, which knows the address of the server and its own key.',
  )
  const program = await start(stage)
  try {
    tell(
      'Results of a visit arrive, in the units of the country. The program hears of them, and posts what it finds.',
    )
    const ill = await visit(moscow, { pressure: [152, 94], glucose: 7.4, cholesterol: 6.4 })
    const finding = await findingOf(moscow, ill, 4)
    expect(
      'a finding of a Device with its version, preliminary',
      finding.status === 'preliminary' && finding.device.reference === `Device/${DEVICE}`,
    )
    for (const { text } of finding.note as Json[]) console.log(`    ${text as string}`)
    const at = `Observation/${finding.id as string}`

    tell('It is not final by itself: neither for the program, nor for the centre.')
    const final = { ...finding, status: 'final', performer: [{ reference: DOCTOR }] }
    const own = await flags.ask('PUT', at, final)
    expect('the program can not make it final', own.status === 422)
    const bare = await moscow.ask('PUT', at, final)
    expect('nor the centre, without a word of a doctor', bare.status === 422)
    const forged = await flags.ask('POST', 'Provenance', review(at, at, 'confirmed'))
    expect('and the program can not write that word', forged.status === 403)

    tell('A doctor confirms it, in a result of her own with a Provenance.')
    const confirmed = await moscow.ask(
      'POST',
      '',
      transaction(
        ['POST', 'Observation', { ...assessed(finding, at), valueInteger: finding.valueInteger }],
        ['POST', 'Provenance', review(UUID, at, 'confirmed')],
        ['PUT', at, final],
      ),
    )
    expect('the finding is final now', confirmed.status === 200)

    tell(
      'Another visit: the glucose was not taken fasting. The doctor rejects the finding and says what is right.',
    )
    const well = await visit(moscow, { pressure: [118, 76], glucose: 7.9, cholesterol: 4.4 })
    const wrong = await findingOf(moscow, well, 1)
    const there = `Observation/${wrong.id as string}`
    const corrected = await moscow.ask(
      'POST',
      '',
      transaction(
        ['POST', 'Observation', { ...assessed(wrong, there), valueInteger: 0 }],
        ['POST', 'Provenance', review(UUID, there, 'rejected')],
        ['PUT', there, { ...wrong, status: 'entered-in-error' }],
      ),
    )
    expect('hers stands, with the reason why', corrected.status === 200)

    tell('A search shows what the program said beside what the doctor said of it.')
    const beside = entries(
      await moscow.ask(
        'GET',
        `Observation?encounter=${ill}&code=${OWN}/CodeSystem/ai-finding|cardiovascular-risk&device=Device/${DEVICE}&_revinclude=Observation:derived-from&_revinclude=Provenance:entity`,
      ),
    )
    expect(
      'the finding, the doctor’s result, and the Provenance of the doctor',
      beside.map(({ resourceType }) => resourceType as string).join() ===
        'Observation,Observation,Provenance',
    )
    const rejected = await moscow.ask(
      'GET',
      `Provenance?activity=${OWN}/CodeSystem/ai-review|rejected&agent=${DOCTOR}&_total=accurate`,
    )
    expect('and one search has all that was rejected', rejected.body.total === 1)
  } finally {
    await program.stop()
  }
  const [left] = entries(await flags.ask('GET', 'Subscription'))
  expect('the program has taken its Subscription with it', left === undefined)
}

/** The program in a process of its own, once it listens. */
async function start(stage: Stage): Promise<{ stop(): Promise<void> }> {
  const program = spawn(
    process.execPath,
    [fileURLToPath(new URL('risk-flags/main.ts', import.meta.url))],
    {
      env: {
        ...process.env,
        IEUM_BASE: stage.base,
        CLIENT_ID: 'risk-flags',
        KEY_FILE: await stage.keyFile('risk-flags'),
        DEVICE_ID: DEVICE,
        HOOK_PORT: String(hook),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(program, 'exit')
  const lines = createInterface({ input: program.stdout })
  const listening = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      console.log(`    program: ${line}`)
      if (line === 'listening') resolve()
    })
    program.once('exit', () => reject(new Error('The program ended before it listened')))
  })
  await listening
  return {
    stop: async () => {
      program.kill('SIGTERM')
      await ended
    },
  }
}

/** Results of a visit, in one transaction. @returns the reference of the visit */
async function visit(
  moscow: Caller,
  { pressure, glucose, cholesterol }: Readonly<Record<string, number | readonly number[]>>,
): Promise<string> {
  const made = await moscow.ask('POST', '', {
    ...{ resourceType: 'Bundle', type: 'transaction' },
    entry: [
      { resource: { resourceType: 'Patient', gender: 'male', birthDate: '1961-05-09' }, to: 'a' },
      {
        resource: {
          ...{ resourceType: 'Encounter', status: 'finished' },
          class: { system: `${HL7}/v3-ActCode`, code: 'AMB' },
          subject: { reference: 'urn:uuid:00000000-0000-4000-8000-00000000000a' },
        },
        to: 'b',
      },
      ...[
        measured('14771-0', glucose as number),
        measured('14647-2', cholesterol as number),
        {
          ...measured('85354-9'),
          component: ['8480-6', '8462-4'].map((code, i) => ({
            code: { coding: [{ system: 'http://loinc.org', code }] },
            valueQuantity: quantity((pressure as readonly number[])[i]!, 'mm[Hg]'),
          })),
        },
      ].map((resource, i) => ({ resource, to: `c${String(i)}` })),
    ].map(({ resource, to }) => ({
      fullUrl: `urn:uuid:00000000-0000-4000-8000-0000000000${to.padStart(2, '0')}`,
      resource,
      request: { method: 'POST', url: resource.resourceType as string },
    })),
  })
  const [, encounter] = made.body.entry as Json[]
  return (encounter!.response.location as string).match(/Encounter\/[^/]+/)![0]
}

const measured = (code: string, value?: number): Json => ({
  ...{ resourceType: 'Observation', status: 'final' },
  code: { coding: [{ system: 'http://loinc.org', code }] },
  subject: { reference: 'urn:uuid:00000000-0000-4000-8000-00000000000a' },
  encounter: { reference: 'urn:uuid:00000000-0000-4000-8000-00000000000b' },
  effectiveDateTime: new Date().toISOString(),
  ...(value === undefined ? {} : { valueQuantity: quantity(value, 'mmol/L') }),
})

const quantity = (value: number, code: string): Json => ({
  ...{ value, unit: code, system: 'http://unitsofmeasure.org', code },
})

/** What the program found of a visit, once it counts as many. */
async function findingOf(moscow: Caller, visited: string, count: number): Promise<Json> {
  for (let tries = 0; tries < 50; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    const found = await moscow.ask(
      'GET',
      `Observation?encounter=${visited}&device=Device/${DEVICE}`,
    )
    const [finding] = entries(found)
    if (finding?.valueInteger === count && (finding.derivedFrom as Json[]).length === 3)
      return finding
  }
  throw new Error('The program did not post what it should have found')
}

const entries = ({ body }: Answer): Json[] =>
  ((body.entry ?? []) as Json[])
    .map(({ resource }) => resource as Json)
    .filter(({ resourceType }) => resourceType !== 'OperationOutcome')

/** What the doctor says herself of the same. */
const assessed = ({ code, subject, encounter }: Json, from: string): Json => ({
  ...{ resourceType: 'Observation', status: 'final', subject, encounter },
  code: { ...(code as Json), text: 'Risk factors, as assessed by a doctor' },
  effectiveDateTime: new Date().toISOString(),
  performer: [{ reference: DOCTOR }],
  derivedFrom: [{ reference: from }],
})

const review = (target: string, finding: string, code: string): Json => ({
  resourceType: 'Provenance',
  target: [{ reference: target }],
  recorded: new Date().toISOString(),
  activity: { coding: [{ system: `${OWN}/CodeSystem/ai-review`, code }] },
  agent: [
    {
      type: { coding: [{ system: `${HL7}/provenance-participant-type`, code: 'verifier' }] },
      who: { reference: DOCTOR },
    },
  ],
  entity: [{ role: 'source', what: { reference: finding } }],
})

const transaction = (...entry: [method: string, url: string, resource: Json][]): Json => ({
  ...{ resourceType: 'Bundle', type: 'transaction' },
  entry: entry.map(([method, url, resource], i) => ({
    ...(i === 0 ? { fullUrl: UUID } : {}),
    ...{ resource, request: { method, url } },
  })),
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
