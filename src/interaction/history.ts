// history of an instance, a type and the whole system, https://hl7.org/fhir/R4/http.html#history
// Must not parse the versions that it lists, unless a subset (_summary, _elements) is asked for.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { bundleText, type EntryText, type Link } from '../fhir/bundle.ts'
import type { FhirRequest, FhirResponse, Query } from '../fhir/message.ts'
import { parseInstant } from '../search/date.ts'
import type { HistoryQuery, Version } from '../store/store.ts'
import { etag } from './answer.ts'
import { deciding, pageAsked } from './page-link.ts'
import { queryText } from './search.ts'
import { subsetOf, subsetsOf } from './subset.ts'
import { message } from '../words/message.ts'

const KNOWN = new Set(['_count', '_since', '_at', '_format', '_pretty', '_summary', '_elements'])

/** `GET [base]{/[type]{/[id]}}/_history`, newest first. */
export async function history(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const at = request.path.indexOf('_history')
  const [type, id] = request.path.slice(0, at)
  const { sealed, rest } = pageAsked(request.query)
  const scope = request.path.join('/') + queryText(deciding(rest))
  const position = sealed === undefined ? undefined : context.pages.open(scope, sealed)
  const query = { ...readQuery(rest, context, type, id), ...position }
  if (type !== undefined && id !== undefined && (await context.store.read(type, id)) === undefined)
    throw fail('not-found', message('absent', { what: `${type}/${id}` }))
  const subset = subsetOf(request.query)
  const page = await context.store.history(query, request)
  const versions =
    subset === undefined ? page.versions : await subsetsOf(page.versions, subset, context)

  const url = [context.baseUrl, ...request.path].join('/')
  const links: Link[] = [{ relation: 'self', url: url + queryText(request.query) }]
  if (page.next !== undefined) {
    const next = context.pages.seal(scope, { cursor: page.next })
    links.push({ relation: 'next', url: url + queryText([...rest, ['_cursor', next]]) })
  }
  const body = bundleText(
    'history',
    links,
    versions.map((v) => entryOf(v, context)),
    page.total,
  )
  return { status: 200, headers: {}, body }
}

function readQuery(sent: Query, context: Context, type?: string, id?: string): HistoryQuery {
  const { pageSize, maxPageSize } = context.config
  let count = pageSize
  const query: { -readonly [K in keyof HistoryQuery]?: HistoryQuery[K] } = {}
  for (const [name, value] of sent) {
    if (!KNOWN.has(name))
      throw fail('parameter', `History knows _count, _since and _at, not "${name}"`, name)
    if (name === '_count') {
      if (!/^\d{1,9}$/.test(value))
        throw fail('parameter', `_count must be a whole number, not "${value}"`, name)
      count = Math.min(Number(value), maxPageSize)
    }
    if (name === '_since' || name === '_at') {
      const range = parseInstant(value, context.config.timeZone)
      if (range === undefined)
        throw fail(
          'parameter',
          `${name} must be an instant such as 2026-03-01T08:30:00+09:00, not "${value}"`,
          name,
        )
      if (name === '_since') query.since = range.low
      else query.at = range
    }
    // As in a search: the number alone.
    if (name === '_summary' && value === 'count') count = 0
  }
  return {
    ...query,
    count,
    ...(type === undefined ? {} : { type }),
    ...(id === undefined ? {} : { id }),
  }
}

function entryOf(v: Version, context: Context): EntryText {
  const local = `${v.type}/${v.id}`
  return {
    fullUrl: `${context.baseUrl}/${local}`,
    ...(v.text === undefined ? {} : { resource: v.text }),
    request: { method: v.method, url: v.method === 'POST' ? v.type : local },
    response: {
      status: STATUS[v.method] === '200 OK' && v.version === 1 ? '201 Created' : STATUS[v.method],
      etag: etag(v.version),
      lastModified: new Date(v.updated).toISOString(),
    },
  }
}

const STATUS = {
  POST: '201 Created',
  PUT: '200 OK',
  PATCH: '200 OK',
  DELETE: '204 No Content',
} as const
