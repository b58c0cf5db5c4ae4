// vread: one version of a resource, https://hl7.org/fhir/R4/http.html#vread
// Must not serve the current version in place of one that isn't there.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import { found } from './read.ts'
import { message } from '../words/message.ts'

/** `GET [base]/[type]/[id]/_history/[vid]`: 410 for a version that is a deletion or was purged, 404 for none. */
export async function vread(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const [type, id, , vid] = request.path as [string, string, string, string]
  const what = `${type}/${id}/_history/${vid}`
  if (!/^[1-9][0-9]{0,14}$/.test(vid)) throw fail('not-found', message('absent', { what }))
  const version = await context.store.vread(type, id, Number(vid))
  if (version === undefined) await refusePurged(type, id, Number(vid), context)
  return found(version, request, context, what)
}

/** Versions are numbered without gaps: one below the current one was here, and was removed from the history. */
async function refusePurged(
  type: string,
  id: string,
  version: number,
  { store }: Context,
): Promise<void> {
  const current = await store.read(type, id)
  if (current !== undefined && version < current.version)
    throw fail(
      'gone',
      `Version ${String(version)} of ${type}/${id} is no longer kept: old versions were removed from the history of this server. Its current version is ${String(current.version)}.`,
    )
}
