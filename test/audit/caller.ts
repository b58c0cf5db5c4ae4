// Callers and their requests as plain values, for tests of the log.
import type { Principal, Role } from '../../src/auth/principal.ts'
import type { FhirRequest, Method, Query } from '../../src/fhir/message.ts'

/** A caller of an organization, who may ask for everything. */
export const callerOf = (organization: string, roles: readonly Role[]): Principal => ({
  client: `${organization}-ehr`,
  organization,
  roles,
  ...(roles.includes('clinician') ? { user: `Practitioner/${organization}-1` } : {}),
  scopes: [
    { level: 'system', type: '*', permissions: new Set(['c', 'r', 'u', 'd', 's']), query: [] },
  ],
  purpose: 'TREAT',
})

export type Sent = {
  readonly method: Method
  /** Behind the base. */
  readonly path: string
  readonly query?: Query
  readonly headers?: Record<string, string>
  readonly body?: unknown
  readonly type?: string
}

export const asked = ({
  method,
  path,
  query = [],
  headers = {},
  body,
  type = 'application/fhir+json',
  principal,
}: Sent & { readonly principal: Principal }): FhirRequest => ({
  method,
  path: path.split('/').filter(Boolean),
  query,
  headers,
  body: body === undefined ? undefined : { type, text: JSON.stringify(body) },
  principal,
})
