// People of one organization, of whom every second lets another see the record: what consent.ts measures on.
// Must not be taken for real people: population.ts makes them.
import type { Principal } from '../src/auth/principal.ts'
import { parseScopes } from '../src/auth/scope.ts'
import type { Resource } from '../src/fhir/message.ts'
import { COUNTRY_SYSTEM, CUSTODIAN_SYSTEM } from '../src/search/record.ts'
import { population } from './population.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
export const busan: Principal = {
  client: 'bench',
  organization: 'busan',
  roles: ['system'],
  scopes: parseScopes('system/*.rs'),
  purpose: 'TREAT',
}

const kept = (resource: Resource): Resource => ({
  ...resource,
  meta: {
    tag: [
      { system: CUSTODIAN_SYSTEM, code: 'almaty' },
      { system: COUNTRY_SYSTEM, code: 'KZ' },
    ],
  },
})

const consent = (patient: string): Resource => ({
  resourceType: 'Consent',
  id: `of-${patient}`,
  status: 'active',
  scope: { coding: [{ system: `${HL7}/consentscope`, code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: `Patient/${patient}` },
  dateTime: '2025-01-01',
  policy: [{ uri: 'http://ieum.example/policy' }],
  provision: {
    extension: [
      {
        url: 'http://ieum.example/fhir/StructureDefinition/destination-country',
        valueCodeableConcept: { coding: [{ system: COUNTRY_SYSTEM, code: 'KR' }] },
      },
    ],
    type: 'permit',
    period: { start: '2025-01-01', end: '2099-12-31' },
    actor: [
      {
        role: { coding: [{ system: `${HL7}/v3-ParticipationType`, code: 'IRCP' }] },
        reference: { reference: 'Organization/busan' },
      },
    ],
    purpose: [{ system: `${HL7}/v3-ActReason`, code: 'TREAT' }],
    provision: [{ type: 'deny', securityLabel: [{ system: `${HL7}/v3-ActCode`, code: 'PSY' }] }],
  },
})

export function* world(patients: number): Generator<Resource> {
  for (const [id, country] of [
    ['almaty', 'KZ'],
    ['busan', 'KR'],
  ] as const)
    yield { resourceType: 'Organization', id, name: id, address: [{ country }] }
  let n = 0
  for (const resource of population(patients)) {
    yield kept(resource)
    if (resource.resourceType === 'Patient' && n++ % 2 === 0) yield kept(consent(resource.id!))
  }
}
