// Which scopes a request needs, by what it asks for; route.ts asks before anything is done, also for Bundle entries.
// https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources
// Must not decide what single resources may be seen: the condition of the scopes does (auth/permission.ts).
import { requireAllowed, type Need } from '../auth/permission.ts'
import type { Permission, Principal, Role } from '../auth/principal.ts'
import { fail } from '../errors.ts'
import type { FhirRequest } from '../fhir/message.ts'
import { message } from '../words/message.ts'

/** @throws Failure 403 that names the scope or the role that would do */
export function requireScopes(request: FhirRequest, principal: Principal): void {
  const { path } = request
  const last = path.at(-1)
  if (last?.startsWith('$')) {
    requireOperation(request, last, principal)
    return
  }
  for (const need of needsOf(request)) requireAllowed(principal, need)
}

const need = (type: string, ...letters: Permission[]): readonly Need[] => [{ type, letters }]

const NOTHING: readonly Need[] = []

/** Of an interaction, conditional ones with what their conditions search. */
function needsOf({ method, path, query, headers }: FhirRequest): readonly Need[] {
  const [first, second, third, fourth] = path
  if (first === undefined) {
    // A Bundle needs what its entries need; the base itself says nothing of anybody.
    return method === 'POST' ? NOTHING : systemSearch(query)
  }
  if (first === 'metadata') return NOTHING
  if (first === '_history') return need('*', 's')
  if (first === '_search') return systemSearch(query)
  if (second === undefined)
    switch (method) {
      case 'POST':
        return headers['if-none-exist'] === undefined ? need(first, 'c') : need(first, 'c', 's')
      case 'PUT':
      case 'PATCH':
        return need(first, 'u', 's')
      case 'DELETE':
        return need(first, 'd', 's')
      default:
        return need(first, 's')
    }
  if (second === '_search' || second === '_history') return need(first, 's')
  if (third === undefined)
    switch (method) {
      case 'PUT':
      case 'PATCH':
        return need(first, 'u')
      case 'DELETE':
        return need(first, 'd')
      default:
        return need(first, 'r')
    }
  if (third === '_history') return need(first, 'r')
  // A compartment: of all types, its condition leaves out those that the scopes don't have.
  if (third === '*') return fourth === undefined || fourth === '_search' ? need('*', 's') : NOTHING
  return need(third, 's')
}

/** Over all types, or over those that `_type` names. */
function systemSearch(query: FhirRequest['query']): readonly Need[] {
  const types = query.flatMap(([name, value]) => (name === '_type' ? value.split(',') : []))
  return types.length === 0 ? need('*', 's') : types.flatMap((type) => need(type, 's'))
}

/**
 * Operations on codes and units tell nothing of anybody: they are open to whoever has signed in. What an operation reads
 * besides (`$everything`) is bounded by the condition of the scopes.
 */
function requireOperation({ method, path }: FhirRequest, name: string, principal: Principal): void {
  const [type = '*', id] = path.slice(0, -1)
  switch (name) {
    case '$everything':
    case '$document':
      requireAllowed(principal, { type, letters: ['r'] })
      break
    case '$apply':
      requireAllowed(principal, { type, letters: ['r'] })
      requireAllowed(principal, { type: 'Patient', letters: ['r'] })
      break
    case '$checkup-report':
      // What is kept of it needs to be created or updated, which the operation asks for itself.
      requireAllowed(principal, { type, letters: ['r'] })
      requireAllowed(principal, { type: 'Observation', letters: ['s'] })
      break
    case '$de-identify':
      requireRole(principal, ['system', 'clinician'], name)
      requireAllowed(principal, { type, letters: [id === undefined ? 's' : 'r'] })
      requireAllowed(principal, { type: 'Patient', letters: ['r'] })
      if (method === 'POST') {
        requireAllowed(principal, { type: 'Task', letters: ['c'] })
        requireAllowed(principal, { type: 'Bundle', letters: ['c'] })
      }
      break
    case '$review':
      requireRole(principal, ['reviewer', 'administrator'], name)
      requireAllowed(principal, { type: 'Task', letters: ['r', 'u'] })
      requireAllowed(principal, { type: 'Bundle', letters: ['r', 'u'] })
      break
    case '$lastn':
    case '$match':
      requireAllowed(principal, { type, letters: ['s'] })
      break
    case '$link':
    case '$unlink':
      requireRole(principal, ['system', 'clinician', 'administrator'], name)
      requireAllowed(principal, { type, letters: ['r', 'u'] })
      requireAllowed(principal, { type: 'Provenance', letters: ['c'] })
      break
    case '$newborn-summary':
      requireAllowed(principal, { type, letters: ['r'] })
      requireAllowed(principal, { type: 'Observation', letters: ['s'] })
      break
    case '$summary':
      requireAllowed(principal, { type, letters: id === undefined ? ['r', 's'] : ['r'] })
      break
    case '$status':
    case '$events':
    case '$get-ws-binding-token':
      requireAllowed(principal, { type, letters: ['r'] })
      break
    case '$meta':
      requireAllowed(principal, { type, letters: [id === undefined ? 's' : 'r'] })
      break
    case '$meta-add':
    case '$meta-delete':
      requireAllowed(principal, { type, letters: ['u'] })
      break
    case '$validate':
      // Of an instance it may say what the instance says.
      if (id !== undefined) requireAllowed(principal, { type, letters: ['r'] })
      break
    case '$proof':
      requireRole(principal, ['auditor', 'administrator'], name)
      requireAllowed(principal, { type, letters: ['r'] })
      break
    case '$verify':
      requireRole(principal, ['auditor', 'administrator'], name)
      break
    case '$reindex':
      if (method === 'POST') requireRole(principal, ['administrator'], name)
      break
    default:
      if (!OPEN.has(name)) requireRole(principal, ['administrator'], name)
  }
}

const OPEN = new Set([
  ...['$lookup', '$subsumes', '$validate-code', '$expand', '$translate', '$convert-unit'],
])

function requireRole({ roles }: Principal, any: readonly Role[], name: string): void {
  if (!any.some((role) => roles.includes(role)))
    throw fail('forbidden', message('role-missing', { what: name, roles: any.join(' | ') }))
}

/** What a conditional update that creates needs besides. */
export function requireCreate({ principal }: FhirRequest, type: string): void {
  if (principal !== undefined) requireAllowed(principal, { type, letters: ['c'] })
}

/** What a reference needs that is written as a condition. */
export function requireSearch({ principal }: FhirRequest, type: string): void {
  if (principal !== undefined) requireAllowed(principal, { type, letters: ['s'] })
}
