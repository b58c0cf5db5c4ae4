// What a caller sees by what it is, whatever consents say; docs/access.md, "In short".
// Must not know consents.
import type { Principal } from '../auth/principal.ts'
import { inRecord, RECORD } from '../search/record.ts'
import type { Entry } from '../search/entry.ts'
import { assignedTo } from './assigned.ts'
import type { Condition } from '../search/plan.ts'
import { ALL } from '../search/plan.ts'
import type { Reason } from './access.ts'
import { either } from './fold.ts'
import { SHARED } from './shared.ts'
import { hasCaseEntries, ownBut, ownCases, releasedTo } from './teaching-case.ts'

const SHARED_TYPES = [...SHARED.keys()]

/** What auditors read of everybody: the log, and the consents that it names. */
const AUDITED = ['AuditEvent', 'Consent']

/** Whether it gives care for its organization, so that it sees that one's own and what consents permit it. */
export const isCare = ({ roles }: Principal): boolean =>
  roles.includes('system') || roles.includes('clinician')

/** Whether it works with all that its organization keeps. */
export const isKeeper = (principal: Principal): boolean =>
  isCare(principal) || principal.roles.includes('administrator')

/** Whether something with these entries may be written by it: a patient writes into the own record alone, a reviewer cases. */
export function mayKeep(principal: Principal, entries: readonly Entry[]): boolean {
  const { roles, patient } = principal
  if (isKeeper(principal)) return true
  if (roles.includes('reviewer') && hasCaseEntries(entries)) return true
  if (!roles.includes('patient') || patient === undefined) return false
  const records = entries.filter(({ path }) => path === RECORD)
  return records.length > 0 && records.every((one) => isOf(one, patient))
}

const isOf = (entry: Entry, patient: string): boolean =>
  entry.kind === 'token' && entry.code === `Patient/${patient}`

/** Each way that a caller of these roles sees something, the strongest first. */
export function waysOf(
  principal: Principal,
): readonly { readonly reason: Reason; readonly condition: Condition }[] {
  const { roles, organization, patient } = principal
  const ways: { reason: Reason; condition: Condition }[] = []
  if (isCare(principal)) {
    ways.push({ reason: 'own', condition: ownBut(principal) })
    ways.push({ reason: 'assigned', condition: assignedTo(organization) })
    ways.push({ reason: 'shared', condition: releasedTo(organization) })
  } else if (roles.includes('reviewer'))
    ways.push({ reason: 'own', condition: ownCases(organization) })
  ways.push({ reason: 'shared', condition: { kind: 'type', types: SHARED_TYPES } })
  if (roles.includes('patient') && patient !== undefined)
    ways.push({ reason: 'patient', condition: inRecord(patient) })
  if (roles.includes('auditor'))
    ways.push({ reason: 'auditor', condition: { kind: 'type', types: AUDITED } })
  if (roles.includes('administrator')) ways.push({ reason: 'administrator', condition: ALL })
  return ways
}

/** What a caller sees by its roles. */
export const seenByRole = (principal: Principal): Condition =>
  either(...waysOf(principal).map(({ condition }) => condition))
