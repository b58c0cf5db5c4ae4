// Whose each resource of the seed is: the organization that would have written it, as a tag beside the country.
// ../docs/adr/0006-who-may-see-what.md
// A resource says so by whom it names; where it names organizations of two countries, the country of its record decides.

import type { Coding, FhirResource, Meta } from 'fhir/r4.js'

const SYSTEM = 'http://ieum.example/fhir/CodeSystem/custodian'
const COUNTRY = 'urn:iso:std:iso:3166'

/** Elements that name an organization, or something that belongs to one; who is named first goes first. */
const ELEMENTS = [
  ...['managingOrganization', 'custodian', 'subject', 'patient', 'for'],
  ...['serviceProvider', 'organization', 'encounter', 'performer', 'author', 'requester', 'sender'],
  ...[
    'agent',
    'recorder',
    'asserter',
    'informationSource',
    'owner',
    'context',
    'basedOn',
    'target',
  ],
]

/** The same resources with the tag; what is the whole network's has none. */
export function withCustodians(stories: readonly FhirResource[][]): FhirResource[][] {
  const all = new Map<string, FhirResource>()
  for (const resource of stories.flat())
    all.set(`${resource.resourceType}/${resource.id ?? ''}`, resource)
  const roles = new Map<string, FhirResource>()
  for (const one of all.values())
    if (one.resourceType === 'PractitionerRole') roles.set(one.practitioner?.reference ?? '', one)

  const candidates = function* (resource: FhirResource, depth: number): Generator<string> {
    const { resourceType, id = '' } = resource
    if (resourceType === 'Organization') yield id
    const role = resourceType === 'Practitioner' ? roles.get(`Practitioner/${id}`) : undefined
    if (role !== undefined) yield* candidates(role, depth)
    if (depth === 0) return
    for (const name of ELEMENTS)
      for (const reference of referencesIn(
        (resource as unknown as Record<string, unknown>)[name],
      )) {
        const target = all.get(reference)
        if (target !== undefined) yield* candidates(target, depth - 1)
      }
  }
  const custodianOf = (resource: FhirResource): string | undefined => {
    const found = [...candidates(resource, 3)]
    const country = countryOf(resource)
    return found.find((id) => countryOf(all.get(`Organization/${id}`)) === country) ?? found[0]
  }
  return stories.map((resources) =>
    resources.map((resource) => {
      const custodian = custodianOf(resource)
      return custodian === undefined ? resource : tagged(resource, custodian)
    }),
  )
}

function* referencesIn(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const one of value) yield* referencesIn(one)
  else if (typeof value === 'object' && value !== null)
    for (const [name, one] of Object.entries(value))
      if (name === 'reference' && typeof one === 'string') yield one
      else yield* referencesIn(one)
}

const countryOf = (resource: FhirResource | undefined): string | undefined =>
  (resource?.meta?.tag ?? []).find(({ system }) => system === COUNTRY)?.code

function tagged(resource: FhirResource, code: string): FhirResource {
  const { resourceType, id, meta, ...others } = resource as FhirResource & { meta?: Meta }
  const tag: Coding[] = [...(meta?.tag ?? []), { system: SYSTEM, code }]
  return { resourceType, id, meta: { ...meta, tag }, ...others } as FhirResource
}
