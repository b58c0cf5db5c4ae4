// SMART scopes as text and as values: v2 (`system/Observation.rs?category=laboratory`), with v1 accepted (`.read`).
// https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
// Must not know who asks, nor which types exist.
import type { Permission, Scope } from './principal.ts'

/** In the order in which v2 writes them. */
export const PERMISSIONS: readonly Permission[] = ['c', 'r', 'u', 'd', 's']

/** Scopes in a request at most; each is compared with each that is registered. */
export const MOST_SCOPES = 200

const SMART = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]*)\.(c?r?u?d?s?|read|write|\*)(?:\?(\S*))?$/

const V1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }

/** A scope of SMART; undefined for any other (`openid`, `launch/patient`) and for what is none. */
export function parseScope(text: string): Scope | undefined {
  const [, level, type, letters, query] = SMART.exec(text) ?? []
  if (level === undefined || type === undefined || !letters) return undefined
  // v1 has no search restrictions.
  if (query !== undefined && letters in V1) return undefined
  return {
    level: level as Scope['level'],
    type,
    permissions: new Set([...(V1[letters] ?? letters)] as Permission[]),
    query: query === undefined ? [] : [...new URLSearchParams(query)],
  }
}

/** The SMART scopes of a list as tokens have it, with a space in between. */
export const parseScopes = (list: string): readonly Scope[] =>
  list.split(/\s+/).flatMap((one) => parseScope(one) ?? [])

/** The one way of writing a scope, so that equal scopes are equal texts. */
export function formatScope({ level, type, permissions, query }: Scope): string {
  const letters = PERMISSIONS.filter((one) => permissions.has(one)).join('')
  const restriction = query.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&')
  return `${level}/${type}.${letters}${restriction === '' ? '' : `?${restriction}`}`
}

/** What a list of scopes may hold and a query not mistake: https://www.rfc-editor.org/rfc/rfc6749#section-3.3 */
const escaped = (text: string): string =>
  text.replace(/[^\x21-\x7e]|["\\%&=+#?]/gu, (one) => encodeURIComponent(one))

/** What is asked for, as far as it is registered: each scope that fits, made as narrow as both are. */
export function intersect(asked: readonly Scope[], registered: readonly Scope[]): readonly Scope[] {
  const common = new Map<string, Scope>()
  for (const one of asked.slice(0, MOST_SCOPES))
    for (const other of registered) {
      const scope = narrowed(one, other)
      if (scope !== undefined) common.set(formatScope(scope), scope)
    }
  const all = [...common.values()]
  return all.filter((one) => !all.some((other) => other !== one && covers(other, one)))
}

function narrowed(one: Scope, other: Scope): Scope | undefined {
  if (one.level !== other.level) return undefined
  if (one.type !== '*' && other.type !== '*' && one.type !== other.type) return undefined
  const permissions = new Set(
    [...one.permissions].filter((letter) => other.permissions.has(letter)),
  )
  if (permissions.size === 0) return undefined
  const query = [...one.query]
  for (const [name, value] of other.query)
    if (!query.some((pair) => pair[0] === name && pair[1] === value)) query.push([name, value])
  return { level: one.level, type: one.type === '*' ? other.type : one.type, permissions, query }
}

/** Whether the first allows all that the second does. */
function covers(wide: Scope, narrow: Scope): boolean {
  return (
    wide.level === narrow.level &&
    (wide.type === '*' || wide.type === narrow.type) &&
    [...narrow.permissions].every((letter) => wide.permissions.has(letter)) &&
    wide.query.every(([name, value]) =>
      narrow.query.some((pair) => pair[0] === name && pair[1] === value),
    )
  )
}
