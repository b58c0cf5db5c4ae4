// A Subscription under AUTH=oauth: each delivery is judged as a read of its owner's, and logged as one.
// docs/access.md, docs/adr/0008-subscriptions.md
import assert from 'node:assert/strict'
import type { Serving } from '../../src/cli/serve.ts'
import type { Resource } from '../../src/fhir/message.ts'
import { ask, caller } from '../consent/world.ts'
import { actor, concept, purpose, country } from '../consent/scene.ts'
import { clientsFile, makeKey } from '../support/clients.ts'
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

const subscription = (endpoint: string): Resource => ({
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'Results of shared patients',
  criteria: 'Observation?status=final',
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
  let clients: ReturnType<typeof clientsFile>

  before(async () => {
    const { jwk } = await makeKey('ES384')
    receiver = await openReceiver()
    clients = clientsFile({
      clients: [almaty, busan].map(({ client, organization, roles }) => ({
        client_id: client,
        name: organization,
        organization,
        roles,
        scopes: ['system/*.cruds'],
        jwks: { keys: [jwk] },
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
  after(async () => {
    await serving.close()
    await receiver.down()
    clients.remove()
  })

  const active = async (who: typeof busan, endpoint: string): Promise<string> => {
    const made = await ask(serving.context, who, 'POST Subscription', subscription(endpoint))
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
    await ask(context, almaty, `PUT Consent/${String(consent.body.id)}`, {
      ...permit('inactive'),
      id: consent.body.id,
    })
    await ask(context, almaty, 'POST Observation', observation)
    await until('almaty has the last', () => sentTo('almaty') === 3)
    assert.equal(sentTo('busan'), 1)
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
