// Writes seed/*.json, the demonstration network, in loading order. The same files every time: there is
// no clock and no chance in it. `node seed/generate.ts`

import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { FhirResource } from 'fhir/r4.js'
import { transaction } from './bundle.ts'
import { checkups } from './checkup.ts'
import { patients } from './patient.ts'
import { practitioners } from './practitioner.ts'
import { network } from './site.ts'

/** The files by name; a file's references point into itself or into the files before it. */
export function files(): Map<string, string> {
  const stories: [name: string, resources: FhirResource[]][] = [
    ['01-organizations', network()],
    ['02-practitioners', practitioners()],
    ['03-patients', patients()],
    ['06-checkups-moscow', checkups('moscow')],
    ['07-checkups-vladivostok', checkups('vladivostok')],
    ['08-checkups-busan', checkups('busan')],
  ]
  return new Map(stories.map(([name, resources]) => [`${name}.json`, transaction(resources)]))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [name, text] of files()) writeFileSync(new URL(name, import.meta.url), text)
}
