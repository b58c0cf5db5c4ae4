// The line of a ship: a port behind which the hub is, as long as there is a line.
// Must not know what passes.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export type Line = {
  /** The hub's FHIR base, over the line. */
  readonly base: string
  /** `cut`: it breaks off once, in the middle of the next answer. */
  set(state: 'up' | 'down' | 'cut'): void
  close(): Promise<void>
}

/** A line that is down at first. */
export async function openLine(hub: string): Promise<Line> {
  const { hostname, port, pathname } = new URL(hub)
  const sockets = new Set<Socket>()
  let state: 'up' | 'down' | 'cut' = 'down'
  const end = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => from.destroy())
      from.on('data', (data) => {
        if (from === far && state === 'cut') {
          state = 'up'
          near.resetAndDestroy()
        } else to.write(data)
      })
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
    if (state === 'down') end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    base: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}${pathname}`,
    set: (next) => {
      state = next
      if (state === 'down') end()
    },
    close: () => {
      end()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
