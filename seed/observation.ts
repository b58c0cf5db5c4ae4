// Builds Observations the way a site of the network sends them: in its own units, with the text in its
// own language, the laboratory's reference range, and the interpretation apart from it.
// https://hl7.org/fhir/R4/observation.html

import type {
  CodeableConcept,
  Observation,
  ObservationReferenceRange,
  Quantity,
  Reference,
} from 'fhir/r4.js'
import { analytes, printedUnit, type AnalyteKey, type Form, type Limits } from './analyte.ts'
import { ref } from './bundle.ts'
import { category, concept, coding, EDI, hl7, interpretation, LOINC, UCUM } from './codes.ts'
import { decimal } from './decimal.ts'
import { recordOf } from './meta.ts'
import type { Person } from './people.ts'
import { role } from './practitioner.ts'
import type { Site } from './site.ts'

/** One occasion on which somebody was measured. Its id starts the ids of all that comes of it. */
export type Occasion = {
  id: string
  person: Person
  site: Site
  doctor: string
  /** When the body was measured or the sample taken, and when the results were given out. */
  at: string
  issued: string
  encounter?: string
  blood?: string
  urine?: string
}

export function quantity(
  value: number,
  digits: number,
  ucum: string,
  language: 'ko' | 'ru',
): Quantity {
  return {
    value: decimal(value, digits),
    unit: printedUnit(ucum, language),
    system: UCUM,
    code: ucum,
  }
}

/** What all Observations of one occasion have in common. */
export function observed(
  occasion: Occasion,
  key: string,
  kind: keyof typeof category,
  code: CodeableConcept,
): Observation {
  const laboratory = kind === 'laboratory'
  const specimen = laboratory ? occasion.blood : undefined
  return {
    resourceType: 'Observation',
    id: `${occasion.id}-${key}`,
    meta: recordOf(occasion.site.country),
    status: 'final',
    category: [category[kind]],
    code,
    subject: ref('Patient', occasion.person.id),
    ...(occasion.encounter === undefined
      ? {}
      : { encounter: ref('Encounter', occasion.encounter) }),
    effectiveDateTime: occasion.at,
    issued: occasion.issued,
    performer: [
      laboratory ? ref('Organization', occasion.site.organization) : role(occasion.doctor),
    ],
    ...(specimen === undefined ? {} : { specimen: ref('Specimen', specimen) }),
  }
}

export function formOf(key: AnalyteKey, site: Site): Form {
  const { mass, molar } = analytes[key]
  return site.units === 'molar' ? (molar ?? mass) : mass
}

/** A laboratory's normal range, in the unit of the result. */
export function range(
  [low, high]: Limits,
  digits: number,
  ucum: string,
  language: 'ko' | 'ru',
): ObservationReferenceRange {
  const limit = (value: number) => quantity(value, digits, ucum, language)
  return {
    ...(low === undefined ? {} : { low: limit(low) }),
    ...(high === undefined ? {} : { high: limit(high) }),
    type: concept(hl7('referencerange-meaning', 'normal', 'Normal Range')),
  }
}

/** Where a figure lies in its range. */
export function judged(value: number, [low, high]: Limits): 'N' | 'L' | 'H' {
  return low !== undefined && value < low ? 'L' : high !== undefined && value > high ? 'H' : 'N'
}

/**
 * A measured analyte. `mass` is the figure in the analyte's mass unit (or its only unit); a site that
 * reports in molar units gets it converted, under the molar LOINC code.
 */
export function measured(
  occasion: Occasion,
  key: AnalyteKey,
  mass: number,
  derivedFrom: string[] = [],
): Observation {
  const { site, person } = occasion
  const analyte = analytes[key]
  const form = formOf(key, site)
  const value = Number((mass * (form.factor ?? 1)).toFixed(form.digits))
  const limits = form[person.sex]
  const sources: Reference[] = derivedFrom.map((source) =>
    ref('Observation', `${occasion.id}-${source}`),
  )
  return {
    ...observed(
      occasion,
      key.toLowerCase(),
      analyte.category,
      concept(
        [
          coding(LOINC, form.loinc, form.display),
          ...(form.edi === undefined ? [] : [coding(EDI, ...form.edi)]),
        ],
        analyte[site.language],
      ),
    ),
    valueQuantity: quantity(value, form.digits, form.ucum, site.language),
    ...(limits === undefined
      ? {}
      : {
          interpretation: [interpretation(judged(value, limits))],
          referenceRange: [range(limits, form.digits, form.ucum, site.language)],
        }),
    ...(sources.length === 0 ? {} : { derivedFrom: sources }),
  }
}

/** Systolic and diastolic pressure as components of one panel. */
export function bloodPressure(
  occasion: Occasion,
  systolic: number,
  diastolic: number,
): Observation {
  const { language } = occasion.site
  const text = language === 'ru' ? 'Артериальное давление' : '혈압'
  const half = (loinc: string, display: string, value: number) => ({
    code: concept(coding(LOINC, loinc, display)),
    valueQuantity: quantity(value, 0, 'mm[Hg]', language),
  })
  return {
    ...observed(
      occasion,
      'bp',
      'vital',
      concept(coding(LOINC, '85354-9', 'Blood pressure panel with all children optional'), text),
    ),
    component: [
      half('8480-6', 'Systolic blood pressure', systolic),
      half('8462-4', 'Diastolic blood pressure', diastolic),
    ],
  }
}
