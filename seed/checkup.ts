// Visits of the Korean check-up programme: an Encounter, samples, the programme's measurements and one
// DiagnosticReport. Moscow and Vladivostok report in SI units, Busan in mass units. A film sent
// to Busan is read there: then the centre reports no result of its own.

import type { DiagnosticReport, Encounter, FhirResource, Observation, Specimen } from 'fhir/r4.js'
import type { AnalyteKey } from './analyte.ts'
import { ref } from './bundle.ts'
import { category, coding, concept, hl7, interpretation, LOINC, OWN } from './codes.ts'
import { recordOf, restricted } from './meta.ts'
import { bloodPressure, measured, observed, type Occasion } from './observation.ts'
import { draw, later, type Figures } from './figures.ts'
import { person, type Person } from './people.ts'
import { doctorOf, role } from './practitioner.ts'
import { random } from './random.ts'
import { readInBusan } from './reading-case.ts'
import { sites } from './site.ts'

const sampleTypes = { blood: ['BLD', 'Whole blood'], urine: ['UR', 'Urine'] } as const

function specimen(occasion: Occasion, kind: 'blood' | 'urine'): Specimen {
  const [code, display] = sampleTypes[kind]
  return {
    resourceType: 'Specimen',
    id: `${occasion.id}-${kind}`,
    meta: recordOf(occasion.site.country),
    status: 'available',
    type: concept(hl7('v2-0487', code, display)),
    subject: ref('Patient', occasion.person.id),
    receivedTime: occasion.issued,
    collection: { collectedDateTime: occasion.at },
  }
}

function encounter(occasion: Occasion): Encounter {
  const { site } = occasion
  return {
    resourceType: 'Encounter',
    id: occasion.id,
    meta: recordOf(site.country),
    status: 'finished',
    class: hl7('v3-ActCode', 'AMB', 'ambulatory'),
    type: [
      concept(
        coding(`${OWN}/encounter-type`, 'korean-checkup', 'Korean check-up'),
        site.language === 'ru' ? 'Корейский чек-ап' : '일반건강검진',
      ),
    ],
    subject: ref('Patient', occasion.person.id),
    participant: [{ individual: role(occasion.doctor) }],
    period: { start: occasion.at, end: occasion.issued },
    location: [{ location: ref('Location', site.organization) }],
    serviceProvider: ref('Organization', site.organization),
  }
}

function urineProtein(occasion: Occasion): Observation {
  const found = occasion.person.finding === 'kidney'
  const text = { ko: '요단백', ru: 'Белок в моче' }[occasion.site.language]
  const negative = { ko: '음성(−)', ru: 'отрицательно (−)' }[occasion.site.language]
  return {
    ...observed(
      occasion,
      'urine-protein',
      'laboratory',
      concept(coding(LOINC, '20454-5', 'Protein [Presence] in Urine by Test strip'), text),
    ),
    valueCodeableConcept: { text: found ? '1+' : negative },
    interpretation: [interpretation(found ? 'POS' : 'NEG')],
    specimen: ref('Specimen', occasion.urine ?? ''),
  }
}

function chestFilm(occasion: Occasion): Observation {
  const { language } = occasion.site
  const text = { ko: '흉부방사선촬영', ru: 'Рентгенография органов грудной клетки' }[language]
  const normal = { ko: '정상', ru: 'Без патологических изменений' }[language]
  return {
    ...observed(
      occasion,
      'chest-xray',
      'imaging',
      concept(coding(LOINC, '24648-8', 'XR Chest PA upright'), text),
    ),
    valueCodeableConcept: { text: normal },
    interpretation: [interpretation('N')],
  }
}

function hepatitisB(occasion: Occasion): Observation {
  const code = coding(
    LOINC,
    '5196-1',
    'Hepatitis B virus surface Ag [Presence] in Serum or Plasma by Immunoassay',
  )
  const text = { ko: 'B형간염 표면항원', ru: 'HBsAg' }[occasion.site.language]
  const negative = { ko: '음성', ru: 'отрицательно' }[occasion.site.language]
  return {
    ...observed(occasion, 'hbsag', 'laboratory', concept(code, text)),
    valueCodeableConcept: { text: negative },
    interpretation: [interpretation('NEG')],
  }
}

const programme: [AnalyteKey, string[]?][] = [
  ['height'],
  ['weight'],
  ['bmi', ['height', 'weight']],
  ['waist'],
  ['heartRate'],
  ['hemoglobin'],
  ['glucose'],
  ['cholesterol'],
  ['hdl'],
  ['triglyceride'],
  ['ldl', ['cholesterol', 'hdl', 'triglyceride']],
  ['ast'],
  ['alt'],
  ['ggt'],
  ['creatinine'],
  ['egfr', ['creatinine']],
  ['urate'],
]

/** What lies outside the laboratory's ranges, in the language of the site. */
function conclusion(occasion: Occasion, results: Observation[]): string {
  const outside = results
    .filter((one) => {
      const code = one.interpretation?.[0]?.coding?.[0]?.code
      return code === 'H' || code === 'L' || code === 'POS'
    })
    .map((one) => one.code.text ?? '')
  if (occasion.site.language === 'ru') {
    return outside.length === 0
      ? 'Показатели в пределах референсных значений лаборатории.'
      : `Вне референсных значений лаборатории: ${outside.join(', ')}. Рекомендована консультация врача.`
  }
  return outside.length === 0
    ? '검사 결과가 검사실 참고범위 안에 있습니다.'
    : `검사실 참고범위를 벗어난 항목: ${outside.join(', ')}. 진료 상담을 권합니다.`
}

function report(occasion: Occasion, results: Observation[], abroad: boolean): DiagnosticReport {
  const { site } = occasion
  return {
    resourceType: 'DiagnosticReport',
    id: `${occasion.id}-report`,
    meta: recordOf(site.country),
    language: site.language,
    status: 'final',
    category: [concept(hl7('v2-0074', 'LAB', 'Laboratory'))],
    code: concept(
      coding(`${OWN}/report-type`, 'korean-checkup', 'Korean check-up report'),
      site.language === 'ru' ? 'Заключение корейского чек-апа' : '일반건강검진 결과통보서',
    ),
    subject: ref('Patient', occasion.person.id),
    encounter: ref('Encounter', occasion.id),
    effectiveDateTime: occasion.at,
    issued: occasion.issued,
    performer: [ref('Organization', site.organization)],
    resultsInterpreter: [role(occasion.doctor)],
    specimen: [ref('Specimen', `${occasion.id}-blood`), ref('Specimen', `${occasion.id}-urine`)],
    result: results.map((one) => ref('Observation', one.id ?? '')),
    conclusion: abroad
      ? `${conclusion(occasion, results)} Рентгенограмма направлена на описание в Пусан.`
      : conclusion(occasion, results),
  }
}

function visit(one: Person, date: string, figures: Figures): FhirResource[] {
  const site = sites[one.site]
  const id = `${one.id}-${date.slice(0, 4)}`
  const occasion: Occasion = {
    id,
    person: one,
    site,
    doctor: doctorOf[one.site],
    encounter: id,
    at: `${date}T08:${String(10 + (one.n % 45))}:00${site.offset}`,
    issued: `${date}T16:${String(10 + (one.n % 45))}:00${site.offset}`,
    blood: `${id}-blood`,
    urine: `${id}-urine`,
  }
  const years = Number(date.slice(0, 4)) - Number(one.birthDate.slice(0, 4))
  const abroad = readInBusan(one.id, date)
  const items = programme.map(([key, from]) => measured(occasion, key, figures[key], from))
  const results: Observation[] = [
    bloodPressure(occasion, figures.systolic, figures.diastolic),
    ...items,
    urineProtein(occasion),
    ...(abroad ? [] : [chestFilm(occasion)]),
    ...(one.finding === 'diabetes' ? [measured(occasion, 'hba1c', figures.hba1c)] : []),
    ...(years === 40 ? [hepatitisB(occasion)] : []),
  ]
  // Asked every few years. Mental health is nobody's business outside the house: the result is
  // labelled, and not part of the report.
  const mood: Observation[] = [0, 3, 7].includes(years % 10)
    ? [
        {
          ...measured(occasion, 'phq9', figures.phq9),
          meta: restricted(site.country, 'PSY', 'psychiatry disorder information sensitivity'),
          category: [category.survey],
        },
      ]
    : []
  return [
    encounter(occasion),
    specimen(occasion, 'blood'),
    specimen(occasion, 'urine'),
    ...results,
    ...mood,
    report(occasion, results, abroad),
  ]
}

const visits: Record<'moscow' | 'vladivostok' | 'busan', [id: string, ...dates: string[]][]> = {
  moscow: [
    ['petrova-elena', '2024-03-18', '2025-03-24'],
    ['smirnov-ivan', '2024-04-09', '2025-04-15'],
    ['sokolov-dmitrii', '2024-05-21', '2025-05-27'],
    ['pak-svetlana', '2024-06-05', '2025-06-10'],
    ['kuznetsova-olga', '2025-02-13'],
    ['popova-mariia', '2025-02-20'],
    ['lebedev-pavel', '2025-03-06'],
    ['novikova-tatiana', '2025-03-13'],
    ['morozov-aleksandr', '2025-04-03'],
    ['solovev-igor', '2025-04-17'],
    ['zaitsev-maksim', '2025-05-15'],
  ],
  vladivostok: [
    ['kim-aleksei', '2024-05-14', '2025-05-20'],
    ['khabarov-sergei', '2024-06-18', '2025-06-24'],
    ['li-valentin', '2024-07-02', '2025-07-08'],
    ['tsoi-irina', '2025-03-12'],
    ['orlova-galina', '2025-03-26'],
    ['makarova-daria', '2025-04-10'],
    ['egorov-viktor', '2025-04-24'],
    ['nikitina-vera', '2025-05-08'],
  ],
  busan: [
    ['choi-seungho', '2023-10-11', '2025-10-14'],
    ['lee-younghee', '2023-11-02', '2025-11-04'],
    ['kim-minjun', '2025-04-16'],
    ['han-dongwook', '2025-05-13'],
    ['yoon-sangwoo', '2025-06-17'],
    // Two guests, measured again in Busan: the same analytes in the other units.
    ['kim-aleksei-busan', '2025-09-02'],
    ['petrova-elena-busan', '2025-09-16'],
  ],
}

/** All check-up visits of one centre. */
export function checkups(centre: keyof typeof visits): FhirResource[] {
  return visits[centre].flatMap(([id, ...dates]) => {
    const one = person(id)
    // A guest's figures are drawn from the person's own stream, so that they go on from home.
    const source = random(`checkup ${one.sameAs ?? one.id}`)
    const yearsAt = (date: string) => Number(date.slice(0, 4)) - Number(one.birthDate.slice(0, 4))
    let figures = draw(one, source, yearsAt(dates[0] ?? ''))
    // A guest has been measured twice at home before.
    if (one.sameAs !== undefined) figures = later(figures, one, source, yearsAt(dates[0] ?? ''))
    return dates.flatMap((date, i) => {
      if (i > 0 || one.sameAs !== undefined) figures = later(figures, one, source, yearsAt(date))
      return visit(one, date, figures)
    })
  })
}
