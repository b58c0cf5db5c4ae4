// Waiting for what happens, and measuring work: as sound on a machine that is busy or slow as on one that is not.
// Must not turn a time that passes into a proof that something has happened.
import { setTimeout as sleep } from 'node:timers/promises'

/** Far longer than anything takes, on any machine: only what never comes waits so long. */
const LONGEST_MS = 50_000

/**
 * Wait until something holds, looking every 20 ms.
 * @param what said when it never does
 * @throws Error after fifty seconds, before mocha ends the test without a word
 */
export async function until(what: string, holds: () => unknown): Promise<void> {
  for (const end = performance.now() + LONGEST_MS; !(await holds()); await sleep(20))
    if (performance.now() > end) throw new Error(`it never came about: ${what}`)
}

/** Milliseconds of CPU time that this thread spends on work, whoever else uses the machine. */
export function cpuTimeOf(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
