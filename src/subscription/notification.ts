// Notifications of topics as Bundles: a status first, then what it is about, as far as the Subscription asks for.
// https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html
// Must not change a digit of the resources that it carries: their texts are put in as they are.
import { randomUUID } from 'node:crypto'
import type { Event } from './queue.ts'
import type { Status } from './subscription.ts'

export const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition'

export const CONTENTS = ['empty', 'id-only', 'full-resource'] as const
/** How much of a resource a notification tells. */
export type Content = (typeof CONTENTS)[number]

export type Notification = {
  readonly id: string
  /** Canonical URL; undefined for a Subscription to a search. */
  readonly topic: string | undefined
  readonly status: Status
  readonly type: 'handshake' | 'heartbeat' | 'event-notification' | 'query-status' | 'query-event'
  /** Events so far. */
  readonly last: number
  readonly content: Content
  readonly error?: string
  readonly events: readonly Told[]
}

/** An event with the text of its version, for `full-resource`. */
export type Told = { readonly event: Event; readonly text: string }

/** The text of a `history` Bundle. */
export function notificationText(notification: Notification, baseUrl: string): string {
  const { id, content, events } = notification
  const uuid = randomUUID()
  const status = JSON.stringify({
    fullUrl: `urn:uuid:${uuid}`,
    resource: statusOf(notification, uuid, baseUrl),
    request: { method: 'GET', url: `${baseUrl}/Subscription/${id}/$status` },
    response: { status: '200' },
  })
  const entries = content === 'empty' ? [] : events.map((told) => entryText(told, content, baseUrl))
  const meta = `{"profile":["${BACKPORT}/backport-subscription-notification-r4"]}`
  return `{"resourceType":"Bundle","id":"${randomUUID()}","meta":${meta},"type":"history","timestamp":"${new Date().toISOString()}","entry":[${[status, ...entries].join(',')}]}`
}

function entryText({ event, text }: Told, content: Content, baseUrl: string): string {
  const { type, id, version, at } = event
  const isNew = version === 1
  const around = JSON.stringify({
    fullUrl: `${baseUrl}/${type}/${id}`,
    request: isNew ? { method: 'POST', url: type } : { method: 'PUT', url: `${type}/${id}` },
    response: {
      status: isNew ? '201' : '200',
      etag: `W/"${String(version)}"`,
      lastModified: new Date(at).toISOString(),
    },
  })
  return content === 'full-resource' ? `{"resource":${text},${around.slice(1)}` : around
}

/** A Parameters resource that says how a Subscription stands. */
export function statusOf(
  { id, topic, status, type, last, content, error, events }: Notification,
  uuid: string,
  baseUrl: string,
): object {
  const isEmpty = content === 'empty'
  return {
    resourceType: 'Parameters',
    id: uuid,
    meta: { profile: [`${BACKPORT}/backport-subscription-status-r4`] },
    parameter: [
      { name: 'subscription', valueReference: { reference: `${baseUrl}/Subscription/${id}` } },
      ...(topic === undefined || isEmpty ? [] : [{ name: 'topic', valueCanonical: topic }]),
      { name: 'status', valueCode: status },
      { name: 'type', valueCode: type },
      { name: 'events-since-subscription-start', valueString: String(last) },
      ...events.map(({ event }) => ({
        name: 'notification-event',
        part: [
          { name: 'event-number', valueString: String(event.number) },
          { name: 'timestamp', valueInstant: new Date(event.at).toISOString() },
          ...(isEmpty
            ? []
            : [
                {
                  name: 'focus',
                  valueReference: { reference: `${baseUrl}/${event.type}/${event.id}` },
                },
              ]),
        ],
      })),
      ...(error === undefined ? [] : [{ name: 'error', valueCodeableConcept: { text: error } }]),
    ],
  }
}
