// Finds code systems, value sets and concept maps by their URLs: what is stored here, then what R4 publishes.
// https://hl7.org/fhir/R4/terminology-module.html
// Must not keep what is stored longer than its version lives: another process may have changed it.
import { splitCanonical } from '../fhir/canonical.ts'
import type { Conformance, ConformanceResource } from '../fhir/conformance.ts'
import type { SearchParameters } from '../search/parameters.ts'
import type { Condition, Plan, SortKey } from '../search/plan.ts'
import { foldToken } from '../search/token.ts'
import type { Store, Version } from '../store/store.ts'
import { loadPublished, type Published } from './published.ts'
import type { CodeSystem, ConceptMap, ValueSet } from './resource.ts'

/**
 * Where code systems, value sets and concept maps are found, by canonical URL with or without a version: what is
 * stored comes before what R4 publishes. A value set may also be named by its place here, `ValueSet/id`.
 */
export type Finder = {
  codeSystem(canonical: string): Promise<CodeSystem | undefined>
  /** The fragments of a code system that is kept in parts (see parts.ts) that have one of the codes, or all of them. */
  fragments(url: string, codes?: readonly string[]): AsyncIterable<CodeSystem>
  hasFragments(url: string): Promise<boolean>
  valueSet(canonical: string): Promise<ValueSet | undefined>
  conceptMap(canonical: string): Promise<ConceptMap | undefined>
  /** Code systems that add designations and properties to another one. */
  supplements(system: string): Promise<readonly CodeSystem[]>
  /** Maps with a group from a code system (or, `reverse`, to it). */
  mapsOf(system: string, reverse: boolean): Promise<readonly ConceptMap[]>
}

export type FinderOptions = {
  /** Where the compact form of what R4 publishes is kept. */
  readonly folder: string
  /** FHIR base of this server, without a trailing slash. */
  readonly baseUrl: string
  /** Where what is stored is found by its URL. */
  readonly conformance: Pick<Conformance, 'find'>
  /** What is known besides of supplements and maps, until something is stored under the same URL. */
  readonly guide?: (type: 'CodeSystem' | 'ConceptMap') => readonly ConformanceResource[]
}

type Kept = CodeSystem | ValueSet | ConceptMap

/** Parsed resources that are kept, by version. */
const KEPT = 50

/** Fragments that are read at once. */
const PAGE = 10

/** Supplements or maps of one code system that are looked at. */
const MOST = 100

export function createFinder(
  store: Store,
  parameters: SearchParameters,
  { folder, baseUrl, conformance, guide = () => [] }: FinderOptions,
): Finder {
  let loaded: Published | undefined
  const published = (): Published => (loaded ??= loadPublished(folder))
  const parsed = new Map<string, Kept>()

  const parse = ({ type, id, version, text }: Version): Kept => {
    const key = `${type}/${id}/${version}`
    let resource = parsed.get(key)
    if (resource === undefined) {
      if (parsed.size >= KEPT) parsed.clear()
      resource = JSON.parse(text ?? '{}') as Kept
      parsed.set(key, resource)
    }
    return resource
  }

  /** A condition on one of the search parameters of a type: an exact URL, or one of some codes. */
  const where = (type: string, name: string, values: readonly string[]): Condition => {
    const of: Condition[] = []
    for (const { path, kind } of parameters.forType(type).get(name)?.paths ?? []) {
      const paths = [path]
      for (const value of values) {
        if (kind === 'uri') of.push({ kind, paths, op: 'equals', value })
        if (kind === 'reference') of.push({ kind, paths, type: '', id: value })
        if (kind === 'token') of.push({ kind, paths, code: foldToken(value) })
      }
    }
    return { kind: 'or', of }
  }
  const isFragment = where('CodeSystem', 'content-mode', ['fragment'])

  const planOf = (type: string, of: Condition[], sort: SortKey, count: number): Plan => ({
    types: [type],
    where: { kind: 'and', of },
    sort: [sort],
    count,
    total: false,
    includes: [],
  })

  /** What is stored with the URL of a code system in one of its search parameters, what was changed last first. */
  const having = async <T extends Kept>(
    type: T['resourceType'],
    name: string,
    url: string,
  ): Promise<readonly T[]> => {
    const search = async (...more: Condition[]): Promise<readonly T[]> => {
      const newest: SortKey = { by: 'updated', descending: true }
      const plan = planOf(type, [where(type, name, [url]), ...more], newest, MOST)
      return (await store.search(plan)).matches.map(parse) as readonly Kept[] as readonly T[]
    }
    if (type !== 'CodeSystem') return search()
    const whole = await search({ kind: 'not', of: isFragment })
    return whole.length > 0 ? whole : search()
  }

  async function* fragments(url: string, codes?: readonly string[]): AsyncGenerator<CodeSystem> {
    const of = [where('CodeSystem', 'url', [url]), isFragment]
    if (codes !== undefined) of.push(where('CodeSystem', 'code', codes))
    let plan = planOf('CodeSystem', of, { by: 'id', descending: false }, PAGE)
    for (;;) {
      const { matches, next } = await store.search(plan)
      for (const match of matches) yield parse(match) as CodeSystem
      if (next === undefined) return
      plan = { ...plan, cursor: next }
    }
  }

  /** @param all what R4 publishes of the type */
  const find = async <T extends Kept>(
    type: T['resourceType'],
    all: (published: Published) => ReadonlyMap<string, T>,
    canonical: string,
  ): Promise<T | undefined> => {
    const stored = await conformance.find(type, canonical)
    if (stored !== undefined) return stored as unknown as T
    const [url, version] = splitCanonical(canonical)
    const found = all(published()).get(url)
    return version === undefined || found?.version === version ? found : undefined
  }

  const byId = async (reference: string): Promise<ValueSet | undefined> => {
    const local = reference.startsWith(`${baseUrl}/`)
      ? reference.slice(baseUrl.length + 1)
      : reference
    const id = /^ValueSet\/([A-Za-z0-9\-.]{1,64})$/.exec(local)?.[1]
    const version = id === undefined ? undefined : await store.read('ValueSet', id)
    return version?.text === undefined ? undefined : (parse(version) as ValueSet)
  }

  /** Those of the guide behind what is stored, each but where another is stored under its URL. */
  const withGuide = <T extends CodeSystem | ConceptMap>(
    stored: readonly T[],
    type: T['resourceType'],
    isWanted: (one: T) => boolean,
  ): readonly T[] => {
    const others = (guide(type) as readonly unknown[] as readonly T[]).filter(
      (one) => isWanted(one) && !stored.some(({ url }) => url === one.url),
    )
    return [...stored, ...others]
  }

  return {
    codeSystem: (canonical) =>
      find<CodeSystem>('CodeSystem', ({ codeSystems }) => codeSystems, canonical),
    valueSet: async (canonical) =>
      (await byId(canonical)) ??
      (await find<ValueSet>('ValueSet', ({ valueSets }) => valueSets, canonical)),
    conceptMap: (canonical) =>
      find<ConceptMap>('ConceptMap', ({ conceptMaps }) => conceptMaps, canonical),
    fragments,
    hasFragments: async (url) => {
      const of = [where('CodeSystem', 'url', [url]), isFragment]
      const plan = planOf('CodeSystem', of, { by: 'id', descending: false }, 1)
      return (await store.search(plan)).matches.length > 0
    },
    supplements: async (system) => {
      const stored = await having<CodeSystem>('CodeSystem', 'supplements', system)
      const isHere = ({ supplements }: CodeSystem): boolean => supplements?.split('|')[0] === system
      return withGuide(stored, 'CodeSystem', isHere)
    },
    mapsOf: async (system, reverse) => {
      const side = reverse ? 'target' : 'source'
      const stored = await having<ConceptMap>('ConceptMap', `${side}-system`, system)
      const isOf = (map: ConceptMap): boolean =>
        map.group?.some((group) => group[side] === system) ?? false
      const known = withGuide(stored, 'ConceptMap', isOf)
      return [...known, ...[...published().conceptMaps.values()].filter(isOf)]
    },
  }
}
