// A plan that finds only what fulfils a condition: itself, at each step of its chains, and in what it includes.
// docs/adr/0006-who-may-see-what.md
// Must not touch what the condition itself asks of others: who may see is decided by what they may not.
import { narrowed } from '../search/narrow.ts'
import { ALL, type Condition, type Include, type Plan } from '../search/plan.ts'

/**
 * The same plan on a store that holds nothing else than what fulfils `visible`: totals, pages, order, chains, includes.
 */
export function restrict(plan: Plan, visible: Condition): Plan {
  return {
    ...plan,
    where: both(withinChains(plan.where, visible), ofTypes(visible, plan.types)),
    includes: plan.includes.map((include): Include => {
      const { where = ALL, types } = include
      const of = both(withinChains(where, visible), ofTypes(visible, types))
      return isAll(of) ? include : { ...include, where: of }
    }),
  }
}

/** Each resource that a condition leads to must be visible too. */
function withinChains(condition: Condition, visible: Condition): Condition {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { kind: condition.kind, of: condition.of.map((one) => withinChains(one, visible)) }
    case 'not':
      return { kind: 'not', of: withinChains(condition.of, visible) }
    case 'refers':
    case 'referred':
    case 'shares': {
      const where = withinChains(condition.where, visible)
      return { ...condition, where: both(where, ofTypes(visible, condition.types)) }
    }
    default:
      return condition
  }
}

/** What a condition comes to for resources of these types. */
export const ofTypes = narrowed

const isAll = (c: Condition): boolean => c.kind === 'and' && c.of.length === 0
/** Flat, since stores look for a beginning among what must hold together. */
const both = (one: Condition, other: Condition): Condition =>
  isAll(other)
    ? one
    : isAll(one)
      ? other
      : { kind: 'and', of: [...partsOf(one), ...partsOf(other)] }

const partsOf = (c: Condition): readonly Condition[] => (c.kind === 'and' ? c.of : [c])
