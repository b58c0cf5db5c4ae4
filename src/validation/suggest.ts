// Finds the name that somebody probably meant.
// Must not stand on the way of valid input: it compares with every candidate.
import { edits } from '../fhir/edits.ts'

/**
 * The candidate with the smallest edit distance (two letters changed places count as one), if it is near enough:
 * a third of the letters at most. Case counts for nothing.
 */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 64) return undefined
  const wanted = name.toLowerCase()
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= least) continue
    const steps = edits(wanted, candidate.toLowerCase())
    if (steps < least) {
      least = steps
      best = candidate
    }
  }
  return best
}
