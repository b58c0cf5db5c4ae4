// The lasting part of a record, for people who travel or are under treatment: problems, medicines,
// allergies, vaccinations. Enough for a patient summary to say something.
// https://hl7.org/fhir/R4/patient.html

import type {
  AllergyIntolerance,
  Condition,
  Dosage,
  FhirResource,
  Immunization,
  MedicationRequest,
  MedicationStatement,
} from 'fhir/r4.js'
import { ref } from './bundle.ts'
import { ATC, coding, concept, hl7, ICD10, KCD8 } from './codes.ts'
import { decimal } from './decimal.ts'
import { recordOf } from './meta.ts'
import { person, type Person } from './people.ts'
import { doctorOf, role } from './practitioner.ts'
import {
  allergies,
  atcNames,
  inKcd,
  medicines,
  problemDisplays,
  problems,
  vaccineDisplays,
  vaccines,
} from './record-codes.ts'
import { sites } from './site.ts'

type Row = {
  id: string
  problems?: [code: keyof typeof problems, since: string][]
  takes?: (keyof typeof medicines)[]
  /** Prescribed on that day, for four weeks. */
  prescribed?: [name: keyof typeof medicines, on: string][]
  allergies?: (keyof typeof allergies)[]
  vaccines?: [name: keyof typeof vaccines, on: string][]
}

const influenza: [keyof typeof vaccines, string] = ['influenza', '2024-10-15']

const rows: Row[] = [
  {
    id: 'kim-aleksei',
    problems: [
      ['I10', '2016-03'],
      ['I25.1', '2021-09'],
    ],
    takes: ['losartan', 'aspirin', 'atorvastatin'],
    allergies: ['penicillin', 'shrimp'],
    vaccines: [influenza, ['hepatitis-b', '2009-05-12']],
  },
  {
    id: 'petrova-elena',
    problems: [['E78.5', '2022-04']],
    takes: ['atorvastatin'],
    allergies: ['birch'],
    vaccines: [influenza],
  },
  {
    id: 'sokolov-dmitrii',
    problems: [['E11.9', '2019-11']],
    takes: ['metformin'],
    vaccines: [influenza],
  },
  {
    id: 'pak-svetlana',
    problems: [['E78.5', '2018-02']],
    takes: ['atorvastatin'],
    allergies: ['iodinated-contrast'],
  },
  {
    id: 'khabarov-sergei',
    problems: [['I10', '2012-06']],
    vaccines: [influenza],
    takes: ['amlodipine', 'losartan'],
  },
  {
    id: 'li-valentin',
    problems: [['E78.5', '2023-07']],
    vaccines: [['hepatitis-b', '2011-03-01']],
  },
  {
    id: 'seitkali-aigerim',
    problems: [
      ['I50.9', '2025-04'],
      ['D50.9', '2020-01'],
    ],
    takes: ['bisoprolol', 'furosemide'],
    allergies: ['penicillin'],
    vaccines: [['bcg', '1984-05-21']],
  },
  {
    id: 'nurlanov-erlan',
    problems: [['E11.9', '2017-08']],
    takes: ['metformin'],
    allergies: ['iodinated-contrast'],
    vaccines: [influenza],
  },
  {
    id: 'kassymov-alikhan',
    problems: [['I25.1', '2019-05']],
    vaccines: [influenza],
    takes: ['aspirin', 'bisoprolol', 'atorvastatin'],
  },
  {
    id: 'kim-aleksei-busan',
    prescribed: [
      ['atorvastatin', '2025-09-02'],
      ['losartan', '2025-09-02'],
    ],
  },
  { id: 'petrova-elena-busan', prescribed: [['atorvastatin', '2025-09-16']] },
  { id: 'lebedev-pavel', problems: [['N18.3', '2021-02']], takes: ['losartan'] },
  {
    id: 'choi-seungho',
    problems: [['E11.9', '2018-10']],
    takes: ['metformin'],
    allergies: ['penicillin'],
    vaccines: [influenza, ['hepatitis-b', '2001-04-02']],
  },
  {
    id: 'lee-younghee',
    problems: [['I10', '2010-03']],
    takes: ['amlodipine'],
    vaccines: [influenza],
  },
  { id: 'yoon-sangwoo', problems: [['K76.0', '2022-06']] },
  {
    id: 'oh-miran',
    problems: [['J45.9', '1999-09']],
    takes: ['salbutamol'],
    allergies: ['birch', 'shrimp'],
    vaccines: [influenza],
  },
  {
    id: 'moon-kyungho',
    problems: [['I10', '2014-11']],
    takes: ['amlodipine'],
    vaccines: [influenza],
  },
  { id: 'belov-oleg', problems: [['E11.9', '2020-12']], takes: ['metformin'] },
  { id: 'serikov-arlan', vaccines: [['bcg', '2025-03-14']] },
]

function condition(id: string, code: keyof typeof problems, since: string): Condition {
  const { site, language } = person(id)
  const { country } = sites[site]
  const text = problems[code][language === 'ko' ? 'ko' : 'ru']
  const kcd = country === 'KR' && inKcd.includes(code)
  return {
    resourceType: 'Condition',
    id: `${id}-${code.toLowerCase()}`,
    meta: recordOf(country),
    clinicalStatus: concept(hl7('condition-clinical', 'active', 'Active')),
    verificationStatus: concept(hl7('condition-ver-status', 'confirmed', 'Confirmed')),
    category: [concept(hl7('condition-category', 'problem-list-item', 'Problem List Item'))],
    code: concept(
      [
        coding(ICD10, code, problemDisplays[code]),
        ...(kcd ? [coding(KCD8, code, problems[code].ko)] : []),
      ],
      text,
    ),
    subject: ref('Patient', id),
    onsetDateTime: since,
    recordedDate: `${since}-15`,
    recorder: role(doctorOf[site]),
  }
}

const dailyTexts = {
  1: { ko: '1일 1회', ru: 'один раз в день' },
  2: { ko: '1일 2회', ru: 'два раза в день' },
} as const

function dosage(name: keyof typeof medicines, language: Person['language']): Dosage {
  const medicine = medicines[name]
  const daily = dailyTexts[medicine.a]
  return {
    text: daily[language === 'ko' ? 'ko' : 'ru'],
    timing: { repeat: { frequency: medicine.a, period: 1, periodUnit: 'd' } },
    doseAndRate: [
      {
        doseQuantity: {
          value: decimal(medicine.dose, medicine.digits),
          unit: 'mg',
          system: 'http://unitsofmeasure.org',
          code: 'mg',
        },
      },
    ],
  }
}

function prescription(id: string, name: keyof typeof medicines, on: string): MedicationRequest {
  const { site, language } = person(id)
  const { country, organization, offset } = sites[site]
  const medicine = medicines[name]
  return {
    resourceType: 'MedicationRequest',
    id: `${id}-${name}`,
    meta: recordOf(country),
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: concept(coding(ATC, medicine.atc, atcNames[name]), medicine.ko),
    subject: ref('Patient', id),
    encounter: ref('Encounter', `${id}-${on.slice(0, 4)}`),
    authoredOn: `${on}T17:00:00${offset}`,
    requester: role(doctorOf[site]),
    dosageInstruction: [dosage(name, language)],
    dispenseRequest: {
      validityPeriod: { start: on },
      expectedSupplyDuration: {
        value: 28,
        unit: 'd',
        system: 'http://unitsofmeasure.org',
        code: 'd',
      },
      performer: ref('Organization', organization),
    },
  }
}

function medication(id: string, name: keyof typeof medicines): MedicationStatement {
  const { site, language } = person(id)
  const { country } = sites[site]
  const medicine = medicines[name]
  const korean = language === 'ko'
  return {
    resourceType: 'MedicationStatement',
    id: `${id}-${name}`,
    meta: recordOf(country),
    status: 'active',
    medicationCodeableConcept: concept(
      coding(ATC, medicine.atc, atcNames[name]),
      medicine[korean ? 'ko' : 'ru'],
    ),
    subject: ref('Patient', id),
    effectivePeriod: { start: '2024-01' },
    dateAsserted: '2025-03-01',
    informationSource: role(doctorOf[site]),
    dosage: [dosage(name, language)],
  }
}

function allergy(id: string, name: keyof typeof allergies): AllergyIntolerance {
  const { site, language } = person(id)
  const one = allergies[name]
  return {
    resourceType: 'AllergyIntolerance',
    id: `${id}-${name}`,
    meta: recordOf(sites[site].country),
    clinicalStatus: concept(hl7('allergyintolerance-clinical', 'active', 'Active')),
    verificationStatus: concept(hl7('allergyintolerance-verification', 'confirmed', 'Confirmed')),
    type: 'allergy',
    category: one.category,
    criticality: name === 'penicillin' || name === 'iodinated-contrast' ? 'high' : 'low',
    code: { text: one[language === 'ko' ? 'ko' : 'ru'] },
    patient: ref('Patient', id),
    recordedDate: '2024-02-01',
    recorder: role(doctorOf[site]),
  }
}

function vaccination(id: string, name: keyof typeof vaccines, on: string): Immunization {
  const { site, language } = person(id)
  const { country, organization } = sites[site]
  const vaccine = vaccines[name]
  return {
    resourceType: 'Immunization',
    id: `${id}-${name}-${on.slice(0, 4)}`,
    meta: recordOf(country),
    status: 'completed',
    vaccineCode: concept(
      [
        coding(ATC, vaccine.atc, vaccineDisplays[name]),
        ...(country === 'KR'
          ? [
              coding(
                'http://www.hl7korea.or.kr/fhir/krcore/CodeSystem/krcore-vcnt-types',
                vaccine.krcore,
                vaccine.ko,
              ),
            ]
          : []),
      ],
      vaccine[language === 'ko' ? 'ko' : 'ru'],
    ),
    patient: ref('Patient', id),
    occurrenceDateTime: on,
    primarySource: true,
    performer: [{ actor: ref('Organization', organization) }],
  }
}

/** Everybody's problems, medicines, allergies and vaccinations, person by person. */
export function records(): FhirResource[] {
  return rows.flatMap(({ id, ...row }) => [
    ...(row.problems ?? []).map(([code, since]) => condition(id, code, since)),
    ...(row.takes ?? []).map((name) => medication(id, name)),
    ...(row.prescribed ?? []).map(([name, on]) => prescription(id, name, on)),
    ...(row.allergies ?? []).map((name) => allergy(id, name)),
    ...(row.vaccines ?? []).map(([name, on]) => vaccination(id, name, on)),
  ])
}
