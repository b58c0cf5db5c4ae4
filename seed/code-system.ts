// The code systems of this project's own that the seed uses: a few codes for what no standard names.
// https://hl7.org/fhir/R4/codesystem.html

import type { CodeSystem, FhirResource } from 'fhir/r4.js'
import { OWN } from './codes.ts'
import { HTEST } from './meta.ts'

type Code = { code: string; display: string; ko: string; ru: string }

function system(id: string, title: string, codes: Code[]): CodeSystem {
  return {
    resourceType: 'CodeSystem',
    id,
    meta: { tag: [HTEST] },
    url: `${OWN}/${id}`,
    version: '0.1.0',
    name: title.replaceAll(' ', ''),
    title,
    status: 'draft',
    experimental: true,
    date: '2025-01-01',
    publisher: 'Ieum',
    description: `${title}: codes of the demonstration network.`,
    caseSensitive: true,
    content: 'complete',
    count: codes.length,
    concept: codes.map(({ code, display, ko, ru }) => ({
      code,
      display,
      definition: display,
      designation: [
        { language: 'ko', value: ko },
        { language: 'ru', value: ru },
      ],
    })),
  }
}

export function codeSystems(): FhirResource[] {
  return [
    system('encounter-type', 'Encounter Type', [
      {
        code: 'korean-checkup',
        display: 'Korean check-up',
        ko: '한국형 건강검진',
        ru: 'Корейский чек-ап',
      },
    ]),
    system('report-type', 'Report Type', [
      {
        code: 'korean-checkup',
        display: 'Korean check-up report',
        ko: '건강검진 결과통보서',
        ru: 'Заключение корейского чек-апа',
      },
    ]),
    system('ai-finding', 'AI Finding', [
      {
        code: 'nodule-probability',
        display: 'Probability of a pulmonary nodule',
        ko: '폐결절 확률',
        ru: 'Вероятность очага в лёгком',
      },
    ]),
  ]
}
