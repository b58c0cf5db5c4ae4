// Records of a clinic, for clients to send: a person, a reading, a visit with its report.
// https://hl7.org/fhir/R4/observation.html and https://hl7.org/fhir/R4/diagnosticreport.html
// Must not hold anybody's data: numbers and people are made up.

export const NATIONAL = 'urn:oid:1.2.410.100001.1'
export const LOINC = 'http://loinc.org'
export const UCUM = 'http://unitsofmeasure.org'

type Name = { readonly text: string; readonly family: string }

/** A woman born on 1 January 1990 with a national number and a name. */
export const patient = (number: string, name: Name) => ({
  resourceType: 'Patient',
  meta: { tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }] },
  identifier: [{ system: NATIONAL, value: number }],
  active: true,
  name: [{ use: 'official', text: name.text, family: name.family }],
  gender: 'female',
  birthDate: '1990-01-01',
})

/** A pulse of 60 + n on the nth day of 2026, in Almaty. */
export const reading = (subject: string, n: number) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: LOINC, code: '8867-4', display: 'Heart rate' }] },
  subject: { reference: subject },
  effectiveDateTime:
    new Date(Date.UTC(2026, 0, 1 + n, 3)).toISOString().slice(0, 11) + '08:00:00+05:00',
  valueQuantity: { value: 60 + n, unit: '/min', system: UCUM, code: '/min' },
})

const pressure = (subject: string) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: LOINC, code: '85354-9' }] },
  subject: { reference: subject },
  effectiveDateTime: '2026-03-02T09:15:00+09:00',
  component: (
    [
      ['8480-6', 128],
      ['8462-4', 82],
    ] as const
  ).map(([code, value]) => ({
    code: { coding: [{ system: LOINC, code }] },
    valueQuantity: { value, unit: 'mmHg', system: UCUM, code: 'mm[Hg]' },
  })),
})

/** A person, a blood pressure, a glucose and their report, linked by urn:uuid, as a transaction. */
export function visit(number: string) {
  const urn = (n: number): string => `urn:uuid:6f1f4f5e-0000-4000-8000-00000000000${n}`
  const post = (n: number, resource: { resourceType: string }) => ({
    fullUrl: urn(n),
    resource,
    request: { method: 'POST', url: resource.resourceType },
  })
  const glucose = {
    ...reading(urn(1), 60),
    code: { coding: [{ system: LOINC, code: '2339-0', display: 'Glucose' }] },
    valueQuantity: { value: 104.5, unit: 'mg/dL', system: UCUM, code: 'mg/dL' },
  }
  const report = {
    resourceType: 'DiagnosticReport',
    status: 'final',
    code: { coding: [{ system: LOINC, code: '11502-2', display: 'Laboratory report' }] },
    subject: { reference: urn(1), display: '박서준' },
    effectiveDateTime: '2026-03-02',
    result: [{ reference: urn(2) }, { reference: urn(3) }],
    conclusion: '혈압 경계',
  }
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      post(1, patient(number, { text: '박서준', family: '박' })),
      post(2, pressure(urn(1))),
      post(3, glucose),
      post(4, report),
    ],
  }
}
