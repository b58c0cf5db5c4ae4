// Subscription/$status and $events: how Subscriptions stand, and notifications once more.
// https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-status.html, …-events.html
// Must not tell of an event whose resource the caller may not read.
import { randomUUID } from 'node:crypto'
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { bundleText } from '../fhir/bundle.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { requirePresent } from '../interaction/read.ts'
import type { Version } from '../store/store.ts'
import {
  CONTENTS,
  notificationText,
  statusOf,
  type Content,
  type Notification,
  type Told,
} from '../subscription/notification.ts'
import { eventsFrom, KEPT, lastOf } from '../subscription/queue.ts'
import { contentAsked, isCanonical, type Status } from '../subscription/subscription.ts'
import { inputOf } from './input.ts'

/** Subscriptions in an answer at most. */
const MOST = 1000

const STATUSES: readonly string[] = ['requested', 'active', 'error', 'off']

/**
 * `GET|POST [base]/Subscription/[id]/$status`, or `[base]/Subscription/$status?id=…&status=…`.
 * @returns a searchset with a Parameters for each
 */
export async function subscriptionStatus(
  request: FhirRequest,
  context: Context,
): Promise<FhirResponse> {
  const { store, baseUrl } = context
  const entries = []
  for (const version of await asked(request, context)) {
    const last = await lastOf(store.notes, version.id)
    const uuid = randomUUID()
    const resource = statusOf(standing(version, 'query-status', last), uuid, baseUrl)
    entries.push({
      fullUrl: `urn:uuid:${uuid}`,
      resource: JSON.stringify(resource),
      search: 'match',
    } as const)
  }
  const link = [{ relation: 'self', url: `${baseUrl}/${request.path.join('/')}` }]
  const body = bundleText('searchset', link, entries, entries.length)
  return { status: 200, headers: {}, body }
}

async function asked(request: FhirRequest, context: Context): Promise<readonly Version[]> {
  const [type, id] = request.path as [string, string]
  if (!id.startsWith('$')) {
    const version = await context.store.read(type, id)
    requirePresent(version, `${type}/${id}`)
    return [version]
  }
  const input = inputOf(request, context)
  const several = (name: string): string[] => input.texts(name).flatMap((one) => one.split(','))
  const [ids, statuses] = [several('id'), several('status')]
  const wrong = statuses.find((one) => !STATUSES.includes(one))
  if (wrong !== undefined)
    throw fail('parameter', `status is one of ${STATUSES.join(', ')}, not "${wrong}"`, 'status')
  const { plan } = context.plan(
    type,
    [
      ...(ids.length === 0 ? [] : [['_id', ids.join(',')] as const]),
      ...(statuses.length === 0 ? [] : [['status', statuses.join(',')] as const]),
    ],
    { strict: true },
  )
  return (await context.store.search({ ...plan, count: MOST })).matches
}

function standing(
  { id, text }: Version,
  type: Notification['type'],
  last: number,
): Omit<Notification, 'events'> & { events: readonly Told[] } {
  const resource = JSON.parse(text ?? '{}') as Resource
  const { criteria, error } = resource
  return {
    id,
    topic: isCanonical(String(criteria)) ? String(criteria) : undefined,
    status: resource['status'] as Status,
    type,
    last,
    // Whoever may read a Subscription knows its topic.
    content: 'full-resource',
    ...(typeof error === 'string' ? { error } : {}),
    events: [],
  }
}

/**
 * `GET|POST [base]/Subscription/[id]/$events?eventsSinceNumber=…&eventsUntilNumber=…&content=…`: those that are kept still.
 * @returns a notification Bundle
 */
export async function subscriptionEvents(
  request: FhirRequest,
  context: Context,
): Promise<FhirResponse> {
  const [type, id] = request.path as [string, string]
  const { store, baseUrl } = context
  const version = await store.read(type, id)
  requirePresent(version, `${type}/${id}`)
  const input = inputOf(request, context)
  const since = input.count('eventsSinceNumber') ?? 1
  const until = input.count('eventsUntilNumber') ?? Infinity
  const content = contentFrom(input.text('content'), version)
  const last = await lastOf(store.notes, id)
  const events = await eventsFrom(store.notes, id, Math.max(since, 1))
  const told: Told[] = []
  for (const event of events.filter(({ number }) => number <= until).slice(0, KEPT)) {
    const found = await store.vread(event.type, event.id, event.version)
    if (found?.text !== undefined) told.push({ event, text: found.text })
  }
  const body = notificationText(
    { ...standing(version, 'query-event', last), content, events: told },
    baseUrl,
  )
  return { status: 200, headers: {}, body }
}

/** What is asked for, else what the Subscription has: whoever asks may read the resources, or they are left out. */
function contentFrom(text: string | undefined, version: Version): Content {
  const resource = JSON.parse(version.text ?? '{}') as Resource
  const own = contentAsked(resource['channel']) ?? 'id-only'
  if (text === undefined) return own
  const wanted = CONTENTS.find((one) => one === text)
  if (wanted === undefined)
    throw fail('parameter', `content is one of ${CONTENTS.join(', ')}, not "${text}"`, 'content')
  return wanted
}
