// A server as a process of its own, which tests may kill.
// Must not leave one behind: whoever starts it kills or stops it, and the end of the tests kills what is left.
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const START_MS = 120_000

export type ServerProcess = {
  /** FHIR base. */
  readonly base: string
  readonly origin: string
  readonly pid: number
  /** Whether it runs. */
  alive(): boolean
  /** What it wrote to its outputs. */
  output(): string
  /** SIGKILL: no code of the server runs any more. Resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM: a clean end. Resolves with the exit status. */
  stop(): Promise<number | null>
}

const left = new Set<ChildProcess>()
const killAll = (): void => {
  for (const child of left) child.kill('SIGKILL')
}
process.once('exit', killAll)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    killAll()
    // As it would have ended without this listener.
    process.kill(process.pid, signal)
  })

/**
 * Start a server on a free port.
 * @throws Error with what it said when it ends before it serves
 */
export async function startProcess(
  storeUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const env = {
    PATH: process.env.PATH,
    CACHE: process.env.CACHE,
    STORE_URL: storeUrl,
    PORT: '0',
    SEED: 'none',
    LOG_LEVEL: 'error',
    SHUTDOWN_SECONDS: '2',
    ...settings,
  }
  const child = spawn(process.execPath, [MAIN, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  left.add(child)
  let output = ''
  const ended = new Promise<number | null>((resolve) =>
    child.once('exit', (status) => {
      left.delete(child)
      resolve(status)
    }),
  )
  const origin = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`The server did not start: ${output}`))
    }, START_MS)
    const listen = (text: string) => {
      output += text
      const found = /serves FHIR R4 at (http:\/\/\S+)\/fhir/.exec(output)
      if (found === null) return
      clearTimeout(timer)
      resolve(found[1] ?? '')
    }
    child.stdout.setEncoding('utf8').on('data', listen)
    child.stderr.setEncoding('utf8').on('data', listen)
    void ended.then((status) => {
      clearTimeout(timer)
      reject(new Error(`The server ended with ${String(status)}: ${output}`))
    })
  })
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    return ended
  }
  return {
    origin,
    base: `${origin}/fhir`,
    pid: child.pid ?? 0,
    alive: () => child.exitCode === null && child.signalCode === null,
    output: () => output,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  }
}
