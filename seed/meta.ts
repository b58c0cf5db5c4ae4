// Tags and labels of the seed: every record says which country's rules it is kept under, records of
// people and places say that they are test data, and delicate ones carry confidentiality labels.
// https://hl7.org/fhir/R4/security-labels.html

import type { Coding, Meta } from 'fhir/r4.js'

/** "This is test health data": nobody may take it for a real record. */
export const HTEST: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  code: 'HTEST',
  display: 'test health data',
}

/** The country of record (ISO 3166-1 alpha-2). */
export function region(country: string): Coding {
  return { system: 'urn:iso:std:iso:3166', code: country }
}

export function recordOf(country: string): Meta {
  return { tag: [region(country)] }
}

/** Restricted, and why: a sensitivity code of v3-ActCode. */
export function restricted(country: string, code: string, display: string): Meta {
  return {
    security: [
      {
        system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
        code: 'R',
        display: 'restricted',
      },
      { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code, display },
    ],
    tag: [region(country)],
  }
}
