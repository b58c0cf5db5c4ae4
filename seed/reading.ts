// Remote reading: a film taken at a centre, the order and Task for Busan, the images behind a DICOMweb
// endpoint, what the software marked (never more than preliminary), and the radiologist's report.
// https://hl7.org/fhir/R4/task.html, https://hl7.org/fhir/R4/imagingstudy.html

import type {
  DiagnosticReport,
  FhirResource,
  ImagingStudy,
  Observation,
  Provenance,
  ServiceRequest,
  Task,
} from 'fhir/r4.js'
import { ref } from './bundle.ts'
import { category, coding, concept, DCM, hl7, LOINC, OWN, SNOMED } from './codes.ts'
import { decimal } from './decimal.ts'
import { recordOf } from './meta.ts'
import { person } from './people.ts'
import { doctorOf, role } from './practitioner.ts'
import { random } from './random.ts'
import { cases, type Case } from './reading-case.ts'
import { sites, type Site } from './site.ts'

const exams = {
  film: {
    code: coding(LOINC, '24648-8', 'XR Chest PA upright'),
    modality: coding(DCM, 'DX', 'Digital Radiography'),
    // Digital X-ray image storage, for presentation.
    sopClass: 'urn:oid:1.2.840.10008.5.1.4.1.1.1.1',
    images: 1,
  },
  ct: {
    code: coding(LOINC, '79086-5', 'CT Chest low-dose screening WO contrast'),
    modality: coding(DCM, 'CT', 'Computed Tomography'),
    sopClass: 'urn:oid:1.2.840.10008.5.1.4.1.1.2',
    images: 4,
  },
} as const

/** A DICOM UID under 2.25, as a UUID would give one; the same for the same name. */
function uid(name: string): string {
  const source = random(`uid ${name}`)
  const digits = Array.from({ length: 36 }, () => String(source.integer(0, 9))).join('')
  return `2.25.1${digits}`
}

const hour = (one: Case, time: string, site: Site) => `${one.date}T${time}:00${site.offset}`

function study(one: Case, site: Site): ImagingStudy {
  const exam = exams[one.exam]
  return {
    resourceType: 'ImagingStudy',
    id: one.id,
    meta: recordOf(site.country),
    identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:${uid(one.id)}` }],
    status: 'available',
    modality: [exam.modality],
    subject: ref('Patient', one.patient),
    started: hour(one, '09:30', site),
    basedOn: [ref('ServiceRequest', one.id)],
    endpoint: [ref('Endpoint', `${site.organization}-dicom`)],
    numberOfSeries: 1,
    numberOfInstances: exam.images,
    description: exam.code.display ?? '',
    series: [
      {
        uid: uid(`${one.id} series`),
        number: 1,
        modality: exam.modality,
        numberOfInstances: exam.images,
        bodySite: coding(SNOMED, '51185008'),
        started: hour(one, '09:30', site),
        instance: Array.from({ length: exam.images }, (_, i) => ({
          uid: uid(`${one.id} image ${i + 1}`),
          sopClass: coding('urn:ietf:rfc:3986', exam.sopClass),
          number: i + 1,
        })),
      },
    ],
  }
}

function order(one: Case, site: Site): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    id: one.id,
    meta: recordOf(site.country),
    status: one.task === 'completed' ? 'completed' : 'active',
    intent: 'order',
    category: [concept(coding(SNOMED, '363679005', 'Imaging'))],
    code: concept(exams[one.exam].code),
    subject: ref('Patient', one.patient),
    // The films were taken during the check-up, the CT two weeks later.
    ...(one.exam === 'film'
      ? { encounter: ref('Encounter', `${one.patient}-${one.date.slice(0, 4)}`) }
      : {}),
    authoredOn: hour(one, '09:10', site),
    requester: role(doctorOf[person(one.patient).site]),
    performer: [ref('Organization', 'busan-hospital')],
    reasonCode: [{ text: one.reason }],
  }
}

const reportId = (one: Case) => `${one.id}-report`

function task(one: Case, site: Site): Task {
  const changed = { requested: '09:50', rejected: '11:20', 'in-progress': '12:00' }[
    one.task as string
  ]
  const done = one.task === 'completed'
  return {
    resourceType: 'Task',
    id: one.id,
    meta: recordOf(site.country),
    basedOn: [ref('ServiceRequest', one.id)],
    status: one.task,
    ...(one.why === undefined ? {} : { statusReason: { text: one.why } }),
    intent: 'order',
    priority: 'routine',
    code: concept(
      coding('http://hl7.org/fhir/CodeSystem/task-code', 'fulfill', 'Fulfill the focal request'),
      'Remote reading',
    ),
    focus: ref('ServiceRequest', one.id),
    for: ref('Patient', one.patient),
    authoredOn: hour(one, '09:50', site),
    lastModified: hour(one, changed ?? '14:30', site),
    requester: role(doctorOf[person(one.patient).site]),
    owner: ref('Organization', 'busan-hospital'),
    restriction: { period: { end: hour(one, '18:00', site) } },
    input: [{ type: { text: 'images' }, valueReference: ref('ImagingStudy', one.id) }],
    ...(done
      ? {
          output: [
            {
              type: { text: 'report' },
              valueReference: ref('DiagnosticReport', reportId(one)),
            },
          ],
        }
      : {}),
  }
}

/** What the software says: a figure for the radiologist, kept apart from the report. */
function marking(one: Case, site: Site, probability: number): FhirResource[] {
  const observation: Observation = {
    resourceType: 'Observation',
    id: `${one.id}-ai`,
    meta: recordOf(site.country),
    basedOn: [ref('ServiceRequest', one.id)],
    status: 'preliminary',
    category: [category.imaging],
    code: concept(
      coding(`${OWN}/ai-finding`, 'nodule-probability', 'Probability of a pulmonary nodule'),
      'AI: вероятность очага в лёгком / AI: 폐결절 확률',
    ),
    subject: ref('Patient', one.patient),
    effectiveDateTime: hour(one, '10:05', site),
    issued: hour(one, '10:05', site),
    performer: [ref('Organization', 'busan-hospital')],
    valueQuantity: {
      value: decimal(probability, 2),
      unit: '1',
      system: 'http://unitsofmeasure.org',
      code: '1',
    },
    device: ref('Device', 'chest-film-ai'),
    derivedFrom: [ref('ImagingStudy', one.id)],
  }
  const provenance: Provenance = {
    resourceType: 'Provenance',
    id: `${one.id}-ai`,
    meta: recordOf(site.country),
    target: [ref('Observation', `${one.id}-ai`)],
    recorded: hour(one, '10:05', site),
    activity: concept(hl7('v3-DataOperation', 'CREATE', 'create')),
    agent: [
      {
        type: concept(hl7('provenance-participant-type', 'author', 'Author')),
        who: ref('Device', 'chest-film-ai'),
        onBehalfOf: ref('Organization', 'busan-hospital'),
      },
    ],
    entity: [{ role: 'source', what: ref('ImagingStudy', one.id) }],
  }
  return [observation, provenance]
}

function reading(one: Case, site: Site, found: NonNullable<Case['report']>): FhirResource[] {
  const base = (language: 'ko' | 'ru', conclusion: string): DiagnosticReport => ({
    resourceType: 'DiagnosticReport',
    id: language === 'ko' ? reportId(one) : `${reportId(one)}-${language}`,
    meta: recordOf(site.country),
    language,
    basedOn: [ref('ServiceRequest', one.id)],
    status: found.status,
    category: [concept(hl7('v2-0074', 'IMG', 'Diagnostic Imaging'))],
    code: concept(exams[one.exam].code),
    subject: ref('Patient', one.patient),
    effectiveDateTime: hour(one, '09:30', site),
    issued: hour(one, '14:30', site),
    performer: [ref('Organization', 'busan-hospital')],
    resultsInterpreter: [role('radiologist-hwang')],
    ...(one.marked === undefined ? {} : { result: [ref('Observation', `${one.id}-ai`)] }),
    imagingStudy: [ref('ImagingStudy', one.id)],
    conclusion,
  })
  const provenance = (language: 'ko' | 'ru'): Provenance => {
    const original = language === 'ko'
    return {
      resourceType: 'Provenance',
      id: original ? reportId(one) : `${reportId(one)}-${language}`,
      meta: recordOf(site.country),
      target: [ref('DiagnosticReport', original ? reportId(one) : `${reportId(one)}-${language}`)],
      recorded: hour(one, original ? '14:30' : '15:00', site),
      activity: concept(
        found.status === 'amended'
          ? hl7('v3-DataOperation', 'UPDATE', 'revise')
          : hl7('v3-DataOperation', 'CREATE', 'create'),
        ...(original ? [] : ['Translation']),
      ),
      agent: [
        {
          type: original
            ? concept(hl7('provenance-participant-type', 'author', 'Author'))
            : concept(hl7('provenance-participant-type', 'assembler', 'Assembler'), 'Translator'),
          who: original ? role('radiologist-hwang') : ref('Organization', 'busan-hospital'),
          ...(original ? { onBehalfOf: ref('Organization', 'busan-hospital') } : {}),
        },
      ],
      entity: [
        original
          ? { role: 'source', what: ref('ImagingStudy', one.id) }
          : { role: 'derivation', what: ref('DiagnosticReport', reportId(one)) },
      ],
    }
  }
  return [
    base('ko', found.ko),
    provenance('ko'),
    ...(found.ru === undefined ? [] : [base('ru', found.ru), provenance('ru')]),
  ]
}

/** All cases, each in the order in which its parts came to be. */
export function readings(): FhirResource[] {
  return cases.flatMap((one) => {
    const site = sites[person(one.patient).site]
    return [
      order(one, site),
      study(one, site),
      ...(one.marked === undefined ? [] : marking(one, site, one.marked)),
      ...(one.report === undefined ? [] : reading(one, site, one.report)),
      task(one, site),
    ]
  })
}
