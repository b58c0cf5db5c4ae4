// Prefixes of ordered values: `ge2024`, `lt5.4`.
// https://hl7.org/fhir/R4/search.html#prefix
// Must not decide whether the rest is a value: each type does.
import type { Comparator } from './plan.ts'

const PREFIX = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)/

/** The prefix (`eq` when there is none) and what follows it. */
export function splitPrefix(text: string): { readonly op: Comparator; readonly rest: string } {
  const found = PREFIX.exec(text)
  return found ? { op: found[1] as Comparator, rest: text.slice(2) } : { op: 'eq', rest: text }
}
