// Whether two words or numbers differ by one slip of a finger: a letter too many, too few or another one, or two neighbours
// in each other's place (Damerau, CACM 7 (1964): four of five misspellings are that).
// Must not decide what such a slip says.

/** Shorter words that differ so are mostly two words. */
const SHORTEST = 5

/** Of words with five letters or more. */
export const isNear = (one: string, other: string): boolean =>
  Math.min(one.length, other.length) >= SHORTEST &&
  // One slip leaves the beginning or the end as it was.
  (one.charCodeAt(0) === other.charCodeAt(0) ||
    one.charCodeAt(one.length - 1) === other.charCodeAt(other.length - 1)) &&
  isOneSlip(one, other)

/** Whether two texts differ, and by no more than that. */
export function isOneSlip(one: string, other: string): boolean {
  if (one === other || Math.abs(one.length - other.length) > 1) return false
  if (one.length > other.length) return isOneSlip(other, one)
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  const rest = one.slice(at)
  const behind = other.slice(at)
  if (one.length < other.length) return rest === behind.slice(1)
  return rest.slice(1) === behind.slice(1) || isTransposed(one, other)
}

/** Whether two neighbours are in each other's place, and nothing else differs. */
export function isTransposed(one: string, other: string): boolean {
  if (one.length !== other.length || one === other) return false
  let at = 0
  while (one[at] === other[at]) at++
  return (
    one[at] === other[at + 1] &&
    one[at + 1] === other[at] &&
    one.slice(at + 2) === other.slice(at + 2)
  )
}
