// Random numbers that can be had again: a failure names the seed, CRASH_SEED brings it back.

/** Numbers in [0, 1), https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32 */
export function seeded(): () => number {
  let state = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000)
  console.log(`      CRASH_SEED=${String(state)}`)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
