// What may be seen without any consent: what is one's own, and the types that everybody on the network reads.
// docs/adr/0006-who-may-see-what.md
// Must not let anything else be seen; what consents permit comes beside it.
import { scopeCondition } from '../auth/permission.ts'
import type { Principal } from '../auth/principal.ts'
import type { FhirRequest } from '../fhir/message.ts'
import { ALL, type Condition } from '../search/plan.ts'
import { ofCustodian } from '../search/record.ts'
import type { Store, Version } from '../store/store.ts'
import type { Access, Custody, Decision, Reason } from './access.ts'
import { countryOf, custodianIn } from './custody.ts'
import { reaches, type ReachRoom } from './reach.ts'
import { isShared, SHARED } from './shared.ts'

export type AccessRoom = ReachRoom & {
  /** Everything there is. */
  readonly store: Store
}

/** The Access of each request, across organisations to nothing but shared types. */
export function ownAccess(room: AccessRoom): (request: FhirRequest) => Promise<Access> {
  return async ({ principal }) => {
    if (principal === undefined) throw new Error('A request without a principal has no Access')
    return {
      principal,
      custody: await custodyOf(principal, room.store),
      visible: { kind: 'and', of: [openTo(principal), scopeCondition(principal, room)] },
      judge: async (versions) => versions.map((one) => judged(one, principal, room)),
      seen: [],
    }
  }
}

/** Whose what a caller writes becomes. */
export async function custodyOf({ organization }: Principal, store: Store): Promise<Custody> {
  const version = await store.read('Organization', organization)
  const country = version?.text === undefined ? undefined : countryOf(version.text)
  return country === undefined ? { organization } : { organization, country }
}

/** What a caller sees without a consent. */
export const openTo = (principal: Principal): Condition =>
  isAdministrator(principal)
    ? ALL
    : {
        kind: 'or',
        of: [{ kind: 'type', types: [...SHARED.keys()] }, ofCustodian(principal.organization)],
      }

/** Why a version is open to a caller without a consent; undefined when it isn't. */
export function openReason(version: Version, principal: Principal): Reason | undefined {
  if (custodianIn(version) === principal.organization) return 'own'
  if (isShared(version.type)) return 'shared'
  return isAdministrator(principal) ? 'administrator' : undefined
}

const isAdministrator = ({ roles }: Principal): boolean => roles.includes('administrator')

function judged(version: Version, principal: Principal, room: AccessRoom): Decision {
  const reason = openReason(version, principal)
  if (reason === undefined) return { seen: false, reason: 'none' }
  return reaches(principal, ['r', 's'], version, room)
    ? { seen: true, reason }
    : { seen: false, reason: 'scope' }
}
