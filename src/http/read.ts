// Bytes → FhirRequest: path, query, headers, body; https://hl7.org/fhir/R4/http.html#mime-type
// Every reader is bounded before it works: bytes as sent and as expanded, and UTF-8 that is UTF-8.
// Must not look at what a resource says beyond turning XML into JSON.
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { stringify } from '../fhir/json.ts'
import type { Body, FhirRequest, Method, Query } from '../fhir/message.ts'
import { xmlToResource } from '../fhir/xml.ts'

const METHODS = new Set<string>(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

/**
 * Read a request whose URL begins behind the FHIR base (`/Patient/p1?…`).
 * @throws Failure 400, 405, 413 or 415
 */
export async function readRequest(
  message: IncomingMessage,
  context: Context,
): Promise<FhirRequest> {
  const method = message.method ?? 'GET'
  if (!METHODS.has(method))
    throw fail('method-not-allowed', `${method} is not a method of FHIR's REST API`)
  const url = message.url ?? '/'
  const mark = url.indexOf('?')
  const path = readPath(mark < 0 ? url : url.slice(0, mark))
  const query = mark < 0 ? NO_QUERY : readQuery(url.slice(mark + 1))
  // Node gives the headers read here as single strings.
  const headers = message.headers as Readonly<Record<string, string | undefined>>
  const request = { method: method as Method, path, query, headers, body: undefined }
  if (method === 'GET' || method === 'HEAD' || !hasBody(message)) return request

  const type = mediaType(headers['content-type'])
  const text = await readText(message, context.config.maxBodyBytes)
  if (type === 'application/x-www-form-urlencoded' && path.at(-1) === '_search')
    return { ...request, query: [...query, ...readQuery(text)] }
  return { ...request, body: toBody(type, text, context) }
}

const NO_QUERY: Query = []

function readPath(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '')
  if (!path.includes('%')) return segments
  return segments.map((segment) => {
    try {
      return decodeURIComponent(segment)
    } catch {
      throw fail(
        'malformed',
        'The path of the URL has a percent sign that no two hexadecimal digits of UTF-8 follow',
      )
    }
  })
}

const readQuery = (text: string): Query => [...new URLSearchParams(text)]

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

/** Media type in lower case without parameters; FHIR JSON when none is given. */
function mediaType(header: string | undefined): string {
  if (header === undefined || header === '') return 'application/fhir+json'
  const semicolon = header.indexOf(';')
  if (semicolon < 0) return header.trim().toLowerCase()
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(header)?.[1]
  if (charset !== undefined && !/^utf-?8$/i.test(charset) && !/^us-ascii$/i.test(charset))
    throw fail('media-type', `FHIR is sent in UTF-8, not in ${charset}`)
  return header.slice(0, semicolon).trim().toLowerCase()
}

const XML = new Set(['application/fhir+xml', 'application/xml', 'text/xml', 'application/xml+fhir'])
const JSON_TYPES = new Map([
  ['application/fhir+json', 'application/fhir+json'],
  ['application/json', 'application/json'],
  ['text/json', 'application/json'],
  ['application/json+fhir', 'application/fhir+json'],
  ['application/json-patch+json', 'application/json-patch+json'],
])

function toBody(type: string, text: string, context: Context): Body {
  if (XML.has(type))
    return {
      type: 'application/fhir+json',
      text: stringify(xmlToResource(text, context.definitions)),
    }
  return { type: JSON_TYPES.get(type) ?? type, text }
}

const tooLarge = (limit: number) =>
  fail('too-large', `The body is larger than ${limit} bytes, the most that this server takes`)

/** The body as text, expanded. */
async function readText(message: IncomingMessage, limit: number): Promise<string> {
  const encoding = message.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity' && Number(message.headers['content-length'] ?? 0) > limit)
    throw tooLarge(limit)
  const bytes = await collect(expand(message, encoding), limit)
  if (!isUtf8(bytes)) throw fail('malformed', 'The body is not valid UTF-8')
  return bytes.toString('utf8')
}

function expand(message: IncomingMessage, encoding: string): NodeJS.ReadableStream {
  switch (encoding) {
    case 'identity':
      return message
    case 'gzip':
    case 'x-gzip':
      return message.pipe(createGunzip())
    case 'deflate':
      return message.pipe(createInflate())
    case 'br':
      return message.pipe(createBrotliDecompress())
    default:
      throw fail(
        'media-type',
        `Content-Encoding is one of gzip, deflate and br here, not ${encoding}`,
      )
  }
}

function collect(stream: NodeJS.ReadableStream, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        stream.pause()
        reject(tooLarge(limit))
      } else chunks.push(chunk)
    })
    stream.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)))
    stream.on('error', () =>
      reject(fail('malformed', 'The body can not be expanded: its Content-Encoding does not fit')),
    )
    stream.on('aborted', () =>
      reject(fail('malformed', 'The request ended before its body was complete')),
    )
  })
}
