// Consents, callers and resources of the tests, written as short as they are thought.
import type { Resource } from '../../src/fhir/message.ts'
import type { Facts } from '../../src/consent/condition.ts'
import { rulingOf } from '../../src/consent/condition.ts'
import { decidingEntries } from '../../src/consent/entries.ts'
import { aboutOf } from '../../src/consent/about.ts'
import type { Law } from '../../src/consent/residency.ts'
import { ruleOf, type Rule } from '../../src/consent/rule.ts'
import { matches } from '../../src/search/match.ts'
import { COUNTRY_SYSTEM, CUSTODIAN_SYSTEM } from '../../src/search/record.ts'
import { definitions, extract, NOW, settings } from '../search/room.ts'

export const HL7 = 'http://terminology.hl7.org/CodeSystem'
export const about = aboutOf(definitions)

export const coding = (system: string, ...codes: string[]) =>
  codes.map((code) => ({ system: system.includes(':') ? system : `${HL7}/${system}`, code }))
export const concept = (system: string, ...codes: string[]) => ({
  coding: coding(system, ...codes),
})
export const to = (reference: string) => ({ reference })

export const purpose = (...codes: string[]) => ({ purpose: coding('v3-ActReason', ...codes) })
export const label = (...codes: string[]) => ({
  securityLabel: codes.map(
    (code) => coding(/^[ULMNRV]$/.test(code) ? 'v3-Confidentiality' : 'v3-ActCode', code)[0],
  ),
})
export const actor = (reference: string, role = 'IRCP') => ({
  role: concept('v3-ParticipationType', role),
  reference: to(reference),
})
export const actors = (...references: string[]) => ({ actor: references.map((one) => actor(one)) })
export const country = (...codes: string[]) => ({
  extension: codes.map((code) => ({
    url: 'http://ieum.example/fhir/StructureDefinition/destination-country',
    valueCodeableConcept: concept('urn:iso:std:iso:3166', code),
  })),
})
export const NOTIFICATION = {
  extension: [
    {
      url: 'http://ieum.example/fhir/StructureDefinition/transfer-notification',
      valueIdentifier: { value: '77-0001' },
    },
  ],
}

/** An active privacy consent of Patient/p. */
export const consent = (provision: object | undefined, more: object = {}): Resource => ({
  resourceType: 'Consent',
  id: 'c',
  status: 'active',
  scope: concept('consentscope', 'patient-privacy'),
  category: [concept('http://loinc.org', '59284-0')],
  patient: to('Patient/p'),
  dateTime: '2025-06-01',
  policy: [{ uri: 'http://ieum.example/policy' }],
  ...(provision === undefined ? {} : { provision }),
  ...more,
})

/** A resource that an organization keeps; `security`: codes as `label` has them. */
export const kept = (
  resource: Record<string, unknown>,
  { custodian = 'almaty', land = 'KZ', security = [] as readonly string[] } = {},
): Resource =>
  ({
    ...resource,
    meta: {
      tag: [
        { system: CUSTODIAN_SYSTEM, code: custodian },
        ...(land === '' ? [] : [{ system: COUNTRY_SYSTEM, code: land }]),
      ],
      ...(security.length === 0 ? {} : { security: label(...security).securityLabel }),
    },
  }) as unknown as Resource

export const observation = (more: object = {}): Record<string, unknown> => ({
  resourceType: 'Observation',
  id: 'o',
  status: 'final',
  code: concept('http://loinc.org', '2345-7'),
  subject: to('Patient/p'),
  effectiveDateTime: '2025-03-01',
  ...more,
})

/** A clinician of Busan who treats. */
export const facts = (more: Partial<Facts> = {}): Facts => ({
  parties: new Set(['Organization/busan', 'Practitioner/kim']),
  purpose: 'TREAT',
  country: 'KR',
  now: NOW,
  ...more,
})

export const candidateOf = (resource: Resource) => ({
  type: resource.resourceType,
  id: resource.id ?? 'x',
  updated: NOW,
  entries: [...extract(resource), ...decidingEntries(resource, settings)],
})

/** What a consent says of a resource, without the laws of countries unless they are given. */
export function says(
  given: Resource,
  resource: Resource,
  asked: Facts = facts(),
  laws: readonly Law[] = [],
): 'permit' | 'deny' | 'nothing' {
  const rule: Rule | undefined = ruleOf(given, settings)
  if (rule === undefined) return 'nothing'
  const { permit, deny } = rulingOf(rule, asked, about, laws)
  const candidate = candidateOf(resource)
  if (matches(candidate, deny)) return 'deny'
  return matches(candidate, permit) ? 'permit' : 'nothing'
}
