// People and their observations for measurements: as many as asked for, the same at each run, one after the other.
// Skewed as in life: a fifth of the Korean names are Kim, some codes are on every visit and others on one in a thousand,
// few people have many observations. Must not hold real people, nor more than one resource at a time.
import type { Resource } from '../src/fhir/message.ts'

export const MRN = 'https://bench.example.org/fhir/sid/mrn'
export const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'

type Random = () => number

/** Numbers in [0, 1) from a seed (mulberry32). */
export function random(...seed: readonly (string | number)[]): Random {
  let a = 2166136261
  for (const c of seed.join('|')) a = Math.imul(a ^ c.charCodeAt(0), 16777619)
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** The first is the most frequent; the weight of each is 1 / place. */
function skewed<T>(r: Random, list: readonly T[]): T {
  const total = list.reduce((sum, _, i) => sum + 1 / (i + 1), 0)
  let left = r() * total
  for (let i = 0; i < list.length; i++) if ((left -= 1 / (i + 1)) < 0) return list[i]!
  return list[0]!
}

const pad = (n: number, width: number): string => String(n).padStart(width, '0')
const between = (r: Random, low: number, high: number): number =>
  low + Math.floor(r() * (high - low + 1))

type Culture = {
  readonly country: string
  readonly families: readonly string[]
  readonly given: readonly (readonly string[])[]
  readonly cities: readonly string[]
}

const CULTURES: readonly Culture[] = [
  {
    country: 'KR',
    families: '김이박최정강조윤장임한오서신권황안송류홍전고문양손배백허남심노하곽성차주우구'.split(
      '',
    ),
    given: [
      [
        '민준',
        '서준',
        '도윤',
        '예준',
        '시우',
        '하준',
        '지호',
        '준서',
        '건우',
        '현우',
        '우진',
        '선우',
      ],
      [
        '서연',
        '서윤',
        '지우',
        '하은',
        '민서',
        '지유',
        '수아',
        '채원',
        '지민',
        '예은',
        '다은',
        '은서',
      ],
    ],
    cities: ['서울특별시', '부산광역시', '인천광역시', '대구광역시', '대전광역시', '광주광역시'],
  },
  {
    country: 'RU',
    families: [
      ...['Иванов', 'Смирнов', 'Кузнецов', 'Попов', 'Васильев', 'Петров', 'Соколов', 'Михайлов'],
      ...['Новиков', 'Фёдоров', 'Морозов', 'Волков', 'Алексеев', 'Лебедев', 'Семёнов', 'Егоров'],
      ...['Ким', 'Пак', 'Цой', 'Павлов', 'Козлов', 'Степанов', 'Николаев', 'Орлов', 'Щербаков'],
    ],
    given: [
      ['Александр', 'Максим', 'Дмитрий', 'Артём', 'Иван', 'Михаил', 'Сергей', 'Андрей', 'Алексей'],
      ['Анна', 'Мария', 'Елена', 'Ольга', 'Наталья', 'Екатерина', 'Татьяна', 'Софья', 'Юлия'],
    ],
    cities: ['Москва', 'Санкт-Петербург', 'Новосибирск', 'Екатеринбург', 'Казань', 'Владивосток'],
  },
  {
    country: 'KZ',
    families: [
      ...['Нұрланов', 'Ахметов', 'Омаров', 'Қасымов', 'Сұлтанов', 'Жұмабаев', 'Әбдіров'],
      ...['Бекмұратов', 'Ысқақов', 'Өтегенов', 'Ғабдуллин', 'Тұрсынов', 'Ким', 'Ли', 'Хегай'],
    ],
    given: [
      ['Айдос', 'Ерлан', 'Нұрсұлтан', 'Бауыржан', 'Қайрат', 'Санжар', 'Дәурен', 'Әлихан'],
      ['Айгүл', 'Әсел', 'Дина', 'Гүлнар', 'Жанар', 'Мөлдір', 'Айжан', 'Сәуле'],
    ],
    cities: ['Алматы', 'Астана', 'Шымкент', 'Қарағанды', 'Ақтөбе', 'Тараз'],
  },
]

const ORGANIZATIONS = 40
const PRACTITIONERS = 400

function* places(): Generator<Resource> {
  for (let i = 0; i < ORGANIZATIONS; i++) {
    const r = random('organization', i)
    const { cities, country } = CULTURES[i % 3]!
    yield {
      resourceType: 'Organization',
      id: `g${i}`,
      name: `${skewed(r, cities)} ${i + 1}`,
      address: [{ country }],
      ...(i > 2 ? { partOf: { reference: `Organization/g${i % 3}` } } : {}),
    }
  }
  for (let i = 0; i < PRACTITIONERS; i++) {
    const r = random('practitioner', i)
    const { families, given } = CULTURES[i % 3]!
    const name = [{ family: skewed(r, families), given: [skewed(r, given[i % 2]!)] }]
    yield { resourceType: 'Practitioner', id: `d${i}`, name }
  }
}

/** The identifier (of the system MRN) of a patient. */
export const mrnOf = (patient: number): string => `MRN${pad(patient, 8)}`

/** The patient with a number. */
export function patient(i: number): Resource {
  const r = random('patient', i)
  const { families, given, cities, country } = CULTURES[skewed(r, [0, 1, 2])]!
  const female = r() < 0.5
  const ending = female && country !== 'KR' && r() < 0.9 ? 'а' : ''
  return {
    resourceType: 'Patient',
    id: `p${i}`,
    identifier: [{ use: 'usual', system: MRN, value: mrnOf(i) }],
    active: r() < 0.98,
    name: [
      {
        use: 'official',
        family: skewed(r, families) + ending,
        given: [skewed(r, given[female ? 1 : 0]!)],
      },
    ],
    telecom: [{ system: 'phone', value: `+${between(r, 1e10, 1e11)}` }],
    gender: female ? 'female' : 'male',
    birthDate: `${between(r, 1935, 2024)}-${pad(between(r, 1, 12), 2)}-${pad(between(r, 1, 28), 2)}`,
    address: [{ city: skewed(r, cities), country }],
    managingOrganization: { reference: `Organization/g${Math.floor(r() * r() * ORGANIZATIONS)}` },
  }
}

type Measured = {
  readonly code: string
  readonly display: string
  /** Of a hundred thousand observations. */
  readonly share: number
  readonly low: number
  readonly high: number
  readonly digits: number
  readonly unit: string
}

const measured = (
  code: string,
  display: string,
  share: number,
  [low, high, digits]: readonly [number, number, number],
  unit: string,
): Measured => ({ code, display, share, low, high, digits, unit })

/** Has components: systolic and diastolic. */
export const PRESSURE = '85354-9'

/** Codes of observations; of 1.1 million, the first has 200,000 and the last about ten. */
export const MEASURED: readonly Measured[] = [
  measured('8310-5', 'Body temperature', 18_180, [35.2, 40.1, 1], 'Cel'),
  measured(PRESSURE, 'Blood pressure panel', 18_000, [90, 190, 0], 'mm[Hg]'),
  measured('8867-4', 'Heart rate', 14_000, [45, 140, 0], '/min'),
  measured('29463-7', 'Body weight', 12_000, [40, 130, 1], 'kg'),
  measured('2339-0', 'Glucose [Mass/volume] in Blood', 12_000, [60, 280, 0], 'mg/dL'),
  measured('718-7', 'Hemoglobin [Mass/volume] in Blood', 9_000, [8, 18, 1], 'g/dL'),
  measured('15074-8', 'Glucose [Moles/volume] in Blood', 6_000, [3.2, 15.4, 1], 'mmol/L'),
  measured('4548-4', 'Hemoglobin A1c', 5_800, [4.5, 12, 1], '%'),
  measured('2160-0', 'Creatinine [Mass/volume] in Serum or Plasma', 4_500, [0.5, 6, 2], 'mg/dL'),
  measured('14749-6', 'Glucose [Moles/volume] in Serum or Plasma', 490, [3, 16, 1], 'mmol/L'),
  measured('33762-6', 'NT-proBNP', 29, [5, 9000, 0], 'pg/mL'),
  measured('48346-3', 'Neutrophil elastase', 1, [20, 200, 0], 'ng/mL'),
]

function measuredOf(r: Random): Measured {
  let left = r() * 100_000
  for (const one of MEASURED) if ((left -= one.share) < 0) return one
  return MEASURED[0]!
}

/** Observations of a patient: eleven on average, few people with many more. */
export const observationsOf = (i: number): number =>
  Math.min(300, 4 + Math.floor(-7.5 * Math.log(1 - random('count', i)())))

/** The observation `k` of a patient. */
export function observation(i: number, k: number): Resource {
  const r = random('observation', i, k)
  const one = measuredOf(r)
  const day = Date.UTC(2016, 0, 1) + Math.floor(10 * 365 * (1 - r() * r())) * 86_400_000
  const at = new Date(day + between(r, 0, 86_399) * 1000).toISOString().slice(0, 19)
  const amount = (low: number, high: number) => ({
    valueQuantity: {
      // Values around the middle are the usual ones.
      value: Number((low + ((r() + r() + r()) / 3) * (high - low)).toFixed(one.digits)),
      unit: one.unit,
      system: UCUM,
      code: one.unit,
    },
  })
  const concept = (code: string) => ({ coding: [{ system: LOINC, code }] })
  return {
    resourceType: 'Observation',
    id: `o${i}-${k}`,
    status: r() < 0.97 ? 'final' : 'amended',
    code: { coding: [{ system: LOINC, code: one.code, display: one.display }] },
    subject: { reference: `Patient/p${i}` },
    effectiveDateTime: `${at}+0${between(r, 0, 2) * 3 + 3}:00`,
    performer: [{ reference: `Practitioner/d${Math.floor(r() * r() * PRACTITIONERS)}` }],
    ...(one.code === PRESSURE
      ? {
          component: [
            { code: concept('8480-6'), ...amount(one.low, one.high) },
            { code: concept('8462-4'), ...amount(50, 120) },
          ],
        }
      : amount(one.low, one.high)),
  }
}

/**
 * Everything, patients before their observations, and those of one patient far apart: people come again, and others come
 * in between.
 */
export function* population(patients: number): Generator<Resource> {
  yield* places()
  for (let i = 0; i < patients; i++) yield patient(i)
  let left = Array.from({ length: patients }, (_, i) => i)
  for (let k = 0; left.length > 0; k++) {
    left = left.filter((i) => k < observationsOf(i))
    for (const i of left) yield observation(i, k)
  }
}
