// What decides, as it was read before: consents by record, rules, countries of organizations; good until one of these is written.
// docs/adr/0006-who-may-see-what.md, "Consequences"
// Must not outlive a write of any process: a store that can't tell of those has everything read anew.
import type { Store } from '../store/store.ts'
import type { Ruling } from './condition.ts'
import type { ConsentInForce } from './consents.ts'
import type { Rule } from './rule.ts'

export type Standing = {
  rules?: ReadonlyMap<string, Rule>
  hasIndividual?: boolean
  /** By id of the organization; undefined where it says none. */
  readonly countries: Map<string, string | undefined>
  /** By record: all that count for something, at whatever time. */
  readonly consents: Map<string, readonly ConsentInForce[]>
  /** By who asks for what, then by the text of the rule: what it comes to for resources of a type, whenever. */
  readonly rulings: Map<string, Map<string, RulingFor>>
}

export type RulingFor = (type: string) => Ruling

/** What stands now: the same object as long as nothing was written, and for a few seconds at most. */
export type Stands = () => Promise<Standing>

/** Types that all of it is read from. */
const TYPES = ['Consent', 'Organization']

/** An index that is made anew changes what is found of a Consent without a write: for so long at most it goes unseen. */
const LASTS_MS = 3000

export const nothingStands = (): Standing => ({
  countries: new Map(),
  consents: new Map(),
  rulings: new Map(),
})

export function createStands(store: Pick<Store, 'stamp'>): Stands {
  let standing = nothingStands()
  let stamp: string | undefined
  let since = -Infinity
  return async () => {
    const now = performance.now()
    const seen = await store.stamp?.(TYPES)
    if (seen === undefined || seen !== stamp || now - since > LASTS_MS) {
      // Another object, since requests may still be reading into the one before.
      standing = nothingStands()
      stamp = seen
      since = now
    }
    return standing
  }
}
