// What scopes allow: whether a kind of interaction with a type is allowed at all, and the condition that scopes put on
// what is read or written (`?category=laboratory`, the patient of a `patient/` scope).
// https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
// Must not know interactions (interaction/needs.ts does), nor consent and custodians.
import type { Context } from '../context.ts'
import { fail, Failure } from '../errors.ts'
import { compartmentScope } from '../search/compartment.ts'
import { ALL, NONE, type Condition } from '../search/plan.ts'
import { message } from '../words/message.ts'
import type { Permission, Principal, Scope } from './principal.ts'

/** What an interaction needs: the letters of a scope on a type; `*` for all types. */
export type Need = { readonly letters: readonly Permission[]; readonly type: string }

/** Whether some scope has the letter for the type. */
export const allowed = (principal: Principal, letter: Permission, type: string): boolean =>
  principal.scopes.some((scope) => fits(scope, letter, type))

const fits = (scope: Scope, letter: Permission, type: string): boolean =>
  (scope.type === '*' || scope.type === type) && scope.permissions.has(letter)

/** @throws Failure 403 that names the scope that would do */
export function requireAllowed(principal: Principal, { letters, type }: Need): void {
  const missing = letters.filter((letter) => !allowed(principal, letter, type))
  if (missing.length === 0) return
  const scope = `${levelOf(principal)}/${type}.${missing.join('')}`
  const { issues } = fail('forbidden', message('scope-missing', { scope }))
  throw new Failure('forbidden', issues, {
    'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"`,
  })
}

/** The level that somebody like the caller would ask for. */
const levelOf = ({ user, roles }: Principal): Scope['level'] =>
  user === undefined ? 'system' : roles.includes('patient') ? 'patient' : 'user'

/** What conditions are made with. */
export type PlanRoom = Pick<Context, 'plan' | 'parameters' | 'definitions'>

const kept = new WeakMap<
  readonly Scope[],
  { readonly parameters: unknown; readonly conditions: Map<string, Condition> }
>()

/**
 * The condition that the scopes of a caller put on resources, over all types: types without a scope are excluded, search
 * restrictions and the compartment of the patient are part of it. ALL where scopes leave nothing out.
 * @param letters a scope counts when it has any of them; `r` and `s` for what is read
 */
export function scopeCondition(
  principal: Principal,
  room: PlanRoom,
  letters: readonly Permission[] = ['r', 's'],
): Condition {
  const { scopes, patient = '' } = principal
  let known = kept.get(scopes)
  if (known === undefined || known.parameters !== room.parameters.all)
    kept.set(scopes, (known = { parameters: room.parameters.all, conditions: new Map() }))
  const key = `${letters.join('')} ${patient}`
  const before = known.conditions.get(key)
  if (before !== undefined) return before
  const fitting = scopes.filter((scope) => letters.some((letter) => scope.permissions.has(letter)))
  const made = conditionOf(fitting, patient, room)
  known.conditions.set(key, made)
  return made
}

function conditionOf(scopes: readonly Scope[], patient: string, room: PlanRoom): Condition {
  const whole = new Set<string>()
  const others: Condition[] = []
  for (const scope of scopes) {
    if (scope.level !== 'patient' && scope.query.length === 0) whole.add(scope.type)
    else others.push(restricted(scope, patient, room))
  }
  if (whole.has('*')) return ALL
  const of = others.filter((one) => one !== NONE)
  if (whole.size > 0) of.push({ kind: 'type', types: [...whole] })
  return of.length === 1 ? of[0]! : { kind: 'or', of }
}

/** A restriction that this server can't read allows nothing. */
function restricted(scope: Scope, patient: string, room: PlanRoom): Condition {
  const of: Condition[] = []
  const type = scope.type === '*' ? undefined : scope.type
  try {
    if (type !== undefined) {
      if (!room.definitions.isResourceType(type)) return NONE
      of.push({ kind: 'type', types: [type] })
    }
    if (scope.level === 'patient') of.push(ofPatient(type, patient, room))
    if (scope.query.length > 0) {
      const { plan } = room.plan(type, scope.query, { strict: true })
      if (plan.types !== undefined && type === undefined)
        of.push({ kind: 'type', types: plan.types })
      of.push(plan.where)
    }
  } catch (error) {
    if (error instanceof Failure) return NONE
    throw error
  }
  return of.length === 1 ? of[0]! : { kind: 'and', of }
}

/** The compartment of the patient, and what no patient's compartment can hold (organisations, value sets, …). */
function ofPatient(
  type: string | undefined,
  patient: string,
  { parameters, definitions }: PlanRoom,
): Condition {
  if (patient === '') return NONE
  const compartment = { type: 'Patient', id: patient }
  const inside = compartmentScope(compartment, undefined, parameters, definitions)
  if (type !== undefined)
    return inside.types.includes(type)
      ? compartmentScope(compartment, [type], parameters, definitions).where
      : ALL
  const outside = definitions.resourceTypes.filter((one) => !inside.types.includes(one))
  return {
    kind: 'or',
    of: [
      { kind: 'and', of: [{ kind: 'type', types: [...inside.types] }, inside.where] },
      { kind: 'type', types: outside },
    ],
  }
}
