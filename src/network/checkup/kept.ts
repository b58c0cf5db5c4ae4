// Definitions that every report needs, looked up once and kept until one of their kind changes, here or in another process.
// For a caller of an organization, those count that it posted itself or that came with no caller (a package, the guide): what
// another one posted under the same URL must not change how patients are judged elsewhere.
// Must not keep what was looked up before a change: who began to look earlier keeps it for its own report only.
import { guideSource } from '../../conformance/guide.ts'
import type { Context } from '../../context.ts'
import { best, splitCanonical } from '../../fhir/canonical.ts'
import type { Conformance, ConformanceResource, ConformanceType } from '../../fhir/conformance.ts'
import { custodianOf } from '../../search/record.ts'
import type { Finder } from '../../terminology/finder.ts'
import type { CodeSystem, ConceptMap } from '../../terminology/resource.ts'
import { BASE } from './programme.ts'

export type Kept = {
  readonly conformance: Pick<Conformance, 'find'>
  readonly finder: Finder
}

/** By organization; '' for requests without a caller, and for what is named by the caller. */
const all = new WeakMap<Conformance, Map<string, Kept>>()

/** Callers' organizations that are kept apart at most. */
const MOST_ORGANIZATIONS = 100

/** What reports of an organization look up. @param organization undefined: whatever is stored counts */
export function keptOf({ conformance, terminology }: Context, organization = ''): Kept {
  let known = all.get(conformance)
  if (known === undefined) {
    const made = new Map<string, Kept>()
    conformance.onChange(() => made.clear())
    all.set(conformance, (known = made))
  }
  const before = known.get(organization)
  if (before !== undefined) return before
  if (known.size >= MOST_ORGANIZATIONS) known.clear()
  const find = once(
    organization === ''
      ? (type: ConformanceType, canonical: string) => conformance.find(type, canonical)
      : (type: ConformanceType, canonical: string) =>
          ownOf(type, canonical, organization, conformance),
  )
  const kept = { conformance: { find }, finder: finderOf(terminology.finder, find) }
  known.set(organization, kept)
  return kept
}

function finderOf(finder: Finder, find: Conformance['find']): Finder {
  const isOurs = (canonical: string): boolean => canonical.startsWith(`${BASE}/`)
  return {
    ...finder,
    codeSystem: once(async (canonical: string) =>
      isOurs(canonical)
        ? ((await find('CodeSystem', canonical)) as CodeSystem | undefined)
        : finder.codeSystem(canonical),
    ),
    conceptMap: once(
      async (canonical: string) => (await find('ConceptMap', canonical)) as ConceptMap | undefined,
    ),
    supplements: once((system: string) => finder.supplements(system)),
  }
}

/** Of those with the URL that are the organization's or nobody's. */
async function ownOf(
  type: ConformanceType,
  canonical: string,
  organization: string,
  conformance: Conformance,
): Promise<ConformanceResource | undefined> {
  const found = await conformance.find(type, canonical)
  if (found === undefined || isOwn(found, organization)) return found
  const [url, version] = splitCanonical(canonical)
  const stored = (await conformance.stored(type)).filter(
    (one) =>
      one.url === url &&
      (version === undefined || one.version === version) &&
      isOwn(one, organization),
  )
  return best(stored) ?? guideSource(type, url, version)
}

const isOwn = (resource: ConformanceResource, organization: string): boolean =>
  [undefined, '', organization].includes(custodianOf(resource))

/** Definitions kept at most: callers name programmes. */
const MOST = 500

/** Looks the same up once; what failed is looked up again. */
function once<A extends string[], T>(look: (...asked: A) => Promise<T>) {
  const found = new Map<string, Promise<T>>()
  return (...asked: A): Promise<T> => {
    const key = asked.join(' ')
    const before = found.get(key)
    if (before !== undefined) return before
    if (found.size >= MOST) found.clear()
    const made = look(...asked)
    found.set(key, made)
    made.catch(() => found.delete(key))
    return made
  }
}
