// $validate: what a write of a resource would be told, without writing it.
// https://hl7.org/fhir/R4/resource-operation-validate.html
// Must not store anything, nor answer other than 200 for content that is wrong: the outcome says so.
import { consentWarnings } from '../consent/consent-warnings.ts'
import type { Context } from '../context.ts'
import { fail, issueOf, type Issue } from '../errors.ts'
import { parseJson } from '../fhir/json.ts'
import { parsingBoth } from '../fhir/json-pieces.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { outcomeAnswer } from '../fhir/outcome.ts'
import { resourceText } from '../interaction/content.ts'
import { requirePresent } from '../interaction/read.ts'
import type { Settings } from '../search/emit.ts'
import { createSettings } from '../search/settings.ts'
import { giveWay, inSlices, worked } from '../turn.ts'
import { message } from '../words/message.ts'
import { parametersOf, textOf, type Parameter } from './parameters.ts'

const MODES = new Set(['create', 'update', 'delete', 'profile'])

/**
 * `POST [base]{/[type]{/[id]}}/$validate` with a resource, or with Parameters `resource`, `mode`, `profile`;
 * `GET …/[id]/$validate` for what is stored.
 * @throws Failure 400 for a body that can't be read or a mode that doesn't exist, 404 and 410 for a stored one that isn't there
 */
export async function validate(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const [type, id] = request.path.slice(0, -1)
  const { resource, parameters } = await readBody(request)
  const setting = (name: string): string | undefined =>
    textOf(parameters, name) ?? request.query.findLast(([n]) => n === name)?.[1]
  const mode = setting('mode')
  if (mode !== undefined && !MODES.has(mode))
    throw fail('parameter', `mode is one of ${[...MODES].join(', ')}, not "${mode}"`, 'mode')
  const profile = setting('profile')
  if (profile === undefined && mode === 'profile')
    throw fail('parameter', 'mode=profile needs a profile to validate against', 'profile')
  const judge = (resource: Resource): Promise<readonly Issue[]> =>
    context.validator.check(resource, {
      profiles: [
        ...(context.config.requiredProfiles.get(resource.resourceType) ?? []),
        ...(profile === undefined ? [] : [profile]),
      ],
    })
  const issues: Issue[] = []
  if (mode === 'delete') await requireStored(type, id, context)
  else if (resource !== undefined) {
    issues.push(...placeIssues(resource, type, id, mode), ...(await judge(resource)))
    issues.push(...consentWarnings(resource, settingsOf(context)))
    // What only stands in the way of a write is no fault of the resource.
    const isWrite = mode === 'create' || mode === 'update'
    if (isWrite && !issues.some(({ severity }) => severity === 'error'))
      issues.push(...context.refusals(resource))
  } else if (id !== undefined && request.method !== 'POST')
    issues.push(...(await judge(await requireStored(type, id, context))))
  else throw fail('malformed', message('body-missing'))
  return outcomeAnswer(200, issues, request.headers['accept-language'])
}

const settingsOf = ({ definitions, baseUrl, config }: Context): Settings =>
  createSettings(definitions, { baseUrl, zone: config.timeZone })

type Input = {
  readonly resource: Resource | undefined
  readonly parameters: readonly Parameter[]
}

async function readBody({ method, body }: FhirRequest): Promise<Input> {
  if (method !== 'POST' || body === undefined || body.text.trim() === '')
    return { resource: undefined, parameters: [] }
  const began = worked()
  const read = (await inSlices(parsingBoth(resourceText(body)))).plain as Resource
  await giveWay(began)
  const parameters = read.resourceType === 'Parameters' ? parametersOf(read) : []
  // Parameters are the operation's own when they say so; otherwise they are what is to be validated.
  if (parameters.some((p) => p.name === 'resource' || p.name === 'mode' || p.name === 'profile'))
    return { resource: parameters.find((p) => p.name === 'resource')?.resource, parameters }
  return { resource: read, parameters: [] }
}

/** What the URL and the mode demand of the resource. */
function placeIssues(
  resource: Resource,
  type: string | undefined,
  id: string | undefined,
  mode: string | undefined,
): Issue[] {
  const found = resource.resourceType
  if (type !== undefined && typeof found === 'string' && found !== type)
    return [issueOf('error', 'invalid', message('body-type', { found, type }), found)]
  if (mode === 'update' && id !== undefined && resource.id !== id)
    return [issueOf('error', 'invalid', message('update-id', { type, id }), `${type}.id`)]
  if (mode === 'create' && id !== undefined)
    return [issueOf('error', 'invalid', message('create-id'), found)]
  return []
}

async function requireStored(
  type: string | undefined,
  id: string | undefined,
  context: Context,
): Promise<Resource> {
  if (type === undefined || id === undefined)
    throw fail('parameter', 'mode=delete is about a stored resource: call it on one', 'mode')
  const version = await context.store.read(type, id)
  requirePresent(version, `${type}/${id}`)
  return parseJson(version.text) as Resource
}
