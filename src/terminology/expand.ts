// Conditions on concepts (`:in`, `:below`, `:above`) made into tests of codes, before a store sees them.
// https://hl7.org/fhir/R4/search.html#token
// Must not change anything else of a plan.
import { fail } from '../errors.ts'
import {
  NONE,
  type Concept,
  type Condition,
  type Include,
  type Leaf,
  type Plan,
} from '../search/plan.ts'
import { foldToken } from '../search/token.ts'
import type { Store } from '../store/store.ts'
import type { Terminology } from './terminology.ts'
import type { Expansion } from './value-set.ts'

/** Codes that a search may have to look for. */
const MOST = 10_000

/** The plan without conditions on concepts. @throws Failure `parameter` or `too-costly` that names the parameter */
export async function expandPlan(plan: Plan, terminology: Terminology): Promise<Plan> {
  const { where, includes } = plan
  if (!hasConcept(where) && !includes.some((one) => one.where && hasConcept(one.where))) return plan
  const expanded: Include[] = []
  for (const one of includes)
    expanded.push(
      one.where === undefined
        ? one
        : { ...one, where: await expandCondition(one.where, terminology) },
    )
  return { ...plan, where: await expandCondition(where, terminology), includes: expanded }
}

/** The same for a condition. */
export async function expandCondition(
  condition: Condition,
  terminology: Terminology,
): Promise<Condition> {
  if (!hasConcept(condition)) return condition
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const of: Condition[] = []
      for (const one of condition.of) of.push(await expandCondition(one, terminology))
      return { kind: condition.kind, of }
    }
    case 'not':
      return { kind: 'not', of: await expandCondition(condition.of, terminology) }
    case 'refers':
    case 'referred':
    case 'shares':
      return { ...condition, where: await expandCondition(condition.where, terminology) }
    case 'concept':
      return leaves(condition, await codesOf(condition, terminology))
    default:
      return condition
  }
}

function hasConcept(condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.some(hasConcept)
    case 'not':
      return hasConcept(condition.of)
    case 'refers':
    case 'referred':
    case 'shares':
      return hasConcept(condition.where)
    default:
      return condition.kind === 'concept'
  }
}

async function codesOf({ by, at }: Concept, terminology: Terminology): Promise<Expansion> {
  if (by.op === 'in') return terminology.codesIn(by.valueSet, at)
  return new Map([[by.system, await terminology.codesBy(by.op, by.system, by.code, at)]])
}

function leaves({ paths, implied, at }: Concept, expansion: Expansion): Condition {
  const of: Leaf[] = []
  for (const [system, codes] of expansion) {
    if (codes === 'all') {
      if (paths.length > 0) of.push({ kind: 'token', paths, system })
      if (implied.length > 0)
        throw fail(
          'parameter',
          `The codes of ${system} are not here, so this can not be decided`,
          at,
        )
      continue
    }
    for (const folded of new Set([...codes].map(foldToken))) {
      if (paths.length > 0) of.push({ kind: 'token', paths, system, code: folded })
      if (implied.length > 0) of.push({ kind: 'token', paths: implied, code: folded })
    }
    if (of.length > MOST) throw fail('too-costly', `That is more than ${MOST} codes`, at)
  }
  return of.length === 0 ? NONE : { kind: 'or', of }
}

/** A store that takes plans with conditions on concepts. */
export function withConcepts(store: Store, terminology: Terminology): Store {
  return {
    ...store,
    search: async (plan, limits) => store.search(await expandPlan(plan, terminology), limits),
    count: async (plan, limits) => store.count(await expandPlan(plan, terminology), limits),
    latest: async (plan, by, limits) =>
      store.latest(await expandPlan(plan, terminology), by, limits),
    commit: async (changes, assertions = []) => {
      if (!assertions.some(({ plan }) => hasConcept(plan.where)))
        return store.commit(changes, assertions)
      const expanded = []
      for (const one of assertions)
        expanded.push({ ...one, plan: await expandPlan(one.plan, terminology) })
      return store.commit(changes, expanded)
    },
  }
}
