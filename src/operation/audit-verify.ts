// $verify and $proof on AuditEvent, operations of ours: whether the log is what was written, and the proof of one entry.
// docs/audit.md
// Must not be asked by anybody but auditors (interaction/needs.ts sees to it).
import { proofOf } from '../audit/proof.ts'
import { verify as verifyLog, type Finding, type Verified } from '../audit/verify.ts'
import { knownIds, type Ids } from '../audit/id.ts'
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import { requirePresent } from '../interaction/read.ts'
import { inputOf } from './input.ts'

/**
 * `GET [base]/AuditEvent/$verify`, of the whole log, of one `chain`, or of what was recorded from `since` to `until` (date or
 * instant).
 * @returns Parameters: `result`, counts, and a `finding` for each thing that is wrong
 */
export async function verifyAudit(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const input = inputOf(request, context)
  const [chain, since, until] = [input.text('chain'), input.text('since'), input.text('until')]
  await context.audit.caughtUp(context.config.searchBudgetMs)
  // The log is looked at as it is, not as the caller sees it; nothing of what it says is told.
  const verified = await verifyLog(context.underneath ?? context.store, {
    ...(chain === undefined ? {} : { chain }),
    ...(since === undefined ? {} : { since: instantOf(since, 'since') }),
    ...(until === undefined ? {} : { until: instantOf(until, 'until') }),
  })
  const ids = await knownIds(context.store.notes)
  return { status: 200, headers: {}, body: JSON.stringify(parametersOf(verified, ids)) }
}

function instantOf(text: string, name: string): number {
  const instant = /^\d{4}-\d{2}-\d{2}(T.+)?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(instant))
    throw fail('parameter', `${name} is a date or an instant such as 2026-03-01T00:00:00Z`, name)
  return instant
}

const parametersOf = ({ chains, entries, heads, findings }: Verified, ids: Ids): object => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'result', valueBoolean: findings.length === 0 },
    { name: 'chains', valueInteger: chains },
    { name: 'entries', valueInteger: entries },
    { name: 'heads', valueInteger: heads },
    ...findings.map((finding) => ({ name: 'finding', part: partsOf(finding, ids) })),
  ],
})

const partsOf = ({ kind, chain, number, message }: Finding, ids: Ids): readonly object[] => [
  { name: 'kind', valueCode: kind },
  { name: 'chain', valueString: chain === '' ? 'none' : chain },
  { name: 'number', valueInteger: number },
  ...(chain === ''
    ? []
    : [{ name: 'entry', valueReference: { reference: `AuditEvent/${ids.idOf(chain, number)}` } }]),
  { name: 'message', valueString: message },
]

/**
 * `GET [base]/AuditEvent/[id]/$proof`, for auditors who may read it: it says where the entry stands.
 * @returns Parameters with `proof`: JSON that script/verify-proof.ts checks
 */
export async function proveAudit(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const [type, id] = request.path as [string, string]
  requirePresent(await context.store.read(type, id), `${type}/${id}`)
  const proof = await proofOf(id, context.store, context.audit)
  const body = {
    resourceType: 'Parameters',
    parameter: [{ name: 'proof', valueString: JSON.stringify(proof) }],
  }
  return { status: 200, headers: {}, body: JSON.stringify(body) }
}
