// Parameters as they come into an operation, https://hl7.org/fhir/R4/parameters.html
// Must not decide which parameters an operation knows.
import { decimalText } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'

export type Parameter = {
  readonly name: string
  readonly resource?: Resource
  readonly [element: string]: unknown
}

/** The parameters of a Parameters resource; whatever isn't one is left out. */
export function parametersOf(resource: Resource): readonly Parameter[] {
  if (!Array.isArray(resource.parameter)) return []
  return (resource.parameter as unknown[]).filter(
    (p): p is Parameter =>
      typeof p === 'object' && p !== null && typeof (p as { name?: unknown }).name === 'string',
  )
}

/** The value of the first parameter of a name, of whatever primitive type, as text. */
export function textOf(parameters: readonly Parameter[], name: string): string | undefined {
  const found = parameters.find((p) => p.name === name)
  return found === undefined ? undefined : textIn(found)
}

/** The value of a parameter as text; undefined when it isn't a primitive. */
export function textIn(parameter: Parameter): string | undefined {
  for (const [element, value] of Object.entries(parameter)) {
    if (!element.startsWith('value')) continue
    if (typeof value === 'string' || typeof value === 'boolean') return String(value)
    const text = decimalText(value)
    if (text !== undefined) return text
  }
  return undefined
}
