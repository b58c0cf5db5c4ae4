// The rules of a store as conditions for one kind of caller: which keys permit what, and which deny what.
// docs/adr/0006-who-may-see-what.md
// Must not keep anything that a revocation has to about: status and period are asked by the search itself.
import { governedBy } from '../search/record.ts'
import type { Condition } from '../search/plan.ts'
import { lasting, rulingOf, type Facts, type Ruling } from './condition.ts'
import { RULE, VALID } from './entries.ts'
import { both, either, isNone } from './fold.ts'
import type { About } from './about.ts'
import type { Rule } from './rule.ts'

/** Rules whose keys permit (or deny) the same. */
type Side = readonly {
  readonly condition: Condition
  readonly keys: readonly string[]
  /** One and the same object as long as it is kept, by which a store knows what it found before. */
  readonly ruled: Condition
}[]

export type Rulings = { readonly permits: Side; readonly denies: Side }

export type RulingsKeeper = (
  rules: ReadonlyMap<string, Rule>,
  facts: Facts,
  about: About,
) => Rulings

/** Kinds of callers that are kept. */
const KEPT = 200

/** Makes rulings, and keeps them until a rule comes or a provision begins or ends. */
export function createRulings(): RulingsKeeper {
  const kept = new Map<
    string,
    {
      readonly rulings: Rulings
      readonly size: number
      readonly from: number
      readonly until: number
    }
  >()
  return (rules, facts, about) => {
    const { parties, purpose, country, now } = facts
    const key = JSON.stringify([[...parties].sort(), purpose, country])
    const before = kept.get(key)
    if (before?.size === rules.size && before.from <= now && now < before.until)
      return before.rulings
    const permits = new Map<string, { condition: Condition; keys: string[] }>()
    const denies: typeof permits = new Map()
    let until = Infinity
    for (const [name, rule] of rules) {
      until = Math.min(until, lasting(rule, now))
      const { permit, deny } = rulingOf(rule, facts, about)
      add(permits, permit, name)
      add(denies, deny, name)
    }
    // The same keys are one and the same condition, which a store looks at once.
    const made = new Map<string, Condition>()
    const sideOf = (side: typeof permits): Side =>
      [...side.values()].map(({ condition, keys }) => {
        const names = keys.join()
        let of = made.get(names)
        if (of === undefined) made.set(names, (of = either(...keys.map(ruled))))
        return { condition, keys, ruled: of }
      })
    const rulings = { permits: sideOf(permits), denies: sideOf(denies) }
    kept.delete(key)
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value as string)
    kept.set(key, { rulings, size: rules.size, from: now, until })
    return rulings
  }
}

function add(
  side: Map<string, { condition: Condition; keys: string[] }>,
  condition: Condition,
  key: string,
): void {
  if (isNone(condition)) return
  const text = JSON.stringify(condition)
  const known = side.get(text)
  if (known === undefined) side.set(text, { condition, keys: [key] })
  else known.keys.push(key)
}

/** What consents in force permit and deny of the records that a resource is in. */
export function rulingIn({ permits, denies }: Rulings, now: number): Ruling {
  const made = new Map<Condition, Condition>()
  const governed = (of: Condition): Condition => {
    let by = made.get(of)
    if (by === undefined) made.set(of, (by = governedBy(both(of, inForce(now)))))
    return by
  }
  const side = (of: Side): Condition =>
    either(...of.map((one) => both(one.condition, governed(one.ruled))))
  return { permit: side(permits), deny: side(denies) }
}

const ruled = (key: string): Condition => ({
  kind: 'token',
  paths: [RULE],
  system: '',
  code: key,
})

/** Of a Consent (or Communication): its time is now. */
export const inForce = (now: number): Condition => ({
  kind: 'date',
  paths: [VALID],
  op: 'ap',
  low: now,
  high: now + 1,
})
