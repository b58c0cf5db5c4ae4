// Finds code systems, value sets and concept maps by their URLs: what is stored here, then what R4 publishes.
// https://hl7.org/fhir/R4/terminology-module.html
// Must not keep what is stored longer than its version lives: another process may have changed it.
import type { SearchParameters } from '../search/parameters.ts'
import type { Condition, Plan } from '../search/plan.ts'
import type { Store, Version } from '../store/store.ts'
import { loadPublished, type Published } from './published.ts'
import type { CodeSystem, ConceptMap, ValueSet } from './resource.ts'

/**
 * Where code systems, value sets and concept maps are found, by canonical URL with or without a version: what is
 * stored comes before what R4 publishes. A value set may also be named by its place here, `ValueSet/id`.
 */
export type Finder = {
  codeSystem(canonical: string): Promise<CodeSystem | undefined>
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
}

type Kept = CodeSystem | ValueSet | ConceptMap

/** Parsed resources that are kept, by version. */
const KEPT = 50

/** Resources of one canonical URL, and supplements or maps of one code system, that are looked at. */
const MOST = 100

export function createFinder(
  store: Store,
  parameters: SearchParameters,
  { folder, baseUrl }: FinderOptions,
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

  /** What is stored with a URL in one of its search parameters, the one that was changed last first. */
  const having = async <T extends Kept>(
    type: T['resourceType'],
    code: string,
    url: string,
  ): Promise<readonly T[]> => {
    const of: Condition[] = []
    for (const { path, kind } of parameters.forType(type).get(code)?.paths ?? []) {
      if (kind === 'uri') of.push({ kind, paths: [path], op: 'equals', value: url })
      if (kind === 'reference') of.push({ kind, paths: [path], type: '', id: url })
    }
    const plan: Plan = {
      types: [type],
      where: { kind: 'or', of },
      sort: [{ by: 'updated', descending: true }],
      count: MOST,
      total: false,
      includes: [],
    }
    return (await store.search(plan)).matches.map(parse) as readonly Kept[] as readonly T[]
  }

  /** @param all what R4 publishes of the type */
  const find = async <T extends Kept>(
    type: T['resourceType'],
    all: (published: Published) => ReadonlyMap<string, T>,
    canonical: string,
  ): Promise<T | undefined> => {
    const [url, version] = splitVersion(canonical)
    const isWanted = (one: T | undefined): boolean =>
      version === undefined || one?.version === version
    const stored = (await having<T>(type, 'url', url)).find(isWanted)
    if (stored !== undefined) return stored
    const found = all(published()).get(url)
    return isWanted(found) ? found : undefined
  }

  const byId = async (reference: string): Promise<ValueSet | undefined> => {
    const local = reference.startsWith(`${baseUrl}/`)
      ? reference.slice(baseUrl.length + 1)
      : reference
    const id = /^ValueSet\/([A-Za-z0-9\-.]{1,64})$/.exec(local)?.[1]
    const version = id === undefined ? undefined : await store.read('ValueSet', id)
    return version?.text === undefined ? undefined : (parse(version) as ValueSet)
  }

  return {
    codeSystem: (canonical) =>
      find<CodeSystem>('CodeSystem', ({ codeSystems }) => codeSystems, canonical),
    valueSet: async (canonical) =>
      (await byId(canonical)) ??
      (await find<ValueSet>('ValueSet', ({ valueSets }) => valueSets, canonical)),
    conceptMap: (canonical) =>
      find<ConceptMap>('ConceptMap', ({ conceptMaps }) => conceptMaps, canonical),
    supplements: (system) => having<CodeSystem>('CodeSystem', 'supplements', system),
    mapsOf: async (system, reverse) => {
      const side = reverse ? 'target' : 'source'
      const stored = await having<ConceptMap>('ConceptMap', `${side}-system`, system)
      const isOf = (map: ConceptMap): boolean =>
        map.group?.some((group) => group[side] === system) ?? false
      return [...stored, ...[...published().conceptMaps.values()].filter(isOf)]
    },
  }
}

/** `url|version` apart. */
export const splitVersion = (canonical: string): readonly [string, string | undefined] => {
  const bar = canonical.lastIndexOf('|')
  return bar < 0 ? [canonical, undefined] : [canonical.slice(0, bar), canonical.slice(bar + 1)]
}
