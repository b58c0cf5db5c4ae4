// The rules that hold for an element and that neither its type nor its cardinality says: where a reference may
// point, and which codes a required binding allows. Both passes of the validation use them.
// https://hl7.org/fhir/R4/references.html and https://hl7.org/fhir/R4/terminologies.html#required
// Must not look up anything outside of the element.
import type { Definitions, ElementDefinition } from '../fhir/definitions.ts'
import type { MessageKey } from '../words/message.ts'

/** The relative or http form of a literal reference to a resource (with its version, if any), or a conditional one. */
const LITERAL =
  /^(?:https?:\/\/[^?#\s]*\/)?([A-Z][A-Za-z]+)(?:\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?|\?[^#\s]+)$/

/**
 * The resource type that a Reference says it points to.
 * @returns undefined if it doesn't say (a fragment, a URN, only an identifier)
 */
export function referencedType(definitions: Definitions, reference: unknown): string | undefined {
  if (typeof reference !== 'object' || reference === null) return undefined
  const { reference: literal } = reference as { reference?: unknown }
  const type = typeof literal === 'string' ? LITERAL.exec(literal)?.[1] : undefined
  return type !== undefined && definitions.isResourceType(type) ? type : undefined
}

/** The resource types that an element of a type may refer to; undefined if any will do. */
export const targetsOf = (
  element: ElementDefinition,
  type: string,
): readonly string[] | undefined =>
  type === 'Reference' ? element.types.find(({ code }) => code === type)?.targets : undefined

/** The codes that a required binding leaves to an element of type code, if they can be enumerated. */
export const codesOf = (
  definitions: Definitions,
  element: ElementDefinition,
  type: string,
): readonly string[] | undefined =>
  type === 'code' && element.binding?.strength === 'required'
    ? definitions.codes(element.binding.valueSet)
    : undefined

/** The same by system, for Coding and CodeableConcept. */
export const codingsOf = (
  definitions: Definitions,
  element: ElementDefinition,
  type: string,
): ReadonlyMap<string, readonly string[]> | undefined =>
  (type === 'CodeableConcept' || type === 'Coding') && element.binding?.strength === 'required'
    ? definitions.codings(element.binding.valueSet)
    : undefined

/**
 * Whether a Coding, or one of those in a CodeableConcept, is among the codings. One that has only extensions, which
 * say why it is absent, passes.
 */
export function hasCoding(
  value: unknown,
  codings: ReadonlyMap<string, readonly string[]>,
): boolean {
  if (typeof value !== 'object' || value === null) return true
  const { coding, system, text, extension } = value as Record<string, unknown>
  if (Array.isArray(coding)) return coding.some((one) => isAmong(one, codings))
  if (system === undefined && text === undefined && extension !== undefined) return true
  return isAmong(value, codings)
}

function isAmong(coding: unknown, codings: ReadonlyMap<string, readonly string[]>): boolean {
  if (typeof coding !== 'object' || coding === null) return false
  const { system, code } = coding as Record<string, unknown>
  return (
    typeof system === 'string' &&
    typeof code === 'string' &&
    (codings.get(system)?.includes(code) ?? false)
  )
}

/** What a contained resource must have or not have besides its own structure. */
export function containedProblem(
  resource: object,
): { readonly code: string; readonly key: MessageKey } | undefined {
  if ('contained' in resource) {
    return {
      code: 'invariant',
      key: 'contained-nested',
    }
  }
  return 'id' in resource
    ? undefined
    : {
        code: 'required',
        key: 'contained-id',
      }
}
