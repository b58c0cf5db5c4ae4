// What an element's definition says of a value itself: fixed and pattern values, limits and length.
// https://hl7.org/fhir/R4/elementdefinition.html
// Must not look at the type or at what is inside, beyond comparing it.
import type { Element } from '../fhir/structure-definition.ts'
import { isSame } from '../fhir/path-value.ts'
import { message, type Message } from '../words/message.ts'
import { report, type Check } from './scope.ts'
import { hasPattern, orderOf, valueOf } from './value-match.ts'
import { show } from './wording.ts'

/**
 * @param base whose values are checked already; undefined for none
 * @param name of the element as messages have it
 * @returns undefined if there is nothing to check
 */
export function limitsCheck(
  element: Element,
  base: Element | undefined,
  name: string,
  profile: string | undefined,
): Check | undefined {
  const changed = (kind: Parameters<typeof valueOf>[1]): unknown => {
    const value = valueOf(element, kind)
    return base !== undefined && isSame(value, valueOf(base, kind)) ? undefined : value
  }
  const fixed = changed('fixed')
  const pattern = changed('pattern')
  const least = changed('minValue')
  const most = changed('maxValue')
  const length = element.maxLength === base?.maxLength ? undefined : element.maxLength
  if ([fixed, pattern, least, most, length].every((one) => one === undefined)) return undefined
  const expected = brief(fixed ?? pattern)
  return (value, scope) => {
    if (fixed !== undefined && !isSame(value, fixed)) {
      const params = { element: name, expected, found: found(value), profile }
      report(scope, 'error', 'value', message('fixed', params))
    }
    if (pattern !== undefined && !hasPattern(value, pattern))
      report(scope, 'error', 'value', message('pattern', { element: name, expected, profile }))
    if (value === undefined) return
    if (least !== undefined && (orderOf(value, least) ?? 0) < 0) {
      const params = { found: found(value), limit: brief(least), profile }
      report(scope, 'error', 'value', message('below', params))
    }
    if (most !== undefined && (orderOf(value, most) ?? 0) > 0) {
      const params = { found: found(value), limit: brief(most), profile }
      report(scope, 'error', 'value', message('above', params))
    }
    if (length !== undefined && typeof value === 'string' && value.length > length) {
      const params = { element: name, most: length, count: value.length, profile }
      report(scope, 'error', 'too-long', message('length', params))
    }
  }
}

const brief = (value: unknown): string => {
  const text = JSON.stringify(value) ?? ''
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

const found = (value: unknown): string | Message =>
  value === undefined ? message('nothing') : show(value)
