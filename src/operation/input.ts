// What an operation is asked: parameters of the URL, or of a Parameters resource in the body.
// https://hl7.org/fhir/R4/operations.html#request
// Must not decide which parameters an operation knows, nor prefer one way to send them to the other.
import type { Context } from '../context.ts'
import { fail, Failure } from '../errors.ts'
import { parseBoth } from '../fhir/json.ts'
import { MAX_PARAMETERS } from '../fhir/limits.ts'
import type { FhirRequest, Query, Resource } from '../fhir/message.ts'
import { resourceText } from '../interaction/content.ts'
import { parametersOf, textIn, textOf, type Parameter } from './parameters.ts'

export type Input = {
  /** A primitive as text: the body's before the URL's. */
  text(name: string): string | undefined
  /** All of a name. */
  texts(name: string): readonly string[]
  /** @throws Failure 400 for what is neither `true` nor `false` */
  flag(name: string): boolean | undefined
  /** @throws Failure 400 for what isn't a whole number from 0 */
  count(name: string): number | undefined
  /** The value of a datatype: `value<Coding>('coding', 'Coding')`. */
  value<T>(name: string, type: string): T | undefined
  resource(name: string): Resource | undefined
  /** Of all References of a name, where they lead. */
  references(name: string): readonly string[]
}

/** @throws Failure 400 for a body that isn't valid Parameters, 403 for too many */
export function inputOf(request: FhirRequest, context: Context): Input {
  const { query } = request
  const { plain: parameters, exact } = sentIn(request, context)
  const text = (name: string): string | undefined =>
    textOf(exact, name) ?? query.findLast(([n]) => n === name)?.[1]
  return {
    text,
    texts: (name) => [
      ...exact.flatMap((p) => (p.name === name ? (textIn(p) ?? []) : [])),
      ...query.filter(([n]) => n === name).map(([, value]) => value),
    ],
    flag: (name) => {
      const value = text(name)
      if (value === undefined || value === 'true' || value === 'false')
        return value === undefined ? undefined : value === 'true'
      throw fail('parameter', `${name} is true or false, not "${value}"`, name)
    },
    count: (name) => {
      const value = text(name)
      if (value === undefined) return undefined
      if (!/^[0-9]{1,9}$/.test(value))
        throw fail('parameter', `${name} is a whole number from 0, not "${value}"`, name)
      return Number(value)
    },
    value: <T>(name: string, type: string) =>
      parameters.find((p) => p.name === name)?.[`value${type}`] as T | undefined,
    resource: (name) => parameters.find((p) => p.name === name)?.resource,
    references: (name) =>
      parameters.flatMap((p) => {
        const { reference } = (p['valueReference'] ?? {}) as { reference?: string }
        return p.name === name && reference !== undefined ? [reference] : []
      }),
  }
}

/**
 * The same for an operation that is a search: the parameters of the URL, and those of the body behind them, in the order
 * sent; numbers keep their digits.
 * @throws Failure as above, and 400 for what has no simple value
 */
export function queryOf(request: FhirRequest, context: Context): Query {
  const { exact } = sentIn(request, context)
  if (exact.length === 0) return request.query
  return [
    ...request.query,
    ...exact.map((parameter, i): readonly [string, string] => {
      const text = textIn(parameter)
      if (text !== undefined) return [parameter.name, text]
      const name = parameter.name.slice(0, 100)
      const at = `Parameters.parameter[${i}]`
      throw fail('parameter', `${name} must have a simple value, as in a URL`, at)
    }),
  ]
}

/** The parameters of a body in its two readings, see interaction/content.ts. */
type Sent = { readonly plain: readonly Parameter[]; readonly exact: readonly Parameter[] }

const NONE: Sent = { plain: [], exact: [] }

function sentIn({ method, body, query }: FhirRequest, context: Context): Sent {
  if (method !== 'POST' || body === undefined || body.text.trim() === '') return NONE
  const { plain, exact } = parseBoth(resourceText(body)) as { plain: Resource; exact: Resource }
  if (plain.resourceType !== 'Parameters')
    throw fail(
      'malformed',
      `The body must be Parameters, and is ${plain.resourceType}`,
      'resourceType',
    )
  const sent = { plain: parametersOf(plain), exact: parametersOf(exact) }
  if (query.length + sent.plain.length > MAX_PARAMETERS)
    throw fail('too-costly', `A request may have ${MAX_PARAMETERS} parameters`)
  const issues = context.validator.validate(plain)
  if (issues.some((i) => i.severity === 'error' || i.severity === 'fatal'))
    throw new Failure('malformed', issues)
  return sent
}
