// A recipient of notifications: listens on a free port, keeps what it got, answers as it is told.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Got = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The text as JSON; undefined for none. */
  readonly body: any
}

export type Receiver = {
  readonly url: string
  readonly got: Got[]
  /** What it answers from now on; 200 unless told. */
  answer(status: number): void
  /** Stop listening; what is sent is refused. */
  down(): Promise<void>
  /** Listen again, on the same port. */
  up(): Promise<void>
}

export async function openReceiver(): Promise<Receiver> {
  const got: Got[] = []
  let status = 200
  let server: Server | undefined
  let port = 0
  const up = async (): Promise<void> => {
    const fresh = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const { method = '', url = '', headers } = request
        got.push({ method, path: url, headers, text, body: parsed(text) })
        response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end()
      })
    })
    await new Promise<void>((resolve) => fresh.listen(port, '127.0.0.1', resolve))
    port = (fresh.address() as AddressInfo).port
    server = fresh
  }
  await up()
  return {
    url: `http://127.0.0.1:${String(port)}/hook`,
    got,
    answer: (next) => {
      status = next
    },
    up,
    down: async () => {
      const old = server
      server = undefined
      if (old === undefined) return
      old.closeAllConnections()
      await new Promise((resolve) => old.close(resolve))
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
