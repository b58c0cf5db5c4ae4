// Code systems and the small CodeableConcepts that every story uses.

import type { CodeableConcept, Coding } from 'fhir/r4.js'
import { BASE } from './bundle.ts'

export const LOINC = 'http://loinc.org'
export const SNOMED = 'http://snomed.info/sct'
export const UCUM = 'http://unitsofmeasure.org'
export const ICD10 = 'http://hl7.org/fhir/sid/icd-10'
export const KCD8 = 'http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-8'
export const EDI = 'http://www.hl7korea.or.kr/CodeSystem/hira-edi-procedure'
export const ATC = 'http://www.whocc.no/atc'
export const DCM = 'http://dicom.nema.org/resources/ontology/DCM'

/** Codes of this project's own, for what no standard names. */
export const OWN = `${BASE}/CodeSystem`

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem'

export function coding(system: string, code: string, display?: string): Coding {
  return { system, code, ...(display === undefined ? {} : { display }) }
}

/** A coding of terminology.hl7.org: `hl7('v3-ActCode', 'AMB', 'ambulatory')`. */
export function hl7(name: string, code: string, display: string): Coding {
  return coding(`${TERMINOLOGY}/${name}`, code, display)
}

export function concept(codings: Coding | Coding[], text?: string): CodeableConcept {
  return {
    coding: Array.isArray(codings) ? codings : [codings],
    ...(text === undefined ? {} : { text }),
  }
}

export const category = {
  vital: concept(hl7('observation-category', 'vital-signs', 'Vital Signs')),
  laboratory: concept(hl7('observation-category', 'laboratory', 'Laboratory')),
  imaging: concept(hl7('observation-category', 'imaging', 'Imaging')),
  exam: concept(hl7('observation-category', 'exam', 'Exam')),
  survey: concept(hl7('observation-category', 'survey', 'Survey')),
} as const

const interpretations = {
  N: 'Normal',
  H: 'High',
  L: 'Low',
  HH: 'Critical high',
  NEG: 'Negative',
  POS: 'Positive',
  E: 'Equivocal',
  A: 'Abnormal',
} as const

export type Interpretation = keyof typeof interpretations

export function interpretation(code: Interpretation): CodeableConcept {
  return concept(hl7('v3-ObservationInterpretation', code, interpretations[code]))
}
