// vread: one version of a resource, https://hl7.org/fhir/R4/http.html#vread
// Must not serve the current version in place of one that isn't there.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import { found } from './read.ts'

/** `GET [base]/[type]/[id]/_history/[vid]`: 410 for a version that is a deletion, 404 for none. */
export async function vread(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const [type, id, , vid] = request.path as [string, string, string, string]
  const what = `${type}/${id}/_history/${vid}`
  if (!/^[1-9][0-9]{0,14}$/.test(vid)) throw fail('not-found', `There is no ${what} here`)
  return found(await context.store.vread(type, id, Number(vid)), request, context, what)
}
