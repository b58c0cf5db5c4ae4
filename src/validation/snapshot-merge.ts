// What an element is when a differential says more of it.
// https://hl7.org/fhir/R4/elementdefinition.html#interpretation
// Must not judge whether the differential may say so.
import type { Constraint, Element } from '../fhir/structure-definition.ts'

/** `change` upon `base`: what it says replaces, except that constraints add up. */
export function mergeElement(base: Element, change: Element): Element {
  const merged: Record<string, unknown> = { ...base }
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || name === 'id' || name === 'path') continue
    // Of fixed[x] and its like there is one.
    const choice = /^(fixed|pattern|minValue|maxValue|defaultValue)[A-Z]/.exec(name)?.[1]
    if (choice !== undefined)
      for (const other of Object.keys(merged))
        if (other !== name && new RegExp(`^${choice}[A-Z]`).test(other)) delete merged[other]
    merged[name] = value
  }
  const constraint = mergeConstraints(base.constraint, change.constraint)
  if (constraint !== undefined) merged.constraint = constraint
  if (change.type !== undefined) merged.type = mergeTypes(base, change)
  // A name of a slice belongs to the slice, not to what is made of it.
  if (change.sliceName === undefined && base.sliceName !== undefined)
    merged.sliceName = base.sliceName
  return { ...merged, path: base.path }
}

function mergeConstraints(
  base: readonly Constraint[] | undefined,
  more: readonly Constraint[] | undefined,
): readonly Constraint[] | undefined {
  if (more === undefined) return base
  const keys = new Set(more.map(({ key }) => key))
  return [...(base ?? []).filter(({ key }) => !keys.has(key)), ...more]
}

/** A type that is only named keeps the profiles and targets that the base gives it. */
function mergeTypes(base: Element, change: Element): Element['type'] {
  return change.type?.map((type) => {
    const known = base.type?.filter(({ code }) => code === type.code) ?? []
    const [only] = known
    if (only === undefined || known.length > 1) return type
    return {
      ...(only.profile !== undefined && type.profile === undefined
        ? { profile: only.profile }
        : {}),
      ...(only.targetProfile !== undefined && type.targetProfile === undefined
        ? { targetProfile: only.targetProfile }
        : {}),
      ...type,
    }
  })
}
