// Whether a value is the one that a profile fixes, or has the pattern that it asks for; and its limits.
// https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.fixed_x_ and #ElementDefinition.pattern_x_
// Must not look at more than the value.
import type { Element } from '../fhir/structure-definition.ts'
import { compareDates, isSame } from '../fhir/path-value.ts'

/** The value under `fixed[x]`, `pattern[x]`, `minValue[x]` or `maxValue[x]`, whatever its type; undefined without one. */
export function valueOf(
  element: Element,
  name: 'fixed' | 'pattern' | 'minValue' | 'maxValue',
): unknown {
  for (const key in element)
    if (key.length > name.length && key.startsWith(name) && /[A-Z]/.test(key.charAt(name.length)))
      return element[key]
  return undefined
}

/** Whether a value has all that the pattern has: of an array some item for each of the pattern's. */
export function hasPattern(value: unknown, pattern: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null) return isSame(value, pattern)
  if (Array.isArray(pattern))
    return (
      Array.isArray(value) && pattern.every((one) => value.some((item) => hasPattern(item, one)))
    )
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(pattern).every(([name, one]) =>
    hasPattern((value as Record<string, unknown>)[name], one),
  )
}

/** Order of two values of one type: below, above or 0; undefined where there is none. */
export function orderOf(value: unknown, limit: unknown): number | undefined {
  if (typeof value === 'number' && typeof limit === 'number') return value - limit
  if (typeof value === 'string' && typeof limit === 'string')
    return /^\d{4}/.test(limit) ? compareDates(value, limit) : value.localeCompare(limit)
  if (typeof value !== 'object' || typeof limit !== 'object' || value === null || limit === null)
    return undefined
  const [one, other] = [value, limit] as [Record<string, unknown>, Record<string, unknown>]
  return one.system === other.system && one.code === other.code
    ? orderOf(one.value, other.value)
    : undefined
}
