// Binary: content that is no FHIR comes and goes as it is, https://hl7.org/fhir/R4/binary.html#rest
// Everything inside works on the Binary resource; native content exists at the edge only, as XML does.
// Must not let content run in a browser: answer.ts sends it sandboxed, and never as a script of a page.
import accepts from 'accepts'
import type { IncomingMessage } from 'node:http'
import { parseJson, stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse, Method, Query, Resource } from '../fhir/message.ts'

const READ = /^\/+Binary\/+[^/?_$][^/?]*(?:\/+_history\/+[^/?]+)?\/*(?:\?|$)/

/** Whether a request reads one Binary; its URL begins behind the FHIR base. */
export const isBinaryRead = ({ method, url }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') && READ.test(url ?? '')

/** Whether a body may be the content of a Binary rather than the resource. */
export const isBinaryWrite = (method: Method, path: readonly string[]): boolean =>
  path[0] === 'Binary' &&
  ((method === 'POST' && path.length === 1) || (method === 'PUT' && path.length <= 2))

/**
 * JSON text of the Binary that native content is.
 * @param mediaType the Content-Type, with its parameters
 * @param id for an update
 * @param securityContext X-Security-Context: a reference
 */
export const binaryText = (
  bytes: Buffer,
  mediaType: string,
  id: string | undefined,
  securityContext: string | undefined,
): string =>
  stringify({
    resourceType: 'Binary',
    ...(id === undefined ? {} : { id }),
    contentType: mediaType.trim().replace(/\s+/g, ' '),
    ...(securityContext === undefined ? {} : { securityContext: { reference: securityContext } }),
    data: bytes.toString('base64'),
  })

/**
 * Whether a body in a syntax of FHIR is a Binary resource; anything else that is posted as one is content.
 * What claims to be FHIR and can't be read counts as a resource, so that the sender hears what is wrong with it.
 */
export function isBinaryResource(text: string, syntax: 'json' | 'xml', fhir: boolean): boolean {
  if (syntax === 'xml') return BINARY_XML.test(text)
  try {
    return (parseJson(text) as Resource).resourceType === 'Binary'
  } catch {
    return fhir
  }
}

const BINARY_XML = /^\uFEFF?\s*(?:<\?[^>]*\?>\s*|<!--[^]*?-->\s*)*<(?:[\w.-]+:)?Binary[\s/>]/

/** The answer with the content of the Binary in place of the resource, when the request doesn't ask for FHIR. */
export function nativeAnswer(
  message: IncomingMessage,
  { query }: FhirRequest,
  answer: FhirResponse,
): FhirResponse {
  const { body, ...others } = answer
  if (body === undefined || answer.status !== 200 || asksForResource(message, query)) return answer
  const { contentType, data, securityContext } = parseJson(body) as {
    contentType?: string
    data?: string
    securityContext?: { reference?: string }
  }
  const type = MEDIA_TYPE.test(contentType ?? '') ? contentType! : 'application/octet-stream'
  if (prefersFhir(message, type)) return answer
  const context = securityContext?.reference
  return {
    ...others,
    headers: {
      ...answer.headers,
      ...(context === undefined ? {} : { 'x-security-context': encodeURI(context) }),
    },
    raw: { type, bytes: Buffer.from(data ?? '', 'base64') },
  }
}

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: ?; ?[\w-]+=(?:"[ !#-~]*"|[!#-:<-~]+))*$/

const OF_RESOURCES = new Set(['_format', '_pretty', '_summary', '_elements'])

/** A page must not get a script, a style sheet or the like from a record: it would run with the rights of the page. */
const asksForResource = ({ headers }: IncomingMessage, query: Query): boolean =>
  query.some(([name]) => OF_RESOURCES.has(name)) ||
  /script|style|work|xslt|manifest/.test(String(headers['sec-fetch-dest'] ?? ''))

const FHIR = [
  'application/fhir+json',
  'application/fhir+xml',
  'application/json+fhir',
  'application/xml+fhir',
]

/** Only the media types of FHIR itself ask for the resource; `application/json` may be what the content is. */
function prefersFhir(message: IncomingMessage, contentType: string): boolean {
  if (!/fhir/i.test(message.headers.accept ?? '')) return false
  if (FHIR.includes(contentType)) return true
  const type = accepts(message).types([contentType, ...FHIR])
  return typeof type === 'string' && type !== contentType
}
