// Topics of the network: what may be subscribed to by a canonical URL, as SubscriptionTopics of R5 in profiles/topics.
// https://hl7.org/fhir/R5/subscriptiontopic.html, https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/components.html
// Must not hold a topic that the searches of this server can't decide.
import { readdirSync, readFileSync } from 'node:fs'
import { fail } from '../errors.ts'
import { readQuery } from '../fhir/query.ts'
import type { Query } from '../fhir/message.ts'
import { fieldsOf } from '../search/emit.ts'
import { AT, watchFor, type CriteriaRoom, type Watch } from './criteria.ts'

export type Topic = {
  /** Canonical URL. */
  readonly url: string
  readonly title: string
  readonly description: string
  /** Resource type of the focus. */
  readonly type: string
  readonly interactions: ReadonlySet<string>
  readonly current: Query
  /** What the version before has to fulfil; a first version passes. */
  readonly previous: Query | undefined
  readonly filters: ReadonlySet<string>
}

type Trigger = {
  readonly resource: string
  readonly supportedInteraction: readonly string[]
  readonly queryCriteria?: { readonly previous?: string; readonly current?: string }
}

const FOLDER = new URL('../../profiles/topics/', import.meta.url)

let read: ReadonlyMap<string, Topic> | undefined

/** Those that there are, by canonical URL. */
export function topics(): ReadonlyMap<string, Topic> {
  read ??= new Map(
    readdirSync(FOLDER)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => {
        const topic = topicOf(
          JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as SubscriptionTopic,
        )
        return [topic.url, topic]
      }),
  )
  return read
}

type SubscriptionTopic = {
  readonly url: string
  readonly title: string
  readonly description: string
  readonly resourceTrigger: readonly Trigger[]
  readonly canFilterBy?: readonly { readonly filterParameter: string }[]
}

function topicOf(resource: SubscriptionTopic): Topic {
  const trigger = resource.resourceTrigger[0]!
  const { previous, current } = trigger.queryCriteria ?? {}
  return {
    url: resource.url,
    title: resource.title,
    description: resource.description,
    type: trigger.resource.slice(trigger.resource.lastIndexOf('/') + 1),
    interactions: new Set(trigger.supportedInteraction),
    current: readQuery(current ?? ''),
    previous: previous === undefined ? undefined : readQuery(previous),
    filters: new Set(resource.canFilterBy?.map(({ filterParameter }) => filterParameter)),
  }
}

const FILTER =
  'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria'

/**
 * What a Subscription to a topic watches for.
 * @param element `_criteria`, which has the filters
 * @throws Failure 422 that names Subscription.criteria
 */
export function topicWatch(
  canonical: string,
  element: unknown,
  room: CriteriaRoom,
): { readonly topic: Topic; readonly watch: Watch; readonly before: Watch | undefined } {
  const url = canonical.split('|')[0]!
  const topic = topics().get(url)
  if (topic === undefined)
    throw fail(
      'invalid',
      `There is no topic "${url.slice(0, 200)}"; the CapabilityStatement names those that there are`,
      AT,
      'not-supported',
    )
  const extensions = fieldsOf(element)?.['extension']
  const filters: (readonly [string, string])[] = []
  for (const one of Array.isArray(extensions) ? (extensions as unknown[]) : []) {
    const { url: is, valueString } = fieldsOf(one) ?? {}
    if (is === FILTER) filters.push(...filterOf(String(valueString), topic))
    else if (/backport-filter-criteria$/.test(String(is)))
      throw fail('invalid', `Filters are in the extension ${FILTER}`, `${AT}.extension`)
  }
  return {
    topic,
    watch: watchFor(topic.type, [...topic.current, ...filters], room),
    before: topic.previous === undefined ? undefined : watchFor(topic.type, topic.previous, room),
  }
}

/** `patient=Patient/1`, with a type before it (`Observation?…`, `Observation.…`) or not. */
function filterOf(text: string, topic: Topic): Query {
  const [, type, rest = text] = /^([A-Z][A-Za-z]*)[?.](.+)$/s.exec(text) ?? []
  if (type !== undefined && type !== topic.type)
    throw fail('invalid', `The topic is about ${topic.type}, not ${type}`, AT)
  const query = readQuery(rest)
  if (query.length === 0) throw fail('invalid', 'A filter is a parameter with a value', AT)
  for (const [name] of query) {
    const code = name.split(/[:.]/)[0]!
    if (!topic.filters.has(code))
      throw fail(
        'invalid',
        `The topic can't be filtered by "${name.slice(0, 64)}"; it can by ${[...topic.filters].join(', ')}`,
        AT,
        'not-supported',
      )
  }
  return query
}
