// Whose record a resource is in: its custodian, and the patients whose compartments it belongs to, as index entries.
// docs/adr/0006-who-may-see-what.md, https://hl7.org/fhir/R4/compartmentdefinition-patient.html
// Must not cost anything where there is no custodian, nor fold ids: those that differ in case are two.
import type { Definitions } from '../fhir/definitions.ts'
import type { Resource } from '../fhir/message.ts'
import { compartmentPaths } from './compartment.ts'
import { fieldsOf, textOf } from './emit.ts'
import type { Entry, IndexPath, TokenEntry } from './entry.ts'
import type { SearchParameters } from './parameters.ts'
import type { Condition, Leaf } from './plan.ts'

/** System of the tag that names the custodian: the id of its Organization is the code. */
export const CUSTODIAN_SYSTEM = 'http://ieum.example/fhir/CodeSystem/custodian'

/** System of the tag that names the custodian's country: ISO 3166-1 alpha-2. */
export const COUNTRY_SYSTEM = 'urn:iso:std:iso:3166'

/** System of the tags that name the organizations that something is made for: it answers what they asked. */
export const RECIPIENT_SYSTEM = 'http://ieum.example/fhir/CodeSystem/recipient'

/** No path of an element begins with a star. */
export const CUSTODIAN: IndexPath = '*custodian'
/** One entry for each patient: system = id of the custodian, code = `Patient/ID`. */
export const RECORD: IndexPath = '*record'
/** The same of Consents alone, so that what governs a record is found among few. */
export const GOVERNED: IndexPath = '*governed'
/** Whom it is made for: system = id of an organization, no code. */
export const RECIPIENT: IndexPath = '*recipient'

/** What an organisation is the custodian of. */
export const ofCustodian = (organization: string): Leaf => ({
  kind: 'token',
  paths: [CUSTODIAN],
  system: organization,
  code: '',
})

/** What was made for an organization, since it answers what that one asked. */
export const forRecipient = (organization: string): Leaf => ({
  kind: 'token',
  paths: [RECIPIENT],
  system: organization,
  code: '',
})

/** What is in the record of a patient, whose ever it is unless a custodian is given. */
export const inRecord = (patient: string, custodian?: string): Leaf => ({
  kind: 'token',
  paths: [RECORD],
  ...(custodian === undefined ? {} : { system: custodian }),
  code: `Patient/${patient}`,
})

/** What is in a record that a Consent which fulfils a condition governs. */
export const governedBy = (where: Condition): Condition => ({
  kind: 'shares',
  path: RECORD,
  there: GOVERNED,
  types: ['Consent'],
  where,
})

/** Id of the custodian; undefined for none. */
export const custodianOf = (resource: Resource): string | undefined =>
  taggedWith(resource, CUSTODIAN_SYSTEM)[0]

/** Ids of the organizations that it was made for. */
export const recipientsOf = (resource: Resource): readonly string[] =>
  taggedWith(resource, RECIPIENT_SYSTEM)

function taggedWith({ meta }: Resource, system: string): readonly string[] {
  const tags: unknown = meta?.tag
  if (!Array.isArray(tags)) return []
  const codes: string[] = []
  for (const tag of tags) {
    const fields = fieldsOf(tag)
    const code = fields?.['system'] === system ? textOf(fields['code']) : undefined
    if (code !== undefined) codes.push(code)
  }
  return codes
}

/**
 * Entries of a resource by its custodian; none without one.
 * @param own its other entries
 */
export function recordEntries(
  resource: Resource,
  own: readonly Entry[],
  parameters: SearchParameters,
  definitions: Definitions,
): TokenEntry[] {
  const custodian = custodianOf(resource)
  if (custodian === undefined) return []
  const at = (path: IndexPath, code: string, system = custodian): TokenEntry => ({
    kind: 'token',
    path,
    group: 0,
    system,
    code,
  })
  const patients = patientsOf(resource, own, parameters, definitions)
  return [
    at(CUSTODIAN, ''),
    ...recipientsOf(resource).map((organization) => at(RECIPIENT, '', organization)),
    ...patients.map((id) => at(RECORD, `Patient/${id}`)),
    ...(resource.resourceType === 'Consent'
      ? patients.map((id) => at(GOVERNED, `Patient/${id}`))
      : []),
  ]
}

/** Ids of the patients whose compartment it is in, in no order; a Patient is in no other's by a link. */
function patientsOf(
  { resourceType, id }: Resource,
  own: readonly Entry[],
  parameters: SearchParameters,
  definitions: Definitions,
): readonly string[] {
  if (resourceType === 'Patient') return id === undefined ? [] : [id]
  const paths = compartmentPaths('Patient', resourceType, parameters, definitions)
  if (paths.length === 0) return []
  const found = new Set<string>()
  for (const entry of own)
    if (entry.kind === 'reference' && entry.type === 'Patient' && paths.includes(entry.path))
      found.add(entry.id)
  return [...found]
}
