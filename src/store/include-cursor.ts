// Where a page of included resources ended: they follow the matches that bring them, on as many pages as they need.
// https://hl7.org/fhir/R4/search.html#include
// Must not be trusted: it comes back from a client.
import { fail } from '../errors.ts'

export type IncludeCursor = {
  /** Key of the last one that was delivered, in the store's own order. */
  readonly after: string | number
  /** Cursor of the page whose matches bring them; undefined for the first. */
  readonly page: string | undefined
  /** Cursor of the page behind; undefined when that was the last. */
  readonly next: string | undefined
}

/** Included resources on a page unless the plan says otherwise. */
export const INCLUDED = 1000

/** Included resources that one page of matches may bring; more are refused, since all are gathered for each page. */
export const MOST_INCLUDED = 50_000

export const tooManyIncluded = () =>
  fail(
    'too-costly',
    `The matches of one page bring more than ${MOST_INCLUDED} included resources; ask for fewer with _count, or include less`,
  )

/** No other cursor has a dot in it. */
const MARK = 'i.'

export const writeIncludeCursor = ({ after, page, next }: IncludeCursor): string =>
  MARK + Buffer.from(JSON.stringify([after, page ?? null, next ?? null])).toString('base64url')

/**
 * Undefined for a cursor of another kind.
 * @throws Failure `parameter` for one that was changed
 */
export function readIncludeCursor(cursor: string | undefined): IncludeCursor | undefined {
  if (cursor?.startsWith(MARK) !== true) return undefined
  try {
    const [after, page, next] = JSON.parse(
      Buffer.from(cursor.slice(MARK.length), 'base64url').toString(),
    ) as unknown[]
    const isText = (value: unknown): boolean => value === null || typeof value === 'string'
    if ((typeof after === 'string' || typeof after === 'number') && isText(page) && isText(next))
      return {
        after,
        page: (page as string | null) ?? undefined,
        next: (next as string | null) ?? undefined,
      }
  } catch {
    // Answered below.
  }
  throw fail(
    'parameter',
    'This page link is not one of this server, or was changed; start the search again',
    '_cursor',
  )
}
