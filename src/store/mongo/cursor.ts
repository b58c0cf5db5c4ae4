// Cursors of pages: the sort values of the last row, as JSON in base64url. Opaque to clients, checked when they return.
// Must not hold anything secret, and must not be trusted: only strings, numbers and null come out.
import { fail } from '../../errors.ts'

export type CursorValue = string | number | null

export const encodeCursor = (values: readonly CursorValue[]): string =>
  Buffer.from(JSON.stringify(values)).toString('base64url')

/** The values of a cursor, of the types that are asked for (`any` is a string, a number or null). */
export function decodeCursor(
  cursor: string,
  types: readonly ('string' | 'number' | 'any')[],
): readonly CursorValue[] {
  let values: unknown
  try {
    values = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    values = undefined
  }
  const good =
    Array.isArray(values) &&
    values.length === types.length &&
    types.every((type, i) => {
      const value: unknown = values[i]
      const fits = typeof value === 'string' || typeof value === 'number' || value === null
      return type === 'any' ? fits : typeof value === type
    })
  if (!good)
    throw fail(
      'parameter',
      'This page link is not one of this server, or was changed; start the search again',
      '_cursor',
    )
  return values as readonly CursorValue[]
}
