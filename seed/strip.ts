// The urine strip: ten fields less glucose, which the kit measures in blood. Most fields only say how
// much colour there was; a panel Observation holds them together.

import type { CodeableConcept, Observation } from 'fhir/r4.js'
import { ref } from './bundle.ts'
import { coding, concept, interpretation, LOINC, type Interpretation } from './codes.ts'
import { observed, quantity, type Occasion } from './observation.ts'
import type { Finding } from './people.ts'
import { random } from './random.ts'

type Field = { key: string; loinc: string; display: string; ru: string; ko: string }

// The fields that only say how much colour there was.
const fields: Field[] = [
  ...(
    [
      ['protein', '20454-5', 'Protein', 'Белок', '단백'],
      ['ketones', '2514-8', 'Ketones', 'Кетоны', '케톤'],
      ['blood', '5794-3', 'Hemoglobin', 'Кровь', '잠혈'],
      ['leukocytes', '5799-2', 'Leukocyte esterase', 'Лейкоциты', '백혈구'],
      ['nitrite', '5802-4', 'Nitrite', 'Нитриты', '아질산염'],
      ['bilirubin', '5770-3', 'Bilirubin.total', 'Билирубин', '빌리루빈'],
      ['urobilinogen', '5818-0', 'Urobilinogen', 'Уробилиноген', '유로빌리노겐'],
    ] as const
  ).map(([key, loinc, name, ru, ko]) => ({
    key,
    loinc,
    ru,
    ko,
    display: `${name} [Presence] in Urine by Test strip`,
  })),
]

function grade(field: string, finding: Finding): [text: string, code: Interpretation] {
  if (field === 'protein' && finding === 'kidney') return ['2+', 'POS']
  if (field === 'protein' && finding === 'pressure') return ['±', 'E']
  if (field === 'ketones' && finding === 'diabetes') return ['1+', 'POS']
  if (field === 'blood' && finding === 'anaemia') return ['1+', 'POS']
  return ['−', 'NEG']
}

/** The fields of a strip, then the panel that has them as members. */
export function strip(occasion: Occasion, device: string): Observation[] {
  const { language } = occasion.site
  const source = random(`strip ${occasion.id}`)
  const urine = { specimen: ref('Specimen', occasion.urine ?? ''), device: ref('Device', device) }
  const field = (key: string, code: CodeableConcept): Observation => ({
    ...observed(occasion, `strip-${key}`, 'laboratory', code),
    ...urine,
  })
  const presence = fields.map((one): Observation => {
    const [text, code] = grade(one.key, occasion.person.finding)
    return {
      ...field(one.key, concept(coding(LOINC, one.loinc, one.display), one[language])),
      valueCodeableConcept: { text },
      interpretation: [interpretation(code)],
    }
  })
  const figures: Observation[] = [
    {
      ...field('ph', concept(coding(LOINC, '5803-2', 'pH of Urine by Test strip'), 'pH')),
      valueQuantity: quantity(source.integer(10, 14) / 2, 1, '[pH]', language),
    },
    {
      ...field(
        'gravity',
        concept(
          coding(LOINC, '5811-5', 'Specific gravity of Urine by Test strip'),
          language === 'ru' ? 'Удельный вес' : '요비중',
        ),
      ),
      valueQuantity: quantity(1 + source.integer(2, 5) / 200, 3, '{ratio}', language),
    },
  ]
  const members = [...presence, ...figures]
  const panel: Observation = {
    ...field(
      'panel',
      concept(
        coding(LOINC, '24357-6', 'Urinalysis macro (dipstick) panel - Urine'),
        language === 'ru' ? 'Общий анализ мочи, тест-полоска' : '요시험지봉 검사',
      ),
    ),
    hasMember: members.map((one) => ref('Observation', one.id ?? '')),
  }
  return [...members, panel]
}
