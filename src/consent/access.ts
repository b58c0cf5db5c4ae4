// What one request may see and do: the outcome of principal, consents and rules, as everything behind it uses it.
// docs/adr/0006-who-may-see-what.md
// Must not know a store's language: what may be seen is a search condition.
import type { Principal } from '../auth/principal.ts'
import type { Condition } from '../search/plan.ts'
import type { Version } from '../store/store.ts'

/** Whose what is written becomes: id of an Organization, and its country (ISO 3166-1 alpha-2) where it says one. */
export type Custody = { readonly organization: string; readonly country?: string }

/** Why a version may be seen, or not. */
export type Reason =
  | 'own'
  /** A Task that the caller's organization is asked by, or asked by. */
  | 'assigned'
  /** It answers what the caller's organization asked. */
  | 'recipient'
  | 'shared'
  | 'administrator'
  | 'auditor'
  | 'consent'
  | 'break-glass'
  | 'patient'
  /** No consent speaks of it. */
  | 'none'
  /** A consent denies it. */
  | 'denied'
  /** A consent permits it, but the law of the record's country asks for more. */
  | 'residency'
  /** The scopes of the token don't reach it. */
  | 'scope'

export type Decision = {
  readonly seen: boolean
  readonly reason: Reason
  /** The consent (and its version) that decided, of `consent`, `denied` and `residency`. */
  readonly consent?: { readonly id: string; readonly version: number }
  /** Of `residency`: the key of the rule. */
  readonly rule?: string
}

/** Something that the request saw or was refused, for the log. */
export type Seen = {
  readonly type: string
  readonly id: string
  readonly version: number
  /** Ids of the patients whose record it is in, and the custodian that keeps it; '' where it has none. */
  readonly patients: readonly string[]
  readonly custodian: string
  readonly decision: Decision
}

export type Access = {
  readonly principal: Principal
  readonly custody: Custody
  /** What a search may find, follow and include. */
  readonly visible: Condition
  /** The same for versions at hand, in their order; names what decided. */
  judge(versions: readonly Version[]): Promise<readonly Decision[]>
  /** Grows while the request is answered. */
  readonly seen: Seen[]
}
