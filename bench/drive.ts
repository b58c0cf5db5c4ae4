// One kind of request sent again and again over so many connections: what it costs the server, and how long it takes.
// Must not count an answer that is wrong as one that is fast.
import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'

export type Answer = {
  readonly total?: number
  readonly link?: readonly { readonly relation: string; readonly url: string }[]
  readonly entry?: readonly {
    readonly resource: { readonly resourceType: string; readonly id?: string }
    readonly search?: { readonly mode?: string }
  }[]
}

/** A request: its path behind the FHIR base, and what must hold of the answer. @throws when it doesn't hold */
export type Asked = { readonly path: string; readonly check: (answer: Answer) => void }

export type Measured = {
  readonly n: number
  readonly errors: number
  readonly firstError: string | undefined
  /** Milliseconds of the server's CPU a request, its threads included. */
  readonly cpuMs: number
  readonly p50: number
  readonly p99: number
}

export type Client = {
  ask(path: string): Promise<Answer>
  /** Ask for so many seconds. `next` is given the place of the request. */
  drive(seconds: number, next: (k: number) => Asked): Promise<Measured>
  close(): void
}

const WARM_SECONDS = 0.7
const CHECK_EVERY = 5

/** @param pid of the server */
export function createClient(baseUrl: string, pid: number, connections: number): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const text = (url: string): Promise<string> =>
    new Promise((resolve, reject) => {
      get(url, { agent }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString()
          if (response.statusCode === 200) resolve(body)
          else reject(new Error(`${response.statusCode}: ${body.slice(0, 300)}`))
        })
      }).on('error', reject)
    })
  const urlOf = (path: string): string => (path.startsWith('http') ? path : baseUrl + path)
  const run = async (seconds: number, next: (k: number) => Asked) => {
    const latencies: number[] = []
    let errors = 0
    let firstError: string | undefined
    let k = 0
    const end = performance.now() + seconds * 1000
    const connection = async (): Promise<void> => {
      while (performance.now() < end) {
        const place = k++
        const { path, check } = next(place)
        const began = performance.now()
        try {
          const body = await text(urlOf(path))
          latencies.push(performance.now() - began)
          if (place % CHECK_EVERY === 0) check(JSON.parse(body) as Answer)
        } catch (error) {
          errors++
          firstError ??= `${path}: ${(error as Error).message}`
        }
      }
    }
    await Promise.all(Array.from({ length: connections }, connection))
    return { latencies: latencies.sort((a, b) => a - b), errors, firstError }
  }
  return {
    ask: async (path) => JSON.parse(await text(urlOf(path))) as Answer,
    drive: async (seconds, next) => {
      await run(WARM_SECONDS, next)
      const before = cpuOf(pid)
      const { latencies, errors, firstError } = await run(seconds, next)
      const cpuMs = (cpuOf(pid) - before) / Math.max(1, latencies.length)
      const at = (part: number): number => latencies[Math.floor(latencies.length * part)] ?? 0
      return { n: latencies.length, errors, firstError, cpuMs, p50: at(0.5), p99: at(0.99) }
    },
    close: () => agent.destroy(),
  }
}

const TICK_MS = 10

/** Milliseconds of CPU that a process has used with all its threads. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}
