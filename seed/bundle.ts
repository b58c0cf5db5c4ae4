// Writes a list of resources as one transaction Bundle of PUTs, one entry a line, so that a changed
// resource is one changed line and loading the file twice changes nothing.
// https://hl7.org/fhir/R4/http.html#transaction

import type { FhirResource, Reference } from 'fhir/r4.js'

/** The base of every fullUrl. The name is reserved for examples and resolves nowhere. */
export const BASE = 'http://ieum.example/fhir'

/** A relative reference, as the seed writes all of them. */
export function ref(type: FhirResource['resourceType'], id: string, display?: string): Reference {
  return { reference: `${type}/${id}`, ...(display === undefined ? {} : { display }) }
}

/** The text of the Bundle that puts the resources, in their order. Every resource has an id. */
export function transaction(resources: FhirResource[]): string {
  const lines = resources.map((resource) => {
    const url = `${resource.resourceType}/${resource.id ?? ''}`
    return JSON.stringify({
      fullUrl: `${BASE}/${url}`,
      resource,
      request: { method: 'PUT', url },
    })
  })
  return `{"resourceType":"Bundle","type":"transaction","entry":[\n${lines.join(',\n')}\n]}\n`
}
