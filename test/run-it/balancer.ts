// A tiny load balancer, as stands before a hub: it asks each server for /readyz and passes requests on to those that
// are ready, in turns, over connections that are kept. Must not send a request twice.
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const ASK_MS = 100

export type Balancer = {
  readonly origin: string
  /** Begin or stop to ask a server. */
  add(origin: string): void
  remove(origin: string): void
  readonly ready: () => number
  close(): Promise<void>
}

export async function openBalancer(): Promise<Balancer> {
  const servers = new Map<string, boolean>()
  const agent = new Agent({ keepAlive: true })
  let turn = 0
  let open = true

  const pass = (message: IncomingMessage, response: ServerResponse): void => {
    const ready = [...servers].filter(([, isReady]) => isReady)
    const next = ready[turn++ % Math.max(1, ready.length)]
    const fail = (): void => {
      response.statusCode = 502
      response.end()
    }
    if (next === undefined) return fail()
    const { method, headers, url } = message
    const onward = request(`${next[0]}${url ?? ''}`, { agent, method, headers }, (answer) => {
      const { connection: _ours, ...others } = answer.headers
      response.writeHead(answer.statusCode ?? 502, others)
      answer.pipe(response)
    })
    onward.on('error', fail)
    message.pipe(onward)
  }

  const ask = async (): Promise<void> => {
    while (open) {
      for (const origin of servers.keys()) {
        const status = await fetch(`${origin}/readyz`).then(
          (answer) => answer.status,
          () => 0,
        )
        if (servers.has(origin)) servers.set(origin, status === 200)
      }
      await sleep(ASK_MS)
    }
  }

  const server = createServer(pass)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const asking = ask()
  return {
    origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    add: (origin) => void servers.set(origin, false),
    remove: (origin) => void servers.delete(origin),
    ready: () => [...servers.values()].filter(Boolean).length,
    close: async () => {
      open = false
      await asking
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
