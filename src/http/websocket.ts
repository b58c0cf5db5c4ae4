// Websockets of `[base]/websocket`: connections are taken over, and what they say is handed to subscription/binding.ts.
// https://www.rfc-editor.org/rfc/rfc6455; the library is loaded with the first connection
// Must not keep a client that doesn't answer, or doesn't take in what it is sent.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'
import type { Auth } from '../auth/auth.ts'
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import { createBroker, type Broker } from '../subscription/binding.ts'

export type Sockets = {
  /** Whether a request is one to become a websocket. */
  isFor(request: IncomingMessage): boolean
  take(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  close(): void
}

const PATH = /^\/fhir\/websocket\/?(\?|$)/
/** Bytes of a message of a client. */
const MOST_MESSAGE = 4096
/** Bytes that may wait for a client to take them in. */
const MOST_WAITING = 4_194_304
/** Milliseconds between two questions whether a client is there still. */
const ALIVE_MS = 30_000

/** For a client to say goodbye. */
const FAREWELL_MS = 200

const PROTOCOL_ERROR = 1008
const GOING_AWAY = 1001

export function openSockets(context: Context, auth: Auth | undefined): Sockets {
  const { config, log } = context
  const origins = config.corsOrigins.split(',').map((origin) => origin.trim())
  let server: WebSocketServer | undefined
  let broker: Broker | undefined
  let timer: NodeJS.Timeout | undefined
  const alive = new WeakSet<WebSocket>()

  const open = async (): Promise<WebSocketServer> => {
    const { WebSocketServer: Server } = await import('ws')
    if (server !== undefined) return server
    broker = createBroker(context)
    server = new Server({ noServer: true, maxPayload: MOST_MESSAGE, perMessageDeflate: false })
    timer = setInterval(() => {
      for (const one of server?.clients ?? [])
        if (alive.delete(one)) one.ping()
        else one.terminate()
    }, ALIVE_MS)
    timer.unref()
    return server
  }

  const greet = (request: IncomingMessage, socket: WebSocket): void => {
    alive.add(socket)
    const bound = broker!.connect(
      {
        send: (text) => {
          if (socket.bufferedAmount > MOST_WAITING) socket.terminate()
          else socket.send(text)
        },
        end: (why) => socket.close(PROTOCOL_ERROR, why),
      },
      async () =>
        auth === undefined || request.headers.authorization === undefined
          ? undefined
          : auth.principal(request),
    )
    let last: Promise<void> = Promise.resolve()
    socket.on('pong', () => alive.add(socket))
    socket.on('message', (data: Buffer, isBinary) => {
      alive.add(socket)
      // One after the other, in their order.
      last = last
        .then(() => (isBinary ? undefined : bound.said(data.toString())))
        .catch((error: unknown) => {
          if (!(error instanceof Failure)) log.error({ err: error }, 'a websocket failed')
          socket.close(1011, 'try again later')
        })
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => bound.close())
  }

  return {
    isFor: ({ url = '', headers }) =>
      headers.upgrade?.toLowerCase() === 'websocket' && PATH.test(url),
    take: async (request, socket, head) => {
      const { origin } = request.headers
      const refusal = (status: string): void => {
        socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
      }
      socket.on('error', () => socket.destroy())
      if (origin !== undefined && !origins.includes('*') && !origins.includes(origin)) {
        refusal('403 Forbidden')
        return
      }
      try {
        if (auth !== undefined)
          await (request.headers.authorization === undefined
            ? auth.countStranger(request)
            : auth.principal(request))
        const ready = await open()
        ready.handleUpgrade(request, socket, head, (made) => greet(request, made))
      } catch (error) {
        if (!(error instanceof Failure)) log.error({ err: error }, 'a websocket failed')
        const status = error instanceof Failure ? error.status : 503
        refusal(
          status === 401
            ? '401 Unauthorized'
            : status === 403
              ? '403 Forbidden'
              : status === 429
                ? '429 Too Many Requests'
                : '503 Service Unavailable',
        )
      }
    },
    close: () => {
      clearInterval(timer)
      broker?.close()
      for (const one of server?.clients ?? []) {
        one.close(GOING_AWAY, 'the server ends')
        setTimeout(() => one.terminate(), FAREWELL_MS)
      }
    },
  }
}
