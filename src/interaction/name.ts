// The name of the interaction that a request is, for metrics and the log; the codes of the CapabilityStatement.
// https://hl7.org/fhir/R4/valueset-restful-interaction.html
// Must not decide anything: route.ts does. Must not return what a caller wrote, only names from a closed list.
import type { FhirRequest } from '../fhir/message.ts'
import { operations } from '../operation/operations.ts'

const OPERATIONS = new Map(operations.map(({ name }) => [`$${name}`, `$${name}`]))

/**
 * @example interactionName({ method: 'GET', path: ['Patient', 'p1'] }) // 'read'
 * @returns 'unknown' for what is none
 */
export function interactionName({
  method,
  path,
  body,
}: Pick<FhirRequest, 'method' | 'path'> & Partial<Pick<FhirRequest, 'body'>>): string {
  const [first, second, third] = path
  if (first === undefined)
    return method === 'POST' ? bundleName(body?.text) : reading(method, 'search-system')
  const last = path[path.length - 1]!
  if (last.startsWith('$')) return OPERATIONS.get(last) ?? 'unknown'
  switch (path.length) {
    case 1:
      if (first === 'metadata') return reading(method, 'capabilities')
      if (first === '_history') return reading(method, 'history-system')
      if (first === '_search') return method === 'POST' ? 'search-system' : 'unknown'
      return ON_TYPE.get(method) ?? 'unknown'
    case 2:
      if (second === '_history') return reading(method, 'history-type')
      if (second === '_search') return method === 'POST' ? 'search-type' : 'unknown'
      return ON_INSTANCE.get(method) ?? 'unknown'
    case 3:
      return reading(method, third === '_history' ? 'history-instance' : 'search-compartment')
    case 4:
      if (third === '_history') return reading(method, 'vread')
      return last === '_search' && method === 'POST' ? 'search-compartment' : 'unknown'
    default:
      return 'unknown'
  }
}

const ON_TYPE: ReadonlyMap<string, string> = new Map([
  ['GET', 'search-type'],
  ['HEAD', 'search-type'],
  ['POST', 'create'],
  ['PUT', 'conditional-update'],
  ['PATCH', 'conditional-patch'],
  ['DELETE', 'conditional-delete'],
])
const ON_INSTANCE: ReadonlyMap<string, string> = new Map([
  ['GET', 'read'],
  ['HEAD', 'read'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
])

const reading = (method: string, name: string): string =>
  method === 'GET' || method === 'HEAD' ? name : 'unknown'

/** Which kind of Bundle was posted; looks where writers put its type, and no further. */
function bundleName(text: string | undefined): string {
  if (text === undefined) return 'unknown'
  const type = BUNDLE_TYPE.exec(text.slice(0, 4096)) ?? BUNDLE_TYPE.exec(text.slice(-512))
  return type?.[1] ?? 'unknown'
}

const BUNDLE_TYPE = /"type"\s*:\s*"(batch|transaction)"/
