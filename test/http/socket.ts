// A bare connection to a server, for what a client library would not send.
import { connect, type Socket } from 'node:net'

export type Wire = {
  readonly socket: Socket
  send(text: string | Uint8Array): void
  /** Status and body of the next answer on this connection. @throws Error when it ends first, or after half a minute */
  answer(): Promise<{ status: number; head: string; body: string }>
  /** Resolves when the server has closed the connection. */
  ended(): Promise<void>
}

export async function openWire(origin: string): Promise<Wire> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  let received = Buffer.alloc(0)
  let ended = false
  let wake = () => {}
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data])
    wake()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    ended = true
    wake()
  })
  await new Promise((resolve) => socket.once('connect', resolve))

  const until = async <T>(take: () => T | undefined): Promise<T> => {
    for (const deadline = Date.now() + 30_000; ;) {
      const taken = take()
      if (taken !== undefined) return taken
      if (Date.now() > deadline) throw new Error(`no answer in time, but ${received.toString()}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  return {
    socket,
    send: (text) => void socket.write(text),
    answer: () =>
      until(() => {
        const end = received.indexOf('\r\n\r\n')
        if (end < 0) {
          if (ended) throw new Error('the connection ended without an answer')
          return undefined
        }
        const head = received.subarray(0, end).toString()
        const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0)
        if (received.length < end + 4 + length) return undefined
        const body = received.subarray(end + 4, end + 4 + length).toString()
        received = received.subarray(end + 4 + length)
        return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)![1]), head, body }
      }),
    ended: () => until(() => (ended ? true : undefined)).then(() => {}),
  }
}
