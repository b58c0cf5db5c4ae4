// Time that passes only when somebody sleeps.
import type { Clock } from '../../src/relay/edge.ts'

/** @param ahead milliseconds that it is ahead of the machine's */
export function simulated(ahead = 0): Clock & { readonly slept: () => number } {
  let slept = 0
  return {
    now: () => Date.now() + ahead + slept,
    sleep: async (ms) => {
      slept += ms
      await new Promise((resolve) => setImmediate(resolve))
    },
    slept: () => slept,
  }
}
