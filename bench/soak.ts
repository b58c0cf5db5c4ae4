// `npm run soak`: mixed requests at four fifths of what the server can do (or at a --rate), for as many --minutes as asked;
// memory, the CPU time of a request and the slow end of the latencies must stay where they were.
// https://hl7.org/fhir/R4/http.html
// Must not ask for more than it measured: a queue that grows says nothing about the server.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startServer, type Server } from './server.ts'

const PATIENTS = 300
const CODES = ['8480-6', '8867-4', '29463-7', '2339-0']
/** Measured windows; the first fifth of them is for getting warm. */
const WINDOWS = 20
/** Memory may be so much above that of the first warm windows at the end (MiB, and as a part). */
const MEMORY_MIB = 64
const MEMORY_PART = 0.25
/** A request may cost so many times as much as it did at first. */
const DEARER = 2
/** The slowest hundredth may take so many times as long as it did at first, on machines that others use too. */
const SLOWER = 4

type Window = {
  readonly p50: number
  readonly p99: number
  /** CPU time of the server for a request, ms. */
  readonly cpu: number
  readonly mib: number
  readonly count: number
}
type Send = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ status: number; text: string }>

function sender(baseUrl: string): { readonly send: Send; readonly close: () => void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const send: Send = (method, path, body) =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(
        baseUrl + path,
        { method, agent, headers: { 'content-type': 'application/fhir+json' } },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
          )
          response.on('error', reject)
        },
      )
      sent.on('error', reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  return { send, close: () => agent.destroy() }
}

const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!

const observation = (patient: number) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: any(CODES) }] },
  subject: { reference: `Patient/soak-${patient}` },
  effectiveDateTime: new Date(1.6e12 + Math.random() * 1e11).toISOString(),
  valueQuantity: { value: Math.round(Math.random() * 2000) / 10, unit: 'u' },
})

const patient = (id: number) => ({
  resourceType: 'Patient',
  id: `soak-${id}`,
  identifier: [{ system: 'urn:soak', value: String(id) }],
  name: [{ family: `Family${id % 40}`, given: [`Given${Math.floor(Math.random() * 1e6)}`] }],
})

/** One request of the mix; rejects when the answer is not what it must be. */
async function one(send: Send): Promise<void> {
  const id = Math.floor(Math.random() * PATIENTS)
  const kind = Math.random()
  const expect = async (wanted: number, ...asked: Parameters<Send>): Promise<void> => {
    const { status, text } = await send(...asked)
    if (status !== wanted)
      throw new Error(`${asked[0]} ${asked[1]}: ${status} ${text.slice(0, 200)}`)
  }
  if (kind < 0.4) return expect(200, 'GET', `/Patient/soak-${id}`)
  if (kind < 0.6)
    return expect(
      200,
      'GET',
      `/Observation?patient=soak-${id}&code=${any(CODES)}&_sort=-date&_count=10`,
    )
  if (kind < 0.7) return expect(200, 'GET', `/Patient?identifier=urn:soak|${id}`)
  if (kind < 0.78) return expect(200, 'GET', `/Patient?name=family${id % 40}&_count=20`)
  if (kind < 0.82) return expect(200, 'GET', `/Patient/soak-${id}/$everything?_count=50`)
  if (kind < 0.91) return expect(201, 'POST', '/Observation', observation(id))
  return expect(200, 'PUT', `/Patient/soak-${id}`, patient(id))
}

/** Requests a second with 16 at once. */
async function capacity(send: Send, ms: number): Promise<number> {
  const end = performance.now() + ms
  let count = 0
  const run = async (): Promise<void> => {
    for (; performance.now() < end; count++) await one(send)
  }
  await Promise.all(Array.from({ length: 16 }, run))
  return count / (ms / 1000)
}

/** Requests begun at a fixed rate, whether or not those before have ended. */
async function window(send: Send, rate: number, ms: number, server: Server): Promise<Window> {
  const latencies: number[] = []
  const under: Promise<void>[] = []
  const before = await cpuTime(server)
  const began = performance.now()
  for (let begun = 0; performance.now() - began < ms;) {
    const due = Math.floor(((performance.now() - began) / 1000) * rate)
    for (; begun < due; begun++) {
      const start = performance.now()
      under.push(one(send).then(() => void latencies.push(performance.now() - start)))
    }
    await sleep(5)
  }
  await Promise.all(under)
  latencies.sort((a, b) => a - b)
  const at = (part: number): number => latencies[Math.floor(latencies.length * part)] ?? 0
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
  const mib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
  const cpu = ((await cpuTime(server)) - before) / latencies.length
  return { p50: at(0.5), p99: at(0.99), cpu, mib, count: latencies.length }
}

/** CPU time of the server until now, ms: fields 14 and 15 of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function cpuTime(server: Server): Promise<number> {
  const stat = await readFile(`/proc/${server.pid}/stat`, 'utf8')
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) * 10
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      /** Requests a second, where a machine is not to be used as much as it can be. */
      rate: { type: 'string' },
      /** Milliseconds up to which the slowest hundredth is quick enough, however quick it was at first. */
      quick: { type: 'string', default: '100' },
    },
  })
  const ms = (Number(values.minutes) * 60_000) / WINDOWS
  const folder = await mkdtemp(join(tmpdir(), 'ieum-soak-'))
  const server = await startServer(`sqlite:${join(folder, 'ieum.db')}`)
  const { send, close } = sender(server.baseUrl)
  try {
    for (let i = 0; i < PATIENTS; i++) await send('PUT', `/Patient/soak-${i}`, patient(i))
    if (values.rate === undefined) await capacity(send, 3000)
    const rate =
      values.rate === undefined ? 0.8 * (await capacity(send, 5000)) : Number(values.rate)
    console.log(`${rate.toFixed(0)} requests a second for ${values.minutes} minutes`)
    const windows: Window[] = []
    for (let i = 0; i < WINDOWS; i++) {
      const w = await window(send, rate, ms, server)
      windows.push(w)
      console.log(
        `${String(i + 1).padStart(3)}  ${w.count} requests  p50 ${w.p50.toFixed(1)} ms  p99 ${w.p99.toFixed(1)} ms  CPU ${w.cpu.toFixed(2)} ms  ${w.mib.toFixed(0)} MiB`,
      )
    }
    return judge(windows, Number(values.quick))
  } finally {
    close()
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

function judge(windows: readonly Window[], quick: number): number {
  const warm = windows.slice(WINDOWS / 5)
  const third = Math.floor(warm.length / 3)
  const change = (of: (w: Window) => number): [number, number] => [
    median(warm.slice(0, third).map(of)),
    median(warm.slice(-third).map(of)),
  ]
  const memory = change((w) => w.mib)
  const slow = change((w) => w.p99)
  const cpu = change((w) => w.cpu)
  const grown = memory[1] > memory[0] * (1 + MEMORY_PART) && memory[1] - memory[0] > MEMORY_MIB
  const slower = slow[1] > slow[0] * SLOWER && slow[1] > quick
  const dearer = cpu[1] > cpu[0] * DEARER
  console.log(
    `memory ${memory[0].toFixed(0)} → ${memory[1].toFixed(0)} MiB, CPU time of a request ${cpu[0].toFixed(2)} → ${cpu[1].toFixed(2)} ms, p99 ${slow[0].toFixed(1)} → ${slow[1].toFixed(1)} ms: ${grown || slower || dearer ? 'not flat' : 'flat'}`,
  )
  return grown || slower || dearer ? 1 : 0
}

process.exitCode = await main()
