// A Subscription under AUTH=oauth: each delivery is judged as a read of its owner's, and logged as one.
// docs/access.md, docs/adr/0008-subscriptions.md
import assert from 'node:assert/strict'
import type { Serving } from '../../src/cli/serve.ts'
import type { Resource } from '../../src/fhir/message.ts'
import { ask, caller } from '../consent/world.ts'
import { actor, concept, purpose, country } from '../consent/scene.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { askToken, assertion, clientsFile, makeKey, type Keyed } from '../support/clients.ts'
import { startTestServer } from '../support/server.ts'
import { openReceiver, type Receiver } from './receiver.ts'
import { until } from '../support/time.ts'

const administrator = caller('network', 'administrator')
const [almaty, busan] = [caller('almaty'), caller('busan')]

const permit = (status: string): Resource => ({
  resourceType: 'Consent',
  status,
  scope: concept('consentscope', 'patient-privacy'),
  category: [concept('http://loinc.org', '59284-0')],
  patient: { reference: 'Patient/almaty-p' },
  dateTime: '2025-06-01',
  policy: [{ uri: 'http://ieum.example/policy' }],
  provision: {
    ...country('KR'),
    type: 'permit',
    ...purpose('TREAT'),
    actor: [actor('Organization/busan')],
  },
})

const subscription = (endpoint: string, criteria = 'Observation?status=final'): Resource => ({
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'Results of shared patients',
  criteria,
  channel: { type: 'rest-hook', endpoint, payload: 'application/fhir+json' },
})

const observation: Resource = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'Troponin I' },
  subject: { reference: 'Patient/almaty-p' },
}

describe('access of subscriptions', () => {
  let receiver: Receiver
  let serving: Serving
  let key: Keyed
  let clients: ReturnType<typeof clientsFile>

  before(async () => {
    key = await makeKey('ES384')
    receiver = await openReceiver()
    clients = clientsFile({
      clients: [almaty, busan].map(({ client, organization, roles }) => ({
        client_id: client,
        name: organization,
        organization,
        roles,
        scopes: ['system/*.cruds'],
        jwks: { keys: [key.jwk] },
      })),
    })
    serving = await startTestServer({
      AUTH: 'oauth',
      CLIENTS: clients.path,
      STORE_URL: 'sqlite::memory:',
      SUBSCRIPTION_ENDPOINTS: `${receiver.url}/busan,${receiver.url}/almaty`,
    })
    const { context } = serving
    for (const [id, land] of [
      ['almaty', 'KZ'],
      ['busan', 'KR'],
    ] as const)
      await ask(context, administrator, `PUT Organization/${id}`, {
        resourceType: 'Organization',
        id,
        name: id,
        address: [{ country: land }],
      })
    await ask(context, almaty, 'PUT Patient/almaty-p', { resourceType: 'Patient', id: 'almaty-p' })
  })
  const open: WebSocket[] = []
  after(async () => {
    for (const socket of open) socket.close()
    await serving.close()
    await receiver.down()
    clients.remove()
  })

  const active = async (who: typeof busan, endpoint: string, asked?: string): Promise<string> => {
    const given = subscription(endpoint, asked)
    const made = await ask(serving.context, who, 'POST Subscription', given)
    assert.equal(made.status, 201, made.text)
    const line = `GET Subscription/${String(made.body.id)}`
    await until('active', async () => {
      const { body } = await ask(serving.context, who, line)
      return body.status === 'active'
    })
    return made.body.id as string
  }
  const sentTo = (who: string): number =>
    receiver.got.filter(({ path }) => path.startsWith(`/hook/${who}/`)).length

  it('refuses an endpoint that is not on the list', async () => {
    const { status, body } = await ask(
      serving.context,
      busan,
      'POST Subscription',
      subscription(`${receiver.url}/busanother`),
    )
    assert.equal(status, 422)
    assert.deepEqual(body.issue[0].expression, ['Subscription.channel.endpoint'])
  })

  it('follows criteria by what the owner may see alone', async () => {
    const { context } = serving
    const man = (id: string) => ({ resourceType: 'Patient', id, gender: 'male' })
    await ask(context, almaty, 'PUT Patient/almaty-m', man('almaty-m'))
    await ask(context, busan, 'PUT Patient/busan-m', man('busan-m'))
    const id = await active(busan, `${receiver.url}/busan`, 'Observation?patient.gender=male')
    // Of its own, about somebody whom it may not see: whether that is a man must not be told.
    for (const patient of ['almaty-m', 'busan-m']) {
      const about = { ...observation, subject: { reference: `Patient/${patient}` } }
      assert.equal((await ask(context, busan, 'POST Observation', about)).status, 201)
    }
    await until('busan has one', () => sentTo('busan') > 0)
    assert.deepEqual(
      receiver.got.map(({ body }) => body.subject.reference),
      ['Patient/busan-m'],
    )
    assert.equal((await ask(context, busan, `DELETE Subscription/${id}`)).status, 204)
    receiver.got.length = 0
  })

  it('sends what the owner may read at that moment, and logs it', async () => {
    const { context } = serving
    const id = await active(busan, `${receiver.url}/busan`)
    await active(almaty, `${receiver.url}/almaty`)
    await ask(context, almaty, 'POST Observation', observation)
    await until('almaty has its own', () => sentTo('almaty') === 1)
    const consent = await ask(context, almaty, 'POST Consent', permit('active'))
    assert.equal(consent.status, 201, consent.text)
    const shared = await ask(context, almaty, 'POST Observation', observation)
    await until('both have it', () => sentTo('almaty') === 2 && sentTo('busan') === 1)
    // What waits when the consent is withdrawn is judged anew, too.
    receiver.answer(503)
    await ask(context, almaty, 'POST Observation', observation)
    await until('both were tried', () => sentTo('almaty') > 2 && sentTo('busan') > 1)
    await ask(context, almaty, `PUT Consent/${String(consent.body.id)}`, {
      ...permit('inactive'),
      id: consent.body.id,
    })
    await sleep(50)
    const tries = sentTo('busan')
    receiver.answer(200)
    await until('busan is done with it', async () =>
      (await context.store.notes.read(`subscription/${id}`))!.includes('"delivered":2'),
    )
    const last = await ask(context, almaty, 'POST Observation', observation)
    await until('almaty has the last', () =>
      receiver.got.some(({ path }) => path === `/hook/almaty/Observation/${String(last.body.id)}`),
    )
    assert.equal(sentTo('busan'), tries)
    assert.equal(receiver.got.find(({ path }) => path.includes('/busan/'))!.body.id, shared.body.id)
    const log = await ask(
      context,
      caller('network', 'auditor'),
      `GET AuditEvent?entity=Observation/${String(shared.body.id)}&_count=100`,
    )
    const own = log.text.split(`Subscription/${id}/1`).length - 1
    assert.ok(own > 0, 'the log names the notification')
    assert.ok(log.text.includes(`Consent/${String(consent.body.id)}`), 'and the consent')
  })

  it('binds a websocket for whoever may read the Subscription, and for nobody else', async () => {
    const { context } = serving
    const made = await ask(context, busan, 'POST Subscription', {
      ...subscription(''),
      criteria: 'Observation?status=registered',
      channel: { type: 'websocket' },
    })
    const id = String(made.body.id)
    await until('active', async () => {
      const { body } = await ask(context, busan, `GET Subscription/${id}`)
      return body.status === 'active'
    })
    const connect = async (who?: typeof busan) => {
      const said: string[] = []
      const headers: Record<string, string> = {}
      if (who !== undefined) {
        const { token_endpoint: endpoint } = (await context.endpoints!())!
        const signed = await assertion(who.client, endpoint, key)
        const { body } = await askToken(endpoint, 'system/*.cruds', signed)
        headers.authorization = `Bearer ${body.access_token!}`
      }
      const url = `${context.baseUrl.replace('http', 'ws')}/websocket`
      const socket = new WebSocket(url, { headers })
      open.push(socket)
      socket.addEventListener('message', ({ data }) => said.push(String(data)))
      await new Promise((resolve, reject) => {
        socket.addEventListener('open', resolve)
        socket.addEventListener('error', reject)
      })
      return { socket, said }
    }
    const answerTo = async (text: string, who?: typeof busan): Promise<string[]> => {
      const { socket, said } = await connect(who)
      socket.send(text)
      await until('answered', () => said.length > 0)
      return said
    }
    assert.match((await answerTo(`bind ${id}`))[0]!, /^error .* access token/)
    assert.match((await answerTo(`bind ${id}`, almaty))[0]!, /^error /)
    const refused = await ask(context, almaty, `GET Subscription/${id}/$get-ws-binding-token`)
    assert.equal(refused.status, 404)
    const bound = await answerTo(`bind ${id}`, busan)
    assert.deepEqual(bound, [`bound ${id}`])
    const given = await ask(context, busan, `GET Subscription/${id}/$get-ws-binding-token`)
    const token = String(given.body.parameter.find((one: any) => one.name === 'token').valueString)
    const byToken = await answerTo(`bind-with-token ${token}`)
    assert.deepEqual(byToken, [`bound ${id}`])
    await ask(context, busan, 'POST Observation', {
      resourceType: 'Observation',
      status: 'registered',
      code: { text: 'Troponin I' },
    })
    await until('pinged', () => bound.length > 1 && byToken.length > 1)
    assert.equal(bound[1], `ping ${id}`)
  })

  it('tells nothing to a client that is not registered (any more)', async () => {
    const stranger = caller('busan', 'system')
    const made = await ask(
      serving.context,
      { ...stranger, client: 'gone' },
      'POST Subscription',
      subscription(`${receiver.url}/busan`),
    )
    assert.equal(made.status, 201, made.text)
    await until('off', async () => {
      const { body } = await ask(serving.context, busan, `GET Subscription/${String(made.body.id)}`)
      return body.status === 'off' && /owner/.test(String(body.error))
    })
  })

  it('takes its owner from the token, whatever the body says', async () => {
    const forged = {
      ...subscription(`${receiver.url}/busan`),
      meta: {
        extension: [
          {
            url: 'http://ieum.example/fhir/StructureDefinition/subscription-owner',
            extension: [
              { url: 'client', valueString: 'x' },
              { url: 'organization', valueString: 'almaty' },
              { url: 'role', valueString: 'administrator' },
              { url: 'scopes', valueString: 'system/*.cruds' },
              { url: 'purpose', valueString: 'TREAT' },
            ],
          },
        ],
      },
    }
    const { status, text } = await ask(serving.context, busan, 'POST Subscription', forged)
    assert.equal(status, 201, text)
    assert.doesNotMatch(text, /"valueString":"(almaty|administrator|x)"/)
    assert.match(text, /"valueString":"busan"/)
  })
})
