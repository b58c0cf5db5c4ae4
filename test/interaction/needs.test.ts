// Which scope each interaction needs, asked through the same door as everything: enough, and nothing less, is let in.
import assert from 'node:assert/strict'
import type { Principal, Role } from '../../src/auth/principal.ts'
import { parseScopes } from '../../src/auth/scope.ts'
import { Failure } from '../../src/errors.ts'
import type { FhirRequest, Method } from '../../src/fhir/message.ts'
import { readQuery } from '../../src/fhir/query.ts'
import { CUSTODIAN_SYSTEM } from '../../src/search/record.ts'
import { handle } from '../../src/handle.ts'
import { onBothStores } from '../support/server.ts'

const principal = (scopes: string, roles: readonly Role[]): Principal => ({
  client: 'c',
  organization: 'o',
  roles,
  purpose: 'TREAT',
  scopes: parseScopes(scopes),
})

const group = (id?: string) => ({
  resourceType: 'Group',
  ...(id === undefined ? {} : { id }),
  type: 'person',
  actual: true,
})

type Case = {
  readonly it: string
  readonly ask: string
  readonly body?: object
  readonly headers?: Record<string, string>
  /** What is enough; without any letter of it, the request is refused. */
  readonly scopes: string
}

const entry = (method: string, url: string, resource?: object, more = {}) => ({
  request: { method, url, ...more },
  ...(resource === undefined ? {} : { resource }),
})
const transaction = (...entries: object[]) => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: entries,
})

const CASES: readonly Case[] = [
  { it: 'create', ask: 'POST Group', body: group(), scopes: 'system/Group.c' },
  {
    it: 'conditional create',
    ask: 'POST Group',
    body: group(),
    headers: { 'if-none-exist': 'code=n' },
    scopes: 'system/Group.cs',
  },
  { it: 'read', ask: 'GET Group/g', scopes: 'system/Group.r' },
  { it: 'vread', ask: 'GET Group/g/_history/1', scopes: 'system/Group.r' },
  { it: 'history of an instance', ask: 'GET Group/g/_history', scopes: 'system/Group.r' },
  { it: 'history of a type', ask: 'GET Group/_history', scopes: 'system/Group.s' },
  { it: 'history of all', ask: 'GET _history', scopes: 'system/*.s' },
  { it: 'search', ask: 'GET Group?type=person', scopes: 'system/Group.s' },
  { it: 'search by a form', ask: 'POST Group/_search', scopes: 'system/Group.s' },
  { it: 'search of all', ask: 'GET ?_lastUpdated=gt2020', scopes: 'system/*.s' },
  {
    it: 'search of some types',
    ask: 'GET ?_type=Group,Device',
    scopes: 'system/Group.s system/Device.s',
  },
  { it: 'search of a compartment', ask: 'GET Patient/p/Group', scopes: 'system/Group.s' },
  { it: 'search of all in one', ask: 'GET Patient/p/*', scopes: 'system/*.s' },
  { it: 'update', ask: 'PUT Group/g', body: group('g'), scopes: 'system/Group.u' },
  {
    it: 'conditional update',
    ask: 'PUT Group?_id=g',
    body: group('g'),
    scopes: 'system/Group.us',
  },
  {
    it: 'conditional update that creates',
    ask: 'PUT Group?code=new',
    body: group(),
    scopes: 'system/Group.cus',
  },
  { it: 'delete', ask: 'DELETE Group/none', scopes: 'system/Group.d' },
  { it: 'conditional delete', ask: 'DELETE Group?code=n', scopes: 'system/Group.ds' },
  { it: '$meta', ask: 'GET Group/g/$meta', scopes: 'system/Group.r' },
  { it: '$meta of a type', ask: 'GET Group/$meta', scopes: 'system/Group.s' },
  { it: '$everything', ask: 'GET Patient/p/$everything', scopes: 'system/Patient.r' },
  {
    it: '$match',
    ask: 'POST Patient/$match',
    body: { resourceType: 'Patient', name: [{ family: 'x' }] },
    scopes: 'system/Patient.s',
  },
  {
    it: '$link',
    ask: 'POST Patient/p/$link',
    body: {
      resourceType: 'Parameters',
      parameter: [{ name: 'other', valueReference: { reference: 'Patient/p2' } }],
    },
    scopes: 'system/Patient.ru system/Provenance.c',
  },
  {
    it: '$newborn-summary',
    ask: 'GET Patient/p/$newborn-summary',
    scopes: 'system/Patient.r system/Observation.s',
  },
  { it: '$summary', ask: 'GET Patient/p/$summary', scopes: 'system/Patient.r' },
  {
    it: '$lastn',
    ask: 'GET Observation/$lastn?patient=p&code=c',
    scopes: 'system/Observation.s',
  },
  {
    it: 'a transaction that writes',
    ask: 'POST ',
    body: transaction(entry('POST', 'Group', group()), entry('GET', 'Group/g')),
    scopes: 'system/Group.cr',
  },
  {
    it: 'a transaction with conditions',
    ask: 'POST ',
    body: transaction(
      entry('PUT', 'Group?code=other', group()),
      entry('POST', 'Basic', {
        resourceType: 'Basic',
        code: { text: 'b' },
        subject: { reference: 'Patient?_id=p' },
      }),
    ),
    scopes: 'system/Group.cus system/Basic.c system/Patient.s',
  },
]

/** Each way of leaving one letter of the scopes out. */
function lesser(scopes: string): string[] {
  const all = scopes.split(' ')
  return all.flatMap((one, i) => {
    const [, head, letters] = /^(.*\.)(\w+)$/.exec(one)!
    return [...letters!].map((letter) => {
      const rest = letters!.replace(letter, '')
      const changed = rest === '' ? [] : [head! + rest]
      return [...all.slice(0, i), ...changed, ...all.slice(i + 1)].join(' ')
    })
  })
}

onBothStores('scopes', (server) => {
  const ask = async (
    { ask: line, body, headers = {} }: Omit<Case, 'it' | 'scopes'>,
    scopes: string,
    roles: readonly Role[] = ['system'],
  ) => {
    const [method, url] = line.split(' ') as [Method, string]
    const [path, query] = url.split('?') as [string, string | undefined]
    const request: FhirRequest = {
      method,
      path: path.split('/').filter(Boolean),
      query: readQuery(query ?? ''),
      headers,
      body:
        body === undefined
          ? undefined
          : { type: 'application/fhir+json', text: JSON.stringify(body) },
      principal: principal(scopes, roles),
    }
    try {
      return { status: (await handle(request, server().context)).status, said: '' }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      return { status: error.status, said: error.issues.map((i) => i.diagnostics).join() }
    }
  }

  before(async () => {
    for (const [type, id] of [
      ['Group', 'g'],
      ['Patient', 'p'],
      ['Patient', 'p2'],
    ] as const)
      await server().send('PUT', `/${type}/${id}`, {
        ...group(id),
        meta: { tag: [{ system: CUSTODIAN_SYSTEM, code: 'o' }] },
        resourceType: type,
        ...fix(type),
      })
  })
  const fix = (type: string) => (type === 'Patient' ? { type: undefined, actual: undefined } : {})

  for (const one of CASES)
    it(`${one.it} needs ${one.scopes}`, async () => {
      for (const less of lesser(one.scopes)) {
        const { status, said } = await ask(one, less)
        assert.equal(status, 403, less)
        assert.match(said, /it needs system\/(\*|[A-Z]\w+)\.[cruds]+$/)
      }
      const { status, said } = await ask(one, one.scopes)
      assert.notEqual(status, 403, said)
      assert.ok(status < 300, `${String(status)} ${said}`)
    })

  it('entries of a batch are refused one by one', async () => {
    const body = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [entry('GET', 'Group/g'), entry('GET', 'Patient/p'), entry('GET', 'Group?_id=g')],
    }
    const { context } = server()
    const answer = await handle(
      {
        method: 'POST',
        path: [],
        query: [],
        headers: {},
        body: { type: 'application/fhir+json', text: JSON.stringify(body) },
        principal: principal('system/Group.r', ['system']),
      },
      context,
    )
    const { entry: answers } = JSON.parse(answer.body!) as {
      entry: { response: { status: string } }[]
    }
    assert.deepEqual(
      answers.map(({ response }) => response.status.slice(0, 3)),
      ['200', '403', '403'],
    )
  })

  it('operations on codes need none, the work on the index an administrator, the log an auditor', async () => {
    const open = 'GET CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male'
    assert.equal((await ask({ ask: open }, '')).status, 200)
    assert.equal((await ask({ ask: 'GET metadata' }, '')).status, 200)
    assert.equal((await ask({ ask: 'GET $reindex' }, '')).status, 200)
    assert.equal((await ask({ ask: 'POST Basic/$reindex' }, 'system/*.cruds')).status, 403)
    assert.equal((await ask({ ask: 'POST Basic/$reindex' }, '', ['administrator'])).status, 202)
    const verify = { ask: 'GET AuditEvent/$verify' }
    assert.equal((await ask(verify, 'system/*.cruds', ['clinician'])).status, 403)
    assert.equal((await ask(verify, '', ['auditor'])).status, 200)
  })

  it('a conditional patch needs what an update and a search need', async () => {
    const patch = { ask: 'PATCH Group?_id=g' }
    assert.equal((await ask(patch, 'system/Group.u')).status, 403)
    assert.equal((await ask(patch, 'system/Group.s')).status, 403)
    assert.notEqual((await ask(patch, 'system/Group.us')).status, 403)
  })
})
