// Definitions that every report needs, looked up once and kept until one of their kind changes, here or in another process.
// Must not keep what was looked up before a change: who began to look earlier keeps it for its own report only.
import type { Context } from '../../context.ts'
import type { Conformance } from '../../fhir/conformance.ts'
import type { Finder } from '../../terminology/finder.ts'

export type Kept = {
  readonly conformance: Pick<Conformance, 'find'>
  readonly finder: Finder
}

const all = new WeakMap<Conformance, { kept: Kept }>()

/** What reports look up of a server. */
export function keptOf({ conformance, terminology }: Context): Kept {
  const known = all.get(conformance)
  if (known !== undefined) return known.kept
  const holder = { kept: keepAnew(conformance, terminology.finder) }
  conformance.onChange(() => {
    holder.kept = keepAnew(conformance, terminology.finder)
  })
  all.set(conformance, holder)
  return holder.kept
}

const keepAnew = (conformance: Conformance, finder: Finder): Kept => ({
  conformance: {
    find: once((type, canonical) => conformance.find(type, canonical)),
  },
  finder: {
    ...finder,
    codeSystem: once((canonical) => finder.codeSystem(canonical)),
    conceptMap: once((canonical) => finder.conceptMap(canonical)),
    supplements: once((system) => finder.supplements(system)),
  },
})

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
