// Whose a Subscription is: the principal that last wrote it, kept in its meta, so that each delivery is judged as a read
// of that principal's. profiles/ieum: subscription-owner
// Must not be taken from what a caller says: the server sets it on every write with a principal.
import type { Principal, Role } from '../auth/principal.ts'
import { openRegistry, readClientsFile, type Registry } from '../auth/registry.ts'
import { formatScope, intersect, parseScopes } from '../auth/scope.ts'
import type { Config } from '../config.ts'
import type { Meta } from '../fhir/message.ts'
import { fieldsOf } from '../search/emit.ts'
import type { Notes } from '../store/indexing.ts'

export const OWNER = 'http://ieum.example/fhir/StructureDefinition/subscription-owner'

/** The meta of a Subscription that is written, with its writer in place of what the caller says of that. */
export function withOwner(meta: Meta | undefined, principal: Principal): Meta {
  const { client, clientName, organization, roles, user, patient, scopes, purpose } = principal
  const parts = [
    ['client', client],
    ...(clientName === undefined ? [] : [['clientName', clientName]]),
    ['organization', organization],
    ...roles.map((role) => ['role', role]),
    ...(user === undefined ? [] : [['user', user]]),
    ...(patient === undefined ? [] : [['patient', patient]]),
    ['scopes', scopes.map(formatScope).join(' ')],
    // A glass that was broken is whole again by then.
    ['purpose', purpose === 'BTG' ? 'TREAT' : purpose],
  ] as const
  return {
    ...meta,
    extension: [
      ...othersOf(meta),
      { url: OWNER, extension: parts.map(([url, valueString]) => ({ url, valueString })) },
    ],
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const othersOf = (meta: Meta | undefined): readonly unknown[] =>
  listOf(meta?.extension).filter((one) => fieldsOf(one)?.['url'] !== OWNER)

/** Who wrote it; undefined for what was written without a principal. */
export function ownerOf(meta: Meta | undefined): Principal | undefined {
  const found = listOf(meta?.extension).find((one) => fieldsOf(one)?.['url'] === OWNER)
  const parts = listOf(fieldsOf(found)?.['extension']).map(fieldsOf)
  const all = (name: string): string[] =>
    parts.flatMap((part) =>
      part?.['url'] === name && typeof part['valueString'] === 'string'
        ? [part['valueString']]
        : [],
    )
  const [client, organization] = [all('client')[0], all('organization')[0]]
  if (client === undefined || organization === undefined) return undefined
  const [clientName, user, patient] = [all('clientName')[0], all('user')[0], all('patient')[0]]
  return {
    client,
    organization,
    roles: all('role') as Role[],
    scopes: parseScopes(all('scopes').join(' ')),
    purpose: all('purpose')[0] ?? 'TREAT',
    ...(clientName === undefined ? {} : { clientName }),
    ...(user === undefined ? {} : { user }),
    ...(patient === undefined ? {} : { patient }),
  }
}

/** An owner as it is registered now; undefined for one that may do nothing any more. */
export type OwnerNow = (owner: Principal) => Promise<Principal | undefined>

/** @param config of a server that asks for tokens */
export function createOwnerNow(config: Pick<Config, 'clients' | 'issuer'>, notes: Notes): OwnerNow {
  let registry: Registry | undefined
  return async (owner) => {
    registry ??= openRegistry(readClientsFile(config.clients), notes)
    const client = await registry.client(owner.client)
    // An issuer elsewhere has clients that are not registered here.
    if (client === undefined) return config.issuer === '' ? undefined : owner
    if (client.organization !== owner.organization) return undefined
    const isPerson = owner.user !== undefined && owner.user !== client.device
    return {
      ...owner,
      scopes: intersect(owner.scopes, client.scopes),
      // A person has the roles that a person has.
      roles: isPerson ? owner.roles : owner.roles.filter((role) => client.roles.includes(role)),
    }
  }
}
