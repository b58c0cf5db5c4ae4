// The code systems and value sets that R4 publishes, in a compact form kept beside the definitions.
// https://hl7.org/fhir/R4/terminologies-systems.html
// Must not be loaded before it is asked for: making it parses 22 MB of JSON, reading the compact form 2.
import { readFileSync } from 'node:fs'
import { madeOfR4 } from '../fhir/cache.ts'
import type { CodeSystem, Compose, Concept, ValueSet } from './resource.ts'

/** By canonical URL, without its version. */
export type Published = {
  readonly codeSystems: ReadonlyMap<string, CodeSystem>
  readonly valueSets: ReadonlyMap<string, ValueSet>
}

type Compact = { readonly codeSystems: CodeSystem[]; readonly valueSets: ValueSet[] }

/** Counted up whenever the compact form changes. */
const FORMAT = 1

const FILES = ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json']

/** @param folder created if need be; holds `terminology-<package version>-<format>.json` afterwards */
export function loadPublished(folder: string): Published {
  const isWhole = (c: Partial<Compact>): boolean => Boolean(c.codeSystems && c.valueSets)
  const compact = madeOfR4<Compact>(folder, 'terminology', FORMAT, isWhole, make)
  const byUrl = <T extends { readonly url?: string }>(all: readonly T[]): ReadonlyMap<string, T> =>
    new Map(all.map((one) => [one.url ?? '', one]))
  return { codeSystems: byUrl(compact.codeSystems), valueSets: byUrl(compact.valueSets) }
}

function make(folder: URL): Compact {
  const codeSystems: CodeSystem[] = []
  const valueSets: ValueSet[] = []
  for (const file of FILES) {
    const { entry } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
      entry: { resource: CodeSystem | ValueSet }[]
    }
    for (const { resource } of entry) {
      if (resource.resourceType === 'CodeSystem') codeSystems.push(compactSystem(resource))
      else valueSets.push(compactSet(resource))
    }
  }
  return { codeSystems, valueSets }
}

/** Only what says which codes there are and how they lie under one another. */
function compactSystem(system: CodeSystem): CodeSystem {
  const { resourceType, url, version, content, hierarchyMeaning, concept } = system
  return defined({
    resourceType,
    url,
    version,
    content,
    hierarchyMeaning,
    concept: concept?.map(compactConcept),
  })
}

const compactConcept = ({ code, property, concept }: Concept): Concept =>
  defined({
    code,
    property: property?.filter(({ code: name }) => name !== 'deprecationDate'),
    concept: concept?.map(compactConcept),
  })

function compactSet({ resourceType, url, version, compose }: ValueSet): ValueSet {
  const part = ({ system, valueSet, filter, concept }: Compose['include'][number]) =>
    defined({ system, valueSet, filter, concept: concept?.map(({ code }) => ({ code })) })
  return defined({
    resourceType,
    url,
    version,
    compose:
      compose &&
      defined({ include: compose.include.map(part), exclude: compose.exclude?.map(part) }),
  })
}

/** Without the fields that are undefined. */
const defined = <T extends object>(fields: {
  [K in keyof T]: T[K] | undefined
}): T => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
