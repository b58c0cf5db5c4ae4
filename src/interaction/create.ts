// create and conditional create, https://hl7.org/fhir/R4/http.html#create
// Must not take the id from the client: that is update (create by update).
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { FhirRequest } from '../fhir/message.ts'
import { written } from './answer.ts'
import { conditionQuery, select, severalMatches, type Selected } from './conditional.ts'
import { readResource, requireValid, resourceText, toContent, type Incoming } from './content.ts'
import { newId } from './id.ts'
import { requireReferences } from './reference-check.ts'
import { judgeFrom, type Beside } from './rule.ts'
import { giveWay, worked } from '../turn.ts'
import type { Write } from './write.ts'

/** Parameters that are about the answer only. */
const FORM = new Set(['_format', '_pretty', '_summary', '_elements'])

/** `POST [base]/[type]`, with If-None-Exist conditional. Stored as a new resource with an id of ours. */
export async function prepareCreate(request: FhirRequest, context: Context): Promise<Write> {
  const type = request.path[0]!
  const asked = request.query.find(([name]) => !FORM.has(name))
  if (asked !== undefined)
    throw fail(
      'parameter',
      `A create takes no search parameters such as "${asked[0].slice(0, 64)}"; to create only when nothing matches, send them in the header If-None-Exist`,
      'If-None-Exist',
    )
  const began = worked()
  const incoming = await readResource(resourceText(request.body), type, context)
  await giveWay(began)
  const selected = await selectExisting(type, request, context)
  return createResource(type, newId(), incoming, selected, request, context)
}

/**
 * What If-None-Exist selects, none or one; undefined without that header.
 * @throws Failure 412 when it selects several
 */
export async function selectExisting(
  type: string,
  request: FhirRequest,
  context: Context,
): Promise<Selected | undefined> {
  const condition = request.headers['if-none-exist']
  if (condition === undefined) return undefined
  const selected = await select(type, conditionQuery(condition, type), context)
  if (selected.versions.length > 1) throw severalMatches(type, 'If-None-Exist')
  return selected
}

/** The same with the resource read, the id chosen and the condition looked up, as a transaction needs it. */
export async function createResource(
  type: string,
  id: string,
  incoming: Incoming,
  selected: Selected | undefined,
  request: FhirRequest,
  context: Context,
  beside?: Beside,
): Promise<Write> {
  const assertions = selected === undefined ? [] : [selected.assertion]
  const existing = selected?.versions[0]
  if (existing !== undefined)
    return {
      changes: [],
      assertions,
      respond: () => written(200, existing, 'There already is', request, context),
    }
  const began = worked()
  await requireValid(incoming.plain, context)
  await giveWay(began)
  // An id that the client chose is nobody's.
  await requireReferences({ ...incoming.plain, id }, context, beside)
  const judged = await judgeFrom(undefined, { type, id }, incoming.plain, context, beside)
  const content = await toContent(incoming, id, context, judged)
  return {
    changes: [{ kind: 'put', type, id, method: 'POST', content, ifVersion: 0 }],
    assertions: [...assertions, ...judged.assertions],
    respond: ([applied]) => written(201, applied!.current!, 'Created', request, context),
  }
}
