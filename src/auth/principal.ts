// Who is calling, as the rooms behind auth/ see it: made from a verified token, once for each request.
// https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html, https://profiles.ihe.net/ITI/IUA
// Must not hold the token or anything secret.

/** What a client or its user may be; the matrix is in docs/access.md. */
export type Role = 'system' | 'clinician' | 'reviewer' | 'patient' | 'auditor' | 'administrator'

/** c, r, u, d, s: create, read (vread and history of an instance too), update (patch too), delete, search (history of types too). */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's'

/** One SMART scope: `user/Observation.rs?category=laboratory`. */
export type Scope = {
  readonly level: 'patient' | 'user' | 'system'
  /** A resource type, or `*`. */
  readonly type: string
  readonly permissions: ReadonlySet<Permission>
  /** Search parameters that what is accessed must fulfil; empty = no restriction. */
  readonly query: readonly (readonly [name: string, value: string])[]
}

export type Principal = {
  /** `client_id`. */
  readonly client: string
  readonly clientName?: string
  /** Id of the Organization that the client belongs to. */
  readonly organization: string
  readonly roles: readonly Role[]
  /** The person at the client: `Practitioner/1`, `PractitionerRole/1`, `Patient/1`; absent for a system. */
  readonly user?: string
  /** Id of the Patient in the launch context, which `patient/` scopes are limited to. */
  readonly patient?: string
  readonly scopes: readonly Scope[]
  /** Code of https://terminology.hl7.org/CodeSystem-v3-ActReason.html; TREAT unless the token or the request says otherwise. */
  readonly purpose: string
  /** Why the caller breaks the glass (header X-Break-Glass). */
  readonly breakGlass?: string
  /** `jti` of the token. */
  readonly token?: string
}
