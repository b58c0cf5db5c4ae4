// A TCP proxy in front of a server, which can break off, hang and come back: the network of the tests that need a bad one.
// Must not know what it passes on.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export type Proxy = {
  readonly port: number
  /** `refuse`: all connections end, new ones too. `hang`: they stay, but nothing passes any more. */
  set(state: 'pass' | 'refuse' | 'hang'): void
  close(): Promise<void>
}

export async function openProxy(host: string, port: number): Promise<Proxy> {
  let state: 'pass' | 'refuse' | 'hang' = 'pass'
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    if (state === 'refuse') {
      near.destroy()
      return
    }
    const far = connect(port, host)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('data', (data) => {
        if (state === 'pass') other.write(data)
      })
      one.on('error', () => one.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  const end = () => {
    for (const socket of sockets) socket.destroy()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    set: (next) => {
      // What was swallowed while it hung is lost, so those connections can't go on.
      if (next === 'refuse' || state === 'hang') end()
      state = next
    },
    close: () => {
      end()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
