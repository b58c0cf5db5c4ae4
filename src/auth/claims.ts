// The claims of a token, its own or an outside issuer's, as a principal.
// https://profiles.ihe.net/ITI/IUA/#jwt-token-option, https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
// Must not believe a claim that doesn't have the form it should, nor let a client be more than what is registered for it.
import { fail } from '../errors.ts'
import { ID, ROLES, type Client } from './client.ts'
import { isObject } from './fields.ts'
import type { Principal, Role } from './principal.ts'
import { isPurpose } from './purpose.ts'
import { intersect, parseScopes } from './scope.ts'

/** A principal without what each request says for itself. */
export type Bearer = Omit<Principal, 'purpose' | 'breakGlass'> & {
  /** Purposes that the token names, the usual one first; none = any. */
  readonly purposes: readonly string[]
}

export type Claims = Readonly<Record<string, unknown>>

/**
 * @param client as it is registered here; an outside issuer's need not be
 * @param baseUrl FHIR base that references to people are relative to
 * @throws Failure 403 for a token that says of nobody which organisation it is
 */
export function bearerOf(claims: Claims, client: Client | undefined, baseUrl: string): Bearer {
  const iua = iuaOf(claims)
  const id = textOf(claims.client_id) ?? textOf(claims.azp) ?? ''
  const organization =
    idOf(claims.organization, 'Organization') ??
    idOf(iua.subject_organization_id, 'Organization') ??
    client?.organization
  if (organization === undefined)
    throw fail(
      'forbidden',
      'The token names no organization, and its client is not registered here',
    )
  const user = userOf(claims.fhirUser, baseUrl) ?? client?.device
  const roles = rolesOf(claims.roles ?? iua.subject_role) ?? client?.roles ?? []
  const patient = idOf(claims.patient, 'Patient')
  const list = Array.isArray(claims.scope) ? claims.scope.join(' ') : textOf(claims.scope)
  const asked = parseScopes(list ?? (Array.isArray(claims.scp) ? claims.scp.join(' ') : ''))
  const name = client?.name ?? textOf(claims.client_name)
  const token = textOf(claims.jti)
  return {
    client: id,
    ...(name === undefined ? {} : { clientName: name }),
    organization,
    roles,
    ...(user === undefined ? {} : { user }),
    ...(patient === undefined ? {} : { patient }),
    scopes: client === undefined ? asked : intersect(asked, client.scopes),
    purposes: purposesOf(claims.purpose_of_use ?? iua.purpose_of_use) ?? client?.purposes ?? [],
    ...(token === undefined ? {} : { token }),
  }
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

function iuaOf({ extensions }: Claims): Claims {
  const found = isObject(extensions) ? extensions.ihe_iua : undefined
  return isObject(found) ? found : {}
}

/** An id, bare or at the end of a reference. */
function idOf(value: unknown, type: string): string | undefined {
  const text = textOf(value)
  if (text === undefined) return undefined
  const id = new RegExp(`^(?:\\S*/)?${type}/([^/]+)$`).exec(text)?.[1] ?? text
  return ID.test(id) ? id : undefined
}

const USER =
  /^(Practitioner|PractitionerRole|Patient|RelatedPerson|Person|Device)\/[A-Za-z0-9.-]{1,64}$/

function userOf(value: unknown, baseUrl: string): string | undefined {
  const text = textOf(value)
  const local = text?.startsWith(`${baseUrl}/`) === true ? text.slice(baseUrl.length + 1) : text
  return local !== undefined && USER.test(local) ? local : undefined
}

/** Codes from texts or codings; undefined without any. */
function codesOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined
  const all = Array.isArray(value) ? (value as unknown[]) : [value]
  return all.flatMap((one) => {
    const code = isObject(one) ? one.code : one
    return typeof code === 'string' ? code.split(/\s+/) : []
  })
}

const rolesOf = (value: unknown): readonly Role[] | undefined =>
  codesOf(value)?.filter((one): one is Role => (ROLES as readonly string[]).includes(one))

const purposesOf = (value: unknown): readonly string[] | undefined =>
  codesOf(value)?.filter(isPurpose)
