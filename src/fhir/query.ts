// The text of a query or a form → its parameters; https://url.spec.whatwg.org/#application/x-www-form-urlencoded
// One reader for URLs, forms, conditions in headers and URLs of Bundle entries, so that all have the same bounds.
// Must not know what a parameter means.
import { fail } from '../errors.ts'
import { MAX_PARAMETERS, MAX_QUERY_LENGTH } from './limits.ts'
import type { Query } from './message.ts'

/**
 * Parameters, decoded, in the order sent.
 * @throws Failure 413 for too long a text, 403 for too many parameters, 400 for bytes that are no UTF-8, which would be
 *   searched for as the sign for them
 */
export function readQuery(text: string): Query {
  if (text.length > MAX_QUERY_LENGTH)
    throw fail('too-large', `The parameters may have ${MAX_QUERY_LENGTH} characters together`)
  let count = 1
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) count++
  if (count > MAX_PARAMETERS)
    throw fail('too-costly', `A query may have ${MAX_PARAMETERS} parameters; this one has ${count}`)
  const query = [...new URLSearchParams(text)]
  if (
    text.includes('%') &&
    query.some((pair) => pair.join('').includes('\ufffd')) &&
    !/%EF%BF%BD|\ufffd/i.test(text)
  )
    throw fail('malformed', 'The parameters have percent signs that do not stand for UTF-8')
  return query
}
