// A server as a process of its own, as its operators run it: started, asked, and ended by signals.
import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const START_MS = 120_000

export type ServerProcess = {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  readonly pid: number
  /** All that it wrote so far. */
  output(): string
  /** Send a signal. */
  signal(name: NodeJS.Signals): void
  /** Resolves with the exit status (or the signal that killed it). */
  readonly ended: Promise<number | NodeJS.Signals>
  /** End it, however it stands. */
  kill(): Promise<void>
}

/** Start `ieum serve` on a free port, without the demonstration network; resolves when it is ready. */
export async function startProcess(
  settings: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const child: ChildProcess = spawn(process.execPath, [MAIN, 'serve'], {
    env: {
      PATH: process.env.PATH,
      CACHE: process.env.CACHE,
      PORT: '0',
      SEED: 'none',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (status, signal) => resolve(status ?? signal ?? 'SIGKILL'))
  })
  let over = false
  void ended.then(() => (over = true))
  const kill = async (): Promise<void> => {
    if (!over) child.kill('SIGKILL')
    await ended
  }
  for (const end = Date.now() + START_MS; ; await sleep(20)) {
    const origin = /at (http:\/\/\S+?)\/fhir/.exec(output)?.[1]
    if (origin !== undefined)
      return {
        origin,
        pid: child.pid!,
        output: () => output,
        signal: (name) => void child.kill(name),
        ended,
        kill,
      }
    if (over || Date.now() > end) {
      await kill()
      throw new Error(`the server did not start: ${output}`)
    }
  }
}

/** Clients that go on until told to stop (or nothing works any more), and what became of their requests. */
export type Load = {
  readonly done: () => number
  /** Answers that were not 2xx, and requests without an answer. */
  readonly failures: readonly string[]
  stop(): Promise<void>
}

const MOST_FAILURES = 100

/** Send requests without a break, `width` at a time. `next` says where and what. */
export function startLoad(
  width: number,
  next: (i: number) => { readonly url: string; readonly init?: RequestInit },
): Load {
  let going = true
  let count = 0
  let done = 0
  const failures: string[] = []
  const one = async (): Promise<void> => {
    while (going && failures.length < MOST_FAILURES) {
      const { url, init } = next(count++)
      try {
        const response = await fetch(url, init)
        await response.arrayBuffer()
        if (response.ok) done++
        else failures.push(`${String(response.status)} ${url}`)
      } catch (error) {
        failures.push(`${String(error)} ${String((error as Error).cause)} ${url}`)
      }
    }
  }
  const all = Array.from({ length: width }, one)
  return {
    done: () => done,
    failures,
    stop: async () => {
      going = false
      await Promise.all(all)
    },
  }
}

/** PUT of a Basic. */
export const putBasic = (origin: string, id: string, text: string) => ({
  url: `${origin}/fhir/Basic/${id}`,
  init: {
    method: 'PUT',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Basic', id, code: { text } }),
  },
})
