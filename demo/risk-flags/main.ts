// A program that takes part: it subscribes to the results of check-ups, looks at those of the visit, and posts what it finds as a
// Device with its version, preliminary, with a Provenance. docs/network.md, "Results of an AI"
// Must not use anything of the server but its API, nor touch a finding that a doctor has dealt with.
import { randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openApi } from './client.ts'
import { CODES, flagsOf, type Json, type Verdict } from './rules.ts'

const VERSION = '1.0.0'
const OWN = 'http://ieum.example/fhir'
const HL7 = 'http://terminology.hl7.org/CodeSystem'
const VISIT = `${OWN}/sid/risk-flags`

const setting = (name: string): string => {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set`)
  return value
}
const base = setting('IEUM_BASE')
/** Id of its Device, which the client is registered as. */
const device = setting('DEVICE_ID')
const api = openApi(base, setting('CLIENT_ID'), setting('KEY_FILE'))
const secret = `Bearer ${randomUUID()}`

await api('PUT', `Device/${device}`, {
  resourceType: 'Device',
  id: device,
  meta: { profile: [`${OWN}/StructureDefinition/ieum-device-software`] },
  status: 'active',
  manufacturer: 'Ieum demonstration',
  deviceName: [{ name: 'Check-up risk flags', type: 'model-name' }],
  type: { text: 'Software: counts results beyond published thresholds' },
  version: [{ value: VERSION }],
})

const server = createServer((request, response) => void receive(request, response))
await new Promise<void>((resolve) =>
  server.listen(Number(setting('HOOK_PORT')), '127.0.0.1', resolve),
)
const { port } = server.address() as AddressInfo
const { id: subscription } = await api('POST', 'Subscription', {
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'Risk flags of check-ups',
  criteria: `Observation?status=final,amended,corrected&code=${CODES.map((code) => `http://loinc.org|${code}`).join()}`,
  channel: {
    type: 'rest-hook',
    endpoint: `http://127.0.0.1:${String(port)}/results`,
    payload: 'application/fhir+json',
    header: [`Authorization: ${secret}`],
  },
})
console.log('listening')

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void api('DELETE', `Subscription/${subscription as string}`)
      .catch((error: unknown) => console.error(error))
      .finally(() => {
        server.close()
        server.closeAllConnections()
      })
  })

/** One at a time: results of a visit come close together, and each looks at all of them. */
let working: Promise<void> = Promise.resolve()

/** What isn't done is answered so, and comes again. */
async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = (status: number): void => void response.writeHead(status).end()
  if (!isSame(request.headers.authorization ?? '', secret)) {
    answer(401)
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const result = JSON.parse(Buffer.concat(chunks).toString()) as Json
  const done = working.then(() => look(result))
  working = done.catch(() => undefined)
  try {
    await done
    answer(200)
  } catch (error) {
    console.error(error)
    answer(500)
  }
}

const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))

/** Look at all results of the visit that a result is of. */
async function look({ encounter, subject }: Json): Promise<void> {
  const visit = encounter?.reference as string | undefined
  if (visit === undefined) return
  const codes = CODES.map((code) => `http://loinc.org|${code}`).join()
  const found = await api(
    'GET',
    `Observation?encounter=${visit}&status=final,amended,corrected&code=${codes}&_count=100`,
  )
  const verdict = flagsOf(
    resourcesIn(found).filter(({ resourceType }) => resourceType !== 'OperationOutcome'),
  )
  const identity = `identifier=${VISIT}|${visit.replace('/', '-')}`
  const [before] = resourcesIn(await api('GET', `Observation?${identity}`))
  const finding = findingOf(verdict, visit, subject as Json)
  // What a doctor has confirmed or rejected is closed, and what says the same already is said.
  if (before !== undefined && (before.status !== 'preliminary' || isEqual(before, finding))) return
  await api('POST', '', {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: 'urn:uuid:3b1c4a52-0000-4000-8000-000000000000',
        resource: finding,
        request: { method: 'PUT', url: `Observation?${identity}` },
      },
      {
        resource: provenanceOf(verdict),
        request: { method: 'POST', url: 'Provenance' },
      },
    ],
  })
  console.log(
    `${visit}: ${String(verdict.crossed.length)} thresholds crossed, in ${String(verdict.from.length)} results`,
  )
}

const resourcesIn = (bundle: Json): Json[] =>
  ((bundle.entry ?? []) as Json[]).map(({ resource }) => resource as Json)

const isEqual = (one: Json, other: Json): boolean =>
  one.valueInteger === other.valueInteger &&
  JSON.stringify(one.derivedFrom) === JSON.stringify(other.derivedFrom)

const findingOf = ({ crossed, from }: Verdict, visit: string, subject: Json): Json => ({
  resourceType: 'Observation',
  meta: { profile: [`${OWN}/StructureDefinition/ieum-observation-ai-finding`] },
  identifier: [{ system: VISIT, value: visit.replace('/', '-') }],
  status: 'preliminary',
  category: [{ coding: [{ system: `${HL7}/observation-category`, code: 'survey' }] }],
  code: {
    coding: [{ system: `${OWN}/CodeSystem/ai-finding`, code: 'cardiovascular-risk' }],
    text: 'Results beyond the thresholds of the Korean national check-up (program, not confirmed)',
  },
  subject,
  encounter: { reference: visit },
  effectiveDateTime: new Date().toISOString(),
  issued: new Date().toISOString(),
  valueInteger: crossed.length,
  ...(crossed.length === 0
    ? {}
    : {
        note: crossed.map(({ item, found, limit }) => ({ text: `${item}: ${found} (${limit})` })),
      }),
  device: { reference: `Device/${device}`, display: `Check-up risk flags ${VERSION}` },
  derivedFrom: from.map((reference) => ({ reference })),
})

const provenanceOf = ({ from }: Verdict): Json => ({
  resourceType: 'Provenance',
  target: [{ reference: 'urn:uuid:3b1c4a52-0000-4000-8000-000000000000' }],
  recorded: new Date().toISOString(),
  activity: { coding: [{ system: `${HL7}/v3-DataOperation`, code: 'CREATE' }] },
  agent: [
    {
      type: { coding: [{ system: `${HL7}/provenance-participant-type`, code: 'author' }] },
      who: { reference: `Device/${device}`, display: `Check-up risk flags ${VERSION}` },
    },
  ],
  entity: from.map((reference) => ({ role: 'source', what: { reference } })),
})
