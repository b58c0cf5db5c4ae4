// Clients that ask for much and take in nothing: what they were to get lies in memory until their connection ends.
// https://nodejs.org/api/net.html#socketbyteswritten
// Must not cost a request anything, nor end a connection that goes on, however slowly a network lets it.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Bytes that a client has to take in within the time: less than a modem can. */
const LEAST_BYTES = 16_384

/** Looks without progress after which a connection ends: counted, so that no pause of the process is held against it. */
const LOOKS = 4

type Waiting = { readonly looks: number; readonly taken: number }

/**
 * End connections on which an answer waits and of which less than 16 KB went out for so long.
 * @param milliseconds looked after four times within it; time in which the process stood still doesn't count
 */
export function endSlowReaders(server: Server, milliseconds: number): void {
  const open = new Set<Socket>()
  const waiting = new Map<Socket, Waiting>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      waiting.delete(socket)
    })
  })
  const look = (): void => {
    for (const socket of open) {
      if (socket.writableLength === 0) {
        waiting.delete(socket)
        continue
      }
      const taken = socket.bytesWritten - socket.writableLength
      const before = waiting.get(socket)
      if (before === undefined || taken - before.taken >= LEAST_BYTES)
        waiting.set(socket, { looks: 0, taken })
      else if (before.looks + 1 < LOOKS) waiting.set(socket, { ...before, looks: before.looks + 1 })
      else socket.destroy()
    }
  }
  const timer = setInterval(look, Math.max(25, milliseconds / LOOKS))
  timer.unref()
  server.on('close', () => clearInterval(timer))
}
