// patch and conditional patch, https://hl7.org/fhir/R4/http.html#patch
// JSON Patch and FHIRPath Patch; XML Patch is refused. Must not lose digits: patches work on the exact reading.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { fhirPathPatch } from '../fhir/fhirpath-patch.ts'
import { applyJsonPatch } from '../fhir/json-patch.ts'
import { parseIncoming, parseJson, parseLossless, stringify } from '../fhir/json.ts'
import type { Body, FhirRequest, Resource } from '../fhir/message.ts'
import type { Version } from '../store/store.ts'
import { written } from './answer.ts'
import { ifMatchVersion, requireVersion, select, severalMatches } from './conditional.ts'
import { requireValid, toContent } from './content.ts'
import { requireReferences } from './reference-check.ts'
import { judgeFrom, type Beside } from './rule.ts'
import { giveWay, inSlices, worked } from '../turn.ts'
import type { Write } from './write.ts'
import { message } from '../words/message.ts'

/** `PATCH [base]/[type]/[id]`; `beside`: what the same commit writes. */
export async function preparePatch(
  request: FhirRequest,
  context: Context,
  beside?: Beside,
): Promise<Write> {
  const [type, id] = request.path as [string, string]
  const current = await context.store.read(type, id)
  const wanted = ifMatchVersion(request)
  if (wanted !== undefined) requireVersion(current, wanted, type, id)
  if (current === undefined) throw fail('not-found', message('absent', { what: `${type}/${id}` }))
  return patchVersion(current, request, context, beside)
}

/** `PATCH [base]/[type]?[search]`. */
export async function prepareConditionalPatch(
  request: FhirRequest,
  context: Context,
  beside?: Beside,
): Promise<Write> {
  const type = request.path[0]!
  const { versions, assertion } = await select(type, request.query, context)
  if (versions.length > 1) throw severalMatches(type, 'Conditional patch')
  const [current] = versions
  if (current === undefined) throw fail('not-found', `No ${type} matches the condition`)
  const wanted = ifMatchVersion(request)
  if (wanted !== undefined) requireVersion(current, wanted, type, current.id)
  const patch = await patchVersion(current, request, context, beside)
  return { ...patch, assertions: [...patch.assertions, assertion] }
}

async function patchVersion(
  current: Version,
  request: FhirRequest,
  context: Context,
  beside?: Beside,
): Promise<Write> {
  const { type, id, version, text } = current
  if (text === undefined) throw fail('gone', message('deleted', { what: `${type}/${id}`, version }))
  let began = worked()
  const exact = await applyPatch(text, request.body, context)
  await giveWay(began)
  began = worked()
  const plain = parseJson(stringify(exact)) as Resource
  if (plain.resourceType !== type || plain.id !== id)
    throw fail(
      'invalid',
      'A patch must change neither the type nor the id of a resource',
      `${type}.id`,
    )
  await giveWay(began)
  began = worked()
  await requireValid(plain, context)
  await giveWay(began)
  await requireReferences(plain, context, beside)
  const judged = await judgeFrom(current, { type, id }, plain, context, beside)
  return {
    changes: [
      {
        kind: 'put',
        type,
        id,
        method: 'PATCH',
        content: await toContent({ plain, exact }, id, context, judged),
        ifVersion: version,
      },
    ],
    assertions: judged.assertions,
    respond: ([applied]) => written(200, applied!.current!, 'Patched', request, context),
  }
}

async function applyPatch(
  text: string,
  body: Body | undefined,
  context: Context,
): Promise<Resource> {
  if (body === undefined || body.text.trim() === '')
    throw fail('malformed', 'A patch needs a body, and there is none')
  const resource = parseLossless(text) as Resource
  if (body.type === 'application/json-patch+json') return applyJsonPatch(resource, body.text)
  if (body.type === 'application/fhir+json' || body.type === 'application/json') {
    const parameters = parseIncoming(body.text) as Resource
    if (parameters.resourceType !== 'Parameters')
      throw fail(
        'malformed',
        'A FHIRPath Patch is a Parameters resource; a JSON Patch comes as application/json-patch+json',
        'resourceType',
      )
    return inSlices(fhirPathPatch(resource, parameters, context.definitions))
  }
  throw fail(
    'media-type',
    `A patch comes as application/json-patch+json, application/fhir+json or application/fhir+xml, not as ${body.type}`,
  )
}
