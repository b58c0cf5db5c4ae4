// The names of the place where an extension stands, as the contexts of extensions give them.
// https://hl7.org/fhir/R4/defining-extensions.html#context
// Must not read the resource beyond the extensions around.
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
  const start = path.findLastIndex(
    (step) => typeof step === 'object' && step.type.name === 'Resource',
  )
  const steps = path.slice(start + 1).filter((step) => typeof step === 'object')
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
