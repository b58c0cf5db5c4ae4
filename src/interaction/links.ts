// The base itself: what can be found under it, as links.
// https://hl7.org/fhir/R4/http.html#root leaves GET of the base open; a Bundle is what every FHIR client can read.
// Must not list data.
import type { Context } from '../context.ts'
import { bundleText, type Link } from '../fhir/bundle.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'

/** `GET [base]` without a search: a Bundle that links to the CapabilityStatement, the history and each resource type. */
export async function links(_request: FhirRequest, context: Context): Promise<FhirResponse> {
  const { baseUrl, definitions } = context
  const all: Link[] = [
    { relation: 'self', url: baseUrl },
    { relation: 'metadata', url: `${baseUrl}/metadata` },
    { relation: 'history', url: `${baseUrl}/_history` },
    ...definitions.resourceTypes.map((type) => ({ relation: type, url: `${baseUrl}/${type}` })),
  ]
  return { status: 200, headers: {}, body: bundleText('collection', all, []) }
}
