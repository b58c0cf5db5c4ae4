// Subscriptions to topics: handshake, notifications of each content, heartbeats, status, events once more.
// https://hl7.org/fhir/uv/subscriptions-backport/STU1.1
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { openReceiver, type Got, type Receiver } from './receiver.ts'
import { until } from '../support/time.ts'

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition'
const TOPIC = 'http://ieum.example/fhir/SubscriptionTopic'

type Wish = {
  readonly content?: string | undefined
  readonly filters?: readonly string[]
  readonly extension?: readonly object[]
  readonly type?: string
  readonly filterUrl?: string
}

const toTopic = (topic: string, endpoint: string, wish: Wish = {}): object => ({
  resourceType: 'Subscription',
  meta: { profile: [`${BACKPORT}/backport-subscription`] },
  status: 'requested',
  reason: 'Reports that are ready',
  criteria: topic,
  ...(wish.filters === undefined
    ? {}
    : {
        _criteria: {
          extension: wish.filters.map((valueString) => ({
            url: wish.filterUrl ?? `${BACKPORT}/backport-filter-criteria`,
            valueString,
          })),
        },
      }),
  channel: {
    extension: wish.extension,
    type: wish.type ?? 'rest-hook',
    endpoint,
    payload: 'application/fhir+json',
    _payload: {
      extension: [
        { url: `${BACKPORT}/backport-payload-content`, valueCode: wish.content ?? 'id-only' },
      ],
    },
  },
})

const report = (status: string, patient: string): object => ({
  resourceType: 'DiagnosticReport',
  status,
  code: { text: 'Chest X-ray' },
  subject: { reference: `Patient/${patient}` },
})

const part = (bundle: any, name: string): any =>
  bundle.entry[0].resource.parameter.find((one: any) => one.name === name)
const typeOf = ({ body }: Got): string => part(body, 'type').valueCode as string

onBothStores('subscriptions to topics', (server) => {
  let receiver: Receiver
  const made: string[] = []
  before(async () => {
    for (const id of ['a', 'b'])
      await server().send('PUT', `/Patient/${id}`, { resourceType: 'Patient', id })
  })
  beforeEach(async () => {
    receiver = await openReceiver()
  })
  afterEach(async () => {
    for (const id of made.splice(0)) await server().send('DELETE', `/Subscription/${id}`)
    await receiver.down()
  })
  const active = async (resource: object, status = 'active'): Promise<string> => {
    const { status: code, body } = await server().send('POST', '/Subscription', resource)
    assert.equal(code, 201, JSON.stringify(body))
    made.push(body.id as string)
    await until(status, async () => {
      const { body: now } = await server().send('GET', `/Subscription/${String(body.id)}`)
      return now.status === status
    })
    return body.id as string
  }

  it('greets, notifies by id, beats, and tells its status and its events', async () => {
    const extension = [
      { url: `${BACKPORT}/backport-heartbeat-period`, valueUnsignedInt: 1 },
      { url: `${BACKPORT}/backport-timeout`, valueUnsignedInt: 5 },
    ]
    const wish = { filters: ['DiagnosticReport?patient=Patient/a'], extension }
    const id = await active(toTopic(`${TOPIC}/report-final`, receiver.url, wish))
    const [greeting] = receiver.got
    assert.equal(greeting!.method, 'POST')
    assert.equal(greeting!.path, '/hook')
    assert.equal(typeOf(greeting!), 'handshake')
    assert.equal(part(greeting!.body, 'status').valueCode, 'requested')
    assert.equal(greeting!.body.type, 'history')
    assert.match(greeting!.body.entry[0].request.url, new RegExp(`Subscription/${id}/\\$status$`))
    await server().send('POST', '/DiagnosticReport', report('preliminary', 'a'))
    await server().send('POST', '/DiagnosticReport', report('final', 'b'))
    const { body } = await server().send('POST', '/DiagnosticReport', report('final', 'a'))
    await until('notified', () => receiver.got.some((got) => typeOf(got) === 'event-notification'))
    const told = receiver.got.find((got) => typeOf(got) === 'event-notification')!.body
    const event = part(told, 'notification-event').part
    const focus = `${server().base}/DiagnosticReport/${String(body.id)}`
    assert.deepEqual(
      event.map((one: any) => [one.name, one.valueString ?? one.valueReference?.reference]),
      [
        ['event-number', '1'],
        ['timestamp', undefined],
        ['focus', focus],
      ],
    )
    assert.equal(part(told, 'events-since-subscription-start').valueString, '1')
    assert.equal(told.entry.length, 2)
    assert.deepEqual([told.entry[1].fullUrl, told.entry[1].resource], [focus, undefined])
    await until('a heartbeat', () => receiver.got.some((got) => typeOf(got) === 'heartbeat'))
    for (const path of [`/Subscription/${id}/$status`, `/Subscription/$status?id=${id}`]) {
      const { status, body: found } = await server().send('GET', path)
      assert.equal(status, 200)
      assert.equal(found.type, 'searchset')
      assert.equal(part(found, 'status').valueCode, 'active')
      assert.equal(part(found, 'type').valueCode, 'query-status')
    }
    const past = await server().send('GET', `/Subscription/${id}/$events?content=full-resource`)
    assert.equal(part(past.body, 'type').valueCode, 'query-event')
    assert.equal(past.body.entry[1].resource.id, body.id)
    const none = await server().send('GET', `/Subscription/${id}/$events?eventsSinceNumber=2`)
    assert.equal(none.body.entry.length, 1)
  })

  it('sends resources whole, several at once where that is allowed, or nothing of them', async () => {
    const silent = await openReceiver()
    const extension = [{ url: `${BACKPORT}/backport-max-count`, valuePositiveInt: 10 }]
    const full = { content: 'full-resource', extension }
    await active(toTopic(`${TOPIC}/report-final`, receiver.url, full))
    await active(toTopic(`${TOPIC}/report-final`, silent.url, { content: 'empty' }))
    receiver.answer(503)
    for (let i = 0; i < 3; i++)
      await server().send('POST', '/DiagnosticReport', report('final', 'a'))
    await until('refused', () => receiver.got.length > 1)
    await until('all are there', () => silent.got.length === 4)
    receiver.answer(200)
    await until('several', () => receiver.got.at(-1)!.body.entry.length === 4)
    const told = receiver.got.at(-1)!.body
    assert.equal(told.entry[1].resource.resourceType, 'DiagnosticReport')
    assert.equal(part(told, 'topic').valueCanonical, `${TOPIC}/report-final`)
    const { body } = silent.got[1]!
    assert.equal(body.entry.length, 1)
    assert.equal(part(body, 'topic'), undefined)
    assert.deepEqual(
      part(body, 'notification-event').part.map((one: any) => one.name as string),
      ['event-number', 'timestamp'],
    )
    const checked = await server().send('POST', '/Bundle/$validate', told)
    assert.deepEqual(
      checked.body.issue.filter((one: any) => one.severity === 'error'),
      [],
      checked.text,
    )
    await silent.down()
  })

  it('tells a search no more than it asks for', async () => {
    const search = { ...toTopic('', receiver.url), criteria: 'DiagnosticReport?status=final' }
    await active(search)
    await server().send('POST', '/DiagnosticReport', report('final', 'a'))
    await until('notified', () => receiver.got.length === 2)
    const { body } = receiver.got[1]!
    assert.equal(typeOf(receiver.got[1]!), 'event-notification')
    assert.equal(part(body, 'topic'), undefined)
    assert.equal(body.entry[1].resource, undefined)
  })

  it('hears of a change from the version before', async () => {
    await active(toTopic(`${TOPIC}/reading-requested`, receiver.url))
    const task = { resourceType: 'Task', intent: 'order', priority: 'routine' }
    const { body } = await server().send('POST', '/Task', { ...task, status: 'requested' })
    await server().send('PUT', `/Task/${String(body.id)}`, {
      ...body,
      priority: 'urgent',
      status: 'requested',
    })
    const { body: other } = await server().send('POST', '/Task', { ...task, status: 'requested' })
    await until('two', () => receiver.got.length === 3)
    assert.deepEqual(
      receiver.got.slice(1).map((got) => got.body.entry[1].fullUrl.split('/').at(-1) as string),
      [body.id, other.id],
    )
  })

  it('has the status error where nobody takes the handshake', async () => {
    receiver.answer(404)
    const id = await active(toTopic(`${TOPIC}/report-final`, receiver.url), 'error')
    const { body } = await server().send('GET', `/Subscription/${id}`)
    assert.match(body.error, /handshake failed: answered 404/)
    receiver.answer(200)
    await server().send('POST', '/DiagnosticReport', report('final', 'a'))
    await server().send('PUT', `/Subscription/${id}`, { ...body, status: 'requested' })
    await until('active', async () => {
      const { body: now } = await server().send('GET', `/Subscription/${id}`)
      return now.status === 'active' && now.error === undefined
    })
    // What came before it was active is not for it.
    assert.deepEqual(receiver.got.map(typeOf), ['handshake', 'handshake'])
  })

  it('names its topics, its profile and its operations in the CapabilityStatement', async () => {
    const { body } = await server().send('GET', '/metadata')
    const entry = body.rest[0].resource.find((one: any) => one.type === 'Subscription')
    assert.ok(entry.supportedProfile.includes(`${BACKPORT}/backport-subscription`))
    assert.ok(entry.extension.some((one: any) => one.valueCanonical === `${TOPIC}/newborn-alert`))
    assert.deepEqual(
      entry.operation
        .map((one: any) => one.name as string)
        .filter((name: string) => /^(status|events|get-ws)/.test(name)),
      ['status', 'events', 'get-ws-binding-token'],
    )
    assert.match(body.rest[0].extension[0].valueUri, /^ws:.*\/fhir\/websocket$/)
  })

  const refused: readonly [what: string, topic: string, wish: Wish, at: string][] = [
    ['an unknown topic', 'nothing', {}, 'Subscription.criteria'],
    ['an unknown filter', 'report-final', { filters: ['issued=2026'] }, 'Subscription.criteria'],
    [
      'a filter of another type',
      'report-final',
      { filters: ['Task?code=a'] },
      'Subscription.criteria',
    ],
    [
      'a filter elsewhere',
      'report-final',
      {
        filters: ['a=b'],
        filterUrl: 'http://hl7.org/fhir/5.0/StructureDefinition/backport-filter-criteria',
      },
      'Subscription.criteria.extension',
    ],
    [
      'an unknown content',
      'report-final',
      { content: 'all' },
      'Subscription.channel.payload.extension',
    ],
  ]
  for (const [what, topic, wish, at] of refused)
    it(`refuses ${what}, and names ${at}`, async () => {
      const resource = toTopic(`${TOPIC}/${topic}`, receiver.url, wish)
      const { status, body } = await server().send('POST', '/Subscription', resource)
      assert.equal(status, 422, JSON.stringify(body))
      assert.deepEqual(body.issue[0].expression, [at])
    })
})
