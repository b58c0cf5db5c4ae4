// Answers of reads and writes: status, ETag, Last-Modified, Location, and what Prefer asks for as a body.
// https://hl7.org/fhir/R4/http.html#ops, #versioning
// Must not parse the resource, but for a Consent that was written.
import { consentWarnings } from '../consent/consent-warnings.ts'
import type { Context } from '../context.ts'
import type { Issue } from '../errors.ts'
import { information, outcomeText } from '../fhir/outcome.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { createSettings } from '../search/settings.ts'
import type { Version } from '../store/store.ts'

/** ETag of a version: `W/"3"`. */
export const etag = (version: number): string => `W/"${version}"`

/** Headers that say which version an answer is. */
export const versionHeaders = (v: Version): Record<string, string> => ({
  etag: etag(v.version),
  'last-modified': new Date(v.updated).toUTCString(),
})

/** URL of a version: `[base]/Patient/p1/_history/3`. */
export const versionUrl = (v: Version, context: Context): string =>
  `${context.baseUrl}/${v.type}/${v.id}/_history/${v.version}`

export type Preference = 'minimal' | 'representation' | 'OperationOutcome'

/** `return=` of the Prefer header; representation by default. */
export const preferredReturn = (request: FhirRequest): Preference =>
  askedReturn(request) ?? 'representation'

/** `return=` of the Prefer header; undefined when it says none of the known ones. */
export function askedReturn(request: FhirRequest): Preference | undefined {
  const wanted = preference(request, 'return')
  return wanted === 'minimal' || wanted === 'OperationOutcome' || wanted === 'representation'
    ? wanted
    : undefined
}

/** Whether `Prefer: handling=strict` was sent. */
export const isStrict = (request: FhirRequest): boolean =>
  preference(request, 'handling') === 'strict'

function preference(request: FhirRequest, name: string): string | undefined {
  const header = request.headers.prefer
  if (header === undefined) return undefined
  for (const part of header.split(/[,;]/)) {
    const [key, value] = part.split('=')
    if (key?.trim().toLowerCase() === name) return value?.trim().replace(/^"(.*)"$/, '$1')
  }
  return undefined
}

/** What stands in a Consent that can't be judged: kept, and told, since it does less than it seems to. */
function doubtsOf({ type, text }: Version, context: Context): readonly Issue[] {
  if (type !== 'Consent' || text === undefined) return []
  const { definitions, baseUrl, config, log } = context
  const settings = createSettings(definitions, { baseUrl, zone: config.timeZone })
  const doubts = consentWarnings(JSON.parse(text) as Resource, settings)
  if (doubts.length > 0)
    log.warn(
      { elements: doubts.flatMap(({ expression = [] }) => expression) },
      'a Consent was written that can not be judged in every part',
    )
  return doubts
}

/** Answer to a create, update or patch that led to this version. */
export function written(
  status: number,
  v: Version,
  what: string,
  request: FhirRequest,
  context: Context,
): FhirResponse {
  const headers = { ...versionHeaders(v), location: versionUrl(v, context) }
  const doubts = doubtsOf(v, context)
  switch (preferredReturn(request)) {
    case 'minimal':
      return { status, headers }
    case 'OperationOutcome':
      return {
        status,
        headers,
        body: outcomeText(
          [information(`${what} ${v.type}/${v.id}, version ${v.version}`), ...doubts],
          request.headers['accept-language'],
        ),
      }
    case 'representation':
      return { status, headers, ...(v.text === undefined ? {} : { body: v.text }) }
  }
}
