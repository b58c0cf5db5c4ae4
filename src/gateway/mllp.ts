// The listener for devices: HL7 v2 messages over MLLP on TCP, each answered before the next is looked at.
// HL7 Minimal Lower Layer Protocol, release 1; docs/network.md, "A device gateway and the diagnosis kit"
// Must not let a device hold a connection for good, nor one that sends without end fill the memory.
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Registry } from '../auth/registry.ts'
import { usualPurpose } from '../auth/purpose.ts'
import type { Context } from '../context.ts'
import { framed, readFrames, type Frame } from './frame.ts'
import type { Caller } from './caller.ts'
import { receiveEr7, refuseTooLarge } from './receive.ts'
import type { Acknowledged } from './ack.ts'

export type Mllp = {
  readonly port: number
  /** Takes no more; resolves when those messages are answered that have arrived, or after so many seconds. */
  close(seconds: number): Promise<void>
}

/**
 * @param registry of the clients, one of which MLLP_CLIENT names; undefined in open mode
 * @throws Error in plain words when the address can't be had, or the client isn't registered
 */
export async function openMllp(
  port: number,
  context: Context,
  registry: Registry | undefined,
): Promise<Mllp> {
  const { mllpHost, mllpClient, mllpMaxConnections } = context.config
  if (registry !== undefined && (await registry.client(mllpClient)) === undefined)
    throw new Error(`MLLP_CLIENT names "${mllpClient}", which is no registered client`)
  const open = new Set<Connection>()
  const server = createServer((socket) => {
    const connection = serve(socket, context, () => callerOf(socket, mllpClient, registry))
    open.add(connection)
    socket.once('close', () => open.delete(connection))
  })
  server.maxConnections = mllpMaxConnections
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Error(
          `Can't listen on ${mllpHost}:${String(port)} (${error.code ?? ''}). Set MLLP_HOST and MLLP_PORT.`,
        ),
      ),
    )
    server.listen(port, mllpHost, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: async (seconds) => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      for (const connection of open) connection.end()
      const timer = setTimeout(() => {
        for (const { socket } of open) socket.destroy()
      }, seconds * 1000)
      await closed
      clearTimeout(timer)
    },
  }
}

let count = 0

/** Whose name it works in; undefined when the client is no longer registered. */
async function callerOf(
  { remoteAddress }: Socket,
  id: string,
  registry: Registry | undefined,
): Promise<Caller | undefined> {
  const from = {
    requestId: `mllp-${String(process.pid)}-${String(++count)}`,
    ...(remoteAddress === undefined ? {} : { address: remoteAddress }),
  }
  if (registry === undefined) return { from }
  const client = await registry.client(id)
  if (client === undefined) return undefined
  const { name, organization, roles, scopes, purposes } = client
  return {
    from,
    principal: {
      client: id,
      clientName: name,
      organization,
      roles,
      scopes,
      purpose: purposes[0] ?? usualPurpose(roles),
    },
  }
}

type Connection = {
  readonly socket: Socket
  /** Ends it once what has arrived is answered. */
  end(): void
}

function serve(
  socket: Socket,
  context: Context,
  caller: () => Promise<Caller | undefined>,
): Connection {
  const { gatewayMaxBytes, mllpIdleMs, requestTimeoutMs } = context.config
  const frames = readFrames(gatewayMaxBytes)
  let work = Promise.resolve()
  let waiting = 0
  let isEnding = false
  let begun: NodeJS.Timeout | undefined

  const answer = async (frame: Frame): Promise<void> => {
    const acknowledged = await answerTo(frame, await caller(), context)
    if (acknowledged.bytes !== undefined && socket.writable)
      socket.write(framed(acknowledged.bytes))
    // Where the next frame begins, nobody knows.
    if (frame.kind === 'too-large') socket.end()
  }

  /** Gives a frame that has begun its time. */
  const watch = (): void => {
    if (frames.isOpen() && !socket.destroyed)
      begun ??= setTimeout(() => socket.destroy(), requestTimeoutMs)
  }

  socket.setTimeout(mllpIdleMs)
  socket.on('timeout', () => {
    // The silence is ours while it waits for an answer.
    if (waiting === 0) socket.destroy()
  })
  socket.setNoDelay(true)
  // A device that goes away: what it sent as a whole is written all the same.
  socket.on('error', () => socket.destroy())
  socket.on('close', () => clearTimeout(begun))
  socket.on('data', (chunk: Buffer) => {
    const found = frames.take(chunk)
    if (found.length === 0) {
      watch()
      return
    }
    // While it waits for us, a device can't send the rest of what it has begun.
    clearTimeout(begun)
    begun = undefined
    waiting += found.length
    socket.pause()
    work = work.then(async () => {
      for (const frame of found) {
        await answer(frame).catch((error: unknown) => {
          context.log.error({ err: error }, 'fault in the device gateway')
          socket.destroy()
        })
        waiting--
      }
      if (isEnding) socket.end()
      else {
        socket.resume()
        watch()
      }
    })
  })
  return {
    socket,
    end: () => {
      isEnding = true
      if (waiting === 0) socket.end()
    },
  }
}

const answerTo = (
  frame: Frame,
  caller: Caller | undefined,
  context: Context,
): Promise<Acknowledged> =>
  frame.kind === 'message'
    ? receiveEr7(frame.bytes, caller, context)
    : refuseTooLarge(frame.begin, context.config.gatewayMaxBytes, caller, context)
