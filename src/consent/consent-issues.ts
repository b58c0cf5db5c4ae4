// Why a Consent may not be written so: it would say that it speaks for somebody else than it does.
// docs/access.md, "Records and consents"
// Must not refuse what an organization records of its own.
import type { Issue } from '../errors.ts'
import type { Resource } from '../fhir/message.ts'
import { fieldsOf } from '../search/emit.ts'
import type { Custody } from './access.ts'

/** Errors of a Consent that names organizations, and not the one that keeps it. */
export function consentIssues(resource: Resource, { organization }: Custody): readonly Issue[] {
  if (resource.resourceType !== 'Consent') return []
  const named: unknown = resource['organization']
  if (!Array.isArray(named) || named.length === 0) return []
  const own = `Organization/${organization}`
  const isNamed = named.some((one) => {
    const reference = fieldsOf(one)?.['reference']
    return typeof reference === 'string' && (reference === own || reference.endsWith(`/${own}`))
  })
  if (isNamed) return []
  return [
    {
      severity: 'error',
      code: 'business-rule',
      diagnostics: `A consent speaks for the organization that keeps it, ${own}, and this one names others`,
      expression: ['Consent.organization'],
    },
  ]
}
