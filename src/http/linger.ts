// The end of an answer to a request whose body was not read: https://www.rfc-editor.org/rfc/rfc9112#section-9.6
// A socket that is closed while bytes still arrive is reset, and the reset may take the answer with it. So the answer
// goes out at once, what still comes is thrown away for a while, and only then the connection ends.
// Must not keep what it reads, nor wait for good.
import type { IncomingMessage, ServerResponse } from 'node:http'

const MOST_BYTES = 256 * 1024 * 1024
const MOST_MS = 5000

/** End an answer whose headers are set. */
export function finish(
  request: IncomingMessage,
  response: ServerResponse,
  body?: string | Uint8Array,
): void {
  if (request.complete || request.destroyed) {
    if (body === undefined || body.length <= PIECE) response.end(body)
    else endInPieces(response, typeof body === 'string' ? Buffer.from(body) : body)
    return
  }
  if (body === undefined) response.flushHeaders()
  else response.write(body)
  discard(request, () => response.end())
}

/** Bytes that are given to a connection at once. */
const PIECE = 65_536

/** Written whole, nothing would tell a client that takes it in slowly from one that doesn't at all. */
function endInPieces(response: ServerResponse, bytes: Uint8Array): void {
  let at = 0
  const more = (): void => {
    while (at < bytes.length) {
      const piece = bytes.subarray(at, (at += PIECE))
      if (!response.write(piece)) {
        response.once('drain', more)
        return
      }
    }
    response.end()
  }
  more()
}

function discard(request: IncomingMessage, done: () => void): void {
  let bytes = 0
  const end = (): void => {
    clearTimeout(timer)
    request.off('data', count).off('end', end).off('close', end)
    done()
  }
  const count = (chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes > MOST_BYTES) end()
  }
  const timer = setTimeout(end, MOST_MS)
  request.on('data', count).on('end', end).on('close', end).resume()
}
