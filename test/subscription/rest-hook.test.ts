// A Subscription over HTTP: requested, active, called for what fulfils its criteria, in order, again after a failure.
// https://hl7.org/fhir/R4/subscription.html
import assert from 'node:assert/strict'
import { onBothStores, type TestServer } from '../support/server.ts'
import { openReceiver, type Receiver } from './receiver.ts'
import { until } from '../support/time.ts'

const subscription = (endpoint: string, more: object = {}, channel: object = {}): object => ({
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'Monitor bilirubin of newborns',
  criteria: 'Observation?code=http://loinc.org|1975-2',
  channel: { type: 'rest-hook', endpoint, payload: 'application/fhir+json', ...channel },
  ...more,
})

const observation = (code: string, value: number): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code }] },
  valueInteger: value,
})

onBothStores('subscriptions by rest-hook', (server) => {
  let receiver: Receiver
  const made: string[] = []

  beforeEach(async () => {
    receiver = await openReceiver()
  })
  afterEach(async () => {
    for (const id of made.splice(0)) await server().send('DELETE', `/Subscription/${id}`)
    await receiver.down()
  })

  const post = async (resource: object, to: TestServer = server()): Promise<string> => {
    const { status, body } = await to.send('POST', '/Subscription', resource)
    assert.equal(status, 201, JSON.stringify(body))
    assert.equal(body.status, 'requested')
    made.push(body.id as string)
    return body.id as string
  }
  const statusOf = async (id: string): Promise<string> =>
    (await server().send('GET', `/Subscription/${id}`)).body.status as string
  const active = async (resource: object): Promise<string> => {
    const id = await post(resource)
    await until('active', async () => (await statusOf(id)) === 'active')
    return id
  }

  it('calls the endpoint for what fulfils the criteria, and for nothing else', async () => {
    await active(
      subscription(receiver.url, {}, { header: ['Authorization: Bearer secret', 'X-A: 1'] }),
    )
    await server().send('POST', '/Observation', observation('8310-5', 1))
    const { body } = await server().send('POST', '/Observation', observation('1975-2', 2))
    await until('called', () => receiver.got.length > 0)
    const updated = await server().send('PUT', `/Observation/${body.id as string}`, {
      ...observation('1975-2', 3),
      id: body.id,
    })
    await until('called again', () => receiver.got.length > 1)
    await server().send('PUT', `/Observation/${body.id as string}`, {
      ...observation('8310-5', 3),
      id: body.id,
    })
    await server().send('DELETE', `/Observation/${body.id as string}`)
    const { body: last } = await server().send('POST', '/Observation', observation('1975-2', 4))
    await until('called for the last', () => receiver.got.length > 2)
    assert.deepEqual(
      receiver.got.map(({ method, path }) => `${method} ${path}`),
      [body.id, body.id, last.id].map((id) => `PUT /hook/Observation/${String(id)}`),
    )
    assert.deepEqual(receiver.got[0]!.body, body)
    assert.deepEqual(receiver.got[1]!.body, updated.body)
    assert.equal(receiver.got[0]!.headers['content-type'], 'application/fhir+json')
    assert.equal(receiver.got[0]!.headers.authorization, 'Bearer secret')
    assert.equal(receiver.got[0]!.headers['x-a'], '1')
  })

  it('posts nothing but the call where there is no payload, and XML where that is asked for', async () => {
    const other = await openReceiver()
    await active(subscription(receiver.url, {}, { payload: undefined }))
    await active(subscription(`${other.url}?a=b`, {}, { payload: 'application/fhir+xml' }))
    const { body } = await server().send('POST', '/Observation', observation('1975-2', 2))
    await until('both called', () => receiver.got.length > 0 && other.got.length > 0)
    assert.deepEqual(
      [receiver.got[0]!.method, receiver.got[0]!.path, receiver.got[0]!.text],
      ['POST', '/hook', ''],
    )
    assert.equal(other.got[0]!.path, `/hook/Observation/${body.id as string}?a=b`)
    assert.match(other.got[0]!.text, /<valueInteger value="2"\/>/)
    await other.down()
  })

  it('delivers the versions of a resource in order, also when the endpoint fails for a while', async () => {
    const id = await active(subscription(receiver.url))
    receiver.answer(302)
    const { body } = await server().send('POST', '/Observation', observation('1975-2', 0))
    for (let value = 1; value < 10; value++)
      await server().send('PUT', `/Observation/${body.id as string}`, {
        ...observation('1975-2', value),
        id: body.id,
      })
    await until('called', () => receiver.got.length > 0)
    await receiver.down()
    receiver.answer(200)
    await receiver.up()
    await until('all called', () => receiver.got.some((got) => got.body.valueInteger === 9))
    const values = receiver.got.map((got) => got.body.valueInteger as number)
    assert.deepEqual([...new Set(values)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert.deepEqual(values, [...values].sort())
    assert.equal(await statusOf(id), 'active')
  })

  it('lets its owner change what it is for while it is active, but not what it watches for', async () => {
    const id = await active(subscription(receiver.url))
    const { body } = await server().send('GET', `/Subscription/${id}`)
    const put = (more: object) =>
      server().send('PUT', `/Subscription/${id}`, { ...(body as object), ...more })
    assert.equal((await put({ reason: 'Another' })).status, 200)
    const refused = await put({ criteria: 'Observation?code=b' })
    assert.equal(refused.status, 422)
    assert.deepEqual(refused.body.issue[0].expression, ['Subscription.status'])
    assert.equal((await put({ criteria: 'Observation?code=b', status: 'requested' })).status, 200)
  })

  it('judges criteria that reach other resources', async () => {
    await active(
      subscription(receiver.url, { criteria: 'Observation?subject:Patient.gender=female' }),
    )
    const subjects: string[] = []
    for (const gender of ['male', 'female']) {
      const { body } = await server().send('POST', '/Patient', { resourceType: 'Patient', gender })
      subjects.push(`Patient/${body.id as string}`)
    }
    for (const reference of subjects)
      await server().send('POST', '/Observation', {
        ...observation('8310-5', 1),
        subject: { reference },
      })
    await until('called', () => receiver.got.length > 0)
    assert.deepEqual(
      receiver.got.map((got) => got.body.subject.reference as string),
      [subjects[1]],
    )
  })

  it('ends at its time, and when its owner ends it', async () => {
    const over = await post(subscription(receiver.url, { end: '2020-01-01T00:00:00Z' }))
    await until('off', async () => (await statusOf(over)) === 'off')
    const soon = new Date(Date.now() + 1500).toISOString()
    const ends = await active(subscription(receiver.url, { end: soon }))
    await until('off in time', async () => (await statusOf(ends)) === 'off')
    const id = await active(subscription(receiver.url))
    const off = { ...subscription(receiver.url), id, status: 'off' }
    assert.equal((await server().send('PUT', `/Subscription/${id}`, off)).status, 200)
    await server().send('POST', '/Observation', observation('1975-2', 2))
    await new Promise((resolve) => setTimeout(resolve, 400))
    assert.equal(receiver.got.length, 0)
    await server().send('PUT', `/Subscription/${id}`, { ...off, status: 'requested' })
    await until('active again', async () => (await statusOf(id)) === 'active')
    await server().send('POST', '/Observation', observation('1975-2', 7))
    await until('called again', () => receiver.got.length > 0)
    assert.deepEqual(
      receiver.got.map((got) => got.body.valueInteger as number),
      [7],
    )
  })

  const refused: readonly [what: string, more: object, channel: object, at: string][] = [
    ['a status of the server', { status: 'active' }, {}, 'Subscription.status'],
    ['an unknown type', { criteria: 'Foo?a=b' }, {}, 'Subscription.criteria'],
    ['an unknown parameter', { criteria: 'Observation?cod=b' }, {}, 'Subscription.criteria'],
    ['no criteria', { criteria: '/Observation' }, {}, 'Subscription.criteria'],
    ['an unknown topic', { criteria: 'http://example.org/t' }, {}, 'Subscription.criteria'],
    ['what shapes an answer', { criteria: 'Observation?_count=1' }, {}, 'Subscription.criteria'],
    ['the log', { criteria: 'AuditEvent' }, {}, 'Subscription.criteria'],
    [
      'e-mail',
      {},
      { type: 'email', endpoint: 'mailto:a@example.org' },
      'Subscription.channel.type',
    ],
    ['no endpoint', {}, { endpoint: undefined }, 'Subscription.channel.endpoint'],
    ['elsewhere', {}, { endpoint: 'http://10.0.0.1/x' }, 'Subscription.channel.endpoint'],
    ['no URL of HTTP', {}, { endpoint: 'file:///etc/passwd' }, 'Subscription.channel.endpoint'],
    ['another payload', {}, { payload: 'text/plain' }, 'Subscription.channel.payload'],
    ['a header of framing', {}, { header: ['Host: a'] }, 'Subscription.channel.header[0]'],
  ]
  for (const [what, more, channel, at] of refused)
    it(`refuses ${what}, and names ${at}`, async () => {
      const { status, body } = await server().send(
        'POST',
        '/Subscription',
        subscription(receiver.url, more, channel),
      )
      assert.equal(status, 422, JSON.stringify(body))
      assert.deepEqual(body.issue[0].expression, [at])
    })
})
