// The conformance resources of a package put into the store, all or none: there they are read, searched, and shared by
// every process. Each has a tag that names its package.
// https://hl7.org/fhir/R4/resource.html#simple-tags
// Must not overwrite a resource that is another one: the same url in another version gets an id of its own.
import { hash } from 'node:crypto'
import type { Context } from '../../context.ts'
import { fail, type Issue } from '../../errors.ts'
import type { ConformanceResource } from '../../fhir/conformance.ts'
import { stringify } from '../../fhir/json.ts'
import { toContent } from '../../interaction/content.ts'
import type { SearchParameterResource } from '../../search/custom.ts'
import { isInForce } from '../../search/custom.ts'
import type { Plan } from '../../search/plan.ts'
import type { Change } from '../../store/store.ts'
import { nameOf, readLoaded, writeLoaded, type LoadedPackage } from './loaded.ts'
import type { Package, PackageResource } from './read.ts'

/** System of the tag whose code is `hl7.fhir.kr.core#2.0.0`. */
export const PACKAGE_TAG = 'http://ieum.example/fhir/CodeSystem/package'

export type Loading = {
  readonly loaded: LoadedPackage
  /** False when the same was there. */
  readonly changed: boolean
  /** What does not work, or not as it stands, in lines for people. */
  readonly warnings: readonly string[]
}

/** Files of which is said what is wrong. */
const MOST_WARNINGS = 20

/**
 * Load a package.
 * @param again also when the same was loaded before
 * @throws Failure when the store can't take it; then nothing was written
 */
export async function loadPackage(
  { manifest, resources }: Package,
  context: Context,
  again = false,
): Promise<Loading> {
  const { store } = context
  const digest = digestOf(resources)
  const before = (await readLoaded(store.notes)).find((one) => nameOf(one) === nameOf(manifest))
  if (before?.digest === digest && !again) return { loaded: before, changed: false, warnings: [] }

  const warnings: string[] = []
  const taken = new Map<string, string>()
  const changes: Change[] = []
  for (const { file, plain, exact } of resources) {
    const wrong = context.validator.validate(plain).find(isError)
    if (wrong !== undefined)
      warnings.push(`${file}: ${wrong.expression?.[0] ?? ''} ${wrong.diagnostics}`)
    const id = await idFor(plain, taken, context)
    const tagged = (resource: ConformanceResource): ConformanceResource =>
      withTag({ ...resource, id }, nameOf(manifest))
    const content = await toContent({ plain: tagged(plain), exact: tagged(exact) }, id, context)
    changes.push({ kind: 'put', type: plain.resourceType, id, method: 'PUT', content })
  }
  if (changes.length > 0 && !(await store.commit(changes)).ok)
    throw fail('conflict', 'Others changed the same resources at the same time; try again')

  const loaded: LoadedPackage = {
    ...manifest,
    resources: changes.length,
    digest,
    loaded: Date.now(),
  }
  await writeLoaded(store.notes, loaded)
  warnings.push(...idle(resources, context))
  const more = warnings.length - MOST_WARNINGS
  if (more > 0) warnings.splice(MOST_WARNINGS, more, `… and ${String(more)} more like these`)
  return { loaded, changed: true, warnings }
}

const isError = ({ severity }: Issue): boolean => severity === 'error' || severity === 'fatal'

const digestOf = (resources: readonly PackageResource[]): string =>
  hash('sha256', resources.map(({ file, exact }) => `${file}\n${stringify(exact)}\n`).join(''))

const ID = /^[A-Za-z0-9\-.]{1,64}$/

/** The id of the package if it is free; that of the same resource if it is here already; else one made of its url. */
async function idFor(
  resource: ConformanceResource,
  taken: Map<string, string>,
  context: Context,
): Promise<string> {
  const { resourceType: type, url = '', version = '' } = resource
  const canonical = `${url}|${version}`
  const given = typeof resource.id === 'string' && ID.test(resource.id) ? resource.id : undefined
  const here = await holding(resource, context)
  const candidates = [
    ...(here === undefined ? [] : [here]),
    ...(given === undefined ? [] : [given]),
    `${(given ?? type).slice(0, 51)}-${hash('sha256', canonical).slice(0, 12)}`,
  ]
  for (const id of candidates) {
    const key = `${type}/${id}`
    if (taken.has(key)) continue
    if (id !== here && (await isAnothers(type, id, canonical, context))) continue
    taken.set(key, canonical)
    return id
  }
  return candidates.at(-1)!
}

/** The id under which a resource of the same url and version is stored. */
async function holding(
  { resourceType: type, url, version }: ConformanceResource,
  { store, parameters }: Context,
): Promise<string | undefined> {
  const paths = (parameters.forType(type).get('url')?.paths ?? []).map(({ path }) => path)
  if (url === undefined || paths.length === 0) return undefined
  const plan: Plan = {
    types: [type],
    where: { kind: 'uri', paths, op: 'equals', value: url },
    sort: [],
    count: 100,
    total: false,
    includes: [],
  }
  const same = (await store.search(plan)).matches.find(
    ({ text }) => (JSON.parse(text ?? '{}') as ConformanceResource).version === version,
  )
  return same?.id
}

async function isAnothers(
  type: string,
  id: string,
  canonical: string,
  { store }: Context,
): Promise<boolean> {
  const { text } = (await store.read(type, id)) ?? {}
  if (text === undefined) return false
  const { url = '', version = '' } = JSON.parse(text) as ConformanceResource
  return `${url}|${version}` !== canonical
}

function withTag(resource: ConformanceResource, code: string): ConformanceResource {
  const tags = (resource.meta?.tag ?? []) as readonly { readonly system?: string }[]
  const others = tags.filter(({ system }) => system !== PACKAGE_TAG)
  const meta = { ...resource.meta, tag: [...others, { system: PACKAGE_TAG, code }] }
  return { ...resource, meta }
}

/** Search parameters that should work and don't. */
const idle = (
  resources: readonly PackageResource[],
  { parameters, refusals, definitions }: Context,
): string[] =>
  resources.flatMap(({ plain }) => {
    const parameter = plain as SearchParameterResource
    const { url = '' } = parameter
    if (plain.resourceType !== 'SearchParameter' || !isInForce(parameter)) return []
    const isR4 = definitions.searchParameters.some((one) => one.url === url)
    if (isR4 || parameters.byUrl.has(url)) return []
    const [why] = refusals(plain)
    return [`${url} does not work: ${why?.diagnostics ?? 'another version of it does'}`]
  })
