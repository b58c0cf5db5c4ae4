// A client as it is registered: who it is, which organisation it belongs to, its keys, and what it may ask for.
// https://hl7.org/fhir/smart-app-launch/backend-services.html#registering-a-smart-backend-service
// Must not read files or stores. All that is wrong is said at once.
import { isSafeUrl } from '../config.ts'
import { isObject, readFields, type Problems } from './fields.ts'
import type { Role, Scope } from './principal.ts'
import { isPurpose } from './purpose.ts'
import { parseScope } from './scope.ts'

export type Client = {
  readonly id: string
  readonly name: string
  /** Id of its Organization. */
  readonly organization: string
  /** The Device that it is (`Device/1`), for a program whose results are an algorithm's. */
  readonly device?: string
  readonly roles: readonly Role[]
  readonly scopes: readonly Scope[]
  /** Scopes that are not about resources: openid, fhirUser, launch/patient, offline_access. */
  readonly others: readonly string[]
  /** Its public keys, or where they are; neither for an app that can't keep a secret. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  readonly jwksUri?: string
  /** Where people's browsers are sent back to; none for a system. */
  readonly redirectUris: readonly string[]
  /** Purposes of use that its requests may name, the usual one first; none = any. */
  readonly purposes: readonly string[]
}

export const ROLES: readonly Role[] = [
  ...(['system', 'clinician', 'reviewer', 'patient', 'auditor', 'administrator'] as const),
]

/** Scopes of OpenID Connect and of SMART's launch that are understood. */
export const OTHER_SCOPES: readonly string[] = [
  'openid',
  'fhirUser',
  'profile',
  'launch/patient',
  'offline_access',
]

const FIELDS = [
  ...['client_id', 'name', 'organization', 'roles', 'scopes', 'jwks', 'jwks_uri'],
  ...['redirect_uris', 'purposes', 'device'],
]

/** Algorithms that a client may sign with: asymmetric ones only. */
export const ALGORITHMS = [
  ...['RS384', 'ES384', 'RS256', 'ES256', 'RS512', 'ES512', 'PS256', 'PS384', 'PS512'],
  ...['EdDSA', 'Ed25519'],
]

/**
 * A client from JSON, as a file or `ieum client add` has it.
 * @param at how a problem names the place
 * @returns undefined when something is wrong
 */
export function readClient(value: unknown, at: string, problems: Problems): Client | undefined {
  const before = problems.length
  const fields = readFields(value, at, FIELDS, problems)
  if (fields === undefined) return undefined
  const id = fields.text('client_id', /^[\x21-\x7e]{1,100}$/, 'a text without spaces')
  const name = fields.optionalText('name')
  const organization = fields.text('organization', ID, 'the id of an Organization')
  const roles = readRoles(fields.list('roles'), `${at}.roles`, problems)
  const { scopes, others } = readScopes(fields.list('scopes'), `${at}.scopes`, problems)
  const redirectUris = fields.list('redirect_uris')
  for (const uri of redirectUris)
    if (!isRedirect(uri))
      problems.push(
        `${at}.redirect_uris: "${uri}" must be an https URL, an http URL on loopback, or one of an app's own scheme (com.example.app:/…)`,
      )
  const purposes = fields.list('purposes')
  for (const code of purposes)
    if (!isPurpose(code)) problems.push(`${at}.purposes: "${code}" is no code of v3-PurposeOfUse`)
  const device = fields.optionalText('device')
  if (device !== undefined && !/^Device\/[A-Za-z0-9.-]{1,64}$/.test(device))
    problems.push(`${at}.device must be a reference such as Device/1`)
  const jwks = fields.value.jwks
  const jwksUri = fields.optionalText('jwks_uri')
  if (jwks !== undefined) checkKeys(jwks, `${at}.jwks`, problems)
  if (jwksUri !== undefined && !isSafeUrl(jwksUri))
    problems.push(`${at}.jwks_uri must be an https URL, or an http URL on loopback`)
  if (jwks !== undefined && jwksUri !== undefined)
    problems.push(`${at} has both jwks and jwks_uri; one of them is enough`)
  if (jwks === undefined && jwksUri === undefined && redirectUris.length === 0)
    problems.push(
      `${at} needs jwks or jwks_uri (a system), or redirect_uris (an app that people sign in with)`,
    )
  if (problems.length > before) return undefined
  return {
    id,
    name: name ?? id,
    organization,
    ...(device === undefined ? {} : { device }),
    roles,
    scopes,
    others,
    ...(jwks === undefined ? {} : { jwks: jwks as NonNullable<Client['jwks']> }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    redirectUris,
    purposes,
  }
}

export const ID = /^[A-Za-z0-9.-]{1,64}$/

export function readRoles(
  list: readonly string[],
  at: string,
  problems: Problems,
): readonly Role[] {
  for (const role of list)
    if (!(ROLES as readonly string[]).includes(role))
      problems.push(`${at}: "${role}" is none of ${ROLES.join(', ')}`)
  if (list.length === 0) problems.push(`${at} must name at least one of ${ROLES.join(', ')}`)
  return list as readonly Role[]
}

function readScopes(list: readonly string[], at: string, problems: Problems) {
  const scopes: Scope[] = []
  const others: string[] = []
  for (const text of list) {
    const scope = parseScope(text)
    if (scope !== undefined) scopes.push(scope)
    else if (OTHER_SCOPES.includes(text)) others.push(text)
    else
      problems.push(
        `${at}: "${text}" is no SMART scope such as system/Observation.rs or user/*.cruds, and none of ${OTHER_SCOPES.join(', ')}`,
      )
  }
  if (scopes.length === 0 && list.length === 0) problems.push(`${at} must name at least one scope`)
  return { scopes, others }
}

function isRedirect(uri: string): boolean {
  if (isSafeUrl(uri)) return true
  // https://www.rfc-editor.org/rfc/rfc8252#section-7.1: a name turned round, so that it has a dot.
  return /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:\/\S+$/.test(uri)
}

const KINDS = ['RSA', 'EC', 'OKP']
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

function checkKeys(jwks: unknown, at: string, problems: Problems): void {
  const keys = isObject(jwks) ? jwks.keys : undefined
  if (!Array.isArray(keys) || keys.length === 0) {
    problems.push(`${at} must be a key set: {"keys": [...]}`)
    return
  }
  keys.forEach((key: unknown, i) => {
    const place = `${at}.keys[${i}]`
    if (!isObject(key) || !(KINDS as readonly unknown[]).includes(key.kty))
      problems.push(`${place} must be a public key with kty RSA, EC or OKP`)
    else if (PRIVATE.some((part) => part in key))
      problems.push(`${place} holds a private key; only the public part belongs here`)
    else if (key.alg !== undefined && !(ALGORITHMS as readonly unknown[]).includes(key.alg))
      problems.push(`${place}.alg must be one of ${ALGORITHMS.join(', ')}`)
  })
}
