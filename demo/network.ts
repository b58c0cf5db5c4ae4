// What stories have in common: the organisations that take part, and a patient's consent.
// docs/access.md
// Must not play a part of a story itself.
import type { Caller, Json } from './stage.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'

/** Let an administrator make organisations known to all: id, name, country. */
export async function introduce(
  administrator: Caller,
  organizations: readonly (readonly [id: string, name: string, country: string])[],
): Promise<void> {
  for (const [id, name, country] of organizations)
    await administrator.ask('PUT', `Organization/${id}`, {
      resourceType: 'Organization',
      id,
      active: true,
      name,
      address: [{ country }],
    })
}

/** That an organisation may see what another keeps of a patient, for treatment, for a year. */
export const permit = (patient: string, keeper: string, reader: string, country: string): Json => ({
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ system: `${HL7}/consentscope`, code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: patient },
  dateTime: new Date().toISOString(),
  performer: [{ reference: patient }],
  organization: [{ reference: `Organization/${keeper}` }],
  policy: [{ uri: 'http://ieum.example/policy/cross-border' }],
  provision: {
    extension: [
      {
        url: 'http://ieum.example/fhir/StructureDefinition/destination-country',
        valueCodeableConcept: { coding: [{ system: 'urn:iso:std:iso:3166', code: country }] },
      },
    ],
    type: 'permit',
    period: {
      start: new Date(Date.now() - 86_400_000).toISOString().slice(0, 10),
      end: new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 10),
    },
    actor: [
      {
        role: { coding: [{ system: `${HL7}/v3-ParticipationType`, code: 'IRCP' }] },
        reference: { reference: `Organization/${reader}` },
      },
    ],
    purpose: [{ system: `${HL7}/v3-ActReason`, code: 'TREAT' }],
  },
})
