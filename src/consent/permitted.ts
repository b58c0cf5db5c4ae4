// Whether a patient's consents permit a purpose beyond care, such as teaching: asked of records that the caller keeps too.
// docs/adr/0010-teaching-cases.md; what a consent says is read as in docs/access.md
// Must not take a permission that names no purpose for one: who agreed to be treated did not agree to be taught about.
import type { Context } from '../context.ts'
import type { FhirRequest, Resource } from '../fhir/message.ts'
import { fieldsOf } from '../search/emit.ts'
import { matches } from '../search/match.ts'
import { custodianOf } from '../search/record.ts'
import { createSettings } from '../search/settings.ts'
import { parseJson } from '../fhir/json.ts'
import type { Store, Version } from '../store/store.ts'
import { aboutOf } from './about.ts'
import { rulingOf, type Facts, type Ruling } from './condition.ts'
import { countryOf, namedParties, partiesOf } from './party.ts'
import { isWithin, periodOf } from './period.ts'
import { isPurpose } from './purpose.ts'
import { LAWS } from './residency.ts'
import { ACT_REASON, ruleOf, type Provision, type Rule } from './rule.ts'

/** Whether the consents of a patient permit each of these, in their order; what is in nobody's record is permitted. */
export type Permitted = (
  patient: string,
  versions: readonly Version[],
) => Promise<readonly boolean[]>

const HL7 = 'http://terminology.hl7.org/CodeSystem'

type Speaking = { readonly custodian: string | undefined; readonly ruling: Ruling }

/**
 * @param purpose code of v3-ActReason
 * @param context of the request; consents are read underneath what the caller may see, as for every decision
 */
export function createPermitted(
  { principal }: Pick<FhirRequest, 'principal'>,
  purpose: string,
  context: Context,
): Permitted {
  const { definitions, config, baseUrl, plan, extract } = context
  const store: Store = context.underneath ?? context.store
  const settings = createSettings(definitions, { baseUrl, zone: config.timeZone })
  const about = aboutOf(definitions)
  const now = Date.now()

  const rulesOf = async (patient: string) => {
    const query = [
      ['patient', `Patient/${patient}`],
      ['status', 'active'],
    ] as const
    const asked = plan('Consent', query, { strict: true }).plan
    const consents: Version[] = []
    // All of them: one that denies may be the last.
    for (let cursor: string | undefined; ;) {
      const page = await store.search(cursor === undefined ? asked : { ...asked, cursor })
      consents.push(...page.matches)
      if ((cursor = page.next) === undefined) break
    }
    return consents.flatMap(({ text }) => {
      const consent = parseJson(text ?? '{}') as Resource
      const rule = ruleOf(forResearch(consent, purpose), settings)
      if (rule === undefined) return []
      const period = periodOf(fieldsOf(consent['provision'])?.['period'], settings.zone)
      if (period !== undefined && period !== 'unknown' && !isWithin(now, period)) return []
      const root = naming(rule.root, false, principal !== undefined)
      return [{ custodian: custodianOf(consent), rule: { ...rule, root } }]
    })
  }

  const factsFor = async (rules: readonly Rule[]): Promise<Facts> => {
    if (principal === undefined) return { parties: new Set(), purpose, country: undefined, now }
    const [country, parties] = await Promise.all([
      countryOf(principal.organization, store),
      partiesOf(principal, namedParties(rules), now, { store, definitions, settings }),
    ])
    return { parties, purpose, country, now }
  }

  return async (patient, versions) => {
    const rules = await rulesOf(patient)
    const facts = await factsFor(rules.map(({ rule }) => rule))
    const laws = principal === undefined ? [] : LAWS
    const speaking = rules.map(({ custodian, rule }): Speaking => ({
      custodian,
      ruling: rulingOf(rule, facts, about, laws),
    }))
    return versions.map(({ type, id, updated, text }) => {
      const resource = parseJson(text ?? '{}') as Resource
      const candidate = { type, id, updated, entries: extract(resource) }
      const custodian = custodianOf(resource)
      const those = speaking.filter((one) => speaksOf(one.custodian, custodian, principal))
      return (
        those.some(({ ruling }) => matches(candidate, ruling.permit)) &&
        !those.some(({ ruling }) => matches(candidate, ruling.deny))
      )
    })
  }
}

/** In open mode nobody keeps what is written: a consent without custodian then speaks of all records of its patient. */
const speaksOf = (
  consent: string | undefined,
  resource: string | undefined,
  principal: FhirRequest['principal'],
): boolean =>
  consent === resource
    ? consent !== undefined || principal === undefined
    : consent === undefined && principal === undefined

/** R4 has a scope of its own for consents to research; without a purpose, that is theirs. */
function forResearch(consent: Resource, purpose: string): Resource {
  const codings = fieldsOf(consent['scope'])?.['coding']
  const isResearch =
    Array.isArray(codings) &&
    codings.some((one) => {
      const coding = fieldsOf(one)
      return coding?.['system'] === `${HL7}/consentscope` && coding['code'] === 'research'
    })
  if (!isResearch) return consent
  const scope = { coding: [{ system: `${HL7}/consentscope`, code: 'patient-privacy' }] }
  const provision = fieldsOf(consent['provision'])
  if (provision === undefined || provision['purpose'] !== undefined) return { ...consent, scope }
  if (provision['type'] === 'deny' || !isPurpose(purpose, 'HRESCH')) return { ...consent, scope }
  return {
    ...consent,
    scope,
    provision: { ...provision, purpose: [{ system: ACT_REASON, code: 'HRESCH' }] },
  }
}

/**
 * The same without permissions that name no purpose. Who asks is not known in open mode, and is not asked for then.
 */
function naming(provision: Provision, around: boolean, isKnown: boolean): Provision {
  const named = around || provision.purposes !== undefined
  const { actors, countries, ...rest } = provision
  return {
    ...rest,
    ...(isKnown && actors !== undefined ? { actors } : {}),
    ...(isKnown && countries !== undefined ? { countries } : {}),
    type: provision.type === 'permit' && !named ? 'none' : provision.type,
    ...(provision.provisions === undefined
      ? {}
      : { provisions: provision.provisions.map((one) => naming(one, named, isKnown)) }),
  }
}
