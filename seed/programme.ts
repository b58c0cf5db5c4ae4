// The programme of the check-up, as the guide has it: a PlanDefinition and the ActivityDefinitions that it names.
// https://hl7.org/fhir/R4/plandefinition.html

import { readdirSync, readFileSync } from 'node:fs'
import type { ActivityDefinition, FhirResource, PlanDefinition } from 'fhir/r4.js'
import { HTEST } from './meta.ts'

const GUIDE = new URL('../profiles/ieum/', import.meta.url)

export function programmes(): FhirResource[] {
  return readdirSync(GUIDE)
    .filter((name) => /^(?:Activity|Plan)Definition-.*\.json$/.test(name))
    .sort()
    .map((name) => {
      const { resourceType, ...others } = JSON.parse(readFileSync(new URL(name, GUIDE), 'utf8')) as
        ActivityDefinition | PlanDefinition
      return { resourceType, meta: { tag: [HTEST] }, ...others } as FhirResource
    })
}
