// The cases of remote reading. Each stands at another point of the way: asked, refused, being read,
// preliminary, final, corrected; one report has a translation.

import type { DiagnosticReport, Task } from 'fhir/r4.js'

export type Case = {
  id: string
  patient: string
  exam: 'film' | 'ct'
  /** Date of the examination; its hours follow. */
  date: string
  reason: string
  task: Task['status']
  why?: string
  /** Probability of a nodule as the software gives it. */
  marked?: number
  report?: {
    status: DiagnosticReport['status']
    ko: string
    ru?: string
  }
}

export const cases: Case[] = [
  {
    id: 'reading-kim-aleksei',
    patient: 'kim-aleksei',
    exam: 'film',
    date: '2025-05-20',
    reason: 'Кашель три недели, стаж курения 25 лет',
    task: 'completed',
    marked: 0.83,
    report: {
      status: 'final',
      ko: '우상엽에 약 9 mm 크기의 결절 의심 음영. 저선량 흉부 CT로 추가 확인을 권합니다.',
      ru: 'В верхней доле правого лёгкого подозрение на очаговую тень около 9 мм. Рекомендуется низкодозная КТ грудной клетки.',
    },
  },
  {
    id: 'reading-kim-aleksei-ct',
    patient: 'kim-aleksei',
    exam: 'ct',
    date: '2025-06-03',
    reason: 'Уточнение очага в верхней доле правого лёгкого',
    task: 'completed',
    report: {
      status: 'amended',
      ko: '우상엽 석회화 육아종 8 mm, 양성 소견. (수정: 크기 9 mm를 8 mm로 정정) 1년 뒤 추적검사.',
    },
  },
  {
    id: 'reading-petrova-elena',
    patient: 'petrova-elena',
    exam: 'film',
    date: '2025-03-24',
    reason: 'Плановый чек-ап',
    task: 'completed',
    marked: 0.04,
    report: { status: 'final', ko: '특이 소견 없음.' },
  },
  {
    id: 'reading-pak-svetlana',
    patient: 'pak-svetlana',
    exam: 'film',
    date: '2025-06-10',
    reason: 'Плановый чек-ап',
    task: 'in-progress',
    marked: 0.37,
    report: {
      status: 'preliminary',
      ko: '좌하엽의 선상 음영, 판상 무기폐로 추정. 최종 판독 대기 중.',
    },
  },
  {
    id: 'reading-khabarov-sergei',
    patient: 'khabarov-sergei',
    date: '2025-06-24',
    exam: 'film',
    reason: 'Одышка при нагрузке',
    task: 'requested',
    marked: 0.12,
  },
  {
    id: 'reading-sokolov-dmitrii',
    patient: 'sokolov-dmitrii',
    date: '2025-05-27',
    exam: 'film',
    reason: 'Плановый чек-ап',
    task: 'rejected',
    why: '영상 품질 불량(호기 촬영). 재촬영 후 다시 의뢰 바랍니다.',
  },
]

/** Whether the film of that day was sent to Busan: then the centre reports no result of its own. */
export function readInBusan(patient: string, date: string): boolean {
  return cases.some((one) => one.patient === patient && one.date === date)
}
