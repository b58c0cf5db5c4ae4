// What a caller sees by what it is, whatever consents say; docs/access.md, "In short".
// Must not know consents.
import type { Principal } from '../auth/principal.ts'
import { inRecord, ofCustodian } from '../search/record.ts'
import type { Condition } from '../search/plan.ts'
import { ALL } from '../search/plan.ts'
import type { Reason } from './access.ts'
import { either } from './fold.ts'
import { SHARED } from './shared.ts'

const SHARED_TYPES = [...SHARED.keys()]

/** What auditors read of everybody: the log, and the consents that it names. */
const AUDITED = ['AuditEvent', 'Consent']

/** Whether it gives care for its organization, so that it sees that one's own and what consents permit it. */
export const isCare = ({ roles }: Principal): boolean =>
  roles.includes('system') || roles.includes('clinician')

/** Each way that a caller of these roles sees something, the strongest first. */
export function waysOf(
  principal: Principal,
): readonly { readonly reason: Reason; readonly condition: Condition }[] {
  const { roles, organization, patient } = principal
  const ways: { reason: Reason; condition: Condition }[] = []
  if (isCare(principal)) ways.push({ reason: 'own', condition: ofCustodian(organization) })
  ways.push({ reason: 'shared', condition: { kind: 'type', types: SHARED_TYPES } })
  if (roles.includes('patient') && patient !== undefined)
    ways.push({ reason: 'patient', condition: inRecord(patient) })
  if (isCare(principal)) ways.push({ reason: 'own', condition: accessesOf(organization) })
  if (roles.includes('auditor'))
    ways.push({ reason: 'auditor', condition: { kind: 'type', types: AUDITED } })
  if (roles.includes('administrator')) ways.push({ reason: 'administrator', condition: ALL })
  return ways
}

/** AuditEvents of what the organization itself did elsewhere. */
const accessesOf = (organization: string): Condition => ({
  kind: 'reference',
  paths: ['AuditEvent.agent.who'],
  type: 'Organization',
  id: organization,
})

/** What a caller sees by its roles. */
export const seenByRole = (principal: Principal): Condition =>
  either(...waysOf(principal).map(({ condition }) => condition))
