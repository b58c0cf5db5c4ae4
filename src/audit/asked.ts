// Whether a request may look at AuditEvents: then all entries of the log must be there as such.
// Must not miss one; a request that is taken for one wrongly only waits.
import type { FhirRequest } from '../fhir/message.ts'

/** By what stands in its path and query; searches and histories over all types look at them too. */
export function isOfLog({ method, path, query }: FhirRequest): boolean {
  const [first, , third] = path
  if (first === 'AuditEvent' || third === 'AuditEvent' || third === '*') return true
  if (first === undefined || first.startsWith('_')) return true
  // Its body may name the type.
  if (path.at(-1) === '$everything' && method === 'POST') return true
  return query.some(([name, value]) => name.includes('AuditEvent') || value.includes('AuditEvent'))
}
