// Where a page ended, as the opaque text of a link.
// Must not be trusted: it comes back from a client.
import { fail } from '../../errors.ts'
import type { Value } from './database.ts'

export type Cursor = {
  /** The order of the walk: by primary key, id, values of a range, or sort keys. */
  readonly by: 'key' | 'id' | 'range' | 'sort' | 'seq'
  /** Values of the last row in that order. */
  readonly at: readonly Value[]
}

const ORDERS = new Set(['key', 'id', 'range', 'sort', 'seq'])

export const writeCursor = ({ by, at }: Cursor): string =>
  Buffer.from(JSON.stringify([by, ...at])).toString('base64url')

/** @throws Failure 400 for a text that writeCursor didn't make */
export function readCursor(text: string): Cursor {
  try {
    const [by, ...at] = JSON.parse(Buffer.from(text, 'base64url').toString()) as [
      Cursor['by'],
      ...Value[],
    ]
    const fine = (v: unknown): boolean =>
      v === null || typeof v === 'string' || typeof v === 'number'
    if (ORDERS.has(by) && at.length > 0 && at.length < 20 && at.every(fine)) return { by, at }
  } catch {
    // Answered below.
  }
  throw notACursor()
}

export const notACursor = () =>
  fail(
    'parameter',
    'This page link is not one of this server, or was changed; start the search again',
    '_cursor',
  )
