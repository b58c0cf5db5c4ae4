// What a request may use, made once at start and passed by hand: there is no global state.
// Must not hold anything that belongs to one request, but for `access` (consent/through.ts) and `isTrial`.
import type { Audit } from './audit/audit.ts'
import type { Endpoints } from './auth/endpoints.ts'
import type { Config } from './config.ts'
import type { Access } from './consent/access.ts'
import type { Policy } from './deidentify/policy.ts'
import type { Pseudonyms } from './deidentify/pseudonym.ts'
import type { Issue } from './errors.ts'
import type { Conformance } from './fhir/conformance.ts'
import type { Definitions } from './fhir/definitions.ts'
import type { FhirRequest, Resource } from './fhir/message.ts'
import type { PageLinks } from './interaction/page-link.ts'
import type { Rules } from './interaction/rule.ts'
import type { IndexKeeper } from './job/index-keeper.ts'
import type { Log } from './log.ts'
import type { Entry } from './search/entry.ts'
import type { SearchParameters } from './search/parameters.ts'
import type { Planner } from './search/planner.ts'
import type { Store } from './store/store.ts'
import type { Subscriptions } from './subscription/subscriptions.ts'
import type { Terminology } from './terminology/terminology.ts'
import type { Stepwise } from './turn.ts'
import type { Validator } from './validation/validator.ts'

export type Context = {
  readonly config: Config
  /** FHIR base of the links in answers, without a trailing slash. */
  readonly baseUrl: string
  readonly definitions: Definitions
  readonly parameters: SearchParameters
  readonly plan: Planner
  readonly extract: (resource: Resource) => readonly Entry[]
  /** Those that the store is given, not those that it finds itself; in steps, for what may be large. */
  readonly extracting: (resource: Resource) => Stepwise<readonly Entry[]>
  readonly validator: Validator
  /** Why a resource of sound structure may not be written all the same. */
  readonly refusals: (resource: Resource) => readonly Issue[]
  /** What the network asks of a write, by type, knowing the version before. */
  readonly rules: Rules
  readonly conformance: Conformance
  /** What the index lacks, and the work on it. */
  readonly index: IndexKeeper
  readonly store: Store
  /** The same before anything of one request was put around it (audit/recorded.ts). */
  readonly underneath?: Store
  /** The log of accesses. */
  readonly audit: Audit
  /** Who watches for what is committed. */
  readonly subscriptions: Subscriptions
  readonly pages: PageLinks
  readonly terminology: Terminology
  /** How records become teaching cases. */
  readonly deidentify: {
    readonly policy: Policy
    pseudonyms(): Promise<Pseudonyms>
  }
  readonly log: Log
  /** Where tokens come from, as far as that is known; absent in open mode. */
  endpoints?(): Promise<Endpoints | undefined>
  /** What a request with a principal may see and do. */
  readonly accessOf: (request: FhirRequest) => Promise<Access>
  /** Of the request that this context was made for, see consent/through.ts; absent in open mode. */
  readonly access?: Access
  /** Only tries whether a request can be answered, which it will be later: the log has it then, or now if it can't. */
  readonly isTrial?: boolean
}
