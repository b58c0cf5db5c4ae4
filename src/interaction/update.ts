// update, create by update, and conditional update; https://hl7.org/fhir/R4/http.html#update
// Must not write a version when nothing but versionId and lastUpdated differs: the store sees to it.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { FhirRequest, Resource } from '../fhir/message.ts'
import { written } from './answer.ts'
import {
  ifMatchVersion,
  requireVersion,
  select,
  severalMatches,
  type Selected,
} from './conditional.ts'
import { readResource, requireValid, resourceText, toContent, type Incoming } from './content.ts'
import { isId, newId } from './id.ts'
import { requireCreate } from './needs.ts'
import { requireReferences } from './reference-check.ts'
import { judge, type Beside } from './rule.ts'
import { giveWay, worked } from '../turn.ts'
import type { Write } from './write.ts'
import { message } from '../words/message.ts'

/** `PUT [base]/[type]/[id]`. */
export async function prepareUpdate(request: FhirRequest, context: Context): Promise<Write> {
  const [type, id] = request.path as [string, string]
  const began = worked()
  const incoming = await readResource(resourceText(request.body), type, context)
  await giveWay(began)
  requireSameId(incoming.plain, type, id)
  return updateResource(type, id, incoming, request, context)
}

/** @throws Failure 400 when a resource doesn't have the id of the URL */
export function requireSameId(resource: Resource, type: string, id: string): void {
  if (resource.id === id) return
  throw fail(
    'malformed',
    resource.id === undefined
      ? `The ${type} needs the id of the URL, "id": "${id}"`
      : `The ${type} has another id than the URL, which says "${id}"`,
    `${type}.id`,
  )
}

/** The same with the resource already read, as a transaction needs it; `beside`: what the same commit writes. */
export async function updateResource(
  type: string,
  id: string,
  incoming: Incoming,
  request: FhirRequest,
  context: Context,
  beside?: Beside,
): Promise<Write> {
  const wanted = await requiredVersion(type, id, request, context)
  const began = worked()
  await requireValid(incoming.plain, context)
  await giveWay(began)
  await requireReferences(incoming.plain, context, beside)
  const judged = await judge({ type, id }, incoming.plain, context, beside)
  const ifVersion = wanted ?? judged.ifVersion
  return {
    changes: [
      {
        kind: 'put',
        type,
        id,
        method: 'PUT',
        content: await toContent(incoming, id, context, judged),
        ...(ifVersion === undefined ? {} : { ifVersion }),
      },
    ],
    assertions: judged.assertions,
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

/**
 * The version that must be the current one, by If-Match; 0 for none, by `If-None-Match: *` (https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2).
 * @throws Failure 412 when it isn't
 */
async function requiredVersion(
  type: string,
  id: string,
  request: FhirRequest,
  context: Context,
): Promise<number | undefined> {
  const wanted = ifMatchVersion(request)
  if (wanted !== undefined) {
    requireVersion(await context.store.read(type, id), wanted, type, id)
    return wanted
  }
  if (request.headers['if-none-match']?.trim() !== '*') return undefined
  if ((await context.store.read(type, id))?.text !== undefined)
    throw fail('precondition', message('if-none-match', { what: `${type}/${id}` }))
  return 0
}

/** `PUT [base]/[type]?[search]`: updates the one match, creates when there is none. */
export async function prepareConditionalUpdate(
  request: FhirRequest,
  context: Context,
): Promise<Write> {
  const type = request.path[0]!
  const incoming = await readResource(resourceText(request.body), type, context)
  const selected = await select(type, request.query, context)
  if (selected.versions.length === 0) requireCreate(request, type)
  const id = await conditionalTarget(type, incoming.plain.id, newId(), selected, context)
  const update = await updateResource(type, id, incoming, request, context)
  return { ...update, assertions: [...update.assertions, selected.assertion] }
}

/**
 * The id that a conditional update writes to: that of the match, else the one given, else the fresh one.
 * @param given the id in the body
 * @throws Failure 400, 409 or 412 as https://hl7.org/fhir/R4/http.html#cond-update says
 */
export async function conditionalTarget(
  type: string,
  given: string | undefined,
  freshId: string,
  { versions }: Selected,
  context: Context,
): Promise<string> {
  if (versions.length > 1) throw severalMatches(type, 'Conditional update')
  const match = versions[0]
  if (match !== undefined && given !== undefined && given !== match.id)
    throw fail(
      'malformed',
      `The condition selects ${type}/${match.id}, but the body has another id`,
      `${type}.id`,
    )
  if (match === undefined && given !== undefined) {
    if (typeof (given as unknown) !== 'string' || !isId(given))
      throw fail('malformed', 'An id has 1 to 64 letters, digits, "-" and "."', `${type}.id`)
    if ((await context.store.read(type, given))?.text !== undefined)
      throw fail(
        'conflict',
        `No ${type} matches the condition, but ${type}/${given} exists already`,
        `${type}.id`,
      )
  }
  return match?.id ?? given ?? freshId
}
