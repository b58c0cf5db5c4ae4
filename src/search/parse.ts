// A query as text becomes a parsed search: names taken apart, values split at the commas that aren't escaped.
// https://hl7.org/fhir/R4/search.html#escaping and #Summary
// Must not know what a parameter means, nor whether it exists.
import type { Query } from '../fhir/message.ts'
import { requireBounded } from './bounds.ts'

/** One step of a name: `subject:Patient` of `subject:Patient.name`. */
export type NameStep = { readonly code: string; readonly modifier?: string }

export type ParsedParameter = {
  /** As sent: `subject:Patient.name:exact`. */
  readonly name: string
  readonly value: string
  /** More than one step is a chain. `_has:…` stays whole, in one last step with the rest as its modifier. */
  readonly steps: readonly NameStep[]
  /** Alternatives, still escaped. */
  readonly values: readonly string[]
}

export type ParsedSearch = {
  /** Conditions, in the order sent. */
  readonly filters: readonly ParsedParameter[]
  /** Parameters that say what to return and how, in the order sent. */
  readonly results: readonly ParsedParameter[]
}

/** Names (without modifier) of the parameters that don't filter. */
export const RESULT_PARAMETERS: ReadonlySet<string> = new Set([
  '_contained',
  '_containedType',
  '_count',
  '_elements',
  '_explain',
  '_format',
  '_include',
  '_pretty',
  '_revinclude',
  '_sort',
  '_summary',
  '_total',
  '_units',
])

/**
 * Takes a query apart. Every text is some query.
 * @throws Failure 403 for one that asks more than bounds.ts allows
 */
export function parseSearch(query: Query): ParsedSearch {
  const filters: ParsedParameter[] = []
  const results: ParsedParameter[] = []
  for (const [name, value] of query) {
    const steps = parseName(name)
    const parsed = { name, value, steps, values: splitEscaped(value, ',') }
    const isResult = steps.length === 1 && RESULT_PARAMETERS.has(steps[0]?.code ?? '')
    if (isResult) results.push(parsed)
    else filters.push(parsed)
  }
  requireBounded({ filters, results })
  return { filters, results }
}

/** The steps of a parameter's name, `subject:Patient.name` or `patient._has:Group:member:_id`. */
export function parseName(name: string): readonly NameStep[] {
  const steps: NameStep[] = []
  for (let rest: string | undefined = name; rest !== undefined;) {
    if (rest.startsWith('_has:')) return [...steps, { code: '_has', modifier: rest.slice(5) }]
    const dot: number = rest.indexOf('.')
    const step: string = dot < 0 ? rest : rest.slice(0, dot)
    const colon = step.indexOf(':')
    steps.push(
      colon < 0 ? { code: step } : { code: step.slice(0, colon), modifier: step.slice(colon + 1) },
    )
    rest = dot < 0 ? undefined : rest.slice(dot + 1)
  }
  return steps
}

/**
 * Splits at each `separator` without a backslash before it; the parts stay escaped.
 * @example splitEscaped('a\\,b,c', ',') // ['a\\,b', 'c']
 */
export function splitEscaped(text: string, separator: string): string[] {
  if (!text.includes('\\')) return text.split(separator)
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === separator) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

/** Without the backslash of `\,` `\|` `\$` and `\\`; any other backslash stands for itself. */
export const unescape = (text: string): string =>
  text.includes('\\') ? text.replace(/\\([,|$\\])/g, '$1') : text
