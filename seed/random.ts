// A seeded random source. Each story takes its own stream, named by a text, so that adding a person
// leaves everybody else's figures as they were.

export type Random = {
  /** In [0, 1). */
  next(): number
  /** In [low, high). */
  between(low: number, high: number): number
  /** An integer in [low, high]. */
  integer(low: number, high: number): number
  /** Around `mean`, nearly always within three `spread`. */
  around(mean: number, spread: number): number
}

/** The stream of that name: FNV-1a of the name starts a mulberry32 generator. */
export function random(name: string): Random {
  let state = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) {
    state = Math.imul(state ^ byte, 0x01000193)
  }
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const between = (low: number, high: number): number => low + (high - low) * next()
  return {
    next,
    between,
    integer: (low, high) => Math.floor(between(low, high + 1)),
    around: (mean, spread) => mean + (next() + next() + next() + next() - 2) * spread * 1.7,
  }
}
