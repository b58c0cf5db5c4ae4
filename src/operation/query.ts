// What a request asks of an operation as one query: the parameters of the URL, and those of a Parameters body behind them.
// https://hl7.org/fhir/R4/operations.html#request
// Must not decide which parameters an operation knows.
import { fail } from '../errors.ts'
import { parseLossless } from '../fhir/json.ts'
import { MAX_PARAMETERS } from '../fhir/limits.ts'
import type { FhirRequest, Query, Resource } from '../fhir/message.ts'
import { resourceText } from '../interaction/content.ts'

/**
 * The parameters of a request, in the order sent; numbers keep their digits.
 * @throws Failure 400 for a body that isn't Parameters of simple values, 403 for too many
 */
export function queryOf({ method, query, body }: FhirRequest): Query {
  if (method !== 'POST' || body === undefined || body.text.trim() === '') return query
  const { resourceType, parameter } = parseLossless(resourceText(body)) as Resource
  if (resourceType !== 'Parameters')
    throw fail('malformed', 'The body must be Parameters', 'resourceType')
  if (parameter === undefined) return query
  if (!Array.isArray(parameter))
    throw fail('malformed', 'The parameters must be a list', 'Parameters.parameter')
  if (query.length + parameter.length > MAX_PARAMETERS)
    throw fail('too-costly', `A request may have ${MAX_PARAMETERS} parameters`)
  return [...query, ...(parameter as unknown[]).map(pairOf)]
}

function pairOf(parameter: unknown, i: number): readonly [string, string] {
  const at = `Parameters.parameter[${i}]`
  const { name, ...rest } = (parameter ?? {}) as Record<string, unknown>
  if (typeof name !== 'string') throw fail('malformed', 'A parameter must have a name', at)
  const value = Object.entries(rest).find(([element]) => element.startsWith('value'))?.[1]
  const text = ['string', 'boolean', 'number'].includes(typeof value)
    ? String(value)
    : (value as { rawJSON?: string } | null | undefined)?.rawJSON
  if (text === undefined)
    throw fail('parameter', `${name.slice(0, 100)} must have a simple value, as in a URL`, at)
  return [name, text]
}
