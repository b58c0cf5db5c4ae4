// Rule + request → what it permits and denies, as conditions on the resource; what hangs on the request alone is decided here.
// docs/access.md, "What a consent says"
// Must not know a store, a patient or when the consent is in force: those are asked beside it.
import type { Condition } from '../search/plan.ts'
import { ALL, NONE } from '../search/plan.ts'
import { both, either, not, truth } from './fold.ts'
import { labelled } from './label.ts'
import { isWithin } from './period.ts'
import { isPurpose } from './purpose.ts'
import type { About } from './about.ts'
import { LAWS, type Law } from './residency.ts'
import type { Criteria, Listed, Provision, Rule } from './rule.ts'
import { provisionsOf } from './rule.ts'

/** What a rule asks of a request. */
export type Facts = {
  /** All that the caller is: `Organization/1`, its user, PractitionerRoles, CareTeams and Groups. */
  readonly parties: ReadonlySet<string>
  /** Code of v3-ActReason. */
  readonly purpose: string
  /** Of the caller's organization; undefined where it says none. */
  readonly country: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** A resource is permitted when it fulfils `permit` and not `deny`. */
export type Ruling = { readonly permit: Condition; readonly deny: Condition }

/** @param laws those of residency.ts that count */
export function rulingOf(
  { root, notified }: Rule,
  facts: Facts,
  about: About,
  laws: readonly Law[] = LAWS,
): Ruling {
  const matching = (criteria: Criteria, type: 'permit' | 'deny'): Condition => {
    if (criteria.unknown === true) return truth(type === 'deny')
    const shown = { ...criteria, notified: notified === true }
    const lawful = type === 'permit' ? lawfully(shown, facts, about, laws) : ALL
    return both(truth(isAsked(criteria, type, facts)), lawful, ofResource(criteria, type, about))
  }
  // What one inside denies, this denies; so it does no harm that a permit says more than holds.
  const ruling = (provision: Provision, around: Criteria): Ruling => {
    const { type, provisions = [], ...stated } = provision
    const criteria = { ...around, ...stated }
    const inside = provisions.map((one) => ruling(one, criteria))
    const permit = either(...inside.map((one) => one.permit))
    const deny = either(...inside.map((one) => one.deny))
    if (type === 'none') return { permit, deny }
    if (type === 'permit') return { permit: either(permit, matching(criteria, 'permit')), deny }
    return { permit, deny: either(deny, both(matching(criteria, 'deny'), not(permit))) }
  }
  return ruling(root, {})
}

/** Until when a ruling stays what it is: the next begin or end of a provision's own period (ms). */
export function lasting({ root }: Rule, now: number): number {
  const bounds = provisionsOf(root).flatMap(({ period }) =>
    period === undefined || period === 'unknown' ? [] : [period.low, period.high],
  )
  return Math.min(Infinity, ...bounds.filter((bound) => bound > now))
}

function isAsked(criteria: Criteria, type: 'permit' | 'deny', facts: Facts): boolean {
  const { period, actors, purposes, actions, countries } = criteria
  const { parties, purpose, country, now } = facts
  const any = (listed: Listed<string> | undefined, holds: (one: string) => boolean): boolean =>
    listed === undefined || listed.of.some(holds) || (listed.unknown && type === 'deny')
  return (
    (period === undefined || (period === 'unknown' ? type === 'deny' : isWithin(now, period))) &&
    any(actors, (actor) => parties.has(actor)) &&
    any(purposes, (of) => isPurpose(purpose, of)) &&
    any(actions, (action) => action === 'read') &&
    // A permit that names countries holds at home too; lawfully() sees to that.
    (type === 'permit' ||
      country === undefined ||
      any(countries, (destination) => destination === country))
  )
}

function lawfully(
  permit: Criteria & { readonly notified: boolean },
  { country }: Facts,
  about: About,
  laws: readonly Law[],
): Condition {
  const there = (code: string): Condition => ({
    kind: 'token',
    paths: about.tag,
    system: 'urn:iso:std:iso:3166',
    code: code.toLowerCase(),
  })
  const home = country === undefined ? NONE : there(country)
  const names = permit.countries === undefined || permit.countries.of.some((c) => c === country)
  return both(
    names ? ALL : home,
    ...laws
      .filter((law) => !law.isMet(permit, country) && (law.country ?? '') !== country)
      .map((law) => (law.country === undefined ? home : not(there(law.country)))),
  )
}

function ofResource(criteria: Criteria, type: 'permit' | 'deny', about: About): Condition {
  const { classes, codes, labels, dataPeriod, data } = criteria
  return both(
    classes === undefined ? ALL : about.classes(classes, type),
    codes === undefined ? ALL : about.codes(codes, type),
    labels === undefined ? ALL : labelled(labels, type, about.security),
    dataPeriod === undefined ? ALL : about.care(dataPeriod, type),
    data === undefined ? ALL : about.data(data, type),
  )
}
