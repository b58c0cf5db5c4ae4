// read, with conditional read; https://hl7.org/fhir/R4/http.html#read
// Must not parse the stored text unless a subset (_summary, _elements) or other units (_units) are asked for.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import type { Version } from '../store/store.ts'
import { versionHeaders } from './answer.ts'
import { subsetOf, subsetText } from './subset.ts'
import { inUnits, unitsAsked } from './units-view.ts'
import { message } from '../words/message.ts'

/** `GET [base]/[type]/[id]`: 200, 304, 404 when there never was one, 410 when it was deleted. */
export async function read(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const [type, id] = request.path as [string, string]
  return found(await context.store.read(type, id), request, context, `${type}/${id}`)
}

/** @throws Failure 404 when there never was one, 410 when it was deleted */
export function requirePresent(
  version: Version | undefined,
  what: string,
): asserts version is Version & { readonly text: string } {
  if (version === undefined) throw fail('not-found', message('absent', { what }))
  if (version.text === undefined)
    throw fail('gone', message('deleted', { what, version: version.version }))
}

/** The answer for a version that was looked for. */
export function found(
  version: Version | undefined,
  request: FhirRequest,
  context: Context,
  what: string,
): FhirResponse {
  requirePresent(version, what)
  const headers = versionHeaders(version)
  if (isNotModified(request, version, headers.etag!)) return { status: 304, headers }
  if (request.query.length === 0) return { status: 200, headers, body: version.text }
  const subset = subsetOf(request.query)
  const view = unitsAsked(request.query)
  const text = view === undefined ? version.text : inUnits(version.type, version.text, view)
  return { status: 200, headers, body: subset ? subsetText(text, subset, context) : text }
}

/** https://hl7.org/fhir/R4/http.html#cread: If-None-Match wins over If-Modified-Since, as in RFC 9110. */
function isNotModified({ headers }: FhirRequest, version: Version, etag: string): boolean {
  const tags = headers['if-none-match']
  if (tags !== undefined)
    return tags
      .split(',')
      .some((t) => t.trim() === '*' || t.trim().replace(/^W\//, '') === etag.slice(2))
  const since = headers['if-modified-since']
  if (since === undefined) return false
  // HTTP dates have whole seconds; an unreadable one compares as NaN, which is never fresh.
  return Math.floor(version.updated / 1000) * 1000 <= Date.parse(since)
}
