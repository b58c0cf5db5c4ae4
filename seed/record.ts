// The lasting part of a record, for people who travel or are under treatment: problems, medicines,
// allergies, vaccinations. Enough for a patient summary to say something.
// https://hl7.org/fhir/R4/patient.html

import type {
  AllergyIntolerance,
  Condition,
  FhirResource,
  Immunization,
  MedicationStatement,
} from 'fhir/r4.js'
import { ref } from './bundle.ts'
import { ATC, coding, concept, hl7, ICD10, KCD8 } from './codes.ts'
import { decimal } from './decimal.ts'
import { recordOf } from './meta.ts'
import { person } from './people.ts'
import { doctorOf, role } from './practitioner.ts'
import { sites } from './site.ts'

const problems = {
  I10: { ko: '본태성 고혈압', ru: 'Эссенциальная гипертензия' },
  'E11.9': { ko: '합병증을 동반하지 않은 2형 당뇨병', ru: 'Сахарный диабет 2 типа без осложнений' },
  'E78.5': { ko: '상세불명의 고지질혈증', ru: 'Гиперлипидемия неуточнённая' },
  'I50.9': { ko: '상세불명의 심부전', ru: 'Сердечная недостаточность неуточнённая' },
  'I25.1': { ko: '죽상경화성 심장병', ru: 'Атеросклеротическая болезнь сердца' },
  'N18.3': { ko: '만성 신장병(3기)', ru: 'Хроническая болезнь почек, стадия 3' },
  'D50.9': { ko: '상세불명의 철결핍빈혈', ru: 'Железодефицитная анемия неуточнённая' },
  'K76.0': { ko: '지방간', ru: 'Жировая дегенерация печени' },
  'J45.9': { ko: '상세불명의 천식', ru: 'Астма неуточнённая' },
} as const

const problemDisplays: Record<keyof typeof problems, string> = {
  I10: 'Essential (primary) hypertension',
  'E11.9': 'Type 2 diabetes mellitus without complications',
  'E78.5': 'Hyperlipidaemia, unspecified',
  'I50.9': 'Heart failure, unspecified',
  'I25.1': 'Atherosclerotic heart disease',
  'N18.3': 'Chronic kidney disease, stage 3',
  'D50.9': 'Iron deficiency anaemia, unspecified',
  'K76.0': 'Fatty (change of) liver, not elsewhere classified',
  'J45.9': 'Asthma, unspecified',
}

// Codes that KCD-8, made from ICD-10, keeps with the same meaning and no finer division.
const inKcd: (keyof typeof problems)[] = ['E11.9', 'E78.5', 'J45.9', 'K76.0']

const medicines = {
  amlodipine: { atc: 'C08CA01', ko: '암로디핀', ru: 'Амлодипин', dose: 5, digits: 0, a: 1 },
  losartan: { atc: 'C09CA01', ko: '로사르탄', ru: 'Лозартан', dose: 50, digits: 0, a: 1 },
  bisoprolol: { atc: 'C07AB07', ko: '비소프롤롤', ru: 'Бисопролол', dose: 2.5, digits: 1, a: 1 },
  metformin: { atc: 'A10BA02', ko: '메트포르민', ru: 'Метформин', dose: 500, digits: 0, a: 2 },
  atorvastatin: {
    atc: 'C10AA05',
    ko: '아토르바스타틴',
    ru: 'Аторвастатин',
    dose: 20,
    digits: 0,
    a: 1,
  },
  furosemide: { atc: 'C03CA01', ko: '푸로세미드', ru: 'Фуросемид', dose: 40, digits: 0, a: 1 },
  aspirin: {
    ...{ atc: 'B01AC06', ko: '아세틸살리실산', ru: 'Ацетилсалициловая кислота' },
    ...{ dose: 100, digits: 0, a: 1 },
  },
  salbutamol: { atc: 'R03AC02', ko: '살부타몰', ru: 'Сальбутамол', dose: 0.1, digits: 1, a: 2 },
} as const

const atcNames: Record<keyof typeof medicines, string> = {
  ...{ amlodipine: 'amlodipine', losartan: 'losartan', bisoprolol: 'bisoprolol' },
  ...{ metformin: 'metformin', atorvastatin: 'atorvastatin', furosemide: 'furosemide' },
  ...{ aspirin: 'acetylsalicylic acid', salbutamol: 'salbutamol' },
}

const allergies = {
  penicillin: { category: ['medication'], ko: '페니실린', ru: 'Пенициллин' },
  'iodinated-contrast': {
    ...{ category: ['medication'], ko: '요오드 조영제', ru: 'Йодсодержащий контраст' },
  },
  birch: { category: ['environment'], ko: '자작나무 꽃가루', ru: 'Пыльца берёзы' },
  shrimp: { category: ['food'], ko: '새우', ru: 'Креветки' },
} satisfies Record<string, { category: AllergyIntolerance['category']; ko: string; ru: string }>

const vaccines = {
  influenza: { atc: 'J07BB02', ko: '인플루엔자', ru: 'Грипп', krcore: '13' },
  'hepatitis-b': { atc: 'J07BC01', ko: 'B형간염', ru: 'Гепатит B', krcore: '06' },
  bcg: { atc: 'J07AN01', ko: '결핵', ru: 'Туберкулёз (БЦЖ)', krcore: '05' },
} as const

const vaccineDisplays: Record<keyof typeof vaccines, string> = {
  influenza: 'influenza, inactivated, split virus or surface antigen',
  'hepatitis-b': 'hepatitis B, purified antigen',
  bcg: 'tuberculosis, live attenuated',
}

type Row = {
  id: string
  problems?: [code: keyof typeof problems, since: string][]
  takes?: (keyof typeof medicines)[]
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
    ...{ takes: ['losartan', 'aspirin', 'atorvastatin'], allergies: ['penicillin', 'shrimp'] },
    vaccines: [influenza, ['hepatitis-b', '2009-05-12']],
  },
  {
    ...{ id: 'petrova-elena', problems: [['E78.5', '2022-04']], takes: ['atorvastatin'] },
    ...{ allergies: ['birch'], vaccines: [influenza] },
  },
  {
    ...{ id: 'sokolov-dmitrii', problems: [['E11.9', '2019-11']], takes: ['metformin'] },
    vaccines: [influenza],
  },
  {
    ...{ id: 'pak-svetlana', problems: [['E78.5', '2018-02']], takes: ['atorvastatin'] },
    allergies: ['iodinated-contrast'],
  },
  {
    ...{ id: 'khabarov-sergei', problems: [['I10', '2012-06']], vaccines: [influenza] },
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
    ...{ takes: ['bisoprolol', 'furosemide'], allergies: ['penicillin'] },
    vaccines: [['bcg', '1984-05-21']],
  },
  {
    ...{ id: 'nurlanov-erlan', problems: [['E11.9', '2017-08']], takes: ['metformin'] },
    ...{ allergies: ['iodinated-contrast'], vaccines: [influenza] },
  },
  {
    ...{ id: 'kassymov-alikhan', problems: [['I25.1', '2019-05']], vaccines: [influenza] },
    takes: ['aspirin', 'bisoprolol', 'atorvastatin'],
  },
  { id: 'lebedev-pavel', problems: [['N18.3', '2021-02']], takes: ['losartan'] },
  {
    ...{ id: 'choi-seungho', problems: [['E11.9', '2018-10']], takes: ['metformin'] },
    ...{ allergies: ['penicillin'], vaccines: [influenza, ['hepatitis-b', '2001-04-02']] },
  },
  {
    ...{ id: 'lee-younghee', problems: [['I10', '2010-03']], takes: ['amlodipine'] },
    vaccines: [influenza],
  },
  { id: 'yoon-sangwoo', problems: [['K76.0', '2022-06']] },
  {
    ...{ id: 'oh-miran', problems: [['J45.9', '1999-09']], takes: ['salbutamol'] },
    ...{ allergies: ['birch', 'shrimp'], vaccines: [influenza] },
  },
  {
    ...{ id: 'moon-kyungho', problems: [['I10', '2014-11']], takes: ['amlodipine'] },
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

function medication(id: string, name: keyof typeof medicines): MedicationStatement {
  const { site, language } = person(id)
  const { country } = sites[site]
  const medicine = medicines[name]
  const daily = dailyTexts[medicine.a as keyof typeof dailyTexts]
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
    dosage: [
      {
        text: daily[korean ? 'ko' : 'ru'],
        timing: { repeat: { frequency: medicine.a, period: 1, periodUnit: 'd' } },
        doseAndRate: [
          {
            doseQuantity: {
              ...{ value: decimal(medicine.dose, medicine.digits), unit: 'mg' },
              ...{ system: 'http://unitsofmeasure.org', code: 'mg' },
            },
          },
        ],
      },
    ],
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
    ...(row.allergies ?? []).map((name) => allergy(id, name)),
    ...(row.vaccines ?? []).map(([name, on]) => vaccination(id, name, on)),
  ])
}
