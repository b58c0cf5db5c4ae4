// The words of issues: how names, codes and values appear in them.
// https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.diagnostics
// Must not repeat long values or whole structures: they may be large, and personal.
import type { ElementDefinition, TypeDefinition } from '../fhir/definitions.ts'
import { message, type Message } from '../words/message.ts'
import { suggest } from './suggest.ts'

/** Says that a type has no such element, and which was probably meant. */
export function unknownName(
  name: string,
  type: TypeDefinition,
  choice: ElementDefinition | undefined,
  meant: string | undefined,
): Message {
  if (choice && (meant === undefined || name === choice.name)) {
    const allowed = list(choice.types.map(({ code }) => code))
    const element = `${choice.name}[x]`
    return message('choice-untyped', { type: type.name, found: show(name), element, allowed })
  }
  return message('element-unknown', { type: type.name, found: show(name), hint: hintOf(meant) })
}

/** The end of a message, or nothing. */
export const didYouMean = (name: string, candidates: readonly string[]): Message | undefined =>
  hintOf(suggest(name, candidates))

/** The same for what is known to be meant. */
export const hintOf = (meant: string | undefined): Message | undefined =>
  meant === undefined ? undefined : message('meant', { name: meant })

/** A few of many. */
export function list(names: readonly string[]): string {
  return names.length <= 12
    ? names.join(' | ')
    : `${names.slice(0, 10).join(' | ')} | … (${names.length})`
}

/** A value as it stands in a message: short, whatever it is. */
export function show(value: unknown): string | Message {
  if (Array.isArray(value)) return message('array')
  if (typeof value === 'object' && value !== null) return message('object')
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
