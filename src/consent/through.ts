// The context of a request that has a principal: what it may see, and whose is what it writes.
// docs/adr/0006-who-may-see-what.md
// Must not cost a request without a principal anything.
import { guarded } from '../audit/guard.ts'
import type { Context } from '../context.ts'
import type { FhirRequest } from '../fhir/message.ts'
import type { PageLinks } from '../interaction/page-link.ts'
import type { Principal } from '../auth/principal.ts'
import type { Access } from './access.ts'
import { consentIssues } from './consent-issues.ts'
import { storeSeenBy } from './seen.ts'

/**
 * The same context in open mode. An entry of a Bundle sees by the Access of the Bundle, and what it saw is its own.
 * @param context whose store is nobody's yet, since what is logged lies beneath (audit/recorded.ts)
 */
export function through(request: FhirRequest, context: Context): Context | Promise<Context> {
  if (request.principal === undefined) return context
  return withAccess(request, request.principal, context)
}

async function withAccess(
  request: FhirRequest,
  principal: Principal,
  context: Context,
): Promise<Context> {
  const known = context.access
  const access = known === undefined ? await context.accessOf(request) : seeingAnew(known)
  return {
    ...context,
    access,
    refusals: (resource) => [
      ...context.refusals(resource),
      ...consentIssues(resource, access.custody),
    ],
    // The log is closed to all alike, before it is told what they may see.
    store: guarded(storeSeenBy(context.store, access, context)),
    pages: known === undefined ? pagesOf(context.pages, principal) : context.pages,
  }
}

/** The same, of which nothing has been seen; what may be found is still made only when it is asked for. */
const seeingAnew = (access: Access): Access => ({
  principal: access.principal,
  custody: access.custody,
  get visible() {
    return access.visible
  },
  judge: (versions) => access.judge(versions),
  seen: [],
})

/** Page links that are good for the same caller alone: the next page of others begins behind what others see. */
function pagesOf(pages: PageLinks, { client, organization, user, patient }: Principal): PageLinks {
  const caller = JSON.stringify([client, organization, user ?? null, patient ?? null])
  return {
    seal: (scope, position) => pages.seal(`${caller} ${scope}`, position),
    open: (scope, sealed) => pages.open(`${caller} ${scope}`, sealed),
  }
}
