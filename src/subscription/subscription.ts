// A Subscription as the server carries it out, read from its resource; and everything that forbids to carry it out.
// https://hl7.org/fhir/R4/subscription.html
// Must not look anything up: what is written is judged by what it says, and again before it becomes active.
import { Failure, type Issue } from '../errors.ts'
import type { Principal } from '../auth/principal.ts'
import type { Resource } from '../fhir/message.ts'
import { FREE, type Rule } from '../interaction/rule.ts'
import { fieldsOf } from '../search/emit.ts'
import { watchOf, type CriteriaRoom, type Watch } from './criteria.ts'
import type { Endpoints } from './endpoint.ts'
import { readHeader, type Header } from './header.ts'
import { BACKPORT, CONTENTS, type Content } from './notification.ts'
import { ownerOf } from './owner.ts'
import { topicWatch } from './topic.ts'

export type Status = 'requested' | 'active' | 'error' | 'off'

export type Subscription = {
  readonly id: string
  /** Of the resource. */
  readonly version: number
  readonly status: Status
  readonly watch: Watch
  /** Milliseconds since 1970. */
  readonly end: number | undefined
  readonly channel: Channel
  /** Of one that is told by notification Bundles; undefined for one that is told as R4 has it. */
  readonly bundles: Bundles | undefined
  /** Who wrote it; absent in open mode. */
  readonly owner: Principal | undefined
}

/**
 * What a Subscription has that is told by Bundles: to a topic, or to a search and with a payload content.
 * https://hl7.org/fhir/uv/subscriptions-backport/STU1.1
 */
export type Bundles = {
  /** Canonical URL of the topic, as the Subscription has it; undefined for a search. */
  readonly topic: string | undefined
  readonly interactions: ReadonlySet<string>
  /** What the version before has to fulfil, where there is one. */
  readonly before: Watch | undefined
  readonly content: Content
  /** Events in a notification at most. */
  readonly maxCount: number
  /** Milliseconds after which a heartbeat is sent when nothing else was; undefined = none. */
  readonly heartbeatMs: number | undefined
}

export type Channel = {
  readonly type: 'rest-hook' | 'websocket'
  /** '' for a websocket. */
  readonly endpoint: string
  /** As it was asked for, `application/fhir+json`; undefined for a notification without content. */
  readonly payload: string | undefined
  readonly headers: readonly Header[]
  /** That it has to answer; undefined = as the settings say. */
  readonly timeoutMs: number | undefined
}

export type SubscriptionRoom = CriteriaRoom & { readonly endpoints: Endpoints }

export type Read =
  | { readonly ok: true; readonly subscription: Subscription }
  | { readonly ok: false; readonly issues: readonly Issue[] }

/** Media types of a payload that there are, with parameters. */
const PAYLOAD =
  /^application\/(?:fhir\+)?(?:json|xml)(?:\s*;\s*(?:charset=utf-8|fhirVersion=4\.0(?:\.1)?))*$/i

/** Whether a payload is XML. */
export const isXml = (payload: string): boolean => /^application\/(fhir\+)?xml/i.test(payload)

const issue = (code: string, element: string, diagnostics: string): Issue => ({
  severity: 'error',
  code,
  diagnostics,
  expression: [`Subscription.${element}`],
})

/** @param resource of sound structure */
export function readSubscription(
  resource: Resource,
  version: number,
  room: SubscriptionRoom,
): Read {
  const issues: Issue[] = []
  const criteria = String(resource['criteria'])
  const fields = fieldsOf(resource['channel']) ?? {}
  const isTopic = isCanonical(criteria)
  const found = tried(
    () =>
      isTopic
        ? topicWatch(criteria, resource['_criteria'], room)
        : { watch: watchOf(criteria, room), before: undefined, topic: undefined },
    issues,
  )
  const channel = channelOf(fields, room, issues)
  const content = contentOf(fields, isTopic, issues)
  if (issues.length > 0 || found === undefined || channel === undefined)
    return { ok: false, issues }
  const { watch, before, topic } = found
  const seconds = numberIn(fields, 'backport-heartbeat-period')
  return {
    ok: true,
    subscription: {
      id: resource.id ?? '',
      version,
      status: resource['status'] as Status,
      watch,
      end: typeof resource['end'] === 'string' ? Date.parse(resource['end']) : undefined,
      channel,
      bundles:
        content === undefined
          ? undefined
          : {
              topic: topic === undefined ? undefined : criteria,
              interactions: topic?.interactions ?? ANY,
              before,
              content,
              maxCount: Math.min(numberIn(fields, 'backport-max-count') ?? 1, MOST_EVENTS),
              heartbeatMs: seconds === undefined || seconds === 0 ? undefined : seconds * 1000,
            },
      owner: ownerOf(resource.meta),
    },
  }
}

const ANY: ReadonlySet<string> = new Set(['create', 'update'])

/** Whether criteria are the canonical URL of a topic. */
export const isCanonical = (criteria: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(criteria)

/** How much a channel asks to be told; undefined where it doesn't say. */
export function contentAsked(channel: unknown): Content | undefined {
  const payload = fieldsOf(channel)?.['_payload']
  const code = extensionIn(payload, 'backport-payload-content')?.['valueCode']
  return CONTENTS.find((one) => one === code)
}

/** Events in a notification, whatever a Subscription allows. */
const MOST_EVENTS = 100
const LONGEST_TIMEOUT_S = 60

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The extension of the guide by a name. */
const extensionIn = (element: unknown, name: string) =>
  listOf(fieldsOf(element)?.['extension'])
    .map(fieldsOf)
    .find((one) => one?.['url'] === `${BACKPORT}/${name}`)

function numberIn(element: unknown, name: string): number | undefined {
  const found = extensionIn(element, name)
  const value = found?.['valueUnsignedInt'] ?? found?.['valuePositiveInt']
  return typeof value === 'number' ? value : undefined
}

/** A Subscription to a topic says how much it wants to be told; one to a search may. */
function contentOf(
  channel: Readonly<Record<string, unknown>>,
  isTopic: boolean,
  issues: Issue[],
): Content | undefined {
  const isSaid = extensionIn(channel['_payload'], 'backport-payload-content') !== undefined
  if (!isTopic && !isSaid) return undefined
  const content = contentAsked(channel)
  if (content === undefined)
    issues.push(
      issue(
        isSaid ? 'not-supported' : 'required',
        'channel.payload.extension',
        `A Subscription to a topic has a payload with the extension ${BACKPORT}/backport-payload-content: ${CONTENTS.join(', ')}`,
      ),
    )
  else if (channel['payload'] === undefined)
    issues.push(issue('required', 'channel.payload', 'The media type of the payload is missing'))
  return content
}

function channelOf(
  channel: Readonly<Record<string, unknown>>,
  { endpoints }: SubscriptionRoom,
  issues: Issue[],
): Channel | undefined {
  const { type, endpoint, payload } = channel
  if (type !== 'rest-hook' && type !== 'websocket') {
    const diagnostics = `This server notifies by rest-hook and by websocket, not by ${String(type)}`
    issues.push(issue('not-supported', 'channel.type', diagnostics))
    return undefined
  }
  if (type === 'rest-hook') {
    const refusal =
      typeof endpoint === 'string'
        ? endpoints.refusal(endpoint)
        : 'A rest-hook needs the URL that it is to call'
    if (refusal !== undefined)
      issues.push(
        issue(endpoint === undefined ? 'required' : 'business-rule', 'channel.endpoint', refusal),
      )
  }
  if (payload !== undefined && !(typeof payload === 'string' && PAYLOAD.test(payload)))
    issues.push(
      issue(
        'not-supported',
        'channel.payload',
        'The payload is application/fhir+json or application/fhir+xml, of FHIR 4.0, or left out for a notification without content',
      ),
    )
  const special = extensionIn(channel['_type'], 'backport-channel-type')
  if (special !== undefined)
    issues.push(
      issue('not-supported', 'channel.type', 'There are no channels here but those of R4'),
    )
  const timeout = numberIn(channel, 'backport-timeout')
  const lines = listOf(channel['header'])
  const headers: Header[] = []
  lines.forEach((line, i) => {
    const header = readHeader(String(line))
    if (typeof header === 'string')
      issues.push(issue('value', `channel.header[${String(i)}]`, header))
    else headers.push(header)
  })
  return {
    type,
    endpoint: typeof endpoint === 'string' && type === 'rest-hook' ? endpoint : '',
    payload: typeof payload === 'string' ? payload : undefined,
    headers,
    timeoutMs:
      timeout === undefined || timeout === 0
        ? undefined
        : Math.min(timeout, LONGEST_TIMEOUT_S) * 1000,
  }
}

function tried<T>(make: () => T, issues: Issue[]): T | undefined {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    issues.push(...error.issues)
    return undefined
  }
}

const NONE: readonly Issue[] = []

/**
 * Why a Subscription may not be written. What its owner turns off may be as it is.
 * @returns nothing for other types
 */
export const subscriptionRefusals =
  (room: SubscriptionRoom) =>
  (resource: Resource): readonly Issue[] => {
    if (resource.resourceType !== 'Subscription' || resource['status'] === 'off') return NONE
    const read = readSubscription(resource, 0, room)
    return read.ok ? NONE : read.issues
  }

/**
 * Only the server makes a Subscription active, or says that it fails. What is active already stays so while its criteria and its
 * channel do.
 */
export const subscriptionRule: Rule = ({ before, after }) => {
  const status = after?.['status']
  if (after === undefined || status === 'requested' || status === 'off') return FREE
  if (
    before !== undefined &&
    before['status'] === status &&
    SET_UP.every((name) => isSame(before[name], after[name]))
  )
    return FREE
  const said = `A Subscription is written with the status requested, or off to end it; it is the server that makes it ${String(status)}`
  return { issues: [issue('business-rule', 'status', said)] }
}

const SET_UP = ['criteria', '_criteria', 'channel']

const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other)
