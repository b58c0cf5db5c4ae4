// Consents whose rule is their own (single resources, a care team): looked up for a caller before a search, since no
// index entry of theirs says enough.
// docs/adr/0006-who-may-see-what.md
// Must not let a search see what one that wasn't looked up may deny.
import type { FhirRequest } from '../fhir/message.ts'
import { GOVERNED, governedBy, inRecord } from '../search/record.ts'
import type { Condition } from '../search/plan.ts'
import { NONE } from '../search/plan.ts'
import type { Ruling } from './condition.ts'
import { found, type ConsentInForce, type ConsentRoom } from './consents.ts'
import { ANYBODY, INDIVIDUAL, RULE } from './entries.ts'
import { both, either, not } from './fold.ts'
import { patientsNamed } from './named.ts'
import type { Rule } from './rule.ts'
import { inForce } from './rulings.ts'

export type Individual = {
  readonly consents: readonly ConsentInForce[]
  /**
   * `all`: there are no more; `named`: there are more, of other patients than the request names; `too-many`: a search
   * can't hold them, and the request names nobody.
   */
  readonly extent: 'all' | 'named' | 'too-many'
}

/** Of one search at most. */
export const MOST_INDIVIDUAL = 100

/** Those in force that may speak of an organization. */
export async function individualOf(
  request: FhirRequest,
  organization: string,
  now: number,
  room: ConsentRoom,
): Promise<Individual> {
  const concerning = both(speakingOf(organization), inForce(now))
  const all = await found(concerning, MOST_INDIVIDUAL, room)
  if (all.length <= MOST_INDIVIDUAL) return { consents: all, extent: 'all' }
  const patients = patientsNamed(request, room.settings)
  if (patients === undefined) return { consents: [], extent: 'too-many' }
  const ofThese = either(
    ...patients.map((id): Condition => ({
      kind: 'token',
      paths: [GOVERNED],
      code: `Patient/${id}`,
    })),
  )
  const some = await found(both(ofThese, concerning), MOST_INDIVIDUAL, room)
  return some.length <= MOST_INDIVIDUAL
    ? { consents: some, extent: 'named' }
    : { consents: [], extent: 'too-many' }
}

/** What they permit and deny; what others govern that weren't looked up is denied. */
export function individualRuling(
  { consents, extent }: Individual,
  organization: string,
  now: number,
  rulingFor: (rule: Rule) => Ruling,
): Ruling {
  const rulings = consents.map(({ rule, patient, custodian }) => {
    const { permit, deny } = rulingFor(rule)
    const there = inRecord(patient, custodian)
    return { permit: both(there, permit), deny: both(there, deny) }
  })
  const others =
    extent === 'all'
      ? NONE
      : governedBy(
          both(
            speakingOf(organization),
            inForce(now),
            not({ kind: 'id', ids: consents.map(({ id }) => id) }),
          ),
        )
  return {
    permit: either(...rulings.map(({ permit }) => permit)),
    deny: either(...rulings.map(({ deny }) => deny), others),
  }
}

const speakingOf = (organization: string): Condition =>
  either(
    ...[organization, ANYBODY].map((code): Condition => ({
      kind: 'token',
      paths: [RULE],
      system: INDIVIDUAL,
      code,
    })),
  )
