// The references in a resource: what they point to on its own server, and the same pointed to where that is on the other.
// https://hl7.org/fhir/R4/references.html
// Must not touch what points elsewhere.
import type { Definitions } from '../fhir/definitions.ts'
import type { Resource } from '../fhir/message.ts'
import type { BundleEntry } from '../interaction/bundle-entry.ts'
import { rewriteLinks, type Target, type Targets } from '../interaction/transaction-link.ts'

/** `Type/id` of what a resource of the server with this base refers to there. */
export function targetsIn(
  resource: Resource,
  base: string,
  definitions: Definitions,
): ReadonlySet<string> {
  const found = new Set<string>()
  // A map that only listens to what it is asked for.
  const listening: Targets = Object.assign(
    new Map<string, Target>([['', { local: '', version: undefined }]]),
    {
      get: (url: string) => {
        if (url.startsWith(`${base}/`)) found.add(url.slice(base.length + 1))
        return undefined
      },
    },
  )
  rewriteLinks(entryOf(resource, base), listening, definitions, () => undefined)
  return new Set([...found].filter((name) => definitions.isResourceType(name.split('/')[0]!)))
}

/**
 * Point references elsewhere, in place.
 * @param places by `Type/id` on the server with this base; what isn't in it stays
 */
export function pointTo(
  resource: Resource,
  base: string,
  places: ReadonlyMap<string, string>,
  definitions: Definitions,
): void {
  const targets = new Map<string, Target>()
  for (const [name, local] of places) targets.set(`${base}/${name}`, { local, version: undefined })
  if (targets.size > 0) rewriteLinks(entryOf(resource, base), targets, definitions, () => undefined)
}

const entryOf = (resource: Resource, base: string): BundleEntry => ({
  index: 0,
  fullUrl: `${base}/${resource.resourceType}/${resource.id ?? 'none'}`,
  request: { method: 'PUT', path: [], query: [], headers: {}, body: undefined },
  resource,
  digits: false,
})
