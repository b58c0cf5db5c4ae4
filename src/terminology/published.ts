// The code systems, value sets and concept maps that R4 publishes, in a compact form kept beside the definitions.
// https://hl7.org/fhir/R4/terminologies-systems.html
// Must not be loaded before it is asked for: making it parses 22 MB of JSON, reading the compact form 6.
import { readFileSync } from 'node:fs'
import { madeOfR4 } from '../fhir/cache.ts'
import type { CodeSystem, Compose, Concept, ConceptMap, ValueSet } from './resource.ts'

/** By canonical URL, without its version. */
export type Published = {
  readonly codeSystems: ReadonlyMap<string, CodeSystem>
  readonly valueSets: ReadonlyMap<string, ValueSet>
  readonly conceptMaps: ReadonlyMap<string, ConceptMap>
}

type Compact = {
  readonly codeSystems: CodeSystem[]
  readonly valueSets: ValueSet[]
  readonly conceptMaps: ConceptMap[]
}

/** Counted up whenever the compact form changes. */
const FORMAT = 2

const FILES = ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json', 'conceptmaps.json']

/** By folder; it is never changed, and too large to be there twice. */
const loaded = new Map<string, Published>()

/** @param folder created if need be; holds `terminology-<package version>-<format>.json` afterwards */
export function loadPublished(folder: string): Published {
  const before = loaded.get(folder)
  if (before !== undefined) return before
  const isWhole = (c: Partial<Compact>): boolean =>
    Boolean(c.codeSystems && c.valueSets && c.conceptMaps)
  const compact = madeOfR4<Compact>(
    folder,
    'terminology',
    FORMAT,
    isWhole,
    makePublished,
    import.meta.url,
  )
  const byUrl = <T extends { readonly url?: string }>(all: readonly T[]): ReadonlyMap<string, T> =>
    new Map(all.map((one) => [one.url ?? '', one]))
  const published: Published = {
    codeSystems: byUrl(compact.codeSystems),
    valueSets: byUrl(compact.valueSets),
    conceptMaps: byUrl(compact.conceptMaps),
  }
  loaded.set(folder, published)
  return published
}

/** @param folder of the published files */
export function makePublished(folder: URL): Compact {
  const compact: Compact = { codeSystems: [], valueSets: [], conceptMaps: [] }
  for (const file of FILES) {
    const { entry } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
      entry: { resource: CodeSystem | ValueSet | ConceptMap }[]
    }
    for (const { resource } of entry) {
      if (resource.resourceType === 'CodeSystem') compact.codeSystems.push(compactSystem(resource))
      else if (resource.resourceType === 'ValueSet') compact.valueSets.push(compactSet(resource))
      else compact.conceptMaps.push(compactMap(resource))
    }
  }
  return compact
}

/** What names a resource, without the words about it. */
const headOf = <T extends CodeSystem | ValueSet | ConceptMap>({
  resourceType,
  id,
  url,
  version,
  name,
  title,
  status,
  language,
}: T) => ({ resourceType, id, url, version, name, title, status, language })

const compactSystem = (system: CodeSystem): CodeSystem =>
  defined<CodeSystem>({
    ...headOf(system),
    resourceType: 'CodeSystem',
    content: system.content,
    caseSensitive: system.caseSensitive,
    hierarchyMeaning: system.hierarchyMeaning,
    concept: system.concept?.map(compactConcept),
  })

const compactConcept = (concept: Concept): Concept =>
  defined<Concept>({
    code: concept.code,
    display: concept.display,
    definition: concept.definition,
    designation: concept.designation,
    property: concept.property?.filter(({ code: name }) => name !== 'deprecationDate'),
    concept: concept.concept?.map(compactConcept),
  })

function compactSet({ compose, ...rest }: ValueSet): ValueSet {
  const part = ({ system, version, valueSet, filter, concept }: Compose['include'][number]) =>
    defined<Compose['include'][number]>({ system, version, valueSet, filter, concept })
  return defined<ValueSet>({
    ...headOf(rest),
    resourceType: 'ValueSet',
    compose:
      compose &&
      defined<Compose>({
        inactive: compose.inactive,
        include: compose.include.map(part),
        exclude: compose.exclude?.map(part),
      }),
  })
}

function compactMap(map: ConceptMap): ConceptMap {
  const { sourceUri, sourceCanonical, targetUri, targetCanonical, group } = map
  return defined<ConceptMap>({
    ...headOf(map),
    resourceType: 'ConceptMap',
    sourceUri,
    sourceCanonical,
    targetUri,
    targetCanonical,
    group,
  })
}

/** Without the fields that are undefined. */
const defined = <T extends object>(fields: {
  [K in keyof T]: T[K] | undefined
}): T => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
