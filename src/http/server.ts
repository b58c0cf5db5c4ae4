// The listening server: limits of time and size, refusals that Node makes itself, and a clean end.
// https://nodejs.org/api/http.html
// Must not let a slow or silent client hold a connection for good.
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { MAX_HEADERS } from '../fhir/limits.ts'
import { outcomeText } from '../fhir/outcome.ts'
import { finish } from './linger.ts'
import { endSlowReaders } from './slow-reader.ts'

export type Listening = {
  readonly port: number
  /** Let a listener answer from now on; until then every request gets 503. */
  serve(listener: RequestListener): void
  /** Let connections be taken over, of requests that ask for it and are for that. */
  upgrades(taking: Taking): void
  /** Stop taking requests; resolves when those in flight are done, or cut off after so many seconds. */
  close(seconds: number): Promise<void>
}

export type Taking = {
  isFor(request: IncomingMessage): boolean
  take(request: IncomingMessage, socket: Duplex, head: Buffer): unknown
}

/** Times in milliseconds. */
export type HttpLimits = {
  /** For the headers of a request to arrive, and for the whole of it. */
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  /** For a client to take in something of an answer. */
  readonly answerTimeoutMs: number
  /** For a connection to lie idle between requests. */
  readonly idleTimeoutMs: number
  readonly maxConnections: number
}

const DEFAULTS: HttpLimits = {
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 120_000,
  answerTimeoutMs: 60_000,
  idleTimeoutMs: 30_000,
  maxConnections: 10_000,
}

/** @throws Error in plain words when the address can't be had */
export async function listen(
  host: string,
  port: number,
  limits: HttpLimits = DEFAULTS,
): Promise<Listening> {
  let listener: RequestListener = starting
  let taking: Taking | undefined
  const server = createServer(
    {
      // What asks for another protocol than is known here is answered in this one.
      shouldUpgradeCallback: (request: IncomingMessage) => taking?.isFor(request) === true,
      headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.idleTimeoutMs,
      // Node looks for late requests this often.
      connectionsCheckingInterval: Math.min(5000, Math.ceil(limits.headersTimeoutMs / 4)),
      maxHeaderSize: 65_536,
      noDelay: true,
    },
    (request, response) => {
      // Node would leave out those above its own bound, and an If-Match among them.
      if (request.rawHeaders.length > 2 * MAX_HEADERS) tooManyHeaders(request, response)
      else listener(request, response)
    },
  )
  server.maxHeadersCount = 0
  server.maxConnections = limits.maxConnections
  server.on('clientError', refuse)
  server.on('connect', (_request: IncomingMessage, socket: Duplex) =>
    answerBare(socket, 405, 'not-supported', 'CONNECT is not a method of this server'),
  )
  server.on('checkExpectation', unexpected)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (taking?.isFor(request) === true) void taking.take(request, socket, head)
    else answerBare(socket, 400, 'not-supported', 'There is no other protocol here than HTTP/1.1')
  })
  endSlowReaders(server, limits.answerTimeoutMs)
  await bind(server, host, port)
  return {
    port: (server.address() as AddressInfo).port,
    serve: (next) => {
      listener = next
    },
    upgrades: (next) => {
      taking = next
    },
    close: async (seconds) => {
      // What has arrived is read first: a connection that is closed over it would be reset.
      await new Promise((resolve) => setImmediate(resolve))
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), seconds * 1000)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
      })
    },
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

function tooManyHeaders(request: IncomingMessage, response: ServerResponse): void {
  refuseWith(request, response, 431, `A request may have ${MAX_HEADERS} headers here`)
}

function unexpected(request: IncomingMessage, response: ServerResponse): void {
  refuseWith(request, response, 417, 'Of what a client may expect, 100-continue is known here')
}

/** The connection ends: what may follow as a body is not read. */
function refuseWith(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  diagnostics: string,
): void {
  const body = outcomeText([{ severity: 'error', code: 'not-supported', diagnostics }])
  response.writeHead(status, {
    'content-type': 'application/fhir+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  })
  finish(request, response, body)
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
  answerBare(socket, status, status === 408 ? 'timeout' : 'structure', diagnostics)
}

/** An answer on a connection that no request of Node's belongs to; its last. */
function answerBare(socket: Duplex, status: number, code: string, diagnostics: string): void {
  const body = outcomeText([{ severity: 'error', code, diagnostics }])
  socket.on('error', () => socket.destroy())
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
