// Conditions put together with what is decided already taken out: what is always true or never isn't asked of a store.
// Must not change what a condition means.
import type { Condition } from '../search/plan.ts'
import { ALL, NONE } from '../search/plan.ts'

export const isAll = (c: Condition): boolean => c.kind === 'and' && c.of.length === 0
export const isNone = (c: Condition): boolean => c.kind === 'or' && c.of.length === 0

/** All of them hold. */
export function both(...of: readonly Condition[]): Condition {
  if (of.some(isNone)) return NONE
  const rest = of.flatMap((c) => (c.kind === 'and' ? c.of : [c]))
  return rest.length === 1 && rest[0] !== undefined ? rest[0] : { kind: 'and', of: rest }
}

/** One of them holds. */
export function either(...of: readonly Condition[]): Condition {
  if (of.some(isAll)) return ALL
  const rest = of.flatMap((c) => (c.kind === 'or' ? c.of : [c]))
  return rest.length === 1 && rest[0] !== undefined ? rest[0] : { kind: 'or', of: rest }
}

export function not(c: Condition): Condition {
  if (isAll(c)) return NONE
  if (isNone(c)) return ALL
  return c.kind === 'not' ? c.of : { kind: 'not', of: c }
}

export const truth = (holds: boolean): Condition => (holds ? ALL : NONE)
