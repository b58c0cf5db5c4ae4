// Runs of the mobile diagnosis kit in Almaty, Aktobe and on the ship: a few microlitres of blood or
// some urine, a reader with its cartridge, the results and their report. One run fails and is
// repeated; for some, Busan advises.
// https://hl7.org/fhir/R4/observation.html#device

import type { DiagnosticReport, FhirResource, Observation, Specimen } from 'fhir/r4.js'
import type { Limits } from './analyte.ts'
import { ref } from './bundle.ts'
import { coding, concept, hl7, interpretation, LOINC } from './codes.ts'
import { recordOf } from './meta.ts'
import { judged, observed, quantity, range, type Occasion } from './observation.ts'
import { person, type Finding, type Person } from './people.ts'
import { doctorOf, role } from './practitioner.ts'
import { random } from './random.ts'
import { sites } from './site.ts'
import { strip } from './strip.ts'

type Test = {
  loinc: string
  display: string
  ru: string
  ko: string
  ucum: string
  digits: number
  limits: Limits
  /** Below this the reader prints "<" and the limit. */
  detection?: number
}

const serum = ' [Mass/volume] in Serum or Plasma'

const tests = {
  troponin: {
    loinc: '89579-7',
    ru: 'Тропонин I высокочувствительный',
    ko: '고감도 트로포닌 I',
    display: `Troponin I.cardiac${serum} by High sensitivity method`,
    ucum: 'ng/L',
    digits: 1,
    limits: [undefined, 26.2],
    detection: 2,
  },
  ntprobnp: {
    loinc: '33762-6',
    ru: 'NT-proBNP',
    ko: 'NT-proBNP',
    ucum: 'pg/mL',
    digits: 0,
    display: `Natriuretic peptide.B prohormone N-Terminal${serum}`,
    limits: [undefined, 125],
  },
  ddimer: {
    loinc: '48065-7',
    ru: 'D-димер (FEU)',
    ko: 'D-이합체(FEU)',
    ucum: 'ng/mL{FEU}',
    display: 'Fibrin D-dimer FEU [Mass/volume] in Platelet poor plasma',
    digits: 0,
    limits: [undefined, 500],
  },
  crp: {
    loinc: '1988-5',
    ru: 'С-реактивный белок',
    ko: 'C-반응단백',
    ucum: 'mg/L',
    digits: 2,
    display: `C reactive protein${serum}`,
    limits: [undefined, 5],
    detection: 0.5,
  },
  glucose: {
    loinc: '14743-9',
    ru: 'Глюкоза (капиллярная кровь)',
    ko: '혈당(모세혈)',
    display: 'Glucose [Moles/volume] in Capillary blood by Glucometer',
    ucum: 'mmol/L',
    digits: 1,
    limits: [3.9, 7.8],
  },
  hba1c: {
    loinc: '4548-4',
    ru: 'Гликированный гемоглобин',
    ko: '당화혈색소',
    ucum: '%',
    digits: 1,
    display: 'Hemoglobin A1c/Hemoglobin.total in Blood',
    limits: [undefined, 6],
  },
} satisfies Record<string, Test>

type TestKey = keyof typeof tests

const cardiac: TestKey[] = ['troponin', 'ntprobnp', 'ddimer', 'crp']
const metabolic: TestKey[] = ['glucose', 'hba1c']

const usual: Record<TestKey, [mean: number, spread: number]> = {
  troponin: [5.2, 2.4],
  ntprobnp: [62, 22],
  ddimer: [260, 70],
  crp: [1.6, 0.8],
  glucose: [5.2, 0.4],
  hba1c: [5.3, 0.2],
}

const raised: Partial<Record<Finding, Partial<Record<TestKey, [number, number]>>>> = {
  heart: { troponin: [21, 5], ntprobnp: [860, 190], ddimer: [430, 90], crp: [6.4, 1.5] },
  pressure: { ntprobnp: [148, 30] },
  diabetes: { glucose: [10.6, 1.4], hba1c: [7.6, 0.5] },
  kidney: { ntprobnp: [310, 60] },
}

function result(occasion: Occasion, key: TestKey, value: number, device: string): Observation {
  const test: Test = tests[key]
  const { language } = occasion.site
  const least = test.detection ?? 0
  const under = value < least
  const shown = Number(Math.max(value, least).toFixed(test.digits))
  return {
    ...observed(
      occasion,
      key,
      'laboratory',
      concept(coding(LOINC, test.loinc, test.display), test[language]),
    ),
    valueQuantity: {
      ...quantity(shown, test.digits, test.ucum, language),
      ...(under ? { comparator: '<' as const } : {}),
    },
    interpretation: [interpretation(under ? 'N' : judged(shown, test.limits))],
    device: ref('Device', device),
    referenceRange: [range(test.limits, test.digits, test.ucum, language)],
  }
}

/** The reader stopped: what was asked for, and why there is no figure. */
function failed(occasion: Occasion, key: TestKey, device: string): Observation {
  const test: Test = tests[key]
  return {
    ...observed(
      occasion,
      key,
      'laboratory',
      concept(coding(LOINC, test.loinc, test.display), test[occasion.site.language]),
    ),
    status: 'cancelled',
    dataAbsentReason: concept(hl7('data-absent-reason', 'error', 'Error'), 'QC: sample too small'),
    note: [{ text: 'Ошибка считывателя: недостаточный объём пробы, измерение повторено.' }],
    device: ref('Device', device),
  }
}

function sample(occasion: Occasion, kind: 'blood' | 'urine', microlitres: number): Specimen {
  const blood = kind === 'blood'
  return {
    resourceType: 'Specimen',
    id: `${occasion.id}-${kind}`,
    meta: recordOf(occasion.site.country),
    status: 'available',
    type: blood
      ? concept(hl7('v2-0487', 'BLD', 'Whole blood'), 'Capillary blood, fingertip')
      : concept(hl7('v2-0487', 'UR', 'Urine')),
    subject: ref('Patient', occasion.person.id),
    receivedTime: occasion.at,
    collection: {
      collectedDateTime: occasion.at,
      quantity: quantity(microlitres, 0, 'uL', occasion.site.language),
    },
  }
}

/** The occasion of a kit run: results are out twenty minutes after the sample. */
export function kitOccasion(one: Person, name: string, date: string, time: string): Occasion {
  const site = sites[one.site]
  const id = `${one.id}-${name}`
  const [hour = '', minute = '0'] = time.split(':')
  const out = Number(minute) + 20
  const issued = `${String(Number(hour) + Math.floor(out / 60)).padStart(2, '0')}:${String(out % 60).padStart(2, '0')}`
  return {
    id,
    person: one,
    site,
    doctor: doctorOf[one.site],
    at: `${date}T${time}:00${site.offset}`,
    issued: `${date}T${issued}:00${site.offset}`,
    blood: `${id}-blood`,
    urine: `${id}-urine`,
  }
}

type Parts = {
  cardiac?: boolean
  metabolic?: boolean
  urine?: boolean
  fail?: boolean
  /** What treatment has done to the figures since the first run. */
  trend?: number
  crp?: number
}

/** One run: the samples, the results and the report. */
export function kitRun(occasion: Occasion, parts: Parts): FhirResource[] {
  const { finding, site } = occasion.person
  // One person's runs start from the same figures and sway a little.
  const source = random(`kit ${occasion.person.id}`)
  const sway = random(`kit ${occasion.id}`)
  const measure = (keys: TestKey[], device: string): Observation[] =>
    keys.map((key) => {
      const [mean, spread] = raised[finding]?.[key] ?? usual[key]
      const drawn = source.around(mean, spread) * sway.between(0.95, 1.05) * (parts.trend ?? 1)
      const value = Math.max(key === 'crp' ? (parts.crp ?? drawn) : drawn, 0.1)
      return parts.fail === true
        ? failed(occasion, key, device)
        : result(occasion, key, value, device)
    })
  const blood = [
    ...(parts.cardiac === true ? measure(cardiac, `reader-${site}`) : []),
    ...(parts.metabolic === true ? measure(metabolic, `reader-${site}`) : []),
  ]
  const urine = parts.urine === true ? strip(occasion, `reader-${site}`) : []
  const results = [...blood, ...urine]
  const kinds = [...(blood.length > 0 ? ['blood'] : []), ...(urine.length > 0 ? ['urine'] : [])]
  const ru = occasion.site.language === 'ru'
  const report: DiagnosticReport = {
    resourceType: 'DiagnosticReport',
    id: `${occasion.id}-report`,
    meta: recordOf(occasion.site.country),
    language: occasion.site.language,
    status: parts.fail === true ? 'cancelled' : 'final',
    category: [concept(hl7('v2-0074', 'LAB', 'Laboratory'))],
    code: concept(
      coding(LOINC, '11502-2', 'Laboratory report'),
      ru ? 'Экспресс-диагностика, мобильный комплект' : '이동형 진단키트 검사',
    ),
    subject: ref('Patient', occasion.person.id),
    effectiveDateTime: occasion.at,
    issued: occasion.issued,
    performer: [ref('Organization', occasion.site.organization), role(occasion.doctor)],
    specimen: kinds.map((kind) => ref('Specimen', `${occasion.id}-${kind}`)),
    result: results
      // The panel stands for its members.
      .filter((one) => !urine.includes(one) || one.hasMember !== undefined)
      .map((one) => ref('Observation', one.id ?? '')),
  }
  return [
    ...(blood.length > 0 ? [sample(occasion, 'blood', parts.fail === true ? 8 : 35)] : []),
    ...(urine.length > 0 ? [sample(occasion, 'urine', 500)] : []),
    ...results,
    report,
  ]
}

const heart: Parts = { cardiac: true }
const sugar: Parts = { metabolic: true, urine: true }

const runs: Record<'almaty' | 'aktobe', [id: string, name: string, day: string, Parts][]> = {
  almaty: [
    ['seitkali-aigerim', 'kit-1', '2025-04-02 10:20', { cardiac: true, metabolic: true }],
    ['seitkali-aigerim', 'kit-2', '2025-05-07 10:05', { ...heart, trend: 0.58 }],
    ['nurlanov-erlan', 'kit-1', '2025-04-03 09:40', sugar],
    ['nurlanov-erlan', 'kit-2', '2025-07-03 09:30', { ...sugar, trend: 0.88 }],
    ['kassymov-alikhan', 'kit-1', '2025-04-07 11:15', { ...heart, fail: true }],
    ['kassymov-alikhan', 'kit-2', '2025-04-07 11:50', heart],
    ['ospanova-gulnara', 'kit-1', '2025-04-08 14:00', { cardiac: true, urine: true }],
    ['zhumabaev-marat', 'kit-1', '2025-04-09 09:10', { metabolic: true }],
    ['ibragimova-saule', 'kit-1', '2025-04-10 10:30', { cardiac: true, urine: true }],
    ['akhmetova-dana', 'kit-1', '2025-04-14 15:25', sugar],
  ],
  aktobe: [
    ['bekov-daniiar', 'kit-1', '2025-04-22 09:50', { cardiac: true, metabolic: true }],
    ['karimov-askar', 'kit-1', '2025-04-23 10:35', heart],
    ['karimov-askar', 'kit-2', '2025-04-23 13:40', heart],
    ['iskakova-madina', 'kit-1', '2025-04-24 11:05', sugar],
    ['sagyndykov-ruslan', 'kit-1', '2025-04-25 12:20', { cardiac: true, urine: true }],
    ['zhaksylykova-botagoz', 'kit-1', '2025-04-28 09:15', sugar],
  ],
}

/** All runs of one kit. */
export function kitRuns(kit: keyof typeof runs): FhirResource[] {
  return runs[kit].flatMap(([id, name, day, parts]) => {
    const [date = '', time = ''] = day.split(' ')
    return kitRun(kitOccasion(person(id), name, date, time), parts)
  })
}
