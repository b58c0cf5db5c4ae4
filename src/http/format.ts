// Which format an answer has: _format before Accept; https://hl7.org/fhir/R4/http.html#mime-type
// Must not fall back silently: what can't be given is 406.
import accepts from 'accepts'
import type { IncomingMessage } from 'node:http'
import { fail } from '../errors.ts'

export type Format = {
  readonly syntax: 'json' | 'xml'
  /** Content-Type of the answer. */
  readonly type: string
  readonly pretty: boolean
}

const JSON_FORMAT: Format = {
  syntax: 'json',
  type: 'application/fhir+json; charset=utf-8',
  pretty: false,
}
const PRETTY: Format = { ...JSON_FORMAT, pretty: true }
const XML_FORMAT: Format = {
  syntax: 'xml',
  type: 'application/fhir+xml; charset=utf-8',
  pretty: false,
}
const BY_NAME: ReadonlyMap<string, Format> = new Map([
  ['json', JSON_FORMAT],
  ['application/fhir+json', JSON_FORMAT],
  ['application/json+fhir', JSON_FORMAT],
  ['application/json', { ...JSON_FORMAT, type: 'application/json; charset=utf-8' }],
  ['text/json', { ...JSON_FORMAT, type: 'application/json; charset=utf-8' }],
  ['xml', XML_FORMAT],
  ['application/fhir+xml', XML_FORMAT],
  ['application/xml+fhir', XML_FORMAT],
  ['application/xml', { ...XML_FORMAT, type: 'application/xml; charset=utf-8' }],
  ['text/xml', { ...XML_FORMAT, type: 'text/xml; charset=utf-8' }],
])
const OFFERED = [...BY_NAME.keys()].filter((name) => name.includes('/'))

/** The format when the one asked for can't be known. */
export const DEFAULT_FORMAT = JSON_FORMAT

/** @throws Failure 406 when neither JSON nor XML is acceptable */
export function formatOf(message: IncomingMessage): Format {
  const url = message.url ?? ''
  const asked =
    url.includes('_format') || url.includes('_pretty')
      ? new URLSearchParams(url.slice(url.indexOf('?') + 1))
      : undefined
  const named = asked?.get('_format')
  const format = named ? byName(named) : byAccept(message)
  const pretty = asked?.get('_pretty')
  return pretty === 'true' || pretty === ''
    ? format === JSON_FORMAT
      ? PRETTY
      : { ...format, pretty: true }
    : format
}

function byName(name: string): Format {
  // A plus that was not escaped arrives as a space.
  const found = BY_NAME.get(name.split(';')[0]!.trim().toLowerCase().replace(' ', '+'))
  if (found === undefined)
    throw fail(
      'not-acceptable',
      `_format is json or xml (or a media type of FHIR), not "${name}"`,
      '_format',
    )
  return found
}

function byAccept(message: IncomingMessage): Format {
  const header = message.headers.accept
  if (header === undefined || header === '*/*' || header === 'application/fhir+json')
    return JSON_FORMAT
  const version = /fhirVersion\s*=\s*"?([^\s;,"]+)/i.exec(header)?.[1]
  if (version !== undefined && !/^4(\.0(\.1)?)?$/.test(version))
    throw fail('not-acceptable', `This server speaks FHIR 4.0.1, not ${version}`)
  // A browser asks for HTML first and takes anything; JSON is the better reading.
  if (/text\/html/i.test(header)) return PRETTY
  const plain = {
    ...message,
    headers: { accept: header.replace(/;\s*(fhirVersion|charset)\s*=\s*[^;,]*/gi, '') },
  }
  const type = accepts(plain as IncomingMessage).types(OFFERED)
  if (typeof type !== 'string')
    throw fail(
      'not-acceptable',
      'This server answers in application/fhir+json or application/fhir+xml; Accept allows neither',
    )
  return BY_NAME.get(type)!
}
