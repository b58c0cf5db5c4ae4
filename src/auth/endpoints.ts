// Where clients get their tokens, for /.well-known/smart-configuration and the CapabilityStatement.
// https://hl7.org/fhir/smart-app-launch/conformance.html
// Must not promise what the authorisation server doesn't do.
import { ALGORITHMS, OTHER_SCOPES } from './client.ts'

/** The members of a SMART configuration, as they are served. */
export type Endpoints = {
  readonly issuer: string
  readonly jwks_uri: string
  readonly authorization_endpoint?: string
  readonly token_endpoint: string
  readonly introspection_endpoint?: string
  readonly revocation_endpoint?: string
} & Readonly<Record<string, unknown>>

/** URL of the authorisation server that is part of a server with this FHIR base. */
export const ownIssuer = (baseUrl: string): string => `${baseUrl.replace(/\/fhir$/, '')}/auth`

/** Paths of the own authorisation server behind its URL. */
export const PATHS = {
  authorization: '/authorize',
  token: '/token',
  introspection: '/introspect',
  revocation: '/revoke',
  jwks: '/jwks',
  userinfo: '/userinfo',
} as const

export function ownEndpoints(issuer: string): Endpoints {
  return {
    issuer,
    jwks_uri: issuer + PATHS.jwks,
    authorization_endpoint: issuer + PATHS.authorization,
    token_endpoint: issuer + PATHS.token,
    introspection_endpoint: issuer + PATHS.introspection,
    revocation_endpoint: issuer + PATHS.revocation,
    userinfo_endpoint: issuer + PATHS.userinfo,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
    grant_types_supported: ['authorization_code', 'client_credentials', 'refresh_token'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: [
      ...OTHER_SCOPES,
      ...['system/*.cruds', 'user/*.cruds', 'patient/*.cruds', 'system/*.read', 'user/*.read'],
    ],
    capabilities: [
      ...['launch-standalone', 'context-standalone-patient', 'sso-openid-connect'],
      ...['client-public', 'client-confidential-asymmetric'],
      ...['permission-offline', 'permission-patient', 'permission-user'],
      ...['permission-v1', 'permission-v2'],
    ],
  }
}
