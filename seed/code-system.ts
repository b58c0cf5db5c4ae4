// The code systems of this project's own that the seed uses, as the guide has them.
// https://hl7.org/fhir/R4/codesystem.html

import { readFileSync } from 'node:fs'
import type { CodeSystem, FhirResource } from 'fhir/r4.js'
import { HTEST } from './meta.ts'

const GUIDE = new URL('../profiles/ieum/', import.meta.url)

export function codeSystems(): FhirResource[] {
  return ['encounter-type', 'report-type', 'ai-finding'].map((id) => {
    const { resourceType, ...others } = JSON.parse(
      readFileSync(new URL(`CodeSystem-${id}.json`, GUIDE), 'utf8'),
    ) as CodeSystem
    return { resourceType, meta: { tag: [HTEST] }, ...others }
  })
}
