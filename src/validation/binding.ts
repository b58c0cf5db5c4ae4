// Codes by the value set of a binding, and by their code systems.
// https://hl7.org/fhir/R4/terminologies.html#strength
// Must not refuse a code because its system isn't known here.
import type { Binding } from '../fhir/structure-definition.ts'
import { formIssue } from '../terminology/form.ts'
import type { Membership } from '../terminology/membership.ts'
import { message, type Message } from '../words/message.ts'
import { report, type Check, type Scope } from './scope.ts'
import { show } from './wording.ts'

type Coding = { readonly system?: unknown; readonly code?: unknown; readonly display?: unknown }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * @param type of the values: code, Coding, CodeableConcept, Quantity, string or uri
 * @returns undefined for a binding that asks for nothing
 */
export function bindingCheck(
  { strength, valueSet }: Binding,
  element: string,
  type: string,
  profile: string | undefined,
  membership: Membership,
): Check | undefined {
  if (valueSet === undefined || (strength !== 'required' && strength !== 'extensible'))
    return undefined
  const required = strength === 'required'
  const refuse = (scope: Scope, found: string | Message): void => {
    const severity = required ? 'error' : 'warning'
    const key = required ? 'binding' : 'binding-extensible'
    report(scope, severity, 'code-invalid', message(key, { element, found, valueSet, profile }))
  }
  const has = (system: unknown, code: unknown): boolean | undefined =>
    typeof code === 'string'
      ? membership.has(valueSet, typeof system === 'string' ? system : '', code)
      : false
  /** A code that its own system doesn't have is refused for that, which is reason enough. */
  const isNoCode = ({ system, code }: Coding): boolean =>
    typeof system === 'string' &&
    typeof code === 'string' &&
    membership.concept(system, code, true) === undefined
  if (type === 'Coding' || type === 'Quantity') {
    return (value, scope) => {
      if (!required && scope.storing) return
      const { system, code } = value as Coding
      // An amount without a coded unit is for the cardinality to judge.
      if (code === undefined && (type === 'Quantity' || !required)) return
      if (code === undefined && 'extension' in (value as object)) return
      if (has(system, code) === false && !(type === 'Coding' && isNoCode(value as Coding)))
        refuse(scope, shown(value as Coding))
    }
  }
  if (type === 'CodeableConcept') {
    return (value, scope) => {
      if (!required && scope.storing) return
      const { coding, text, extension } = value as Record<string, unknown>
      const codings = Array.isArray(coding) ? coding.filter(isObject) : []
      if (codings.length === 0) {
        if (required && (text !== undefined || extension === undefined))
          report(
            scope,
            'error',
            'code-invalid',
            message('binding-missing', { element, valueSet, profile }),
          )
        return
      }
      const isOut = codings.every(({ system, code }) => has(system, code) === false)
      if (isOut && !codings.some(isNoCode))
        refuse(
          scope,
          codings.map(shown).reduce((one, other) => message('pair', { one, other })),
        )
    }
  }
  return (value, scope) => {
    if (!required && scope.storing) return
    if (typeof value === 'string' && membership.has(valueSet, undefined, value) === false)
      refuse(scope, show(value))
  }
}

function shown({ system, code }: Coding): string | Message {
  if (typeof system === 'string' && typeof code === 'string')
    return `${system.slice(0, 200)}#${code.slice(0, 200)}`
  if (code === undefined) return message('no-code')
  return system === undefined ? message('no-system', { code: show(code) }) : show(code)
}

/** Absolute as RFC 3986 has it. */
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/

export const isAbsolute = (uri: string): boolean => ABSOLUTE.test(uri)

/** A Coding by itself: its system's form, its code in the system, and its display. */
export const codingCheck =
  (membership: Membership): Check =>
  (value, scope) => {
    const { system, code, display } = value as Coding
    if (typeof system !== 'string') return
    if (!isAbsolute(system)) {
      const params = { type: 'Coding', found: show(system) }
      report(scope, 'error', 'value', message('system-relative', params), 'system')
      return
    }
    if (typeof code !== 'string') return
    const concept = membership.concept(system, code, scope.storing)
    if (concept === undefined) {
      report(
        scope,
        'error',
        'code-invalid',
        message('code-unknown', { system, found: show(code) }),
        'code',
      )
      return
    }
    if (scope.storing) return
    if (concept === 'unknown') {
      const problem = formIssue(system, code)
      if (problem !== undefined) report(scope, 'warning', 'code-invalid', problem, 'code')
      return
    }
    if (typeof display !== 'string' || concept.display === undefined) return
    const names = [concept.display, ...(concept.designation ?? []).map((one) => one.value)]
    const folded = fold(display)
    if (!names.some((name) => fold(name) === folded)) {
      const params = { system, code, expected: show(concept.display), found: show(display) }
      report(scope, 'warning', 'invalid', message('code-display', params), 'display')
    }
  }

const fold = (name: string): string => name.toLowerCase().replace(/\s+/g, ' ').trim()
