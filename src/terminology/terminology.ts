// What codes mean to one another: value sets and code systems that are stored here, then those that R4 publishes.
// https://hl7.org/fhir/R4/terminology-module.html
// Must not keep what is stored longer than its version lives: another process may have changed it.
import { fail } from '../errors.ts'
import type { SearchParameters } from '../search/parameters.ts'
import type { Condition, Plan } from '../search/plan.ts'
import type { Store, Version } from '../store/store.ts'
import { hierarchyOf } from './hierarchy.ts'
import { loadPublished, type Published } from './published.ts'
import type { CodeSystem, ValueSet } from './resource.ts'
import { expand, type Expansion, type Finder } from './value-set.ts'

export type Terminology = {
  /**
   * Codes of a value set: its canonical URL, or `ValueSet/id` here.
   * @throws Failure `parameter` when it isn't known or can't be expanded
   */
  codesIn(valueSet: string, at: string): Promise<Expansion>
  /**
   * Codes below or above a code in its code system, itself among them.
   * @throws Failure `parameter` when the system or the code isn't known
   */
  codesBy(
    op: 'below' | 'above',
    system: string,
    code: string,
    at: string,
  ): Promise<ReadonlySet<string>>
}

export type TerminologyOptions = {
  /** Where the compact form of what R4 publishes is kept. */
  readonly folder: string
  /** FHIR base of this server, without a trailing slash. */
  readonly baseUrl: string
}

/** Parsed resources that are kept, by version. */
const KEPT = 50

export function createTerminology(
  store: Store,
  parameters: SearchParameters,
  { folder, baseUrl }: TerminologyOptions,
): Terminology {
  let loaded: Published | undefined
  const published = (): Published => (loaded ??= loadPublished(folder))
  const parsed = new Map<string, CodeSystem | ValueSet>()

  const parse = ({ type, id, version, text }: Version): CodeSystem | ValueSet => {
    const key = `${type}/${id}/${version}`
    let resource = parsed.get(key)
    if (resource === undefined) {
      if (parsed.size >= KEPT) parsed.clear()
      resource = JSON.parse(text ?? '{}') as CodeSystem | ValueSet
      parsed.set(key, resource)
    }
    return resource
  }

  /** The one that is stored under a canonical URL; of several the one that was changed last. */
  const stored = async (type: string, canonical: string): Promise<unknown> => {
    const [url = '', version] = splitVersion(canonical)
    const paths = (code: string): string[] =>
      (parameters.forType(type).get(code)?.paths ?? []).map(({ path }) => path)
    const of: Condition[] = [{ kind: 'uri', paths: paths('url'), op: 'equals', value: url }]
    const plan: Plan = {
      types: [type],
      where: { kind: 'and', of },
      sort: [{ by: 'updated', descending: true }],
      count: 20,
      total: false,
      includes: [],
    }
    const found = (await store.search(plan)).matches.map(parse)
    return version === undefined ? found[0] : found.find((one) => one.version === version)
  }

  const byId = async (reference: string): Promise<unknown> => {
    const local = reference.startsWith(`${baseUrl}/`)
      ? reference.slice(baseUrl.length + 1)
      : reference
    const id = /^ValueSet\/([A-Za-z0-9\-.]{1,64})$/.exec(local)?.[1]
    const version = id === undefined ? undefined : await store.read('ValueSet', id)
    return version?.text === undefined ? undefined : parse(version)
  }

  const finder: Finder = {
    codeSystem: async (canonical) =>
      ((await stored('CodeSystem', canonical)) as CodeSystem | undefined) ??
      pick(published().codeSystems, canonical),
    valueSet: async (canonical) =>
      ((await byId(canonical)) as ValueSet | undefined) ??
      ((await stored('ValueSet', canonical)) as ValueSet | undefined) ??
      pick(published().valueSets, canonical),
  }

  return {
    codesIn: (valueSet, at) => expand(valueSet, at, finder),
    codesBy: async (op, url, code, at) => {
      const system = await finder.codeSystem(url)
      if (system?.concept === undefined)
        throw fail(
          'parameter',
          `The codes of ${url} are not here, so :${op} can not be decided`,
          at,
        )
      const hierarchy = hierarchyOf(system)
      const codes = op === 'below' ? hierarchy.below(code) : hierarchy.above(code)
      if (codes === undefined) throw fail('parameter', `${url} has no code "${code}"`, at)
      return codes
    },
  }
}

const splitVersion = (canonical: string): readonly [string, string | undefined] => {
  const bar = canonical.lastIndexOf('|')
  return bar < 0 ? [canonical, undefined] : [canonical.slice(0, bar), canonical.slice(bar + 1)]
}

function pick<T extends { readonly version?: string }>(
  all: ReadonlyMap<string, T>,
  canonical: string,
): T | undefined {
  const [url, version] = splitVersion(canonical)
  const found = all.get(url)
  return version === undefined || found?.version === version ? found : undefined
}
