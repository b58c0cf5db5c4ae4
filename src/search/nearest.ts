// The names nearest to a mistyped one, for messages that say what was probably meant.
// Must not be used to guess: a request is refused or a parameter left out, never corrected.

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

/** Insertions, deletions, replacements and exchanges of neighbours between two short strings. */
function edits(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1)
      }
      row.push(least)
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}
