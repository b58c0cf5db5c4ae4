// Asks a server that holds the demonstration network for answers of every kind, and has HAPI's validator judge each as
// FHIR R4: CapabilityStatements, searchsets, histories, responses of transactions, outcomes of errors.
// https://hl7.org/fhir/R4/validation.html
// Needs Java 17 and Maven, which are tools of this check and not of the product. Must not touch a store that exists.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../src/cli/serve.ts'
import { readConfig } from '../src/config.ts'
import { seedDemo } from '../src/job/seed.ts'
import { createLog } from '../src/log.ts'

type Headers = Readonly<Record<string, string>>
type Request = readonly [
  method: string,
  path: string,
  body?: string | undefined,
  headers?: Headers | undefined,
]

const get = (path: string, headers?: Headers): Request => ['GET', path, undefined, headers]
const send = (method: string, path: string, body: object, headers?: Headers): Request => [
  method,
  path,
  JSON.stringify(body),
  headers,
]
const prefer = (value: string): Headers => ({ prefer: value })

const PATIENT = { resourceType: 'Patient', id: 'x1', active: true, name: [{ family: 'Мост' }] }
const OBSERVATION = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'pulse' },
  subject: { reference: 'Patient/petrova-elena' },
}
const bundle = (type: string) => ({
  resourceType: 'Bundle',
  type,
  entry: [
    {
      fullUrl: 'urn:uuid:6f1f4f5e-0000-4000-8000-000000000001',
      resource: { resourceType: 'Patient', active: true },
      request: { method: 'POST', url: 'Patient' },
    },
    {
      resource:
        type === 'batch'
          ? OBSERVATION
          : {
              ...OBSERVATION,
              subject: { reference: 'urn:uuid:6f1f4f5e-0000-4000-8000-000000000001' },
            },
      request: { method: 'POST', url: 'Observation' },
    },
    { resource: PATIENT, request: { method: 'PUT', url: 'Patient/x1' } },
    { request: { method: 'GET', url: 'Patient/x1' } },
    { request: { method: 'GET', url: 'Observation?_count=2&nonsense=1' } },
    { request: { method: 'DELETE', url: 'Patient/x2' } },
    ...(type === 'batch'
      ? [
          { request: { method: 'GET', url: 'Patient/nobody' } },
          {
            resource: { resourceType: 'Patient', gender: 'x' },
            request: { method: 'POST', url: 'Patient' },
          },
        ]
      : []),
  ],
})
const META = {
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:x', code: 'y' }] } }],
}
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_PATCH = { 'content-type': 'application/json-patch+json' }

const READS: readonly Request[] = [
  ...['full', 'normative', 'terminology'].map((mode) => get(`/metadata?mode=${mode}`)),
  get(''),
  get('/Patient?_count=5'),
  get('/Patient?_count=3&_total=accurate&_sort=-birthdate'),
  get('/Patient?name=nobody'),
  get('/Patient?_count=2&nonsense=1'),
  ...['true', 'text', 'data', 'count'].map((summary) =>
    get(`/Patient?_count=3&_summary=${summary}`),
  ),
  get('/Observation?_count=3&_elements=subject,value'),
  get('/Observation?patient=petrova-elena&_count=3&_include=*&_revinclude=DiagnosticReport:result'),
  get('/Patient/petrova-elena/*?_count=10'),
  get('/Patient/petrova-elena/Observation?_count=2'),
  get('?_type=Organization,Practitioner&_count=5'),
  ['POST', '/Patient/_search', 'name=kim&_count=2', FORM],
  get('/Patient/petrova-elena/$everything?_count=20'),
  get('/Patient/petrova-elena/$meta'),
  get('/Patient/petrova-elena/$validate'),
  get('/Patient/petrova-elena?_summary=true'),
]

const WRITES: readonly Request[] = [
  send('PUT', '/Patient/x2', { ...PATIENT, id: 'x2' }, prefer('return=OperationOutcome')),
  send('POST', '', bundle('transaction')),
  send('POST', '', bundle('transaction'), prefer('return=representation')),
  send('POST', '', bundle('transaction'), prefer('return=OperationOutcome')),
  send('POST', '', bundle('batch')),
  send('PUT', '/Patient/x2', { ...PATIENT, id: 'x2' }),
  ['PATCH', '/Patient/x1', '[{"op":"replace","path":"/active","value":false}]', JSON_PATCH],
  send('POST', '/Patient/x1/$meta-add', META),
  send('POST', '/Patient/x1/$meta-delete', META),
  send('DELETE', '/Patient/x2', {}, prefer('return=OperationOutcome')),
  send('POST', '/Patient/$validate', { resourceType: 'Patient', gender: 'x', nmae: 1 }),
  send('POST', '/Patient/$validate', PATIENT),
  get('/Patient/x1/_history'),
  get('/Patient/x2/_history'),
  get('/Patient/_history?_count=8'),
  get('/_history?_count=12'),
  get('/Patient/x1/_history/1'),
]

const ERRORS: readonly Request[] = [
  get('/Patient?birthdate=yesterday'),
  get('/Patient?nonsense=1', prefer('handling=strict')),
  get('/Patient/nobody'),
  get('/Nothing/1'),
  get('/Patient/a_b'),
  get('/Patient/x2'),
  get('/metadata', { accept: 'text/turtle' }),
  send('DELETE', '/metadata', {}),
  ['POST', '/Patient', '{"resourceType":"Patient",', undefined],
  ['POST', '/Patient', 'x', { 'content-type': 'text/plain' }],
  send('POST', '/Patient', { resourceType: 'Patient', gender: 'x', birthDate: '1', nmae: [] }),
  send('PUT', '/Patient/x1', PATIENT, { 'if-match': 'W/"99"' }),
  send('POST', '/Patient', PATIENT, { 'if-none-exist': 'gender=female' }),
  send('POST', '', {
    ...bundle('transaction'),
    entry: [{ request: { method: 'GET', url: 'Nothing/1' } }],
  }),
]

const server = await startServer(
  readConfig({ PORT: '0', STORE_URL: 'sqlite::memory:', LOG_LEVEL: 'silent' }),
  createLog('silent'),
  {
    prepare: async (context) => {
      await seedDemo(context)
    },
  },
)
const folder = await mkdtemp(join(tmpdir(), 'ieum-answers-'))
try {
  const requests = [...READS, ...WRITES, ...ERRORS]
  for (const [index, [method, path, body, headers]] of requests.entries())
    for (const accept of ['application/fhir+json', 'application/fhir+xml']) {
      // What writes is sent once.
      if (accept.endsWith('xml') && method !== 'GET') continue
      const response = await fetch(server.context.baseUrl + path, {
        method,
        headers: { accept, 'content-type': 'application/fhir+json', ...headers },
        ...(body === undefined ? {} : { body }),
      })
      const text = await response.text()
      if (text === '') throw new Error(`${method} ${path} was answered with nothing`)
      const name = `${String(index).padStart(2, '0')} ${response.status} ${method} ${path}`
      const extension = text.startsWith('<') ? 'xml' : 'json'
      await writeFile(
        join(folder, `${name.replace(/[^\w .=$-]/g, '_').slice(0, 120)}.${extension}`),
        text,
      )
    }
  const maven = ['-q', '-B', '-f', 'script/verify-seed/pom.xml', 'compile', 'exec:java']
  const run = ['-Dexec.mainClass=VerifyAnswers', `-Dexec.args=${folder}`]
  process.exitCode = spawnSync('mvn', [...maven, ...run], { stdio: 'inherit' }).status ?? 1
} finally {
  await server.close()
  await rm(folder, { recursive: true })
}
