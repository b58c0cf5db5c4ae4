// One delivery by rest-hook: the version is read as its recipient would, and what that gives is sent.
// https://hl7.org/fhir/R4/valueset-subscription-channel-type.html: a POST to the endpoint; with a payload, an update (PUT)
// of the resource with the endpoint as the base.
// Must not send what the recipient could not read at this moment, nor what the log of accesses doesn't have.
import type { Principal } from '../auth/principal.ts'
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import { parseLossless } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { resourceToXml } from '../fhir/xml.ts'
import { handle } from '../handle.ts'
import type { Endpoints } from './endpoint.ts'
import { readOf } from './match.ts'
import { notificationText, type Notification, type Told } from './notification.ts'
import type { Event } from './queue.ts'
import { call } from './rest-hook.ts'
import { isXml, type Subscription } from './subscription.ts'

/** `withheld`: the recipient may not see it, or it is no longer kept. */
export type Delivered =
  | { readonly outcome: 'delivered' | 'withheld' }
  | { readonly outcome: 'failed'; readonly error: string }

export type Delivering = {
  readonly context: Context
  readonly endpoints: Endpoints
  readonly signal: AbortSignal
}

/**
 * Some events, of which a Subscription to a search takes one.
 * @param last number of the last event so far
 * @throws Failure `unavailable` when the store or the log is away
 */
export async function deliver(
  subscription: Subscription,
  events: readonly Event[],
  last: number,
  delivering: Delivering,
): Promise<Delivered> {
  const { context } = delivering
  const { channel, id, bundles } = subscription
  // The list may have changed since.
  const refusal = delivering.endpoints.refusal(channel.endpoint)
  if (refusal !== undefined) return { outcome: 'failed', error: refusal }
  const told: Told[] = []
  for (const event of events) {
    const text = await readAsOwner(subscription, event, context)
    if (text !== undefined) told.push({ event, text })
  }
  const first = told[0]
  if (first === undefined) return { outcome: 'withheld' }
  const name = requestId(id, first.event)
  if (bundles !== undefined) {
    const text = notificationFor(subscription, 'event-notification', last, told, context)
    return send(subscription, { method: 'POST', url: channel.endpoint, text, name }, delivering)
  }
  const { type, id: focus } = first.event
  return send(
    subscription,
    channel.payload === undefined
      ? { method: 'POST', url: channel.endpoint, text: undefined, name }
      : { method: 'PUT', url: below(channel.endpoint, type, focus), text: first.text, name },
    delivering,
  )
}

/** A handshake or a heartbeat of a Subscription to a topic. */
export const sendSign = (
  subscription: Subscription,
  type: 'handshake' | 'heartbeat',
  last: number,
  delivering: Delivering,
): Promise<Delivered> =>
  send(
    subscription,
    {
      method: 'POST',
      url: subscription.channel.endpoint,
      text: notificationFor(subscription, type, last, [], delivering.context),
      name: `Subscription/${subscription.id}/${type}`,
    },
    delivering,
  )

/** The Bundle of a Subscription to a topic. */
export const notificationFor = (
  { id, status, bundles }: Subscription,
  type: Notification['type'],
  last: number,
  events: readonly Told[],
  { baseUrl }: Pick<Context, 'baseUrl'>,
): string =>
  notificationText(
    {
      id,
      status,
      type,
      last,
      events,
      topic: bundles?.topic,
      content: bundles?.content ?? 'empty',
    },
    baseUrl,
  )

type Sent = {
  readonly method: 'POST' | 'PUT'
  readonly url: string
  /** JSON of a resource; undefined for nothing. */
  readonly text: string | undefined
  readonly name: string
}

async function send(
  { channel }: Subscription,
  { method, url, text, name }: Sent,
  { context, endpoints, signal }: Delivering,
): Promise<Delivered> {
  const { payload = 'application/fhir+json', headers, timeoutMs } = channel
  const called = await call(
    {
      method,
      url,
      ...(text === undefined
        ? {}
        : { body: { type: payload, text: inMediaType(text, payload, context) } }),
      headers: [...headers, ['X-Request-Id', name]],
      timeoutMs: timeoutMs ?? context.config.subscriptionTimeoutMs,
      signal,
    },
    endpoints.lookup,
  )
  return called.ok ? { outcome: 'delivered' } : { outcome: 'failed', error: called.error }
}

/** The text of a version if its owner may read it now; that is logged as a read of the owner's. */
export async function readAsOwner(
  subscription: Subscription,
  event: Event,
  context: Context,
): Promise<string | undefined> {
  const { id } = subscription
  let owner: Principal | undefined
  if (context.config.auth === 'oauth') {
    if (subscription.owner === undefined) return undefined
    owner = await context.subscriptions.ownerNow(subscription.owner)
    if (owner === undefined) return undefined
  }
  try {
    const request = readOf(event, owner, requestId(id, event))
    const { status, body } = await handle(request, context)
    return status === 200 ? body : undefined
  } catch (error) {
    if (!(error instanceof Failure) || error.status >= 500) throw error
    return undefined
  }
}

/** The same for each attempt at an event. */
const requestId = (id: string, { number }: Event): string => `Subscription/${id}/${String(number)}`

/** `[endpoint]/[type]/[id]`, before what the endpoint has for a query. */
function below(endpoint: string, type: string, id: string): string {
  const url = new URL(endpoint)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${type}/${id}`
  return url.href
}

export const inMediaType = (json: string, payload: string, { definitions }: Context): string =>
  isXml(payload) ? resourceToXml(parseLossless(json) as Resource, definitions) : json
