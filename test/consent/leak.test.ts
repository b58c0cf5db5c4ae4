// A leak hunt in twin worlds: one holds what another organisation keeps secret, the other does not. Whatever a caller
// asks, both must answer alike. The same questions asked by the owner must tell the worlds apart, or they hunt nothing.
import assert from 'node:assert/strict'
import { MongoClient } from 'mongodb'
import type { Principal } from '../../src/auth/principal.ts'
import { openContext } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import { createLog } from '../../src/log.ts'
import { databaseUrl, startMongo, type TestMongo } from '../support/mongo.ts'
import { ask, caller, type Asked } from './world.ts'

const A = caller('a')
const B = caller('b')
const MRN = 'urn:mrn'

const to = (reference: string) => ({ reference })
const code = (value: string) => ({ coding: [{ system: 'http://loinc.org', code: value }] })

const patient = (id: string | undefined, name: string, more = {}) => ({
  resourceType: 'Patient',
  ...(id === undefined ? {} : { id }),
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${name}</div>` },
  identifier: [{ system: MRN, value: name }],
  name: [{ family: name }],
  ...more,
})
const observation = (id: string, subject: string, more = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  category: [{ coding: [{ code: 'laboratory' }] }],
  code: code('718-7'),
  subject: to(subject),
  effectiveDateTime: '2026-03-01T10:00:00Z',
  valueQuantity: { value: 12, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' },
  ...more,
})
const list = (id: string, ...items: string[]) => ({
  resourceType: 'List',
  id,
  status: 'current',
  mode: 'working',
  entry: items.map((item) => ({ item: to(item) })),
})
const composition = (id: string, subject: string, ...entries: string[]) => ({
  resourceType: 'Composition',
  id,
  status: 'final',
  type: code('34133-9'),
  subject: to(subject),
  date: '2026-03-01',
  author: [to('Practitioner/b-dr')],
  title: 'Summary',
  section: [{ entry: entries.map(to), title: 'All' }],
})

const request = (id: string, subject: string) => ({
  ...{ resourceType: 'ServiceRequest', id, status: 'active', intent: 'order' },
  code: code('36643-5'),
  subject: to(subject),
})
const task = (id: string, requester: string, more = {}) => ({
  ...{ resourceType: 'Task', id, status: 'requested', intent: 'order' },
  code: { text: 'Read an image' },
  focus: to('ServiceRequest/b-sr1'),
  for: to('Patient/a-p1'),
  requester: to(`Organization/${requester}`),
  owner: to('Organization/c'),
  ...more,
})
const report = (id: string | undefined, subject: string, status: string, more = {}) => ({
  resourceType: 'DiagnosticReport',
  ...(id === undefined ? {} : { id }),
  status,
  code: code('36643-5'),
  subject: to(subject),
  ...more,
})
const parameters = (more: Record<string, string>) => ({
  resourceType: 'Parameters',
  parameter: Object.entries(more).map(([name, valueString]) => ({ name, valueString })),
})

const put = (resource: { resourceType: string; id?: string }) =>
  [`PUT ${resource.resourceType}/${resource.id ?? ''}`, resource] as const

/** What is in both worlds. */
const COMMON = [
  [B, ...put({ resourceType: 'Practitioner', id: 'b-dr' })],
  [A, ...put(patient('a-p1', 'Open'))],
  [A, ...put(observation('a-o1', 'Patient/a-p1'))],
  [A, ...put(observation('a-o2', 'Patient/b-p1'))],
  [A, ...put(observation('a-o3', 'Patient/a-p1', { hasMember: [to('Observation/b-o1')] }))],
  [A, ...put(list('a-list', 'Patient/a-p1', 'Patient/b-p1', 'Observation/b-o1'))],
  [A, ...put(composition('a-doc', 'Patient/a-p1', 'Observation/b-o1'))],
  [A, ...put(composition('a-own', 'Patient/a-p1', 'Observation/a-o1'))],
] as const

/** What is in one of them alone. */
const SECRET = [
  [B, ...put(patient('b-p1', 'Secret'))],
  [B, ...put(patient('b-p1', 'Secret', { active: true, gender: 'male' }))],
  [B, ...put(patient('b-gone', 'Gone'))],
  [B, 'DELETE Patient/b-gone', undefined],
  [B, ...put(observation('b-o1', 'Patient/b-p1', { performer: [to('Practitioner/b-dr')] }))],
  [B, ...put(observation('b-o2', 'Patient/a-p1', { effectiveDateTime: '2026-04-01' }))],
  [B, ...put(observation('b-o3', 'Patient/b-p1', { derivedFrom: [to('Observation/a-o1')] }))],
  [B, ...put(list('b-list', 'Patient/a-p1', 'Observation/a-o1'))],
  [B, ...put(composition('b-doc', 'Patient/a-p1', 'Observation/a-o1'))],
  [
    B,
    ...put({
      resourceType: 'Encounter',
      id: 'b-e1',
      ...{ status: 'finished', class: { code: 'AMB' }, subject: to('Patient/a-p1') },
    }),
  ],
  [B, 'POST Patient', patient(undefined, 'Secret too')],
  [B, ...put(request('b-sr1', 'Patient/a-p1'))],
  [B, ...put(task('b-t1', 'b'))],
  [B, ...put(report('b-r1', 'Patient/a-p1', 'preliminary'))],
  [B, ...put({ resourceType: 'Device', id: 'b-ai', ...{ type: { text: 'Algorithm' } } })],
  // Without a custodian, as what was written in open mode.
  [undefined, ...put(patient('old', 'Secret old'))],
] as const

type Question = readonly [line: string, body?: unknown, headers?: Readonly<Record<string, string>>]

const bundle = (type: string, ...entries: readonly Question[]): Question => [
  'POST ',
  {
    resourceType: 'Bundle',
    type,
    entry: entries.map(([line, resource, headers = {}]) => {
      const [method, url] = line.split(/ (.*)/s)
      return {
        request: { method, url, ...headers },
        ...(resource === undefined ? {} : { resource }),
      }
    }),
  },
]

const REPLACE = [{ op: 'replace', path: '/active', value: false }]
const meta = (tag: string) => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:t', code: tag }] } }],
})

const READS: readonly Question[] = [
  ...['b-p1', 'b-gone', 'old'].flatMap((id): Question[] => [
    [`GET Patient/${id}`],
    [`HEAD Patient/${id}`],
    [`GET Patient/${id}`, undefined, { 'if-none-match': 'W/"1"' }],
    [`GET Patient/${id}`, undefined, { 'if-none-match': '*' }],
    [`GET Patient/${id}`, undefined, { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }],
    [`GET Patient/${id}/_history/1`],
    [`GET Patient/${id}/_history/2`],
    [`GET Patient/${id}/_history/9`],
    [`GET Patient/${id}/_history`],
    [`GET Patient/${id}/$meta`],
    [`GET Patient/${id}/_history/1/$meta`],
    [`GET Patient/${id}/$everything`],
    [`GET Patient/${id}/$validate`],
    [`GET Patient/${id}/$newborn-summary`],
    [`GET Patient/${id}/$summary`],
    [`GET Patient/${id}/$checkup-report`],
    [`GET Patient/${id}/$de-identify?purpose=HRESCH`],
    [`GET Patient/${id}/Observation`],
    [`GET Patient/${id}/*`],
    [`GET Patient?_id=${id}`],
    [`GET Patient?_id=${id},a-p1&_total=accurate`],
    [`GET Observation?subject=Patient/${id}`],
  ]),
  ['GET Encounter/b-e1/$everything'],
  ['GET Composition/b-doc/$document'],
  ['GET Composition/a-doc/$document'],
  ['GET Composition/a-own/$document'],
  ['GET Patient/a-p1/$everything'],
  ['GET Patient/a-p1/$everything?_type=AuditEvent,Observation'],
  ['GET Patient/a-p1/$checkup-report'],
  ['GET Patient/a-p1/$newborn-summary'],
  ['GET Patient/a-p1/$de-identify?purpose=HRESCH'],
  ['GET Patient/$de-identify?purpose=HRESCH&family=Secret'],
  ['GET Patient/$de-identify?purpose=TRAIN&gender=male'],
  ['GET Task/b-t1'],
  ['GET ServiceRequest/b-sr1'],
  ['GET DiagnosticReport/b-r1'],
  ['GET Patient/a-p1/$everything?_count=1'],
  ['GET Patient/$everything'],
  ['GET Patient/a-p1/Observation?_total=accurate'],
  ['GET Patient/a-p1/*'],
  ['GET Patient/$meta'],
  ['GET $meta'],
  ['GET _history'],
  ['GET _history?_count=1'],
  ['GET _history?_summary=count'],
  ['GET Patient/_history'],
  ['GET Patient/_history?_count=1'],
  ['GET Observation/_history?_count=2'],
  ['GET Observation/_history?_at=2100'],
  [
    'POST Patient/$match',
    {
      resourceType: 'Patient',
      name: [{ family: 'Secret' }],
      identifier: [{ system: 'urn:mrn', value: 'Secret' }],
    },
  ],
  ['GET Observation/$lastn?patient=a-p1&category=laboratory'],
  ['GET Observation/$lastn?patient=b-p1&code=718-7&max=3'],
  ['GET Observation/$lastn?patient=a-p1&code=718-7&_include=Observation:subject'],
  ['GET Observation/$lastn?patient=a-p1&code=718-7&_revinclude=Observation:has-member'],
]

const SEARCHES = [
  'Patient',
  'Patient?_count=1',
  'Patient?_total=accurate',
  'Patient?_summary=count',
  'Patient?_total=accurate&_count=1',
  'Patient?_sort=family&_count=1',
  'Patient?_sort=-_lastUpdated',
  'Patient?_sort=gender,_id',
  'Patient?family=Secret',
  'Patient?identifier=urn:mrn|Secret',
  'Patient?name:contains=ecre',
  'Patient?gender:missing=true',
  'Patient?identifier:not=urn:mrn|Open',
  'Patient?_lastUpdated=gt2020-01-01&_total=accurate',
  'Patient?_content=Secret',
  'Patient?_text=Secret',
  'Patient?_filter=name eq "Secret"',
  'Patient?_has:Observation:subject:code=718-7&_total=accurate',
  'Patient?_has:Observation:subject:_id=b-o1',
  'Patient?_has:Observation:subject:_id=b-o2',
  'Patient?_has:Observation:subject:date=2026-04-01',
  'Patient?_has:List:item:_id=b-list',
  'Patient?_has:Encounter:subject:status=finished',
  'Patient?_has:Observation:subject:performer.name=x',
  'Patient?_list=b-list',
  'Patient?_list=a-list',
  'Patient?_contained=both&family=Secret',
  'Patient?_tag=http://ieum.example/fhir/CodeSystem/custodian|b',
  'Patient?_revinclude=Observation:subject',
  'Patient?_revinclude=Observation:subject&_total=accurate',
  'Patient?_revinclude=*',
  'Patient?_id=a-p1&_revinclude=List:item&_include:iterate=List:item',
  'Patient?_id=a-p1&_revinclude=Encounter:patient&_revinclude=Observation:patient&_count=1',
  'Observation',
  'Observation?_total=accurate&_count=1',
  'Observation?code=718-7&_summary=count',
  'Observation?patient=a-p1&_sort=-date',
  'Observation?patient=a-p1&_sort=-date&_count=1&_total=accurate',
  'Observation?patient:Patient.name=Secret',
  'Observation?subject:Patient.identifier=urn:mrn|Secret',
  'Observation?subject.gender=male',
  'Observation?patient.name:missing=true',
  'Observation?has-member._id=b-o1',
  'Observation?has-member.date=2026-03-01',
  'Observation?has-member.patient.name=Secret',
  'Observation?performer:Practitioner._id=b-dr',
  'Observation?_include=Observation:subject',
  'Observation?_include=*',
  'Observation?_id=a-o1,a-o2,a-o3&_include=Observation:subject&_include=Observation:has-member',
  'Observation?_id=a-o3&_include=Observation:has-member&_include:iterate=Observation:subject',
  'Observation?_id=a-o1&_revinclude=Observation:derived-from&_include:iterate=Observation:patient',
  'Observation?_has:Observation:derived-from:_id=b-o3',
  'Observation?subject=Patient/b-p1&_include=Observation:subject',
  'List?item.code=718-7',
  'Task?patient=a-p1',
  'Task?owner=Organization/c&_include=Task:focus',
  'ServiceRequest?subject=Patient/a-p1&_revinclude=Task:focus',
  'DiagnosticReport?subject:Patient.identifier=urn:mrn|Open&_total=accurate',
  'List?_id=a-list&_include=List:item',
  'List',
  'Encounter?_include=Encounter:subject',
  'Composition?_include=Composition:entry&_include:iterate=Observation:subject',
  'Practitioner?_revinclude=Observation:performer',
  'Practitioner?_has:Observation:performer:code=718-7',
  'Practitioner?_id=b-dr&_revinclude=Composition:author',
  '?_type=Patient,Observation&_total=accurate',
  '?_lastUpdated=gt2020-01-01&_summary=count',
  '?_id=b-p1',
].map((search): Question => [`GET ${search}`])

const WRITES: readonly Question[] = [
  ['PUT Patient/b-p1', patient('b-p1', 'Mine')],
  ['PUT Patient/b-p1', patient('b-p1', 'Mine'), { 'if-match': 'W/"2"' }],
  ['PUT Patient/b-p1', patient('b-p1', 'Mine'), { 'if-match': 'W/"7"' }],
  ['PUT Patient/b-p1', patient('b-p1', 'Mine'), { 'if-none-match': '*' }],
  ['PUT Patient/b-gone', patient('b-gone', 'Mine')],
  ['PUT Patient/b-nothing', patient('b-nothing', 'Mine')],
  ['PUT Patient/old', patient('old', 'Mine')],
  ['PATCH Patient/b-p1', REPLACE],
  ['PATCH Patient/b-p1', REPLACE, { 'if-match': 'W/"2"' }],
  ['PATCH Patient/b-gone', REPLACE],
  ['PATCH Patient?identifier=urn:mrn|Secret', REPLACE],
  ['DELETE Patient/b-p1', undefined, { prefer: 'return=OperationOutcome' }],
  ['DELETE Patient/b-p1', undefined, { 'if-match': 'W/"2"' }],
  ['DELETE Patient/b-gone'],
  ['DELETE Patient?identifier=urn:mrn|Secret', undefined, { prefer: 'return=OperationOutcome' }],
  ['POST Patient/b-p1/$meta-add', meta('x')],
  ...['b-p1', 'b-gone', 'old'].flatMap((id): Question[] => [
    ['POST Patient/a-p1/$link', parameters({ other: `Patient/${id}` })],
    ['POST Patient/a-p1/$link', parameters({ other: `Patient/${id}`, otherVersion: '2' })],
    [`POST Patient/${id}/$link`, parameters({ other: 'Patient/a-p1', type: 'replaced-by' })],
    ['POST Patient/a-p1/$unlink', parameters({ other: `Patient/${id}` })],
    [`POST Patient/${id}/$de-identify`, parameters({ purpose: 'HRESCH' })],
  ]),
  ['PUT Task/b-t1', task('b-t1', 'a')],
  ['PUT Task/b-t1', task('b-t1', 'b', { status: 'completed' })],
  ['PUT Task/b-t1', task('b-t1', 'b', { status: 'accepted' }), { 'if-match': 'W/"1"' }],
  ['PATCH Task/b-t1', [{ op: 'replace', path: '/status', value: 'accepted' }]],
  ['DELETE Task/b-t1'],
  ['PUT DiagnosticReport/b-r1', report('b-r1', 'Patient/a-p1', 'final')],
  ['PUT DiagnosticReport/b-r1', report('b-r1', 'Patient/a-p1', 'registered')],
  ['DELETE DiagnosticReport/b-r1'],
  [
    'POST DiagnosticReport',
    report(undefined, 'Patient/a-p1', 'final', { basedOn: [to('ServiceRequest/b-sr1')] }),
  ],
  [
    'POST Provenance',
    {
      resourceType: 'Provenance',
      target: [to('DiagnosticReport/b-r1/_history/1')],
      recorded: '2026-03-01T10:00:00Z',
      agent: [{ who: to('Practitioner/b-dr') }],
    },
  ],
  ['POST Patient/b-p1/$meta-delete', meta('x')],
  ['POST Patient', patient(undefined, 'Secret'), { 'if-none-exist': 'family=Nobody' }],
  ['POST Patient', patient(undefined, 'New'), { 'if-none-exist': 'identifier=urn:mrn|Gone' }],
  ['PUT Patient?identifier=urn:mrn|Secret old', patient(undefined, 'Secret old')],
  ['PUT Patient?identifier=urn:mrn|none', patient('b-p1', 'none')],
  [
    'PUT Encounter?subject=Patient/a-p1',
    { resourceType: 'Encounter', status: 'planned', class: { code: 'AMB' } },
  ],
  [
    'POST Encounter',
    {
      resourceType: 'Encounter',
      status: 'planned',
      class: { code: 'AMB' },
      subject: to('Patient/a-p1'),
    },
    { 'if-none-exist': 'subject=Patient/a-p1' },
  ],
  bundle('transaction', ['PUT Patient/b-p1', patient('b-p1', 'Mine')]),
  bundle('transaction', ['DELETE Patient/b-p1'], ['DELETE Patient/a-nothing']),
  bundle('transaction', ['DELETE Patient/b-p1', undefined, { ifMatch: 'W/"2"' }]),
  bundle('transaction', ['GET Patient/b-p1']),
  bundle('transaction', [
    'POST Observation',
    { ...observation('x', 'Patient?identifier=urn:mrn|Secret too'), id: undefined },
  ]),
  bundle('transaction', [
    'POST Observation',
    { ...observation('x', 'Patient?_has:Observation:subject:_id=b-o2'), id: undefined },
  ]),
  bundle(
    'transaction',
    ['POST Patient', patient(undefined, 'Again'), { ifNoneExist: 'identifier=urn:mrn|Secret too' }],
    ['PUT Observation/a-o9', observation('a-o9', 'Patient/b-p1')],
  ),
  bundle(
    'batch',
    ['GET Patient/b-p1'],
    ['GET Patient?family=Secret&_total=accurate'],
    ['PUT Patient/b-p1', patient('b-p1', 'Mine')],
    ['DELETE Patient/b-p1'],
    ['PATCH Patient/b-p1', { resourceType: 'Parameters', parameter: [] }],
    ['GET Patient/b-p1/_history'],
    ['POST Patient', patient(undefined, 'Batch'), { ifNoneExist: 'family=Secret' }],
  ),
  ['GET Patient?_total=accurate&_sort=family'],
  ['GET _history?_count=3'],
]

const QUESTIONS = [...READS, ...SEARCHES, ...WRITES]

/** All that differs between two worlds by chance alone: times, ids that the server made, what cursors hold. */
const plain = ({ status, headers, text }: Asked): string =>
  [
    status,
    ...Object.entries(headers)
      .filter(([name]) => name !== 'last-modified')
      .sort()
      .map((header) => header.join(': ')),
    text,
  ]
    .join('\n')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'TIME')
    .replace(/urn:uuid:[0-9a-f-]{36}/g, 'UUID')
    .replace(/\b0m[0-9a-z]{18}\b|\bm[0-9a-z]{19}\b/g, 'ID')
    .replace(/\blog-[0-9a-f]{32}\b/g, 'ENTRY')
    .replace(/_cursor=[\w.-]+/g, '_cursor=CURSOR')

/** The answers to a question, page by page. */
async function answers(
  context: Context,
  principal: Principal,
  [line, body, headers]: Question,
): Promise<readonly string[]> {
  const found: string[] = []
  for (let next: string | undefined = line; next !== undefined && found.length < 40;) {
    const answer = await ask(context, principal, next, body, headers)
    found.push(plain(answer))
    const link = (answer.body?.link as { relation: string; url: string }[] | undefined)?.find(
      ({ relation }) => relation === 'next',
    )
    next = link === undefined ? undefined : `GET ${link.url}`
  }
  return found
}

/** The same worlds with the log on. */
const loud = new WeakMap<Context, Context>()

async function filled(
  url: string,
  more: readonly (typeof SECRET)[number][],
  references = 'accept',
): Promise<Context> {
  const config = readConfig({
    STORE_URL: url,
    SEED: 'none',
    LOG_LEVEL: 'silent',
    MONGO_TIMEOUT_MS: '60000',
    BASE_URL: 'http://hub.example',
    REFERENCES: references,
  })
  const opened = await openContext(config, createLog('silent'))
  // What the log grows by at each question would be the greater part of all later answers.
  const quiet = { record: () => Promise.resolve(), caughtUp: () => Promise.resolve() }
  const context = { ...opened, audit: { ...opened.audit, ...quiet } }
  loud.set(context, opened)
  const open = { ...context, config: { ...context.config, references: 'accept' as const } }
  for (const [principal, line, resource] of [...COMMON, ...more]) {
    const { status, text } = await ask(open, principal, line, resource)
    assert.ok(status < 300, `${line}: ${text}`)
  }
  return context
}

/** Whether the worlds answer differently, by question. */
async function differences(
  [one, other]: readonly [Context, Context],
  principal: Principal,
  questions: readonly Question[],
  check: (difference: boolean, question: Question, answers: readonly (readonly string[])[]) => void,
): Promise<void> {
  for (const question of questions) {
    const got = [await answers(one, principal, question), await answers(other, principal, question)]
    check(JSON.stringify(got[0]) !== JSON.stringify(got[1]), question, got)
  }
}

/** @param isProven whether the same questions were seen to tell the worlds apart on another store */
function hunt(urls: () => Promise<readonly [string, string]>, isProven = false): void {
  let worlds: readonly [Context, Context]
  before(async () => {
    const [one, other] = await urls()
    worlds = [await filled(one, SECRET), await filled(other, [])]
  })
  after(() => Promise.all(worlds.map((one) => one.store.close())))

  const proof = async (): Promise<void> => {
    const alike: string[] = []
    const questions = [...READS, ...SEARCHES]
    await differences(worlds, caller('x', 'administrator'), questions, (isDifferent, question) => {
      if (!isDifferent) alike.push(question[0])
    })
    assert.ok(alike.length < questions.length / 4, alike.join('\n'))
  }
  if (!isProven) it('asks questions that tell the worlds apart for who may see all', proof)

  it('answers others alike, whatever they ask', async () => {
    const empty: string[] = []
    await differences(worlds, A, QUESTIONS, (isDifferent, question, got) => {
      if (isDifferent) assert.deepEqual(got[0], got[1], question[0])
      if (got[0]!.every((text) => !text.includes('"a-'))) empty.push(question[0])
    })
    assert.ok(empty.length < QUESTIONS.length * 0.75, 'too few find anything of their own')
  })

  it('tells nothing by the log of what was asked', async () => {
    const questions = isProven ? READS.slice(0, 40) : QUESTIONS
    const events: (readonly string[])[] = []
    const counts: number[] = []
    for (const world of worlds) {
      const context = loud.get(world)!
      for (const [line, body, headers] of questions) await ask(context, A, line, body, headers)
      const { body } = await ask(context, A, 'GET AuditEvent?_count=1000')
      const found = body.entry.map(({ resource }: any) => resource)
      const proof = `GET AuditEvent/${found[0].id as string}/$proof`
      assert.equal((await ask(context, A, proof)).status, 403)
      const texts = found.map((one: unknown) =>
        plain({ status: 200, headers: {}, text: JSON.stringify(one), body: undefined }),
      )
      events.push([String(body.total), ...texts.sort()])
      const all = await ask(context, caller('x', 'administrator'), 'GET AuditEvent?_summary=count')
      counts.push(all.body.total)
    }
    assert.ok(events[0]!.length >= questions.length / 2)
    assert.deepEqual(events[0], events[1])
    assert.ok(counts[0]! > counts[1]!, 'more was logged of what is hidden')
  })

  it('leaves what is hidden as it was', async () => {
    const { body } = await ask(worlds[0], B, 'GET Patient/b-p1')
    assert.equal(body.name[0].family, 'Secret')
    assert.equal(body.meta.versionId, '2')
    assert.equal((await ask(worlds[0], B, 'GET Patient/b-gone')).status, 410)
  })

  it('takes no page link from another caller', async () => {
    const { body } = await ask(worlds[0], B, 'GET Observation?_count=1')
    const next = body.link.find((one: { relation: string }) => one.relation === 'next').url
    assert.equal((await ask(worlds[0], B, `GET ${next}`)).status, 200)
    assert.equal((await ask(worlds[0], A, `GET ${next}`)).status, 400)
    assert.equal((await ask(worlds[0], undefined, `GET ${next}`)).status, 400)
  })

  it('explains to administrators only', async () => {
    const asked = 'GET Patient?family=Secret&_explain=true'
    assert.equal((await ask(worlds[0], A, asked)).status, 403)
    assert.equal((await ask(worlds[0], caller('b', 'administrator'), asked)).status, 200)
  })
}

describe('a leak hunt in twin worlds', function () {
  this.timeout(240_000)

  describe('on SQLite', () => {
    hunt(async () => ['sqlite::memory:', 'sqlite::memory:'])

    it('tells nothing by references that must resolve', async () => {
      const worlds = [
        await filled('sqlite::memory:', SECRET, 'enforce'),
        await filled('sqlite::memory:', [], 'enforce'),
      ] as const
      await differences(
        worlds,
        A,
        [
          ['PUT Observation/a-o7', observation('a-o7', 'Patient/b-p1')],
          ['POST Observation', observation('a-o7', 'Patient/b-p1')],
        ],
        (isDifferent, _question, got) => {
          assert.ok(!isDifferent)
          assert.match(got[0]![0]!, /^422\n/)
        },
      )
      await Promise.all(worlds.map((one) => one.store.close()))
    })
  })

  describe('on MongoDB', () => {
    let mongo: TestMongo | undefined
    let names: string[] = []
    after(async () => {
      if (mongo === undefined) return
      const client = new MongoClient(mongo.uri)
      for (const name of names) await client.db(name).dropDatabase()
      await client.close()
      await mongo.stop()
    })
    hunt(async () => {
      mongo = await startMongo()
      const run = `ieum_leak_${process.pid}_${Date.now().toString(36)}`
      names = [`${run}_1`, `${run}_2`]
      return names.map((name) => databaseUrl(mongo!.uri, name)) as unknown as [string, string]
    }, true)
  })
})
