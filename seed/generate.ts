// Writes seed/*.json, the demonstration network, in loading order. The same files every time: there is
// no clock and no chance in it. `node seed/generate.ts`

import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { FhirResource } from 'fhir/r4.js'
import { advice } from './advice.ts'
import { transaction } from './bundle.ts'
import { checkups } from './checkup.ts'
import { codeSystems } from './code-system.ts'
import { consentsAndPapers } from './consent.ts'
import { withCustodians } from './custodian.ts'
import { devices } from './device.ts'
import { kitRuns } from './kit.ts'
import { newborns } from './newborn.ts'
import { patients } from './patient.ts'
import { network } from './place.ts'
import { practitioners } from './practitioner.ts'
import { programmes } from './programme.ts'
import { readings } from './reading.ts'
import { records } from './record.ts'
import { shipCalls } from './ship.ts'

/** The files by name; a file's references point into itself or into the files before it. */
export function files(): Map<string, string> {
  const almaty = advice(['seitkali-aigerim', 'kassymov-alikhan'])
  const aktobe = advice(['karimov-askar'])
  const stories: [name: string, resources: FhirResource[]][] = [
    ['00-code-systems', codeSystems()],
    ['01-organizations', network()],
    ['02-practitioners', practitioners()],
    ['03-patients', patients()],
    // Before anything that they govern.
    ['04-consents', consentsAndPapers()],
    ['05-devices', devices()],
    ['06-checkups-moscow', checkups('moscow')],
    ['07-checkups-vladivostok', checkups('vladivostok')],
    ['08-checkups-busan', checkups('busan')],
    ['09-kit-almaty', [...kitRuns('almaty'), ...almaty]],
    ['10-kit-aktobe', [...kitRuns('aktobe'), ...aktobe]],
    ['11-remote-reading', readings()],
    ['12-newborns', newborns()],
    ['13-ship', shipCalls()],
    ['14-records', records()],
    ['15-programmes', programmes()],
  ]
  const kept = withCustodians(stories.map(([, resources]) => resources))
  return new Map(stories.map(([name], i) => [`${name}.json`, transaction(kept[i]!)]))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [name, text] of files()) writeFileSync(new URL(name, import.meta.url), text)
}
