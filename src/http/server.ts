// The listening server: limits of time and size, refusals that Node makes itself, and a clean end.
// https://nodejs.org/api/http.html
// Must not let a slow or silent client hold a connection for good.
import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { outcomeText } from '../fhir/outcome.ts'

export type Listening = {
  readonly port: number
  /** Let a listener answer from now on; until then every request gets 503. */
  serve(listener: RequestListener): void
  /** Stop taking requests; resolves when those in flight are done, or cut off after so many seconds. */
  close(seconds: number): Promise<void>
}

/** @throws Error in plain words when the address can't be had */
export async function listen(host: string, port: number): Promise<Listening> {
  let listener: RequestListener = starting
  const server = createServer(
    {
      headersTimeout: 20_000,
      requestTimeout: 120_000,
      keepAliveTimeout: 30_000,
      maxHeaderSize: 65_536,
      noDelay: true,
    },
    (request, response) => listener(request, response),
  )
  server.on('clientError', refuse)
  await bind(server, host, port)
  return {
    port: (server.address() as AddressInfo).port,
    serve: (next) => {
      listener = next
    },
    close: (seconds) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), seconds * 1000)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE'
          ? 'something else listens there already'
          : error.code === 'EACCES'
            ? 'this user may not'
            : 'the address is not one of this machine'
      reject(new Error(`Can't listen on ${host}:${port}: ${reason}. Set HOST and PORT.`))
    })
    server.listen(port, host, () => resolve())
  })
}

const starting: RequestListener = (_request, response) => {
  response.writeHead(503, {
    'content-type': 'application/fhir+json; charset=utf-8',
    'retry-after': '2',
  })
  response.end(
    outcomeText([{ severity: 'error', code: 'transient', diagnostics: 'The server is starting' }]),
  )
}

/** What Node could not read as HTTP gets an OperationOutcome too. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, diagnostics] = REFUSALS[error.code ?? ''] ?? [
    400,
    'The request is not well-formed HTTP',
  ]
  const body = outcomeText([
    { severity: 'error', code: status === 408 ? 'timeout' : 'structure', diagnostics },
  ])
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/fhir+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

const REFUSALS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_INVALID_URL: [
    400,
    'The URL has characters that must be percent-encoded (letters outside ASCII as UTF-8)',
  ],
  HPE_HEADER_OVERFLOW: [431, 'The URL and headers are longer than 64 KB together'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time'],
}
