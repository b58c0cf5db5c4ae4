// The whole way of a request, stage by stage: read this file first.
// https://hl7.org/fhir/R4/http.html
// Must not do any work itself. Batch entries, the command line and jobs come through this door too.
import { recorded } from './audit/recorded.ts'
import { through } from './consent/through.ts'
import type { Context } from './context.ts'
import type { FhirRequest, FhirResponse } from './fhir/message.ts'
import { route } from './interaction/route.ts'

/**
 * Answer a request.
 * @throws Failure for what the caller can put right or wait for; anything else thrown is a fault of ours
 */
export async function handle(request: FhirRequest, context: Context): Promise<FhirResponse> {
  if (request.principal === undefined && context.config.audit !== 'all')
    return route(request, context)(request, context)
  return recorded(request, context, async (logged, note) => {
    const interaction = route(request, logged)
    const seen = await through(request, logged)
    if (seen.access !== undefined) note(seen.access)
    return interaction(request, seen)
  })
}
