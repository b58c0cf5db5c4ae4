// What one organization writes for another: the Tasks by which it asks, and the answers to them.
// docs/adr/0006-who-may-see-what.md, docs/network.md, "Remote reading"
// Must not open the record that a Task names: consents do.
import type { Condition } from '../search/plan.ts'
import { forRecipient } from '../search/record.ts'
import { both } from './fold.ts'

/** Tasks for which an organization is the owner or the requester. */
export const assignedTo = (organization: string): Condition => ({
  kind: 'reference',
  paths: ['Task.owner', 'Task.requester'],
  type: 'Organization',
  id: organization,
})

/** Types by which something that was asked is answered. */
export const ANSWERS: readonly string[] = [
  ...['Communication', 'DiagnosticReport', 'DocumentReference', 'Observation'],
]

/** What was written in answer to what an organization asked. */
export const answering = (organization: string): Condition =>
  both({ kind: 'type', types: ANSWERS }, forRecipient(organization))
