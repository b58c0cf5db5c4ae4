// The names of the place where an extension stands, as the contexts of extensions give them.
// https://hl7.org/fhir/R4/defining-extensions.html#context
// Must not read the resource beyond the way to the extension.
import type { Definitions } from '../fhir/definitions.ts'
import type { Resource } from '../fhir/message.ts'
import type { Step } from './scope.ts'

/**
 * `Patient.contact.name`, `HumanName`, `Element` for the name of a contact; for an extension inside of another also that
 * one's url.
 * @param path up to the extension itself
 * @returns undefined where the path doesn't say
 */
export function contextsOf(
  path: readonly Step[],
  resource: Resource,
  definitions: Definitions,
): ReadonlySet<string> | undefined {
  // From the innermost resource on; the extension and its own property come off at the end.
  const steps = path.slice(startOf(path)).filter((step) => typeof step === 'object')
  const holder = steps.slice(0, -1)
  let names: string[] = [resource.resourceType]
  let type = resource.resourceType
  for (const { element, type: inside } of holder) {
    names = names.map((name) => `${name}.${element.name}`)
    type = inside.name
    if (inside.kind !== 'backbone') names.push(type)
  }
  const all = new Set([...names, 'Element'])
  for (let at: string | undefined = type; at !== undefined; at = definitions.types.get(at)?.base)
    all.add(at)
  if (holder.at(-1)?.type.name === 'Extension') return undefined
  return all
}

/**
 * The element that an extension stands in, with its type.
 * @param path up to the extension itself
 * @param resource the innermost one
 * @returns undefined for a primitive, whose extensions stand beside it
 */
export function holderOf(
  path: readonly Step[],
  resource: Resource,
): { readonly value: object; readonly type: string } | undefined {
  const end = path.findLastIndex((step) => typeof step === 'object')
  let value: unknown = resource
  let type = resource.resourceType
  let isInside = false
  for (const step of path.slice(startOf(path), end)) {
    if (typeof step === 'object') {
      value = (value as Record<string, unknown>)[step.name]
      type = step.type.name
      isInside = true
    } else if (typeof step === 'number' && isInside) value = (value as unknown[])[step]
    if (typeof value !== 'object' || value === null) return undefined
  }
  return { value: value as object, type }
}

/** Behind the innermost resource. */
const startOf = (path: readonly Step[]): number =>
  1 + path.findLastIndex((step) => typeof step === 'object' && step.type.name === 'Resource')
