// Index entries of what decides: which rule a Consent in force has, and whom a Communication opens a record to, both with when.
// docs/adr/0006-who-may-see-what.md
// Must be made from the text alone, so that an index made anew has them too.
import type { Resource } from '../fhir/message.ts'
import { fieldsOf, textOf } from '../search/emit.ts'
import type { Settings } from '../search/emit.ts'
import type { Interval } from '../search/date.ts'
import type { Entry, IndexPath } from '../search/entry.ts'
import { FOREVER } from '../search/entry.ts'
import { pointerOf } from '../search/reference.ts'
import { grantOf } from './grant.ts'
import { labelEntries } from './label.ts'
import { periodOf } from './period.ts'
import { isIndividual, ruleKey, ruleOf, ruleText, type Rule } from './rule.ts'
import { caseEntries } from './teaching-case.ts'

/** Of a Consent: code = key of its rule; system `individual`: code = an organization that it speaks of, `*` for others. */
export const RULE: IndexPath = '*rule'
/** When that counts. */
export const VALID: IndexPath = '*valid'
/** System of the rule entries of a consent whose rule is its own. */
export const INDIVIDUAL = 'individual'
/** Code of those that may speak of more than the organizations that they name. */
export const ANYBODY = '*'
/** System of the rule entry of a Communication that opens a record; the code is the reference of who may see it. */
export const BREAK_GLASS = 'break-glass'

/** Entries of a resource that decide, and of its labels; of teaching cases, who may see them. */
export function decidingEntries(resource: Resource, settings: Settings): Entry[] {
  const out = [...labelEntries(resource), ...caseEntries(resource)]
  if (resource.resourceType === 'Consent') out.push(...consentEntries(resource, settings))
  if (resource.resourceType === 'Communication') {
    const grant = grantOf(resource, settings)
    if (grant !== undefined)
      out.push(rule(BREAK_GLASS, grant.user), valid(grant.valid.low, grant.valid.high))
  }
  return out
}

function consentEntries(consent: Resource, settings: Settings): Entry[] {
  const made = ruleOf(consent, settings)
  if (made === undefined) return []
  const { low, high } = validityOf(consent, settings)
  const text = ruleText(made)
  const rules = isIndividual(made, text)
    ? concerned(made).map((code) => rule(INDIVIDUAL, code))
    : [rule('', ruleKey(text))]
  return [...rules, valid(low, high)]
}

/** When a Consent that has a rule counts: always, where its period can't be read (the rule sees to that). */
export function validityOf(consent: Resource, settings: Settings): Interval {
  const period = periodOf(fieldsOf(consent['provision'])?.['period'], settings.zone)
  if (period === undefined || period === 'unknown') return { low: -FOREVER, high: FOREVER }
  return { low: period.low, high: Math.max(period.low, period.high) }
}

/** Organizations that a rule names as actors; who else it may speak of is anybody. */
function concerned({ root }: Rule): readonly string[] {
  const codes = new Set<string>()
  const add = (provision: typeof root, around: typeof root.actors): void => {
    const actors = provision.actors ?? around
    if (actors === undefined || actors.unknown || provision.unknown === true) codes.add(ANYBODY)
    for (const actor of actors?.of ?? [])
      codes.add(actor.startsWith('Organization/') ? actor.slice('Organization/'.length) : ANYBODY)
    for (const inside of provision.provisions ?? []) add(inside, actors)
  }
  add(root, undefined)
  return [...codes]
}

const rule = (system: string, code: string): Entry => ({
  kind: 'token',
  path: RULE,
  group: 0,
  system,
  code,
})

const valid = (low: number, high: number): Entry => ({
  kind: 'date',
  path: VALID,
  group: 0,
  low,
  high: Math.max(low, high),
})

/** The patient that a Consent or Communication is about, at an element. */
export function patientAt(
  resource: Resource,
  element: 'patient' | 'subject',
  settings: Settings,
): string | undefined {
  const reference = textOf(fieldsOf(resource[element])?.['reference'])
  const target = reference === undefined ? undefined : pointerOf(reference, settings)
  return target?.type === 'Patient' ? target.id : undefined
}
