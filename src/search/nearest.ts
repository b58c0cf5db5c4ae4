// The names nearest to a mistyped one, for messages that say what was probably meant.
// Must not be used to guess: a request is refused or a parameter left out, never corrected.
import { edits } from '../fhir/edits.ts'

/** At most `most` of `names`, nearest first, none farther than a third of the name (at least two) edits. */
export function nearest(name: string, names: Iterable<string>, most = 3): readonly string[] {
  if (name.length > 64) return []
  const limit = Math.max(2, Math.floor(name.length / 3))
  return [...names]
    .filter((other) => Math.abs(other.length - name.length) <= limit)
    .map((other) => ({ other, edits: edits(name.toLowerCase(), other.toLowerCase()) }))
    .filter((candidate) => candidate.edits <= limit)
    .sort((a, b) => a.edits - b.edits || (a.other < b.other ? -1 : 1))
    .slice(0, most)
    .map(({ other }) => other)
}
