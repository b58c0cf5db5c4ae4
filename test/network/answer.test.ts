// What is answered to another organization: who sees it, how a report goes on, and a consent withdrawn on the way.
import assert from 'node:assert/strict'
import { actors, country, purpose, consent as consented } from '../consent/scene.ts'
import { ask, caller, type Asked } from '../consent/world.ts'
import { onBothStores } from '../support/server.ts'

const CUSTODIAN = 'http://ieum.example/fhir/CodeSystem/custodian'
const RECIPIENT = 'http://ieum.example/fhir/CodeSystem/recipient'

onBothStores('an answer to another organization', (server) => {
  // What no store knows is asked on the quick one alone.
  const isQuick = () => server().context.config.storeUrl.startsWith('sqlite')
  const callers = { almaty: caller('almaty'), busan: caller('busan'), moscow: caller('moscow') }
  const as = (
    who: keyof typeof callers | undefined,
    line: string,
    body?: unknown,
  ): Promise<Asked> =>
    ask(server().context, who === undefined ? undefined : callers[who], line, body)
  const reference = (to: string) => ({ reference: to })
  const consent = (status: string, provision: object = {}) => ({
    ...consented({
      ...{ type: 'permit', ...actors('Organization/busan'), ...purpose('TREAT') },
      ...country('KR'),
      ...provision,
    }),
    ...{ id: 'almaty-consent', status, patient: reference('Patient/almaty-1') },
  })
  const report = (status: string, more: object = {}) => ({
    ...{ resourceType: 'DiagnosticReport', status, code: { text: 'Chest film' } },
    subject: reference('Patient/almaty-1'),
    basedOn: [reference('ServiceRequest/almaty-1')],
    conclusion: 'Nothing found.',
    ...more,
  })

  before(async () => {
    for (const [id, country] of [
      ['almaty', 'KZ'],
      ['busan', 'KR'],
      ['moscow', 'RU'],
    ])
      await as(undefined, `PUT Organization/${id}`, {
        ...{ resourceType: 'Organization', id, name: id, address: [{ country }] },
        meta: { tag: [{ system: CUSTODIAN, code: id }] },
      })
    await as('almaty', 'PUT Patient/almaty-1', { resourceType: 'Patient', id: 'almaty-1' })
    await as('almaty', 'PUT ServiceRequest/almaty-1', {
      ...{ resourceType: 'ServiceRequest', id: 'almaty-1', status: 'active', intent: 'order' },
      ...{ subject: reference('Patient/almaty-1'), code: { text: 'Chest film' } },
    })
    await as('almaty', 'PUT Task/almaty-1', {
      ...{ resourceType: 'Task', id: 'almaty-1', status: 'requested', intent: 'order' },
      focus: reference('ServiceRequest/almaty-1'),
      for: reference('Patient/almaty-1'),
      requester: reference('Organization/almaty'),
      owner: reference('Organization/busan'),
    })
  })

  it('needs the consent: the Task alone opens itself', async () => {
    assert.equal((await as('busan', 'GET Task/almaty-1')).status, 200)
    for (const hidden of ['Patient/almaty-1', 'ServiceRequest/almaty-1'])
      assert.equal((await as('busan', `GET ${hidden}`)).status, 404)
    const { body } = await as(
      'busan',
      'GET Task?_id=almaty-1&_include=Task:focus&_include=Task:patient',
    )
    assert.deepEqual(
      body.entry.map((one: any) => one.resource.resourceType),
      ['Task'],
    )
    assert.equal((await as('busan', 'POST DiagnosticReport', report('preliminary'))).status, 403)
    await as('almaty', 'PUT Consent/almaty-consent', consent('active'))
    assert.equal((await as('busan', 'GET ServiceRequest/almaty-1')).status, 200)
  })

  it('is seen by who asked, and by nobody else', async () => {
    const made = await as('busan', 'POST DiagnosticReport', {
      ...report('final'),
      meta: { tag: [{ system: RECIPIENT, code: 'moscow' }] },
    })
    assert.equal(made.status, 201)
    const tags = made.body.meta.tag as { system: string; code: string }[]
    assert.deepEqual(
      tags.filter(({ system }) => system === RECIPIENT).map(({ code }) => code),
      ['almaty'],
    )
    const url = `DiagnosticReport/${made.body.id}`
    assert.equal((await as('almaty', `GET ${url}`)).status, 200)
    assert.equal((await as('moscow', `GET ${url}`)).status, 404)
    const query = 'GET DiagnosticReport?based-on=ServiceRequest/almaty-1&_total=accurate'
    assert.equal((await as('almaty', query)).body.total, 1)
    assert.equal((await as('moscow', query)).body.total, 0)
    assert.equal(
      (await as('almaty', `PUT ${url}`, { ...made.body, status: 'amended' })).status,
      403,
    )
    const said = await as('busan', 'POST Communication', {
      ...{ resourceType: 'Communication', status: 'completed' },
      basedOn: [reference('ServiceRequest/almaty-1')],
      payload: [{ contentString: 'A second look says the same.' }],
    })
    assert.equal((await as('almaty', `GET Communication/${said.body.id}`)).status, 200)
  })

  it('is final, then says that it changed, and keeps what it was', async function () {
    if (!isQuick()) this.skip()
    const { body } = await as('busan', 'POST DiagnosticReport', report('preliminary'))
    const url = `DiagnosticReport/${body.id}`
    const put = (status: string, conclusion: string) =>
      as('busan', `PUT ${url}`, { ...body, status, conclusion })
    assert.equal((await put('preliminary', 'A shadow?')).status, 200)
    assert.equal((await put('final', 'A shadow.')).status, 200)
    for (const [status, conclusion, expression] of [
      ['preliminary', 'A shadow.', 'DiagnosticReport.status'],
      ['registered', 'A shadow.', 'DiagnosticReport.status'],
      ['cancelled', 'A shadow.', 'DiagnosticReport.status'],
      ['final', 'No shadow.', 'DiagnosticReport.conclusion'],
    ] as const) {
      const refused = await put(status, conclusion)
      assert.equal(refused.status, 422, status)
      assert.deepEqual(refused.body.issue[0].expression, [expression])
      assert.match(refused.body.issue[0].diagnostics, /amended, corrected/)
    }
    assert.equal((await put('amended', 'No shadow.')).status, 200)
    assert.equal((await put('final', 'No shadow.')).status, 422)
    assert.equal((await put('entered-in-error', 'No shadow.')).status, 200)
    const history = await as('almaty', `GET ${url}/_history`)
    assert.deepEqual(
      history.body.entry.map((one: any) => one.resource.status),
      ['entered-in-error', 'amended', 'final', 'preliminary', 'preliminary'],
    )
    const first = await as('almaty', `GET ${url}/_history/3`)
    assert.equal(first.body.conclusion, 'A shadow.')
  })

  it('is refused when the consent is withdrawn on the way; nothing is lost, and what is there can be corrected', async () => {
    const before = await as('busan', 'POST DiagnosticReport', report('final'))
    const step = (value: string) =>
      as('busan', 'PATCH Task/almaty-1', [{ op: 'replace', path: '/status', value }])
    for (const status of ['received', 'accepted', 'in-progress'])
      assert.equal((await step(status)).status, 200)
    await as('almaty', 'PUT Consent/almaty-consent', consent('inactive'))

    const transaction = {
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [
        { resource: report('final'), request: { method: 'POST', url: 'DiagnosticReport' } },
        {
          resource: { ...(await as('busan', 'GET Task/almaty-1')).body, status: 'completed' },
          request: { method: 'PUT', url: 'Task/almaty-1' },
        },
      ],
    }
    const refused = await as('busan', 'POST ', transaction)
    assert.equal(refused.status, 403)
    const [issue] = refused.body.issue
    assert.deepEqual(issue.expression, ['Bundle.entry[0].resource.basedOn'])
    assert.match(issue.diagnostics, /no consent that is in force .* Task\/almaty-1 stays/)
    assert.equal((await as('busan', 'GET Task/almaty-1')).body.status, 'in-progress')

    const { id } = before.body
    const corrected = { ...before.body, status: 'corrected', conclusion: 'The other side.' }
    assert.equal((await as('busan', `PUT DiagnosticReport/${id}`, corrected)).status, 200)
    const seen = await as('almaty', `GET DiagnosticReport/${id}`)
    assert.equal(seen.body.conclusion, 'The other side.')
    const failed = await as('busan', 'PATCH Task/almaty-1', [
      { op: 'replace', path: '/status', value: 'failed' },
      { op: 'add', path: '/statusReason', value: { text: 'The consent was withdrawn' } },
    ])
    assert.equal(failed.status, 200)
    assert.equal(
      (await as('almaty', 'GET Task/almaty-1')).body.statusReason.text,
      'The consent was withdrawn',
    )
  })

  it('about requests that nobody gave it is a record like others', async function () {
    if (!isQuick()) this.skip()
    const basedOn = [reference('ServiceRequest/elsewhere')]
    assert.equal(
      (await as('moscow', 'POST DiagnosticReport', report('final', { basedOn }))).status,
      201,
    )
  })
})
