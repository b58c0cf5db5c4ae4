// The requests in a Bundle, https://hl7.org/fhir/R4/bundle.html#transaction
// Must not process them, nor look into the resources beyond their type.
import { Buffer } from 'node:buffer'
import type { Context } from '../context.ts'
import { fail, Failure, type Issue } from '../errors.ts'
import { parseJson, stringify } from '../fhir/json.ts'
import type { Body, FhirRequest, Method, Query, Resource } from '../fhir/message.ts'
import { readQuery } from '../fhir/query.ts'
import type { Incoming } from './content.ts'

export type BundleEntry = {
  /** 0-based place in the Bundle. */
  readonly index: number
  readonly fullUrl: string | undefined
  /** Without a body: see `bodyOf`. */
  readonly request: FhirRequest
  /** The exact reading of the resource. */
  readonly resource: Resource | undefined
  /** Whether numbers of the Bundle would lose digits, so that `resource` can't be looked into as it is. */
  readonly digits: boolean
}

const METHODS = new Set<unknown>(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** Headers that an entry may have, by the element that holds them. */
const HEADERS = [
  ['ifNoneMatch', 'if-none-match'],
  ['ifModifiedSince', 'if-modified-since'],
  ['ifMatch', 'if-match'],
  ['ifNoneExist', 'if-none-exist'],
] as const

const MOST_ISSUES = 100

/**
 * The entries of a batch or transaction as requests; what the Bundle's own request prefers, they prefer, in its language.
 * @param digits see BundleEntry
 * @throws Failure 400 that names every entry which is no request
 */
export function readEntries(
  entries: readonly unknown[],
  digits: boolean,
  outer: FhirRequest,
  context: Context,
): readonly BundleEntry[] {
  const issues: Issue[] = []
  const read: BundleEntry[] = []
  for (let index = 0; index < entries.length && issues.length < MOST_ISSUES; index++)
    try {
      read.push(readEntry(entries[index], index, digits, outer, context))
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      issues.push(...error.issues)
    }
  if (issues.length > 0) throw new Failure('malformed', issues)
  return read
}

function readEntry(
  value: unknown,
  index: number,
  digits: boolean,
  outer: FhirRequest,
  context: Context,
): BundleEntry {
  const at = `Bundle.entry[${index}]`
  const required = (what: string, element: string) =>
    fail('malformed', `Entry ${index} has no ${what}`, `${at}.${element}`, 'required')
  if (!isObject(value)) throw fail('malformed', `Entry ${index} is not an object`, at)
  const { request, resource, fullUrl } = value
  if (!isObject(request))
    throw required('request; in a batch or transaction each entry says what to do', 'request')
  const { method, url } = request
  if (method === undefined) throw required('request.method', 'request.method')
  if (!METHODS.has(method))
    throw fail(
      'malformed',
      `Entry ${index}: the method must be one of ${[...METHODS].join(', ')}`,
      `${at}.request.method`,
      'value',
    )
  if (typeof url !== 'string') throw required('request.url', 'request.url')
  const { path, query } = readUrl(url, `${at}.request.url`, context)
  if (path.length === 0 && method === 'POST')
    throw fail(
      'malformed',
      `Entry ${index} posts to the base; a batch or transaction can't hold another`,
      `${at}.request.url`,
    )
  if (resource === undefined && needsResource(method as Method, path))
    throw required(`resource, and ${method as Method} needs one`, 'resource')
  if (resource !== undefined && (!isObject(resource) || typeof resource.resourceType !== 'string'))
    throw fail('malformed', `Entry ${index}: the resource has no "resourceType"`, `${at}.resource`)
  const headers: Record<string, string> = {}
  for (const name of ['prefer', 'accept-language']) {
    const given = outer.headers[name]
    if (given !== undefined) headers[name] = given
  }
  for (const [element, header] of HEADERS) {
    const given = request[element]
    if (typeof given === 'string') headers[header] = given
  }
  return {
    index,
    fullUrl: typeof fullUrl === 'string' ? fullUrl : undefined,
    request: {
      method: method as Method,
      path,
      query,
      headers,
      body: undefined,
      ...(outer.from === undefined ? {} : { from: outer.from }),
      ...(outer.principal === undefined ? {} : { principal: outer.principal }),
    },
    resource: resource as Resource | undefined,
    digits,
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function needsResource(method: Method, path: readonly string[]): boolean {
  if (method === 'PUT' || method === 'PATCH') return true
  return method === 'POST' && !/^[$_]/.test(path.at(-1) ?? '')
}

/** A URL of an entry: relative to the base, or absolute under it. */
function readUrl(
  url: string,
  expression: string,
  context: Context,
): { path: readonly string[]; query: Query } {
  const { baseUrl } = context
  let local = url
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(url)) {
    if (url !== baseUrl && !url.startsWith(`${baseUrl}/`) && !url.startsWith(`${baseUrl}?`))
      throw fail('malformed', `The URL must be relative or under ${baseUrl}`, expression, 'value')
    local = url.slice(baseUrl.length)
  }
  const at = local.indexOf('?')
  const path = at < 0 ? local : local.slice(0, at)
  const query = at < 0 ? [] : readQuery(local.slice(at + 1))
  try {
    return {
      path: path.split('/').flatMap((part) => (part === '' ? [] : [decodeURIComponent(part)])),
      query,
    }
  } catch {
    throw fail('malformed', 'The URL has a broken % escape', expression, 'value')
  }
}

/** The resource of an entry in both readings. */
export const incomingOf = ({ resource, digits }: BundleEntry): Incoming => ({
  exact: resource!,
  plain: digits ? (parseJson(stringify(resource)) as Resource) : resource!,
})

/**
 * The body of an entry's request. A JSON Patch comes as a Binary that holds it.
 * @throws Failure 400 for a Binary whose data can't be read
 */
export function bodyOf({ resource, request, index }: BundleEntry): Body | undefined {
  if (resource === undefined) return undefined
  if (request.method !== 'PATCH' || resource.resourceType !== 'Binary')
    return { type: 'application/fhir+json', text: stringify(resource) }
  const { contentType, data } = resource
  if (typeof contentType !== 'string' || typeof data !== 'string')
    throw fail(
      'malformed',
      'A patch in a Binary needs its "contentType" and its "data" in base64',
      `Bundle.entry[${index}].resource`,
      'required',
    )
  return {
    type: contentType.split(';')[0]!.trim().toLowerCase(),
    text: Buffer.from(data, 'base64').toString('utf8'),
  }
}
