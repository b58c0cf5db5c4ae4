// A history as an Access lets it be seen: whole pages of what may be seen, whatever lies in between.
// https://hl7.org/fhir/R4/http.html#history
// Must not give a total that tells of what is hidden.
import { fail } from '../errors.ts'
import type { HistoryQuery, Limits, Page, Version } from '../store/store.ts'
import type { Seeing } from './seen.ts'

/** Versions looked at for one page at most: then it is as long as it is, with a link to the next. */
const MOST = 5000
/** Versions looked at together. */
const BLOCK = 200

export async function historyOf(
  seeing: Seeing,
  query: HistoryQuery,
  limits?: Limits,
): Promise<Page> {
  const { store } = seeing
  const ofOne = query.type !== undefined && query.id !== undefined
  if (ofOne && !(await isVisible(seeing, query.type, query.id))) return { versions: [] }
  const found: Version[] = []
  let cursor = query.cursor
  if (query.count === 0) return { versions: [], total: await totalOf(seeing, query, limits) }
  for (let looked = 0, size = query.count; ;) {
    const page = await store.history({ ...without(query), ...at(cursor), count: size }, limits)
    const seen = await visible(seeing, page.versions)
    const wanted = query.count - found.length
    if (seen.length > wanted && page.versions.length > 1) {
      // Up to the last that fits, so that the next page goes on behind it.
      size = page.versions.indexOf(seen[wanted - 1]!.version) + 1
      continue
    }
    for (const one of seen) {
      seeing.note(one.version, one.content, one.decision)
      found.push(one.version)
    }
    looked += page.versions.length
    cursor = page.next
    if (cursor === undefined)
      return query.cursor === undefined
        ? { versions: found, total: found.length }
        : { versions: found }
    if (found.length >= query.count || looked >= MOST) return { versions: found, next: cursor }
    size = Math.max(query.count - found.length, BLOCK)
  }
}

/** @throws Failure `too-costly` */
async function totalOf(seeing: Seeing, query: HistoryQuery, limits?: Limits): Promise<number> {
  let total = 0
  let cursor: string | undefined
  for (let looked = 0; looked < MOST;) {
    const page = await seeing.store.history({ ...query, ...at(cursor), count: BLOCK }, limits)
    total += (await visible(seeing, page.versions)).length
    looked += page.versions.length
    cursor = page.next
    if (cursor === undefined) return total
  }
  throw fail(
    'too-costly',
    `More than ${MOST} versions would have to be counted; narrow it by _since`,
  )
}

const at = (cursor: string | undefined): { cursor?: string } =>
  cursor === undefined ? {} : { cursor }

function without({ cursor: _cursor, ...query }: HistoryQuery): HistoryQuery {
  return query
}

async function isVisible(seeing: Seeing, type: string, id: string): Promise<boolean> {
  const current = await seeing.store.read(type, id)
  if (current === undefined) return false
  const [decision] = await seeing.decide([await seeing.contentOf(current)])
  return decision!.seen
}

async function visible(seeing: Seeing, versions: readonly Version[]) {
  const contents = await Promise.all(versions.map((one) => seeing.contentOf(one)))
  const decisions = await seeing.decide(contents)
  return versions
    .map((version, i) => ({ version, content: contents[i], decision: decisions[i]! }))
    .filter(({ decision }) => decision.seen)
}
