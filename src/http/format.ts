// Which format an answer has: _format before Accept; https://hl7.org/fhir/R4/http.html#mime-type
// Must not fall back silently: what can't be given is 406.
import accepts from 'accepts'
import type { IncomingMessage } from 'node:http'
import { fail } from '../errors.ts'
import type { Query } from '../fhir/message.ts'
import { isBinaryRead } from './binary.ts'
import { message as said } from '../words/message.ts'

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
  ['application/fhir+xml', XML_FORMAT],
  ['application/json', { ...JSON_FORMAT, type: 'application/json; charset=utf-8' }],
  ['text/json', { ...JSON_FORMAT, type: 'application/json; charset=utf-8' }],
  ['xml', XML_FORMAT],
  ['application/xml', { ...XML_FORMAT, type: 'application/xml; charset=utf-8' }],
  ['text/xml', { ...XML_FORMAT, type: 'text/xml; charset=utf-8' }],
  ['application/json+fhir', JSON_FORMAT],
  ['application/xml+fhir', XML_FORMAT],
])
// A browser asks for HTML first and takes anything; JSON for people is the better reading.
const OFFERED = [...BY_NAME.keys()].filter((name) => name.includes('/')).concat('text/html')

/** The format when the one asked for can't be known. */
export const DEFAULT_FORMAT = JSON_FORMAT

/** @throws Failure 406 when neither JSON nor XML is acceptable */
export function formatOf(message: IncomingMessage): Format {
  const url = message.url ?? ''
  const asked =
    url.includes('_format') || url.includes('_pretty')
      ? [...new URLSearchParams(url.slice(url.indexOf('?') + 1))]
      : []
  // What is said of the format is said to the operation, which makes the page itself.
  const others = hasPage(url)
    ? asked.filter(([name, value]) => name !== '_format' || !isHtml(value))
    : asked
  return formatIn(others, () => byAccept(message))
}

/** Whether a URL is of an operation that can answer with a page to print. */
const hasPage = (url: string): boolean => /\/(?:\$|%24)checkup-report\/?(?:\?|$)/i.test(url)

const isHtml = (value: string): boolean => /^(?:text\/)?html$/i.test(value.split(';')[0]!.trim())

/** The format that parameters ask for, which in a search by POST stand in the form; else the other. @throws Failure 406 */
export function formatIn(query: Query, otherwise: () => Format): Format {
  const valueOf = (wanted: string) => query.find(([name]) => name === wanted)?.[1]
  const named = valueOf('_format')
  const format = named ? byName(named) : otherwise()
  const pretty = valueOf('_pretty')
  if (pretty !== 'true' && pretty !== '') return format
  return format === JSON_FORMAT ? PRETTY : { ...format, pretty: true }
}

function byName(name: string): Format {
  requireVersion([name])
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
  const ranges = header.split(',').filter((range) => range.trim() !== '')
  if (ranges.length === 0) return JSON_FORMAT
  const accept = requireVersion(ranges).map(withoutParameters).join(',')
  const type = accepts({ headers: { accept } } as IncomingMessage).types(OFFERED)
  if (typeof type === 'string') return BY_NAME.get(type) ?? PRETTY
  // Its content has a type of its own; see binary.ts.
  if (isBinaryRead(message)) return JSON_FORMAT
  throw fail('not-acceptable', said('not-acceptable'))
}

/** The media ranges that don't ask for another version of FHIR. @throws Failure 406 when there are none */
function requireVersion(ranges: readonly string[]): readonly string[] {
  const spoken = ranges.filter((range) => isR4(versionIn(range)))
  if (spoken.length > 0) return spoken
  throw fail('not-acceptable', said('fhir-version', { found: versionIn(ranges[0]!) }))
}

/** `fhirVersion` of a media type, https://hl7.org/fhir/R4/http.html#version-parameter */
export const versionIn = (mediaType: string): string | undefined =>
  /;\s*fhirVersion\s*=\s*"?([^\s;,"]+)/i.exec(mediaType)?.[1]

/** Whether this server speaks a version; none given counts as ours. */
export const isR4 = (version: string | undefined): boolean =>
  version === undefined || /^4(\.0(\.1)?)?$/.test(version)

/** All that is offered is UTF-8 and R4, so of the parameters only the weight says which is wanted. */
const withoutParameters = (range: string): string =>
  range
    .split(';')
    .filter((part, i) => i === 0 || /^\s*q\s*=/i.test(part))
    .join(';')
