// An answer to what another organization asked: that one may see it, and it needs a consent still when it is first written.
// docs/network.md, "Remote reading"; docs/adr/0006-who-may-see-what.md
// Must not tell of a request that its writer neither sees nor was asked to fulfil.
import type { Context } from '../context.ts'
import { issueOf } from '../errors.ts'
import { parseJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { FREE, type Rule } from '../interaction/rule.ts'
import { allOf } from '../search/filter.ts'
import type { Condition, Plan } from '../search/plan.ts'
import { custodianOf, recipientsOf } from '../search/record.ts'
import { message } from '../words/message.ts'
import { localOf } from './organization-of.ts'

/**
 * Names the custodians of the requests that something is based on as its recipients. A request that the writer was assigned and
 * can't see any more refuses a new answer: the consent was withdrawn on the way. What was answered already can be corrected.
 */
export const answerRule: Rule = async ({ before, after, caller, beside }, context) => {
  if (caller === undefined || after === undefined) return FREE
  const requests = requestsOf(after, context)
  const known = new Set(before === undefined ? [] : requestsOf(before, context))
  const recipients = new Set(before === undefined ? [] : recipientsOf(before))
  for (const request of requests) {
    if (beside.has(request)) continue
    const id = request.slice(request.indexOf('/') + 1)
    if (known.has(request)) continue
    const text = (await context.store.read('ServiceRequest', id))?.text
    if (text !== undefined) {
      const custodian = custodianOf(parseJson(text) as Resource)
      if (custodian !== undefined && custodian !== caller.organization) recipients.add(custodian)
      continue
    }
    const task = await assignmentOf(id, caller.organization, context)
    if (task === undefined) continue
    const expression = `${after.resourceType}.basedOn`
    const said = message('answer-hidden', { request, task: `Task/${task}` })
    return { kind: 'forbidden', issues: [issueOf('error', 'forbidden', said, expression)] }
  }
  return recipients.size === 0 ? FREE : { issues: [], recipients: [...recipients] }
}

/** ServiceRequests here that a resource is based on, as `Type/id`. */
export function requestsOf(
  resource: Resource,
  context: Pick<Context, 'baseUrl'>,
): readonly string[] {
  const { basedOn } = resource
  if (!Array.isArray(basedOn)) return []
  const found = basedOn.map((one) => localOf(one, context))
  return found.filter((one): one is string => one?.startsWith('ServiceRequest/') === true)
}

/** Id of a Task that asks an organization to fulfil a request. */
async function assignmentOf(
  request: string,
  organization: string,
  { store }: Context,
): Promise<string | undefined> {
  const where: Condition[] = [
    {
      kind: 'reference',
      paths: ['Task.focus', 'Task.basedOn'],
      type: 'ServiceRequest',
      id: request,
    },
    { kind: 'reference', paths: ['Task.owner'], type: 'Organization', id: organization },
  ]
  const plan: Plan = {
    types: ['Task'],
    where: allOf(where),
    sort: [],
    count: 1,
    total: false,
    includes: [],
  }
  return (await store.search(plan)).matches[0]?.id
}
