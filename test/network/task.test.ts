// The way of a Task from one organization to another: each step, by whom, and what stands in its way, on both stores.
import assert from 'node:assert/strict'
import { ask, caller, type Asked } from '../consent/world.ts'
import { onBothStores } from '../support/server.ts'

const CUSTODIAN = 'http://ieum.example/fhir/CodeSystem/custodian'

/** Each step that may be made, and by whom. */
const STEPS: Readonly<Record<string, Readonly<Record<string, 'almaty' | 'busan'>>>> = {
  draft: { requested: 'almaty', cancelled: 'almaty', 'entered-in-error': 'almaty' },
  requested: {
    ...{ received: 'busan', accepted: 'busan', rejected: 'busan' },
    ...{ cancelled: 'almaty', 'entered-in-error': 'almaty' },
  },
  received: {
    ...{ accepted: 'busan', rejected: 'busan', cancelled: 'almaty', 'entered-in-error': 'almaty' },
  },
  accepted: {
    ...{ ready: 'busan', 'in-progress': 'busan' },
    ...{ cancelled: 'almaty', 'entered-in-error': 'almaty' },
  },
  ready: { 'in-progress': 'busan', cancelled: 'almaty', 'entered-in-error': 'almaty' },
  'in-progress': {
    ...{ completed: 'busan', failed: 'busan', 'on-hold': 'busan' },
    ...{ cancelled: 'almaty', 'entered-in-error': 'almaty' },
  },
  'on-hold': {
    ...{ 'in-progress': 'busan', failed: 'busan' },
    ...{ cancelled: 'almaty', 'entered-in-error': 'almaty' },
  },
  rejected: { 'entered-in-error': 'almaty' },
  completed: { 'entered-in-error': 'almaty' },
  failed: { 'entered-in-error': 'almaty' },
  cancelled: { 'entered-in-error': 'almaty' },
  'entered-in-error': {},
}

onBothStores('a Task for another organization', (server) => {
  // What no store knows is asked on the quick one alone.
  const isQuick = () => server().context.config.storeUrl.startsWith('sqlite')
  const callers = { almaty: caller('almaty'), busan: caller('busan'), moscow: caller('moscow') }
  const as = (
    who: keyof typeof callers | undefined,
    line: string,
    body?: unknown,
  ): Promise<Asked> =>
    ask(server().context, who === undefined ? undefined : callers[who], line, body)
  const task = (status: string, more: object = {}) => ({
    resourceType: 'Task',
    status,
    intent: 'order',
    focus: { reference: 'ServiceRequest/almaty-1' },
    for: { reference: 'Patient/almaty-1' },
    requester: { reference: 'Organization/almaty' },
    owner: { reference: 'Organization/busan' },
    ...more,
  })
  let count = 0
  /** One that stands at a status, as if it had come the whole way. */
  const standing = async (status: string, more: object = {}) => {
    const id = `almaty-task-${++count}`
    const tag = [{ system: CUSTODIAN, code: 'almaty' }]
    const made = await as(undefined, `PUT Task/${id}`, { ...task(status, more), id, meta: { tag } })
    assert.equal(made.status, 201)
    return made.body
  }
  const patch = (value: string) => [{ op: 'replace', path: '/status', value }]

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
  })

  it('goes from one state to those that follow it alone, and by the right side', async function () {
    if (!isQuick()) this.skip()
    for (const [from, steps] of Object.entries(STEPS)) {
      const before = await standing(from)
      for (const to of Object.keys(STEPS)) {
        if (to === from) continue
        const right = steps[to]
        const wrong = right === 'busan' ? 'almaty' : 'busan'
        const refused = await as(wrong, `PUT Task/${before.id}`, { ...before, status: to })
        const [issue] = refused.body.issue
        assert.equal(refused.status, right === undefined ? 422 : 403, `${wrong}: ${from} → ${to}`)
        assert.deepEqual(issue.expression, ['Task.status'], `${from} → ${to}`)
        if (right === undefined) {
          assert.equal(issue.code, 'business-rule')
          for (const next of Object.keys(steps)) assert.ok(issue.diagnostics.includes(next))
          continue
        }
        const fresh = await standing(from)
        const done = await as(right, `PUT Task/${fresh.id}`, { ...fresh, status: to })
        assert.equal(done.status, 200, `${right}: ${from} → ${to}`)
      }
    }
  })

  it('stays in the keeping of who asked', async () => {
    const { id, meta } = (await as('almaty', 'POST Task', task('requested'))).body
    const received = await as('busan', `PATCH Task/${id}`, patch('received'))
    assert.equal(received.status, 200)
    assert.deepEqual(received.body.meta.tag, meta.tag)
    assert.equal((await as('almaty', `GET Task/${id}`)).body.status, 'received')
    const history = await as('almaty', `GET Task/${id}/_history`)
    assert.equal(history.body.entry.length, 2)
  })

  it('is judged the same on every way of writing', async function () {
    if (!isQuick()) this.skip()
    const before = await standing('requested', { description: 'way' })
    const url = `Task/${before.id}`
    const completed = { ...before, status: 'completed' }
    const bundle = (type: string, request: object, resource?: object) => ({
      ...{ resourceType: 'Bundle', type },
      entry: [{ request, ...(resource === undefined ? {} : { resource }) }],
    })
    const binary = {
      ...{ resourceType: 'Binary', contentType: 'application/json-patch+json' },
      data: Buffer.from(JSON.stringify(patch('completed'))).toString('base64'),
    }
    const ways: [line: string, body?: unknown][] = [
      [`PUT ${url}`, completed],
      [`PATCH ${url}`, patch('completed')],
      [`PUT Task?_id=${before.id}`, completed],
      [`PATCH Task?_id=${before.id}`, patch('completed')],
      ['POST ', bundle('transaction', { method: 'PUT', url }, completed)],
      ['POST ', bundle('transaction', { method: 'PUT', url: `Task?_id=${before.id}` }, completed)],
      ['POST ', bundle('transaction', { method: 'PATCH', url }, binary)],
    ]
    for (const who of ['busan', undefined] as const)
      for (const [line, body] of ways) {
        const refused = await as(who, line, body)
        assert.equal(refused.status, 422, line + refused.text)
        assert.match(refused.body.issue[0].expression[0], /status$|entry\[0\]$/, line)
      }
    const batch = await as('busan', 'POST ', bundle('batch', { method: 'PUT', url }, completed))
    assert.match(batch.body.entry[0].response.status, /^422/)
    assert.equal((await as('busan', `GET ${url}`)).body.meta.versionId, '1')
  })

  it('is gone the way of by one of two who come at once', async () => {
    for (let i = 0; i < 3; i++) {
      const before = await standing('received')
      const url = `Task/${before.id}`
      const answers = await Promise.all(
        ['accepted', 'rejected'].map((status) => as('busan', `PUT ${url}`, { ...before, status })),
      )
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 422])
      const { body } = await as('busan', `GET ${url}`)
      assert.equal(body.status, answers.find(({ status }) => status === 200)!.body.status)
    }
  })

  it('begins with who asks, and isn’t deleted while somebody works on it', async function () {
    if (!isQuick()) this.skip()
    assert.equal((await as('almaty', 'POST Task', task('completed'))).status, 422)
    assert.equal((await as('almaty', 'POST Task', task('draft'))).status, 201)
    const owner = { reference: 'Organization/almaty' }
    assert.equal((await as('almaty', 'POST Task', task('completed', { owner }))).status, 201)
    const url = `Task/${(await standing('in-progress')).id}`
    for (const way of [url, url.replace('/', '?_id=')]) {
      const refused = await as('almaty', `DELETE ${way}`)
      assert.equal(refused.status, 422)
      assert.deepEqual(refused.body.issue[0].expression, ['Task.status'])
    }
    assert.equal((await as('almaty', `PATCH ${url}`, patch('cancelled'))).status, 200)
    assert.equal((await as('busan', `DELETE ${url}`)).status, 403)
    assert.equal((await as('almaty', `DELETE ${url}`)).status, 204)
  })

  it('keeps to each side what it says', async function () {
    if (!isQuick()) this.skip()
    const before = await standing('in-progress')
    const url = `Task/${before.id}`
    const refused = await as('busan', `PUT ${url}`, {
      ...before,
      owner: { reference: 'Organization/moscow' },
    })
    assert.equal(refused.status, 403)
    assert.deepEqual(refused.body.issue[0].expression, ['Task.owner'])
    const agreed = await as('almaty', `PUT ${url}`, {
      ...before,
      for: { reference: 'Patient/almaty-2' },
    })
    assert.equal(agreed.status, 422)
    assert.deepEqual(agreed.body.issue[0].expression, ['Task.for'])
    const note = await as('almaty', `PUT ${url}`, { ...before, priority: 'urgent' })
    assert.equal(note.status, 200)
  })

  it('isn’t there for who has nothing to do with it, and nobody else’s to take', async () => {
    const before = await standing('requested')
    const url = `Task/${before.id}`
    assert.equal((await as('moscow', `GET ${url}`)).status, 404)
    assert.equal((await as('moscow', `GET Task?status=requested&_total=accurate`)).body.total, 0)
    assert.equal((await as('moscow', `PATCH ${url}`, patch('received'))).status, 404)
    assert.equal((await as('moscow', `PUT ${url}`, { ...before, status: 'received' })).status, 403)
    const administrator = { ...callers.moscow, roles: ['administrator', 'system'] as const }
    const taken = await ask(server().context, administrator, `PUT ${url}`, {
      ...before,
      status: 'received',
    })
    assert.equal(taken.status, 403, taken.text)
    assert.match(taken.body.issue[0].diagnostics, /it is for Organization\/busan/)
    const found = await as('busan', 'GET Task?owner=Organization/busan&status=requested')
    assert.ok(found.body.entry.some((one: any) => one.resource.id === before.id))
  })

  it('is for the organization of a person or a role that it names', async function () {
    if (!isQuick()) this.skip()
    const role = { resourceType: 'PractitionerRole', id: 'busan-reader' }
    await as('busan', 'PUT Practitioner/busan-1', { resourceType: 'Practitioner', id: 'busan-1' })
    await as('busan', 'PUT PractitionerRole/busan-reader', {
      ...role,
      practitioner: { reference: 'Practitioner/busan-1' },
      organization: { reference: 'Organization/busan' },
    })
    for (const owner of ['Practitioner/busan-1', 'PractitionerRole/busan-reader']) {
      const { id } = await standing('requested', { owner: { reference: owner } })
      const refused = await as('almaty', `PATCH Task/${id}`, patch('received'))
      assert.equal(refused.status, 403, owner)
      assert.ok(refused.body.issue[0].diagnostics.includes(owner))
    }
  })

  it('asks nothing of other Tasks', async function () {
    if (!isQuick()) this.skip()
    const other = { resourceType: 'Task', status: 'completed', intent: 'order' }
    const { body, status } = await as('almaty', 'POST Task', other)
    assert.equal(status, 201)
    const changed = await as('almaty', `PUT Task/${body.id}`, { ...body, status: 'requested' })
    assert.equal(changed.status, 200)
  })
})
