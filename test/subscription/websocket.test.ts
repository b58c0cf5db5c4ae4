// Websockets: bound to a Subscription, and told of each event.
// https://hl7.org/fhir/R4/subscription.html
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { until } from '../support/time.ts'

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition'

onBothStores('subscriptions by websocket', (server) => {
  const open: WebSocket[] = []
  const made: string[] = []
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.close()
    for (const id of made.splice(0)) await server().send('DELETE', `/Subscription/${id}`)
  })

  const connect = async (): Promise<{ socket: WebSocket; said: string[] }> => {
    const { body } = await server().send('GET', '/metadata')
    const socket = new WebSocket(body.rest[0].extension[0].valueUri as string)
    const said: string[] = []
    socket.addEventListener('message', ({ data }) => said.push(String(data)))
    open.push(socket)
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', reject)
    })
    return { socket, said }
  }
  const active = async (more: object, channel: object): Promise<string> => {
    const { status, body } = await server().send('POST', '/Subscription', {
      resourceType: 'Subscription',
      status: 'requested',
      reason: 'On a screen',
      criteria: 'Observation?code=a',
      channel: { type: 'websocket', ...channel },
      ...more,
    })
    assert.equal(status, 201, JSON.stringify(body))
    made.push(body.id as string)
    await until('active', async () => {
      const { body: now } = await server().send('GET', `/Subscription/${String(body.id)}`)
      return now.status === 'active'
    })
    return body.id as string
  }
  const observe = (code: string) =>
    server().send('POST', '/Observation', {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ code }] },
    })

  it('says bound, and ping for each event', async () => {
    const id = await active({}, {})
    await observe('a')
    await until('over', async () =>
      /"events-since-subscription-start","valueString":"1"/.test(
        (await server().send('GET', `/Subscription/${id}/$status`)).text,
      ),
    )
    const { socket, said } = await connect()
    socket.send(`bind ${id}`)
    await until('bound', () => said.length > 0)
    await observe('b')
    await observe('a')
    await observe('a')
    await until('pinged', () => said.length > 2)
    assert.deepEqual(said, [`bound ${id}`, `ping ${id}`, `ping ${id}`])
  })

  it('says what is wrong with a binding', async () => {
    const { socket, said } = await connect()
    for (const text of ['bind nothing', 'hello', 'bind-with-token abc']) socket.send(text)
    await until('answered', () => said.length > 2)
    assert.match(said[0]!, /^error nothing: /)
    assert.match(said[1]!, /^error: the messages are/)
    assert.match(said[2]!, /^error: the token is not known/)
  })

  it('notifies of a topic, bound by a token', async () => {
    const extension = [{ url: `${BACKPORT}/backport-payload-content`, valueCode: 'id-only' }]
    const id = await active(
      { criteria: 'http://ieum.example/fhir/SubscriptionTopic/report-final' },
      { payload: 'application/fhir+json', _payload: { extension } },
    )
    const { body } = await server().send('GET', `/Subscription/${id}/$get-ws-binding-token`)
    const token = body.parameter.find((one: any) => one.name === 'token').valueString as string
    const { socket, said } = await connect()
    socket.send(`bind-with-token ${token}`)
    await until('a handshake', () => said.length > 0)
    await server().send('POST', '/DiagnosticReport', {
      resourceType: 'DiagnosticReport',
      status: 'final',
      code: { text: 'X' },
    })
    await until('a notification', () => said.length > 1)
    const types = said.map(
      (text) =>
        JSON.parse(text).entry[0].resource.parameter.find((one: any) => one.name === 'type')
          .valueCode as string,
    )
    assert.deepEqual(types, ['handshake', 'event-notification'])
  })
})
