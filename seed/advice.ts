// A doctor abroad asks, Busan answers: a ServiceRequest for advice, its Task at the hospital, and the
// answer as a Communication in the language of the one who asked.
// https://hl7.org/fhir/R4/communication.html

import type { Communication, FhirResource, Reference, ServiceRequest, Task } from 'fhir/r4.js'
import { ref } from './bundle.ts'
import { coding, concept, hl7 } from './codes.ts'
import { recordOf } from './meta.ts'
import { person } from './people.ts'
import { doctorOf, role } from './practitioner.ts'
import { sites } from './site.ts'

export type Question = {
  id: string
  patient: string
  asked: string
  answered: string
  by: string
  about: Reference[]
  question: string
  /** The answer as written, and translated. */
  answer: { ko: string; ru: string }
}

function request(one: Question): ServiceRequest {
  const { site } = person(one.patient)
  return {
    resourceType: 'ServiceRequest',
    id: one.id,
    meta: recordOf(sites[site].country),
    status: 'completed',
    intent: 'order',
    category: [{ text: 'Teleconsultation' }],
    priority: 'urgent',
    code: { text: 'Advice of a specialist in Busan' },
    subject: ref('Patient', one.patient),
    authoredOn: one.asked,
    requester: role(doctorOf[site]),
    performer: [ref('Organization', 'busan-hospital')],
    supportingInfo: one.about,
    note: [{ text: one.question }],
  }
}

function task(one: Question): Task {
  const { site } = person(one.patient)
  return {
    resourceType: 'Task',
    id: one.id,
    meta: recordOf(sites[site].country),
    basedOn: [ref('ServiceRequest', one.id)],
    status: 'completed',
    intent: 'order',
    code: concept(
      coding('http://hl7.org/fhir/CodeSystem/task-code', 'fulfill', 'Fulfill the focal request'),
    ),
    focus: ref('ServiceRequest', one.id),
    for: ref('Patient', one.patient),
    authoredOn: one.asked,
    lastModified: one.answered,
    requester: role(doctorOf[site]),
    owner: ref('Organization', 'busan-hospital'),
    output: [
      { type: { text: 'answer' }, valueReference: ref('Communication', `${one.id}-answer`) },
    ],
  }
}

function answer(one: Question): Communication {
  const { site } = person(one.patient)
  return {
    resourceType: 'Communication',
    id: `${one.id}-answer`,
    meta: recordOf(sites[site].country),
    language: 'ru',
    basedOn: [ref('ServiceRequest', one.id)],
    status: 'completed',
    category: [concept(hl7('communication-category', 'instruction', 'Instruction'))],
    subject: ref('Patient', one.patient),
    about: one.about,
    sent: one.answered,
    recipient: [role(doctorOf[site])],
    sender: role(one.by),
    payload: [{ contentString: one.answer.ru }],
    // What the doctor wrote; the payload is its translation. R4 gives a payload no language, but an
    // Annotation may carry one.
    note: [
      {
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/language', valueCode: 'ko' }],
        text: one.answer.ko,
      },
    ],
  }
}

/** Question, Task and answer; the answer comes before the Task that points to it. */
export function consultation(one: Question): FhirResource[] {
  return [request(one), answer(one), task(one)]
}

const report = (id: string) => ref('DiagnosticReport', `${id}-report`)

const cardiology: Question[] = [
  {
    id: 'seitkali-aigerim-advice',
    patient: 'seitkali-aigerim',
    by: 'cardiologist-song',
    asked: '2025-04-02T11:00:00+05:00',
    answered: '2025-04-02T12:10:00+05:00',
    about: [report('seitkali-aigerim-kit-1')],
    question: 'Одышка при нагрузке, NT-proBNP повышен. Нужна ли госпитализация?',
    answer: {
      ko: 'NT-proBNP 상승. 2주 안에 심장초음파 검사를 권하고 4~6주 뒤 재검 바랍니다.',
      ru: 'NT-proBNP повышен. Рекомендуем эхокардиографию в течение двух недель и повтор через 4–6 недель.',
    },
  },
  {
    id: 'kassymov-alikhan-advice',
    patient: 'kassymov-alikhan',
    by: 'cardiologist-song',
    asked: '2025-04-07T12:20:00+05:00',
    answered: '2025-04-07T12:45:00+05:00',
    about: [report('kassymov-alikhan-kit-1'), report('kassymov-alikhan-kit-2')],
    question: 'Боль в груди с утра, первая проба не удалась, вторая во вложении.',
    answer: {
      ko: '3시간 뒤 트로포닌을 다시 측정하고 심전도를 함께 보내 주십시오.',
      ru: 'Повторите тропонин через три часа и пришлите ЭКГ.',
    },
  },
  {
    id: 'karimov-askar-advice',
    patient: 'karimov-askar',
    by: 'cardiologist-song',
    asked: '2025-04-23T14:10:00+05:00',
    answered: '2025-04-23T14:35:00+05:00',
    about: [report('karimov-askar-kit-1'), report('karimov-askar-kit-2')],
    question: 'Две пробы с интервалом три часа. Динамика тропонина?',
    answer: {
      ko: '두 검사 사이에 뚜렷한 상승이 없습니다. 경과 관찰이 가능합니다.',
      ru: 'Значимого прироста между пробами нет, возможно наблюдение на месте.',
    },
  },
]

/** The advice of the cardiologist on the kit runs of one country town. */
export function advice(patients: string[]): FhirResource[] {
  return cardiology.filter((one) => patients.includes(one.patient)).flatMap(consultation)
}
