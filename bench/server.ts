// The server as a process of its own on a free port, for measurements.
// Must not share the process that measures.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const START_SECONDS = 60

export type Server = {
  readonly baseUrl: string
  readonly pid: number
  /** Milliseconds from the start of the process to the first 200 on /metadata. */
  readonly startMs: number
  stop(): Promise<void>
}

/** Start it without demonstration data. @throws Error when it doesn't answer in time */
export async function startServer(storeUrl: string): Promise<Server> {
  const file = /^sqlite:(?!:memory:)(.+)$/.exec(storeUrl)?.[1]
  if (file !== undefined) mkdirSync(dirname(file), { recursive: true })
  const port = await freePort()
  const baseUrl = `http://127.0.0.1:${port}/fhir`
  const began = performance.now()
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env: {
      ...process.env,
      PORT: String(port),
      HOST: '127.0.0.1',
      BASE_URL: '',
      STORE_URL: storeUrl,
      SEED: 'none',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(child, 'exit')
  while (!(await isUp(baseUrl))) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}`)
    if (performance.now() - began > START_SECONDS * 1000) {
      child.kill('SIGKILL')
      throw new Error(`The server did not answer within ${START_SECONDS} s`)
    }
    await sleep(20)
  }
  return {
    baseUrl,
    pid: child.pid!,
    startMs: performance.now() - began,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function isUp(baseUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${baseUrl}/metadata`)
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
