// create and conditional create, https://hl7.org/fhir/R4/http.html#create
// Must not take the id from the client: that is update (create by update).
import type { Context } from '../context.ts'
import type { FhirRequest } from '../fhir/message.ts'
import { written } from './answer.ts'
import { conditionQuery, select, severalMatches } from './conditional.ts'
import { readResource, requireValid, resourceText, toContent, type Incoming } from './content.ts'
import { newId } from './id.ts'
import { requireReferences } from './reference-check.ts'
import type { Write } from './write.ts'

/** `POST [base]/[type]`, with If-None-Exist conditional. Stored as a new resource with an id of ours. */
export async function prepareCreate(request: FhirRequest, context: Context): Promise<Write> {
  const type = request.path[0]!
  return createResource(
    type,
    readResource(resourceText(request.body), type, context),
    newId(),
    request,
    context,
  )
}

/** The same with the resource already read and the id already chosen, as a transaction needs it. */
export async function createResource(
  type: string,
  incoming: Incoming,
  id: string,
  request: FhirRequest,
  context: Context,
): Promise<Write> {
  const condition = request.headers['if-none-exist']
  const selected =
    condition === undefined
      ? undefined
      : await select(type, conditionQuery(condition, type), context)
  if (selected !== undefined && selected.versions.length > 0) {
    if (selected.versions.length > 1) throw severalMatches(type, 'If-None-Exist')
    return {
      changes: [],
      assertions: [selected.assertion],
      respond: () => written(200, selected.versions[0]!, 'There already is', request, context),
    }
  }
  requireValid(incoming.plain, context)
  await requireReferences(incoming.plain, context)
  return {
    changes: [
      {
        kind: 'put',
        type,
        id,
        method: 'POST',
        content: toContent(incoming, context),
        ifVersion: 0,
      },
    ],
    assertions: selected === undefined ? [] : [selected.assertion],
    respond: ([applied]) => written(201, applied!.current!, 'Created', request, context),
  }
}
