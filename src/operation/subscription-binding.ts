// Subscription/$get-ws-binding-token: a token for a websocket, for Subscriptions that the caller may read.
// https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-get-ws-binding-token.html
// Must not give one for what the caller can't read, nor for another channel.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import { requirePresent } from '../interaction/read.ts'
import { makeToken, websocketUrl } from '../subscription/token.ts'
import { inputOf } from './input.ts'

const MOST = 100

/** `GET|POST [base]/Subscription/[id]/$get-ws-binding-token`, or on the type with `id`. @returns Parameters */
export async function bindingToken(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const { store, baseUrl } = context
  const ids = await idsOf(request, context)
  for (const id of ids) {
    const version = await store.read('Subscription', id)
    requirePresent(version, `Subscription/${id}`)
    const { channel } = JSON.parse(version.text) as { channel?: { type?: unknown } }
    if (channel?.type !== 'websocket')
      throw fail('parameter', `Subscription/${id} has another channel than websocket`, 'id')
  }
  const { token, until } = await makeToken(store.notes, ids)
  const body = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'token', valueString: token },
      { name: 'expiration', valueDateTime: new Date(until).toISOString() },
      ...ids.map((id) => ({ name: 'subscription', valueString: id })),
      { name: 'websocket-url', valueUrl: websocketUrl(baseUrl) },
    ],
  }
  return { status: 200, headers: {}, body: JSON.stringify(body) }
}

async function idsOf(request: FhirRequest, context: Context): Promise<readonly string[]> {
  const [, id = ''] = request.path
  if (!id.startsWith('$')) return [id]
  const asked = inputOf(request, context)
    .texts('id')
    .flatMap((one) => one.split(','))
  if (asked.length > MOST)
    throw fail('parameter', `A token is for ${String(MOST)} Subscriptions at most`, 'id')
  if (asked.length > 0) return [...new Set(asked)]
  const { plan } = context.plan(
    'Subscription',
    [
      ['type', 'websocket'],
      ['status', 'requested,active'],
    ],
    { strict: true },
  )
  const { matches } = await context.store.search({ ...plan, count: MOST })
  if (matches.length === 0)
    throw fail('parameter', 'You have no Subscription by websocket; name one', 'id')
  return matches.map((one) => one.id)
}
