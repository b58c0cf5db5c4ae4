// Conformance resources that the store holds, by canonical URL; and who must know is told when they change.
// https://hl7.org/fhir/R4/references.html#canonical
// Must not trust that it is alone: other processes write, too, so the newest versions are looked at again and again.
import type { Conformance, ConformanceResource, ConformanceType } from '../fhir/conformance.ts'
import { CONFORMANCE_TYPES, isConformanceType } from '../fhir/conformance.ts'
import type { SearchParameters } from '../search/parameters.ts'
import type { Condition, Plan } from '../search/plan.ts'
import { foldToken } from '../search/token.ts'
import type { Store, Version } from '../store/store.ts'
import { best, splitCanonical } from '../fhir/canonical.ts'

/** Where else a canonical may be found, as in what R4 publishes. */
export type Source = (
  type: ConformanceType,
  url: string,
  version: string | undefined,
) => Promise<ConformanceResource | undefined>

export type Registry = Conformance & {
  /** Look now whether something changed (of some types), and tell of it; resolves when all listeners are done. */
  refresh(types?: readonly ConformanceType[]): Promise<void>
  /** What is stored of a type, the version of each resource with it. */
  versions(type: ConformanceType): Promise<readonly Version[]>
}

/** Parsed resources that are kept, by version. */
const KEPT = 100
/** Of one URL. */
const MOST = 100
const PAGE = 1000
/** How far clocks of processes may differ, and how long a commit may take to become visible. */
const OVERLAP_MS = 60_000
/** Versions of one type that are looked at for news. */
const NEWEST = 50

export function createRegistry(
  store: Store,
  parameters: SearchParameters,
  sources: readonly Source[] = [],
): Registry {
  const listeners = new Set<Parameters<Conformance['onChange']>[0]>()
  const parsed = new Map<string, ConformanceResource>()
  const seen = new Map<string, number>()
  const untold = new Set<ConformanceType>()
  let looking: Promise<void> = Promise.resolve()
  let looked = Date.now()

  const parse = ({ type, id, version, text }: Version): ConformanceResource => {
    const key = `${type}/${id}/${String(version)}`
    let resource = parsed.get(key)
    if (resource === undefined) {
      if (parsed.size >= KEPT) parsed.delete(parsed.keys().next().value as string)
      resource = JSON.parse(text ?? '{}') as ConformanceResource
      parsed.set(key, resource)
    }
    return resource
  }

  const pathsOf = (type: ConformanceType, name: string): readonly string[] =>
    (parameters.forType(type).get(name)?.paths ?? []).map(({ path }) => path)

  const having = async (
    type: ConformanceType,
    url: string,
  ): Promise<readonly ConformanceResource[]> => {
    const paths = pathsOf(type, 'url')
    if (paths.length === 0) return []
    const search = async (...more: readonly Condition[]) => {
      const plan: Plan = {
        types: [type],
        where: { kind: 'and', of: [{ kind: 'uri', paths, op: 'equals', value: url }, ...more] },
        sort: [{ by: 'updated', descending: true }],
        count: MOST,
        total: false,
        includes: [],
      }
      return (await store.search(plan)).matches.map(parse)
    }
    if (type !== 'CodeSystem') return search()
    // The codes of one may be kept in more fragments of the same url than are looked at.
    const modes = pathsOf(type, 'content-mode')
    const isFragment: Condition = { kind: 'token', paths: modes, code: foldToken('fragment') }
    const whole = await search({ kind: 'not', of: isFragment })
    return whole.length > 0 ? whole : search()
  }

  const find = async (
    type: ConformanceType,
    canonical: string,
  ): Promise<ConformanceResource | undefined> => {
    const [url, version] = splitCanonical(canonical)
    const found = await having(type, url)
    const here = best(version === undefined ? found : found.filter((r) => r.version === version))
    if (here !== undefined) return here
    for (const source of sources) {
      const elsewhere = await source(type, url, version)
      if (elsewhere !== undefined) return elsewhere
    }
    return undefined
  }

  const versions = async (type: ConformanceType): Promise<readonly Version[]> => {
    const all: Version[] = []
    for (let cursor: string | undefined; ;) {
      const page = await store.search({
        types: [type],
        where: { kind: 'and', of: [] },
        sort: [],
        count: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
        total: false,
        includes: [],
      })
      all.push(...page.matches)
      if (page.next === undefined) return all
      cursor = page.next
    }
  }

  /** Types with a version that wasn't seen before. */
  const news = async (types: readonly ConformanceType[]): Promise<ReadonlySet<ConformanceType>> => {
    const since = looked - OVERLAP_MS
    const now = Date.now()
    const changed = new Set<ConformanceType>()
    for (const type of types) {
      const page = await store.history({ type, since, count: NEWEST })
      for (const { id, version, updated } of page.versions) {
        const key = `${type}/${id}/${String(version)}`
        if (!seen.has(key)) changed.add(type)
        seen.set(key, updated)
      }
    }
    if (types.length < CONFORMANCE_TYPES.length) return changed
    for (const [key, updated] of seen) if (updated < since) seen.delete(key)
    looked = now
    return changed
  }

  const look = async (types: readonly ConformanceType[]): Promise<void> => {
    for (const type of await news(types)) untold.add(type)
    if (untold.size === 0) return
    const changed = new Set(untold)
    // Who can't take it in now, because the store is away, is told again.
    for (const listener of listeners) await listener(changed)
    for (const type of changed) untold.delete(type)
  }

  return {
    find,
    versions,
    stored: async (type) =>
      (await versions(type)).map(({ text }) => JSON.parse(text ?? '{}') as ConformanceResource),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    refresh: (types = CONFORMANCE_TYPES) => {
      // One after the other: each must see what the one before it has told.
      looking = looking.catch(() => undefined).then(() => look(types))
      return looking
    },
  }
}

/** A store whose commits are answered when all that depends on the conformance resources in them knows of them. */
export const announcing = (store: Store, registry: Pick<Registry, 'refresh'>): Store => ({
  ...store,
  commit: async (changes, assertions) => {
    const committed = await store.commit(changes, assertions)
    if (!committed.ok || !changes.some(({ type }) => isConformanceType(type))) return committed
    const types = new Set(changes.map(({ type }) => type).filter(isConformanceType))
    // What is committed is committed: who can't look now looks again soon.
    await registry.refresh([...types]).catch(() => undefined)
    return committed
  },
})
