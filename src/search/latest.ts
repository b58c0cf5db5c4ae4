// The newest resources of each group: what several codes of one concept tie together, of one subject.
// https://hl7.org/fhir/R4/operation-observation-lastn.html
// Must not read resources: what a row says comes from the index, and both stores hand their rows in here.
import type { IndexPath } from './entry.ts'

/** Where a group's parts stand in the index. */
export type LatestBy = {
  /** References: resources of two subjects are never one group. */
  readonly subject: readonly IndexPath[]
  /** Tokens: resources that share one are one group, and so are those that another one ties to both. */
  readonly code: readonly IndexPath[]
  /** Strings that tell groups apart where there is no code. */
  readonly text: readonly IndexPath[]
  /** Dates: the latest begin counts. */
  readonly date: readonly IndexPath[]
  /** Resources of each group; more when the last ones are of one and the same time. */
  readonly max: number
}

/** What the index says of one match. Names of subjects, codes and texts need only be the same where they are the same. */
export type LatestRow = {
  readonly subjects: readonly (string | number)[]
  readonly codes: readonly string[]
  readonly texts: readonly string[]
  /** Milliseconds since 1970; undefined without a date, which comes behind all others. */
  readonly time: number | undefined
  /** When it was written (ms): the order of what has no date. */
  readonly written: number
}

/** A match that was chosen. */
export type Latest = Pick<LatestRow, 'time' | 'written'> & { readonly id: string }

/** Newest first; what is of one time by id. */
export function compareLatest(a: Latest, b: Latest): number {
  return compareTimes(a, b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

type Timed = Pick<LatestRow, 'time' | 'written'>

const compareTimes = (a: Timed, b: Timed): number =>
  a.time !== undefined && b.time !== undefined
    ? b.time - a.time
    : a.time === undefined && b.time === undefined
      ? b.written - a.written
      : a.time === undefined
        ? 1
        : -1

/** The newest rows of each group, newest first. */
export function latestOf<T extends LatestRow>(rows: readonly T[], max: number): T[] {
  const groups = openGroups()
  const named = rows.map((row) => {
    const names = namesOf(row)
    for (const name of names) groups.tie(names[0]!, name)
    return { row, name: names[0]! }
  })
  named.sort((a, b) => compareTimes(a.row, b.row))
  const taken = new Map<string, { count: number; last: T }>()
  const chosen: T[] = []
  for (const { row, name } of named) {
    const group = groups.of(name)
    const before = taken.get(group)
    if (before !== undefined && before.count >= max && compareTimes(before.last, row) !== 0)
      continue
    taken.set(group, { count: (before?.count ?? 0) + 1, last: row })
    chosen.push(row)
  }
  return chosen
}

/** Whatever else has one of these names is of the same group. */
function namesOf({ subjects, codes, texts }: LatestRow): string[] {
  const subject = [...subjects].sort().join(' ')
  const named =
    codes.length > 0
      ? codes.map((code) => `c ${code}`)
      : texts.length > 0
        ? [`t ${[...texts].sort().join('\n')}`]
        : ['']
  return named.map((name) => `${subject}\n${name}`)
}

/** Names that were tied together are of one group, however long the way between them. */
function openGroups() {
  const above = new Map<string, string>()
  const of = (name: string): string => {
    let top = name
    for (let next = above.get(top); next !== undefined; next = above.get(top)) top = next
    // So that no way is long twice.
    for (let at = name; at !== top;) {
      const next = above.get(at)!
      above.set(at, top)
      at = next
    }
    return top
  }
  return {
    of,
    tie: (one: string, other: string): void => {
      const [a, b] = [of(one), of(other)]
      if (a !== b) above.set(b, a)
    },
  }
}
