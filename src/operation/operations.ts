// The operations that exist, by name and level; routing and the CapabilityStatement read this one list.
// https://hl7.org/fhir/R4/operations.html
// Must not list what does not work.
import type { Context } from '../context.ts'
import type { FhirRequest, FhirResponse, Method } from '../fhir/message.ts'
import { applyActivity, applyPlan } from './apply.ts'
import { proveAudit, verifyAudit } from './audit-verify.ts'
import { checkupReport } from './checkup-report.ts'
import { convertUnit } from './convert-unit.ts'
import { deIdentify } from './de-identify.ts'
import { document } from './document.ts'
import { everything } from './everything.ts'
import { expand } from './expand.ts'
import { lastn } from './lastn.ts'
import { link, unlink } from './link.ts'
import { lookup } from './lookup.ts'
import { match } from './match.ts'
import { meta, metaAdd, metaDelete } from './meta.ts'
import { newbornSummary } from './newborn-summary.ts'
import { bindingToken } from './subscription-binding.ts'
import { subscriptionEvents, subscriptionStatus } from './subscription-status.ts'
import { subsumes } from './subsumes.ts'
import { summary } from './summary.ts'
import { translate } from './translate.ts'
import { validateCodeInSet, validateCodeInSystem } from './validate-code.ts'
import { reindexOrder, reindexState } from './reindex.ts'
import { review } from './review.ts'
import { validate } from './validate.ts'

/** Where an operation is called: `[base]/$x`, `[base]/Type/$x`, `…/Type/id/$x`, `…/Type/id/_history/v/$x`. */
export type Level = 'system' | 'type' | 'instance' | 'version'

export type Operation = {
  /** Without the `$`. */
  readonly name: string
  /** Canonical URL of the OperationDefinition. */
  readonly definition: string
  readonly levels: readonly Level[]
  /** The one resource type that it is for; undefined = all. */
  readonly type?: string
  /** Whether it writes, as an OperationDefinition says it; such an operation can't be part of a transaction. */
  readonly affectsState?: true
  readonly methods: Partial<
    Record<Method, (request: FhirRequest, context: Context) => Promise<FhirResponse>>
  >
}

const CORE = 'http://hl7.org/fhir/OperationDefinition'
/** https://hl7.org/fhir/uv/subscriptions-backport/STU1.1 */
const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition'
/** Of profiles/ieum. */
const OWN = 'http://ieum.example/fhir/OperationDefinition'

export const operations: readonly Operation[] = [
  {
    name: 'everything',
    definition: `${CORE}/Patient-everything`,
    levels: ['type', 'instance'],
    type: 'Patient',
    methods: { GET: everything, POST: everything },
  },
  {
    name: 'everything',
    definition: `${CORE}/Encounter-everything`,
    levels: ['instance'],
    type: 'Encounter',
    methods: { GET: everything, POST: everything },
  },
  {
    name: 'document',
    definition: `${CORE}/Composition-document`,
    levels: ['instance'],
    type: 'Composition',
    methods: { GET: document, POST: document },
  },
  {
    name: 'match',
    definition: `${CORE}/Patient-match`,
    levels: ['type'],
    type: 'Patient',
    methods: { POST: match },
  },
  {
    name: 'link',
    definition: `${OWN}/link`,
    levels: ['instance'],
    type: 'Patient',
    affectsState: true,
    methods: { POST: link },
  },
  {
    name: 'unlink',
    definition: `${OWN}/unlink`,
    levels: ['instance'],
    type: 'Patient',
    affectsState: true,
    methods: { POST: unlink },
  },
  {
    name: 'summary',
    definition: 'http://hl7.org/fhir/uv/ips/OperationDefinition/summary',
    levels: ['type', 'instance'],
    type: 'Patient',
    methods: { GET: summary, POST: summary },
  },
  {
    name: 'newborn-summary',
    definition: `${OWN}/newborn-summary`,
    levels: ['instance'],
    type: 'Patient',
    methods: { GET: newbornSummary, POST: newbornSummary },
  },
  {
    name: 'lastn',
    definition: `${CORE}/Observation-lastn`,
    levels: ['type'],
    type: 'Observation',
    methods: { GET: lastn, POST: lastn },
  },
  {
    name: 'validate',
    definition: `${CORE}/Resource-validate`,
    levels: ['type', 'instance', 'system'],
    methods: { GET: validate, POST: validate },
  },
  {
    name: 'meta',
    definition: `${CORE}/Resource-meta`,
    levels: ['system', 'type', 'instance', 'version'],
    methods: { GET: meta },
  },
  {
    name: 'meta-add',
    definition: `${CORE}/Resource-meta-add`,
    // Not of a version: the past is not changed.
    levels: ['instance'],
    affectsState: true,
    methods: { POST: metaAdd },
  },
  {
    name: 'meta-delete',
    definition: `${CORE}/Resource-meta-delete`,
    // Not of a version: the past is not changed.
    levels: ['instance'],
    affectsState: true,
    methods: { POST: metaDelete },
  },
  {
    name: 'status',
    definition: `${BACKPORT}/backport-subscription-status`,
    levels: ['type', 'instance'],
    type: 'Subscription',
    methods: { GET: subscriptionStatus, POST: subscriptionStatus },
  },
  {
    name: 'events',
    definition: `${BACKPORT}/backport-subscription-events`,
    levels: ['instance'],
    type: 'Subscription',
    methods: { GET: subscriptionEvents, POST: subscriptionEvents },
  },
  {
    name: 'get-ws-binding-token',
    definition: `${BACKPORT}/backport-subscription-get-ws-binding-token`,
    levels: ['type', 'instance'],
    type: 'Subscription',
    methods: { GET: bindingToken, POST: bindingToken },
  },
  {
    name: 'lookup',
    definition: `${CORE}/CodeSystem-lookup`,
    levels: ['type'],
    type: 'CodeSystem',
    methods: { GET: lookup, POST: lookup },
  },
  {
    name: 'subsumes',
    definition: `${CORE}/CodeSystem-subsumes`,
    levels: ['type', 'instance'],
    type: 'CodeSystem',
    methods: { GET: subsumes, POST: subsumes },
  },
  {
    name: 'validate-code',
    definition: `${CORE}/CodeSystem-validate-code`,
    levels: ['type', 'instance'],
    type: 'CodeSystem',
    methods: { GET: validateCodeInSystem, POST: validateCodeInSystem },
  },
  {
    name: 'validate-code',
    definition: `${CORE}/ValueSet-validate-code`,
    levels: ['type', 'instance'],
    type: 'ValueSet',
    methods: { GET: validateCodeInSet, POST: validateCodeInSet },
  },
  {
    name: 'expand',
    definition: `${CORE}/ValueSet-expand`,
    levels: ['type', 'instance'],
    type: 'ValueSet',
    methods: { GET: expand, POST: expand },
  },
  {
    name: 'translate',
    definition: `${CORE}/ConceptMap-translate`,
    levels: ['type', 'instance'],
    type: 'ConceptMap',
    methods: { GET: translate, POST: translate },
  },
  {
    name: 'reindex',
    definition: 'http://ieum.example/fhir/OperationDefinition/reindex',
    levels: ['system', 'type'],
    affectsState: true,
    methods: { GET: reindexState, POST: reindexOrder },
  },
  {
    name: 'verify',
    definition: `${OWN}/verify`,
    levels: ['type'],
    type: 'AuditEvent',
    methods: { GET: verifyAudit },
  },
  {
    name: 'proof',
    definition: `${OWN}/proof`,
    levels: ['instance'],
    type: 'AuditEvent',
    methods: { GET: proveAudit },
  },
  {
    name: 'convert-unit',
    definition: `${OWN}/convert-unit`,
    levels: ['system'],
    methods: { GET: convertUnit, POST: convertUnit },
  },
  {
    name: 'apply',
    definition: `${CORE}/PlanDefinition-apply`,
    levels: ['type', 'instance'],
    type: 'PlanDefinition',
    methods: { GET: applyPlan, POST: applyPlan },
  },
  {
    name: 'apply',
    definition: `${CORE}/ActivityDefinition-apply`,
    levels: ['type', 'instance'],
    type: 'ActivityDefinition',
    methods: { GET: applyActivity, POST: applyActivity },
  },
  ...(['Encounter', 'Patient'] as const).map((type): Operation => ({
    name: 'checkup-report',
    definition: `${OWN}/checkup-report`,
    levels: ['instance'],
    type,
    affectsState: true,
    methods: { GET: checkupReport, POST: checkupReport },
  })),
  {
    name: 'de-identify',
    definition: `${OWN}/de-identify`,
    levels: ['type', 'instance'],
    type: 'Patient',
    affectsState: true,
    // Read, it only shows what would come of it.
    methods: { GET: deIdentify, POST: deIdentify },
  },
  {
    name: 'de-identify',
    definition: `${OWN}/de-identify`,
    levels: ['instance'],
    type: 'Group',
    affectsState: true,
    methods: { GET: deIdentify, POST: deIdentify },
  },
  {
    name: 'review',
    definition: `${OWN}/review`,
    levels: ['instance'],
    type: 'Task',
    affectsState: true,
    methods: { POST: review },
  },
]
