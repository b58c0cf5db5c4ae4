// Bytes → FhirRequest: path, query, headers, body; https://hl7.org/fhir/R4/http.html#mime-type
// Every reader is bounded before it works: bytes as sent and as expanded, and UTF-8 that is UTF-8.
// Must not look at what a resource says beyond turning XML into JSON.
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  type BrotliDecompress,
  type Gunzip,
  type Inflate,
} from 'node:zlib'
import type { Context } from '../context.ts'
import { fail, Failure } from '../errors.ts'
import type { Body, FhirRequest, Method, Query } from '../fhir/message.ts'
import { readQuery } from '../fhir/query.ts'
import { binaryText, isBinaryResource, isBinaryWrite } from './binary.ts'
import type { Converter } from './convert.ts'
import { isR4, versionIn } from './format.ts'
import { message } from '../words/message.ts'

const METHODS = new Set<string>(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

/**
 * Read a request whose URL begins behind the FHIR base (`/Patient/p1?…`).
 * @throws Failure 400, 405, 413 or 415
 */
export async function readRequest(
  message: IncomingMessage,
  context: Context,
  converter: Converter,
): Promise<FhirRequest> {
  const method = message.method ?? 'GET'
  if (!METHODS.has(method))
    throw new Failure(
      'method-not-allowed',
      fail('method-not-allowed', `${method} is not a method of FHIR's REST API`).issues,
      { allow: [...METHODS].join(', ') },
    )
  const url = message.url ?? '/'
  const mark = url.indexOf('?')
  const path = readPath(mark < 0 ? url : url.slice(0, mark))
  const query = mark < 0 ? NO_QUERY : readQuery(url.slice(mark + 1))
  // Node gives the headers read here as single strings.
  const headers = message.headers as Readonly<Record<string, string | undefined>>
  const request = { method: method as Method, path, query, headers, body: undefined }
  if (method === 'GET' || method === 'HEAD' || !hasBody(message)) return request

  const { maxBodyBytes } = context.config
  if (isBinaryWrite(request.method, path))
    return {
      ...request,
      body: await toBinary(await readBytes(message, maxBodyBytes), request, converter),
    }
  const type = mediaType(headers['content-type'])
  const text = toText(await readBytes(message, maxBodyBytes))
  if (path.at(-1) === '_search') {
    // Read as no form, it would be a search for everything.
    if (type !== 'application/x-www-form-urlencoded' && text.trim() !== '')
      throw fail(
        'media-type',
        `A search comes as application/x-www-form-urlencoded, not as ${type}`,
      )
    return { ...request, query: [...query, ...readQuery(text)] }
  }
  return { ...request, body: await toBody(type, text, converter) }
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

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

/** Media type in lower case without parameters; FHIR JSON when none is given. */
function mediaType(header: string | undefined): string {
  if (header === undefined || header === '') return 'application/fhir+json'
  const semicolon = header.indexOf(';')
  if (semicolon < 0) return header.trim().toLowerCase()
  const version = versionIn(header)
  if (!isR4(version)) throw fail('media-type', message('fhir-version', { found: version }))
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
const SYNTAXES_OF_JSON = new Set([...JSON_TYPES.keys()].filter((type) => !type.includes('patch')))

async function toBody(type: string, text: string, converter: Converter): Promise<Body> {
  if (XML.has(type)) return { type: 'application/fhir+json', text: await converter.read(text) }
  return { type: JSON_TYPES.get(type) ?? type, text }
}

/** A Binary that came as a resource stays one; any other content becomes one. */
async function toBinary(
  bytes: Buffer,
  { path, headers }: FhirRequest,
  converter: Converter,
): Promise<Body> {
  const header = headers['content-type']
  const bare = header?.split(';')[0]!.trim().toLowerCase() || 'application/fhir+json'
  const syntax = XML.has(bare) ? 'xml' : SYNTAXES_OF_JSON.has(bare) ? 'json' : undefined
  if (syntax !== undefined && isUtf8(bytes)) {
    const text = bytes.toString('utf8')
    const fhir = bare.includes('fhir')
    if (isBinaryResource(text, syntax, fhir)) return toBody(mediaType(header), text, converter)
  }
  const securityContext = headers['x-security-context']
  return {
    type: 'application/fhir+json',
    text: binaryText(bytes, header || 'application/octet-stream', path[1], securityContext),
  }
}

const tooLarge = (limit: number) =>
  fail('too-large', `The body is larger than ${limit} bytes, the most that this server takes`)

function toText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw fail('malformed', 'The body is not valid UTF-8')
  return bytes.toString('utf8')
}

/** The body, expanded. */
function readBytes(message: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = message.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity') {
    if (Number(message.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
    return collect(message, message, limit)
  }
  const expander = EXPANDERS.get(encoding)?.()
  if (expander === undefined)
    throw fail(
      'media-type',
      `Content-Encoding is one of gzip, deflate and br here, not ${encoding}`,
    )
  return collect(message, message.pipe(expander), limit).finally(() => {
    message.unpipe(expander)
    expander.destroy()
  })
}

const EXPANDERS = new Map<string, () => Gunzip | Inflate | BrotliDecompress>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
  ['br', () => createBrotliDecompress()],
])

/** @param stream the message itself, or what expands it and never hears when the message breaks off */
function collect(message: IncomingMessage, stream: Readable, limit: number): Promise<Buffer> {
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
    if (stream !== message)
      stream.on('error', () =>
        reject(
          fail('malformed', 'The body can not be expanded: its Content-Encoding does not fit'),
        ),
      )
    const broken = () => reject(fail('malformed', 'The request ended before its body was complete'))
    message.on('error', broken)
    message.on('aborted', broken)
  })
}
