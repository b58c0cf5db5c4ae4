// Patient/$everything: a patient's whole compartment, page by page.
// https://hl7.org/fhir/R4/patient-operation-everything.html
// Must not parse resources, nor decide what belongs to a patient: the CompartmentDefinition does.
import type { Context } from '../context.ts'
import { fail, type Issue } from '../errors.ts'
import { parseBoth } from '../fhir/json.ts'
import { MAX_PARAMETERS } from '../fhir/limits.ts'
import type { FhirRequest, FhirResponse, Query, Resource } from '../fhir/message.ts'
import { isStrict } from '../interaction/answer.ts'
import { resourceText } from '../interaction/content.ts'
import { requirePresent } from '../interaction/read.ts'
import { answer } from '../interaction/search.ts'
import { parseInstant } from '../search/date.ts'
import { everythingPlan } from '../search/everything.ts'
import type { Planned } from '../search/planner.ts'
import { parametersOf, textOf } from './parameters.ts'

const KNOWN = ['_count', '_since', '_type', '_format', '_pretty']

/**
 * `GET|POST [base]/Patient/[id]/$everything`, with `_count`, `_since` and `_type`; as much on a page as the server gives
 * unless `_count` says less.
 * @throws Failure 404 and 410 for a patient that isn't there, 400 for a value that can't be read
 */
export async function everything(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const id = request.path[1]!
  requirePresent(await context.store.read('Patient', id), `Patient/${id}`)
  const asked = { ...request, query: [...request.query, ...bodyQuery(request)] }
  return answer(asked, context, `/Patient/${id}/$everything`, (query) =>
    planFor(id, query, isStrict(request), context),
  )
}

/** What Parameters in the body ask for, as a query. */
function bodyQuery({ method, body }: FhirRequest): Query {
  if (method !== 'POST' || body === undefined || body.text.trim() === '') return []
  const read = parseBoth(resourceText(body)).plain as Resource
  const parameters = parametersOf(read)
  if (read.resourceType !== 'Parameters')
    throw fail('malformed', `The body must be Parameters`, 'resourceType')
  const names = new Set(parameters.map((p) => p.name))
  if (names.size > MAX_PARAMETERS)
    throw fail('too-costly', `A request may have ${MAX_PARAMETERS} parameters`)
  return [...names].map((name) => [name, textOf(parameters, name) ?? ''])
}

function planFor(id: string, query: Query, strict: boolean, context: Context): Planned {
  const { config, definitions, parameters } = context
  const used: (readonly [string, string])[] = []
  const unknown: Issue[] = []
  let count = config.maxPageSize
  let since: number | undefined
  let types: string[] | undefined
  for (const [name, value] of query) {
    if (!KNOWN.includes(name)) {
      const diagnostics = `$everything knows _count, _since and _type, not "${name}"`
      if (strict) throw fail('parameter', diagnostics, name)
      unknown.push({ severity: 'warning', code: 'not-supported', diagnostics, expression: [name] })
      continue
    }
    if (name === '_count') {
      if (!/^\d{1,9}$/.test(value) || Number(value) === 0)
        throw fail('parameter', `_count must be a whole number from 1, not "${value}"`, name)
      count = Math.min(Number(value), config.maxPageSize)
    } else if (name === '_since') {
      since = parseInstant(value, config.timeZone)?.low
      if (since === undefined)
        throw fail(
          'parameter',
          `_since must be an instant such as 2026-03-01T08:30:00+09:00, not "${value}"`,
          name,
        )
    } else if (name === '_type') {
      types = value.split(',')
      const wrong = types.find((type) => !definitions.isResourceType(type))
      if (wrong !== undefined)
        throw fail('parameter', `There is no resource type "${wrong}" in FHIR R4`, name)
    }
    used.push([name, value])
  }
  const options = {
    count,
    ...(since === undefined ? {} : { since }),
    ...(types === undefined ? {} : { types }),
  }
  return {
    plan: everythingPlan(id, options, parameters, definitions),
    used,
    unknown,
    total: 'none',
  }
}
