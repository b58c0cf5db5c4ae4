// The search parameters of ours for AuditEvents, in force wherever there is a log: the files of profiles/ieum.
// https://hl7.org/fhir/R4/searchparameter.html
// Must not change one that somebody has put into the store in another form.
import { readFileSync } from 'node:fs'
import type { Context } from '../context.ts'
import { parseBoth } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { toContent } from '../interaction/content.ts'
import type { Store } from '../store/store.ts'

const NAMES = ['consent', 'purpose', 'record-country', 'requestor-country']

/** @param store one that tells of new search parameters before it answers */
export async function putParametersIntoForce(
  store: Store,
  needs: Pick<Context, 'extracting'>,
): Promise<void> {
  for (const name of NAMES) {
    const id = `auditevent-${name}`
    if ((await store.read('SearchParameter', id))?.text !== undefined) continue
    const file = new URL(`../../profiles/ieum/SearchParameter-${id}.json`, import.meta.url)
    const both = parseBoth(readFileSync(file, 'utf8')) as { plain: Resource; exact: Resource }
    const content = await toContent(both, id, needs)
    // When another process is first, it has written the same.
    await store.commit([
      { kind: 'put', type: 'SearchParameter', id, method: 'PUT', content, ifVersion: 0 },
    ])
  }
}
