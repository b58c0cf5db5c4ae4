// A line as bad as one wants it: connections that are refused, delayed, cut at any byte in either direction, and requests
// that arrive twice. Random, from a seed.
// Must not change a byte that it passes on.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export type BadLine = {
  /** FHIR base of the server behind it. */
  readonly base: string
  /** Parts of all requests that fare so; all 0 = a good line. */
  set(faults: Partial<Faults>): void
  /** What it did so far. */
  readonly done: Readonly<Record<keyof Faults, number>>
  close(): Promise<void>
}

export type Faults = {
  /** Of connections: refused before a byte passes. */
  refuse: number
  /** Cut on the way to the server, and on the way back. */
  cutThere: number
  cutBack: number
  /** Sent a second time on a connection of its own. */
  twice: number
  delay: number
}

const NONE: Faults = { refuse: 0, cutThere: 0, cutBack: 0, twice: 0, delay: 0 }
const MOST_DELAY_MS = 5

/** Bytes after which a connection is cut: mostly few, at times many. */
const somewhere = (random: () => number): number => Math.floor(30_000 * random() ** 4)

export async function openBadLine(hub: string, random: () => number): Promise<BadLine> {
  const { hostname, port, pathname } = new URL(hub)
  let faults = NONE
  const done = { ...NONE }
  const sockets = new Set<Socket>()
  const happens = (fault: keyof Faults): boolean => {
    const yes = random() < faults[fault]
    if (yes) done[fault]++
    return yes
  }
  const drawn = () => ({
    limits: {
      there: happens('cutThere') ? somewhere(random) : Infinity,
      back: happens('cutBack') ? somewhere(random) : Infinity,
    },
    isTwice: happens('twice'),
    isSlow: happens('delay'),
    sent: [] as Buffer[],
  })
  const tended = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer((near) => {
    tended(near)
    if (happens('refuse')) {
      near.resetAndDestroy()
      return
    }
    const far = tended(connect(Number(port), hostname))
    // Each request on the connection, with its answer, fares as it fares.
    let fate = drawn()
    let isAnswered = false
    const again = (): void => {
      if (!fate.isTwice || fate.sent.length === 0) return
      const other = tended(connect(Number(port), hostname))
      other.resume()
      other.end(Buffer.concat(fate.sent))
      fate.sent.length = 0
    }
    const pass = (from: Socket, to: Socket, way: 'there' | 'back'): void => {
      from.on('data', (data: Buffer) => {
        if (way === 'there' && isAnswered) {
          again()
          fate = drawn()
        }
        isAnswered = way === 'back'
        const { limits, sent, isTwice, isSlow } = fate
        if (way === 'there' && isTwice) sent.push(data)
        const some = data.subarray(0, Math.max(0, limits[way]))
        limits[way] -= data.length
        const isCut = limits[way] < 0
        const write = (): void => {
          if (some.length > 0 && to.writable) to.write(some)
          if (!isCut) return
          // What was passed on arrives; the rest never does.
          far.end()
          near.resetAndDestroy()
        }
        if (isSlow) setTimeout(write, random() * MOST_DELAY_MS)
        else write()
      })
      from.on('close', () => {
        if (fate.isSlow) setTimeout(() => to.destroy(), MOST_DELAY_MS + 1)
        else to.destroy()
      })
    }
    pass(near, far, 'there')
    pass(far, near, 'back')
    near.once('close', again)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const end = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    base: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}${pathname}`,
    set: (next) => {
      faults = { ...NONE, ...next }
      end()
    },
    done,
    close: () => {
      end()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
