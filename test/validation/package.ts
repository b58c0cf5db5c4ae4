// Reads the resources of a FHIR package for a test: a gzipped tar of JSON files.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** Conformance resources of R4 in the package. */
export function readPackage(file: URL): { readonly resourceType: string; readonly url?: string }[] {
  const tar = gunzipSync(readFileSync(file))
  const resources: { resourceType: string; url?: string }[] = []
  for (let at = 0; at + 512 <= tar.length;) {
    const field = (from: number, length: number): string =>
      tar.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '')
    const size = Number.parseInt(field(124, 12), 8) || 0
    if (field(0, 100).endsWith('.json')) {
      const resource = JSON.parse(tar.toString('utf8', at + 512, at + 512 + size)) as {
        resourceType?: string
        url?: string
      }
      if (resource.resourceType !== undefined)
        resources.push(resource as { resourceType: string; url?: string })
    }
    at += 512 + Math.ceil(size / 512) * 512
  }
  return resources
}
