// This project's own guide (profiles/ieum), known to every server: its names, maps and programmes are there before anybody
// loads a package, as what R4 publishes is. What is stored under the same URL goes before it.
// https://hl7.org/fhir/R4/references.html#canonical
// Must not be read before it is asked for, nor be changed by who reads it.
import { readdirSync, readFileSync } from 'node:fs'
import type { ConformanceResource, ConformanceType } from '../fhir/conformance.ts'
import type { Source } from './registry.ts'

const FOLDER = new URL('../../profiles/ieum/', import.meta.url)

/** Types that are found; a search parameter is in force where its package is loaded only. */
const TYPES: ReadonlySet<string> = new Set<ConformanceType>([
  'ActivityDefinition',
  'CodeSystem',
  'ConceptMap',
  'PlanDefinition',
  'StructureDefinition',
  'ValueSet',
])

let read: ReadonlyMap<string, ConformanceResource> | undefined

/** The definitions of the guide by `Type url`; none where its files are left out of an installation. */
function guide(): ReadonlyMap<string, ConformanceResource> {
  if (read !== undefined) return read
  const all = new Map<string, ConformanceResource>()
  for (const name of namesIn(FOLDER)) {
    if (!TYPES.has(name.split('-')[0]!)) continue
    const resource = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as ConformanceResource
    all.set(`${resource.resourceType} ${resource.url}`, resource)
  }
  return (read = all)
}

function namesIn(folder: URL): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'))
  } catch {
    return []
  }
}

/** Looks a canonical up in the guide. */
export const guideSource: Source = async (type, url, version) => {
  const found = guide().get(`${type} ${url}`)
  return version === undefined || found?.version === version ? found : undefined
}

/** All of a type in the guide. */
export const guideOf = (type: ConformanceType): readonly ConformanceResource[] =>
  [...guide().values()].filter(({ resourceType }) => resourceType === type)
