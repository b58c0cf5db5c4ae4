// Numbers that order versions: milliseconds since 1970 with a counter of 11 bits below them, a hybrid logical clock.
// They stay below 2^53 until 2109. Per resource they always rise, also when the clock of a machine is set back.
// Must not promise an order between processes beyond that of their clocks: see journal.ts for the order of commits.

const PER_MILLISECOND = 2048

export const millisecondsOf = (seq: number): number => Math.floor(seq / PER_MILLISECOND)

/** The least number of an instant (ms, rounded up): `seq >= firstOf(t)` is `updated >= t`. */
export const firstOf = (milliseconds: number): number => Math.ceil(milliseconds) * PER_MILLISECOND

/** Gives a new number, greater than any given before and than `after`. */
export type Clock = (after: number) => number

export function openClock(now: () => number = Date.now): Clock {
  let last = 0
  return (after) => (last = Math.max(now() * PER_MILLISECOND, last + 1, after + 1))
}
