// What an operation is asked: parameters of the URL, or of a Parameters resource in the body.
// https://hl7.org/fhir/R4/operations.html#request
// Must not decide which parameters an operation knows, nor prefer one way to send them to the other.
import type { Context } from '../context.ts'
import { fail, Failure } from '../errors.ts'
import { parseBoth } from '../fhir/json.ts'
import type { FhirRequest, Resource } from '../fhir/message.ts'
import { resourceText } from '../interaction/content.ts'
import { parametersOf, textOf } from './parameters.ts'

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
}

/** @throws Failure 400 for a body that isn't Parameters, 422 for one that isn't valid */
export function inputOf({ method, body, query }: FhirRequest, context: Context): Input {
  const sent = method === 'POST' && body !== undefined && body.text.trim() !== ''
  const { plain, exact } = sent ? readParameters(resourceText(body), context) : NONE
  const parameters = parametersOf(plain)
  const withDigits = parametersOf(exact)
  const text = (name: string): string | undefined =>
    textOf(withDigits, name) ?? query.findLast(([n]) => n === name)?.[1]
  return {
    text,
    texts: (name) => [
      ...withDigits.filter((p) => p.name === name).flatMap((p) => textOf([p], name) ?? []),
      ...query.filter(([n]) => n === name).map(([, value]) => value),
    ],
    flag: (name) => {
      const flag = parameters.find((p) => p.name === name)?.valueBoolean
      const value = typeof flag === 'boolean' ? String(flag) : text(name)
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
  }
}

type Both = { readonly plain: Resource; readonly exact: Resource }

const NOTHING: Resource = { resourceType: 'Parameters' }
const NONE: Both = { plain: NOTHING, exact: NOTHING }

function readParameters(text: string, context: Context): Both {
  const both = parseBoth(text) as Both
  const { plain } = both
  if (plain.resourceType !== 'Parameters')
    throw fail(
      'malformed',
      `The body must be Parameters, and is ${plain.resourceType}`,
      'resourceType',
    )
  const issues = context.validator.validate(plain)
  if (issues.some((i) => i.severity === 'error' || i.severity === 'fatal'))
    throw new Failure('invalid', issues)
  return both
}
