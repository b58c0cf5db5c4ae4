// Newborns in Almaty and Aktobe: the stay, the measures of birth, the first days, a bilirubin series in
// µmol/L, and for the twins the advice of Busan's paediatrician.
// https://hl7.org/fhir/R4/observation.html

import type { Condition, Encounter, FhirResource, Observation } from 'fhir/r4.js'
import { consultation } from './advice.ts'
import { births, type Birth } from './birth.ts'
import { ref } from './bundle.ts'
import { type category, coding, concept, hl7, ICD10, LOINC } from './codes.ts'
import { recordOf } from './meta.ts'
import { observed, quantity, type Occasion } from './observation.ts'
import { person } from './people.ts'
import { doctorOf, role } from './practitioner.ts'
import { random } from './random.ts'
import { sites } from './site.ts'

/** The local time some hours after birth, with the offset of Kazakhstan. */
function after(birth: Birth, hours: number): string {
  const instant = Date.parse(birth.born) + hours * 3_600_000
  return new Date(instant + 5 * 3_600_000).toISOString().replace(/\.000Z$/, '+05:00')
}

function occasion(birth: Birth, hours: number): Occasion {
  const baby = person(birth.id)
  return {
    id: `${birth.id}-h${hours}`,
    person: baby,
    site: sites[baby.site],
    doctor: doctorOf[baby.site],
    encounter: `${birth.id}-birth`,
    at: after(birth, hours),
    issued: after(birth, hours),
  }
}

type Measure = [
  key: string,
  kind: keyof typeof category,
  loinc: string,
  text: string,
  value: number,
  digits: number,
  ucum: string,
  display?: string,
]

function measure(when: Occasion, [key, kind, loinc, text, ...rest]: Measure): Observation {
  const [value, digits, ucum, display] = rest
  return {
    ...observed(when, key, kind, concept(coding(LOINC, loinc, display), text)),
    valueQuantity: quantity(value, digits, ucum, 'ru'),
  }
}

function stay(birth: Birth): Encounter {
  const baby = person(birth.id)
  const site = sites[baby.site]
  return {
    resourceType: 'Encounter',
    id: `${birth.id}-birth`,
    meta: recordOf(site.country),
    status: 'finished',
    class: hl7('v3-ActCode', 'IMP', 'inpatient encounter'),
    type: [{ text: 'Рождение' }],
    subject: ref('Patient', birth.id),
    participant: [
      { individual: role('obstetrician-alieva') },
      { individual: ref('RelatedPerson', `mother-of-${birth.id}`) },
    ],
    period: { start: birth.born, end: after(birth, birth.weeks < 37 ? 240 : 124) },
    serviceProvider: ref('Organization', site.organization),
  }
}

function atBirth(birth: Birth): Observation[] {
  const when: Occasion = { ...occasion(birth, 0), id: birth.id }
  const { weeks, grams, length, head, apgar } = birth
  const measures: Measure[] = [
    [
      'birth-weight',
      'exam',
      '8339-4',
      'Масса тела при рождении',
      grams,
      0,
      'g',
      'Birth weight Measured',
    ],
    ['birth-length', 'exam', '89269-5', 'Длина тела при рождении', length, 1, 'cm'],
    ['birth-head', 'exam', '8290-9', 'Окружность головы при рождении', head, 1, 'cm'],
    [
      'gestational-age',
      'exam',
      '11884-4',
      'Срок гестации',
      weeks,
      0,
      'wk',
      'Gestational age Estimated',
    ],
    [
      'apgar-1',
      'exam',
      '9272-6',
      'Апгар, 1 минута',
      apgar[0],
      0,
      '{score}',
      '1 minute Apgar Score',
    ],
    ['apgar-5', 'exam', '9274-2', 'Апгар, 5 минут', apgar[1], 0, '{score}', '5 minute Apgar Score'],
  ]
  return measures.map((one) => measure(when, one))
}

function firstDays(birth: Birth): Observation[] {
  const source = random(`newborn ${birth.id}`)
  const early = birth.weeks < 37
  return [2, 24, 72, 120].flatMap((hours) => {
    const when = occasion(birth, hours)
    // Newborns lose some weight first and have it back after about ten days.
    const kept = { 2: 1, 24: 0.965, 72: 0.94, 120: 0.96 }[hours] ?? 1
    const grams = Math.round((birth.grams * kept) / 5) * 5
    const spo2 = source.integer(early ? 93 : 96, early ? 97 : 99)
    const saturation: Observation = {
      ...observed(
        when,
        'spo2',
        'vital',
        concept(
          [
            coding(LOINC, '2708-6', 'Oxygen saturation in Arterial blood'),
            coding(LOINC, '59408-5', 'Oxygen saturation in Arterial blood by Pulse oximetry'),
          ],
          'SpO₂',
        ),
      ),
      valueQuantity: quantity(spo2, 0, '%', 'ru'),
    }
    const heart = source.integer(118, early ? 158 : 146)
    const breaths = source.integer(38, early ? 58 : 48)
    const warmth = source.around(36.8, 0.12)
    return [
      measure(when, ['weight', 'vital', '29463-7', 'Масса тела', grams, 0, 'g', 'Body weight']),
      saturation,
      measure(when, ['heart', 'vital', '8867-4', 'ЧСС', heart, 0, '/min', 'Heart rate']),
      measure(when, ['breaths', 'vital', '9279-1', 'ЧДД', breaths, 0, '/min', 'Respiratory rate']),
      measure(when, [
        'temperature',
        'vital',
        '8328-7',
        'Температура, подмышечная',
        warmth,
        1,
        'Cel',
        'Axillary temperature',
      ]),
    ]
  })
}

function growth(birth: Birth): Observation {
  const when = occasion(birth, 120)
  return measure(when, [
    'head',
    'vital',
    '9843-4',
    'Окружность головы',
    birth.head + 0.3,
    1,
    'cm',
    'Head Occipital-frontal circumference',
  ])
}

function bilirubin(birth: Birth): Observation[] {
  const display = 'Bilirubin.total [Moles/volume] in Serum or Plasma'
  return birth.bilirubin.map(([hours, value]) =>
    measure(occasion(birth, hours), [
      'bilirubin',
      'laboratory',
      '14631-6',
      'Билирубин общий',
      value,
      1,
      'umol/L',
      display,
    ]),
  )
}

function diagnoses(birth: Birth): Condition[] {
  if (birth.weeks >= 37) return []
  const { site } = person(birth.id)
  const found: [key: string, code: string, display: string, text: string, hours: number][] = [
    ['preterm', 'P07.3', 'Other preterm infants', 'Недоношенность, 34 недели', 0],
    [
      'jaundice',
      'P59.0',
      'Neonatal jaundice associated with preterm delivery',
      'Неонатальная желтуха недоношенных',
      24,
    ],
  ]
  return found.map(([key, code, display, text, hours]) => ({
    resourceType: 'Condition',
    id: `${birth.id}-${key}`,
    meta: recordOf(sites[site].country),
    clinicalStatus: concept(hl7('condition-clinical', 'active', 'Active')),
    verificationStatus: concept(hl7('condition-ver-status', 'confirmed', 'Confirmed')),
    category: [concept(hl7('condition-category', 'encounter-diagnosis', 'Encounter Diagnosis'))],
    code: concept(coding(ICD10, code, display), text),
    subject: ref('Patient', birth.id),
    encounter: ref('Encounter', `${birth.id}-birth`),
    onsetDateTime: after(birth, hours),
    recordedDate: after(birth, hours),
    recorder: role(doctorOf[site]),
  }))
}

function twinsAdvice(birth: Birth): FhirResource[] {
  if (birth.weeks >= 37) return []
  return consultation({
    id: `${birth.id}-advice`,
    patient: birth.id,
    by: 'paediatrician-baek',
    asked: after(birth, 49),
    answered: after(birth, 51),
    about: birth.bilirubin
      .filter(([hours]) => hours <= 48)
      .map(([hours]) => ref('Observation', `${birth.id}-h${hours}-bilirubin`)),
    question: 'Двойня, 34 недели. Билирубин растёт. Показана ли фототерапия?',
    answer: {
      ko: '재태 34주 기준으로 광선치료를 시작하고 12시간마다 빌리루빈을 추적하십시오.',
      ru: 'Для 34 недель гестации начните фототерапию, контроль билирубина каждые 12 часов.',
    },
  })
}

/** Stay, measures, diagnoses and advice of each newborn. */
export function newborns(): FhirResource[] {
  return births.flatMap((birth) => [
    stay(birth),
    ...atBirth(birth),
    ...firstDays(birth),
    growth(birth),
    ...bilirubin(birth),
    ...diagnoses(birth),
    ...twinsAdvice(birth),
  ])
}
