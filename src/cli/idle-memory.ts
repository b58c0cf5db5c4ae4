// Gives memory back to the system once there is nothing to do: V8 keeps the room that a start, a load or a busy hour
// took until it is short of it, and an idle server never is. https://nodejs.org/api/v8.html#v8setflagsfromstringflags
// Must not run while requests are answered: it stops everything for about a tenth of a second.
import { performance } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const LOOK_MS = 2000

/** A part of the time between two looks; less is idle. */
const IDLE = 0.02

/** Bytes beyond what the last collection left, below which none is worth its pause. */
const WORTH = 2 ** 25

/** Look for idle times from now on, so often. @returns ends it */
export function giveBackWhenIdle(lookMs = LOOK_MS): () => void {
  const collect = collector()
  let left = 0
  let before = performance.eventLoopUtilization()
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    if (utilization > IDLE || getHeapStatistics().total_physical_size < left + WORTH) return
    collect()
    left = getHeapStatistics().total_physical_size
    before = performance.eventLoopUtilization()
  }, lookMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** The way to the collector that gives all back; `global.gc` would need a flag at the start of the process. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as (options: object) => void
  return () => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
