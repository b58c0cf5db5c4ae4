// The words of issues: how names, codes and values appear in them.
// https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.diagnostics
// Must not repeat long values or whole structures: they may be large, and personal.
import type { ElementDefinition, TypeDefinition } from '../fhir/definitions.ts'
import { suggest } from './suggest.ts'

/** Says that a type has no such element, and which was probably meant. */
export function unknownName(
  name: string,
  type: TypeDefinition,
  choice: ElementDefinition | undefined,
  meant: string | undefined,
): string {
  if (choice && (meant === undefined || name === choice.name)) {
    const types = choice.types.map(({ code }) => code)
    return `${type.name} has no element ${show(name)}: ${choice.name}[x] is written with its type, which is ${list(types)}`
  }
  return `${type.name} has no element ${show(name)}${meant === undefined ? '' : `; did you mean "${meant}"?`}`
}

/** The end of a message, or nothing. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const meant = suggest(name, candidates)
  return meant === undefined ? '' : `; did you mean "${meant}"?`
}

/** A few of many. */
export function list(names: readonly string[]): string {
  return names.length <= 12
    ? names.join(' | ')
    : `${names.slice(0, 10).join(' | ')} | … (${names.length})`
}

/** A value as it stands in a message: short, whatever it is. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
