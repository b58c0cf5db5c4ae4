// A resource as it stands in a document: no reference that leads out of it, and what a summary asks for said to be unknown
// where it is.
// https://hl7.org/fhir/R4/bundle.html#references and https://hl7.org/fhir/uv/ips/STU2/design.html
// Must not tell whether what a reference led to is hidden or never was.
import type { Resource } from '../../fhir/message.ts'

type Fields = Readonly<Record<string, unknown>>

const ABSENT = {
  extension: [
    {
      url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
      valueCode: 'unknown',
    },
  ],
}

/** Of a resource itself; within its parts a single reference is taken for one that has to be there. */
const MANDATORY: ReadonlySet<string> = new Set([
  ...['subject', 'patient', 'device', 'medicationReference', 'individual', 'beneficiary'],
])

/**
 * @param resource isn't changed
 * @param targetOf the `Type/id` in the document that a reference leads to
 */
export function fitted(
  resource: Resource,
  targetOf: (reference: string) => string | undefined,
): Resource {
  const { link, ...rest } = resource
  // Links of a Patient tell of other records, those that may be seen in what they say.
  const own = resource.resourceType === 'Patient' || link === undefined ? rest : resource
  const cut = objectOf(own, targetOf, true) ?? own
  return withAbsent(cut as Resource)
}

function objectOf(
  value: Fields,
  targetOf: (reference: string) => string | undefined,
  isWhole: boolean,
): Fields | undefined {
  const { reference } = value
  if (!isWhole && typeof reference === 'string' && !reference.startsWith('#')) {
    const target = targetOf(reference)
    const { reference: _, ...rest } = value
    if (target !== undefined) return { ...rest, reference: target }
    const { type: _type, ...said } = rest
    return Object.keys(said).length === 0 ? undefined : rest
  }
  const result: Record<string, unknown> = {}
  for (const [name, one] of Object.entries(value)) {
    if (Array.isArray(one)) {
      const items = (one as unknown[])
        .map((item) => (isFields(item) ? objectOf(item, targetOf, name === 'contained') : item))
        .filter((item) => item !== undefined)
      if (items.length > 0 || one.length === 0) result[name] = items
    } else if (isFields(one)) {
      const kept = objectOf(one, targetOf, false)
      if (kept !== undefined) result[name] = kept
      else if (!isWhole || MANDATORY.has(name)) result[name] = ABSENT
    } else result[name] = one
  }
  return result
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)

/** Elements that profiles of IPS ask for, or choices of them, and the one that says that it is unknown. */
const ASKED: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  Patient: [[/^_?birthDate$/, '_birthDate']],
  MedicationStatement: [[/^_?effective/, '_effectiveDateTime']],
  Procedure: [[/^_?performed/, '_performedDateTime']],
  DeviceUseStatement: [[/^_?timing/, '_timingDateTime']],
  Observation: [[/^_?effective/, '_effectiveDateTime']],
  DiagnosticReport: [[/^_?effective/, '_effectiveDateTime']],
}

function withAbsent(resource: Resource): Resource {
  const names = Object.keys(resource)
  const missing = (ASKED[resource.resourceType] ?? []).filter(
    ([pattern]) => !names.some((name) => pattern.test(name)),
  )
  return {
    ...resource,
    ...Object.fromEntries(missing.map(([, name]) => [name, ABSENT])),
    ...(resource.resourceType === 'Observation' && resource.performer === undefined
      ? { performer: [ABSENT] }
      : {}),
    ...(resource.resourceType === 'Patient' && resource.name === undefined
      ? { name: [{ _text: ABSENT }] }
      : {}),
  }
}
