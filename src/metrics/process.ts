// What the process itself tells: memory, CPU time, what it holds open, how late its event loop is.
// https://nodejs.org/api/perf_hooks.html#perf_hooksmonitoreventloopdelayoptions
// The names are those that dashboards for Node know. Must not keep the process alive.
import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { measured, type Snapshot } from './series.ts'

const RESOLUTION_MS = 20
const PERIOD_MS = 30_000

/** The event loop belongs to the process, and so does what watches it: made with the first server. */
let watch: { readonly delay: () => Delay } | undefined

type Delay = { readonly p50: number; readonly p99: number; readonly max: number }

/** Begin to watch the event loop; costs a timer of 20 ms. */
export const watchEventLoop = (): { readonly delay: () => Delay } => (watch ??= startWatch())

function startWatch(): { readonly delay: () => Delay } {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let last = read(histogram)
  setInterval(() => {
    last = read(histogram)
    histogram.reset()
  }, PERIOD_MS).unref()
  return {
    // Of the last period or the one that runs, so that what happened just before a look isn't missed.
    delay: () => {
      const now = read(histogram)
      return {
        p50: Math.max(now.p50, last.p50),
        p99: Math.max(now.p99, last.p99),
        max: Math.max(now.max, last.max),
      }
    },
  }
}

/** The timer itself takes RESOLUTION_MS; what is above is delay. Seconds. */
function read(histogram: ReturnType<typeof monitorEventLoopDelay>): Delay {
  const seconds = (nanoseconds: number): number =>
    Number.isFinite(nanoseconds)
      ? Math.round(Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) * 1e3) / 1e6
      : 0
  if (histogram.count === 0) return { p50: 0, p99: 0, max: 0 }
  return {
    p50: seconds(histogram.percentile(50)),
    p99: seconds(histogram.percentile(99)),
    max: seconds(histogram.max),
  }
}

/** The numbers of this process, now. */
export function processSnapshot(): Snapshot {
  const memory = process.memoryUsage()
  const cpu = process.cpuUsage()
  const { p50, p99, max } = watchEventLoop().delay()
  const latest = { over: 'max' } as const
  return [
    measured(
      'process_cpu_seconds_total',
      'CPU time used, user and system, in seconds',
      (cpu.user + cpu.system) / 1e6,
      { type: 'counter' },
    ),
    measured(
      'process_start_time_seconds',
      'When the process began, seconds since 1970',
      Math.round((Date.now() / 1000 - process.uptime()) * 1000) / 1000,
      latest,
    ),
    measured('process_resident_memory_bytes', 'Memory in RAM', memory.rss),
    ...openFiles(),
    measured('nodejs_heap_size_total_bytes', 'Heap taken from the system', memory.heapTotal),
    measured('nodejs_heap_size_used_bytes', 'Heap in use', memory.heapUsed),
    measured('nodejs_external_memory_bytes', 'Memory outside the heap', memory.external),
    measured(
      'nodejs_active_resources',
      'What keeps the process alive: sockets, timers, requests',
      process.getActiveResourcesInfo().length,
    ),
    measured('nodejs_eventloop_lag_p50_seconds', 'Delay of the event loop, median', p50, latest),
    measured('nodejs_eventloop_lag_p99_seconds', 'Delay, 99th percentile', p99, latest),
    measured('nodejs_eventloop_lag_max_seconds', 'Longest delay', max, latest),
  ]
}

function openFiles(): Snapshot {
  try {
    const { length } = readdirSync('/proc/self/fd')
    return [measured('process_open_fds', 'Open files and sockets', length)]
  } catch {
    return [] // no Linux
  }
}
