// update, create by update, and conditional update; https://hl7.org/fhir/R4/http.html#update
// Must not write a version when nothing but versionId and lastUpdated differs: the store sees to it.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { FhirRequest } from '../fhir/message.ts'
import { written } from './answer.ts'
import { ifMatchVersion, requireVersion, select, severalMatches } from './conditional.ts'
import { readResource, requireValid, resourceText, toContent, type Incoming } from './content.ts'
import { isId, newId } from './id.ts'
import { requireReferences } from './reference-check.ts'
import type { Write } from './write.ts'

/** `PUT [base]/[type]/[id]`. */
export async function prepareUpdate(request: FhirRequest, context: Context): Promise<Write> {
  const [type, id] = request.path as [string, string]
  const incoming = readResource(resourceText(request.body), type, context)
  if (incoming.plain.id !== id)
    throw fail(
      'malformed',
      incoming.plain.id === undefined
        ? `The ${type} needs the id of the URL, "id": "${id}"`
        : `The ${type} has another id than the URL, which says "${id}"`,
      `${type}.id`,
    )
  return updateResource(type, id, incoming, request, context)
}

/** The same with the resource already read, as a transaction needs it. */
export async function updateResource(
  type: string,
  id: string,
  incoming: Incoming,
  request: FhirRequest,
  context: Context,
): Promise<Write> {
  const wanted = ifMatchVersion(request)
  if (wanted !== undefined) requireVersion(await context.store.read(type, id), wanted, type, id)
  requireValid(incoming.plain, context)
  await requireReferences(incoming.plain, context)
  return {
    changes: [
      {
        kind: 'put',
        type,
        id,
        method: 'PUT',
        content: toContent(incoming, context),
        ...(wanted === undefined ? {} : { ifVersion: wanted }),
      },
    ],
    assertions: [],
    respond: ([applied]) =>
      written(
        applied!.created ? 201 : 200,
        applied!.current!,
        applied!.created ? 'Created' : 'Updated',
        request,
        context,
      ),
  }
}

/** `PUT [base]/[type]?[search]`: updates the one match, creates when there is none. */
export async function prepareConditionalUpdate(
  request: FhirRequest,
  context: Context,
): Promise<Write> {
  const type = request.path[0]!
  return conditionalUpdate(
    type,
    readResource(resourceText(request.body), type, context),
    newId(),
    request,
    context,
  )
}

/** The same with the resource already read and an id for the case that it is new. */
export async function conditionalUpdate(
  type: string,
  incoming: Incoming,
  freshId: string,
  request: FhirRequest,
  context: Context,
): Promise<Write> {
  const { versions, assertion } = await select(type, request.query, context)
  if (versions.length > 1) throw severalMatches(type, 'Conditional update')
  const match = versions[0]
  const given = incoming.plain.id
  if (match !== undefined && given !== undefined && given !== match.id)
    throw fail(
      'malformed',
      `The condition selects ${type}/${match.id}, but the body has another id`,
      `${type}.id`,
    )
  if (match === undefined && given !== undefined) {
    if (!isId(given))
      throw fail('malformed', 'An id has 1 to 64 letters, digits, "-" and "."', `${type}.id`)
    if ((await context.store.read(type, given))?.text !== undefined)
      throw fail(
        'conflict',
        `No ${type} matches the condition, but ${type}/${given} exists already`,
        `${type}.id`,
      )
  }
  const id = match?.id ?? given ?? freshId
  const update = await updateResource(type, id, incoming, request, context)
  return { ...update, assertions: [assertion] }
}
