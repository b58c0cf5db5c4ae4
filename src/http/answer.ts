// FhirResponse → bytes: format, compression, headers that every answer has.
// Must not parse a body that goes out as it is kept.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FhirResponse } from '../fhir/message.ts'
import type { Converter } from './convert.ts'
import { DEFAULT_FORMAT, type Format } from './format.ts'
import { finish } from './linger.ts'

const compressors = {
  br: promisify(brotliCompress),
  gzip: promisify(gzip),
}
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }

/** Smaller bodies don't get smaller by compression in a way that pays. */
const WORTH_COMPRESSING = 1400

/** Send an answer. */
export async function send(
  answer: FhirResponse,
  format: Format,
  request: IncomingMessage,
  response: ServerResponse,
  converter: Converter,
): Promise<void> {
  response.statusCode = answer.status
  for (const name in answer.headers) response.setHeader(name, answer.headers[name]!)
  // Records belong to the one who asked; a cache may keep them only to ask again.
  response.setHeader('cache-control', 'private, no-cache')
  response.setHeader('x-content-type-options', 'nosniff')
  vary(response)
  if (answer.raw !== undefined) {
    response.setHeader('content-type', answer.raw.type)
    const policy = answer.raw.policy ?? "default-src 'none'; sandbox"
    response.setHeader('content-security-policy', policy)
    end(request, response, answer.raw.bytes)
    return
  }
  if (answer.body === undefined) {
    finish(request, response)
    return
  }
  response.setHeader('content-type', format.type)
  const text = format === DEFAULT_FORMAT ? answer.body : await converter.write(answer.body, format)
  const accepted = request.headers['accept-encoding']
  if (accepted !== undefined && text.length > WORTH_COMPRESSING) {
    const encoding = encodingOf(accepted)
    if (encoding !== undefined) {
      response.setHeader('content-encoding', encoding)
      end(
        request,
        response,
        await (encoding === 'br' ? compressors.br(text, BROTLI) : compressors.gzip(text)),
      )
      return
    }
  }
  response.setHeader('content-length', Buffer.byteLength(text))
  finish(request, response, text)
}

function end(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  response.setHeader('content-length', bytes.byteLength)
  finish(request, response, bytes)
}

/** One ETag for all formats of a version, so that a cache must know what else an answer hangs on; CORS may have said more. */
function vary(response: ServerResponse): void {
  const before = response.getHeader('vary')
  response.setHeader('vary', before === undefined ? VARY : `${String(before)}, ${VARY}`)
}

const VARY = 'Accept, Accept-Encoding, Accept-Language'

/** brotli before gzip; undefined when neither is wanted. */
function encodingOf(header: string): 'br' | 'gzip' | undefined {
  const wanted = (name: string): boolean => {
    const found = new RegExp(`(?:^|,)\\s*${name}\\s*(?:;\\s*q=([0-9.]+))?\\s*(?:,|$)`, 'i').exec(
      header,
    )
    return found !== null && Number(found[1] ?? 1) > 0
  }
  return wanted('br') ? 'br' : wanted('gzip') ? 'gzip' : undefined
}
