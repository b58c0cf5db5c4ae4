// Consents to cross-border disclosure, after IHE's Privacy Consent on FHIR: who may see what, for
// which purpose and until when, each with the paper that the patient read. Some are narrow, some have
// run out or were withdrawn, one forbids: what the server must tell apart.
// https://hl7.org/fhir/R4/consent.html

import type { Consent, ConsentProvision, DocumentReference, FhirResource } from 'fhir/r4.js'
import { BASE, ref } from './bundle.ts'
import { coding, concept, hl7, LOINC } from './codes.ts'
import { recordOf } from './meta.ts'
import { person } from './people.ts'
import { SID } from './identifier.ts'
import { sites } from './site.ts'

type Terms = {
  patient: string
  /** Distinguishes several consents of one patient. */
  name: string
  status: Consent['status']
  type: 'permit' | 'deny'
  to: string
  signed: string
  from: string
  until: string
  purposes?: (keyof typeof purposes)[]
  /** Only data of this time. */
  data?: [start: string, end: string]
  /** Withheld in spite of the permission: data labelled with this sensitivity. */
  except?: [code: string, display: string]
}

const purposes = { TREAT: 'treatment', HRESCH: 'healthcare research' } as const

const mental: [string, string] = ['PSY', 'psychiatry disorder information sensitivity']

const busan = { to: 'busan-hospital', type: 'permit', status: 'active' } as const

const consents: Terms[] = [
  {
    ...{ ...busan, patient: 'kim-aleksei', name: 'busan', except: mental },
    ...{ signed: '2025-05-20', from: '2025-05-20', until: '2030-05-19' },
  },
  {
    ...{ ...busan, patient: 'petrova-elena', name: 'busan', except: mental },
    ...{ signed: '2025-03-24', from: '2025-03-24', until: '2030-03-23' },
  },
  {
    ...{ ...busan, patient: 'sokolov-dmitrii', name: 'busan', data: ['2025-01-01', '2025-12-31'] },
    ...{ signed: '2025-05-27', from: '2025-05-27', until: '2030-05-26' },
  },
  {
    ...{ ...busan, patient: 'pak-svetlana', name: 'busan' },
    ...{ signed: '2025-06-10', from: '2025-06-10', until: '2030-06-09' },
  },
  {
    ...{ ...busan, patient: 'khabarov-sergei', name: 'busan' },
    ...{ signed: '2025-06-24', from: '2025-06-24', until: '2030-06-23' },
  },
  {
    // Run out: signed for one year.
    ...{ ...busan, patient: 'li-valentin', name: 'busan-2024' },
    ...{ signed: '2024-07-02', from: '2024-07-02', until: '2025-07-01' },
  },
  {
    // Withdrawn.
    ...{ ...busan, patient: 'smirnov-ivan', name: 'busan', status: 'inactive' },
    ...{ signed: '2024-04-09', from: '2024-04-09', until: '2029-04-08' },
  },
  {
    // Says no.
    ...{ ...busan, patient: 'lebedev-pavel', name: 'busan-refusal', type: 'deny' },
    ...{ signed: '2025-03-06', from: '2025-03-06', until: '2035-03-05' },
  },
  {
    ...{ ...busan, patient: 'seitkali-aigerim', name: 'busan' },
    ...{ signed: '2025-04-02', from: '2025-04-02', until: '2030-04-01' },
  },
  {
    ...{ ...busan, patient: 'nurlanov-erlan', name: 'busan' },
    ...{ signed: '2025-04-03', from: '2025-04-03', until: '2030-04-02' },
  },
  {
    ...{ ...busan, patient: 'kassymov-alikhan', name: 'busan', except: mental },
    ...{ signed: '2025-04-07', from: '2025-04-07', until: '2030-04-06' },
  },
  {
    ...{ ...busan, patient: 'bekov-daniiar', name: 'busan' },
    ...{ signed: '2025-04-22', from: '2025-04-22', until: '2030-04-21' },
  },
  {
    ...{ ...busan, patient: 'karimov-askar', name: 'busan' },
    ...{ signed: '2025-04-23', from: '2025-04-23', until: '2030-04-22' },
  },
  {
    ...{ ...busan, patient: 'utegenov-dias', name: 'busan' },
    ...{ signed: '2025-05-03', from: '2025-05-03', until: '2026-05-02' },
  },
  {
    ...{ ...busan, patient: 'utegenova-dina', name: 'busan' },
    ...{ signed: '2025-05-03', from: '2025-05-03', until: '2030-05-02' },
  },
  {
    ...{ ...busan, patient: 'gusev-anton', name: 'busan' },
    ...{ signed: '2025-01-15', from: '2025-01-15', until: '2030-01-14' },
  },
  {
    // The way back: what Busan found may be seen by the centre at home.
    ...{ ...busan, patient: 'kim-aleksei-busan', name: 'home', to: 'vladivostok-checkup' },
    ...{ signed: '2025-09-02', from: '2025-09-02', until: '2030-09-01' },
  },
  {
    ...{ ...busan, patient: 'petrova-elena-busan', name: 'home', to: 'moscow-checkup' },
    ...{ signed: '2025-09-16', from: '2025-09-16', until: '2030-09-15' },
  },
  {
    ...{ ...busan, patient: 'ospanova-gulnara', name: 'research', purposes: ['HRESCH'] },
    ...{ to: 'alfarabi-health-information' },
    ...{ signed: '2025-04-08', from: '2025-04-08', until: '2030-04-07' },
  },
]

const notices = {
  ko: '본인은 위 기관이 진료 목적으로 본인의 건강기록을 열람하는 데 동의합니다. (시연용 문서)',
  ru: 'Согласие на трансграничную передачу медицинских данных указанной организации. (Демонстрационный документ)',
  kk: 'Медициналық деректерді көрсетілген ұйымға трансшекаралық беруге келісім. (Демонстрациялық құжат)',
} as const

const refusal = 'Отказ от трансграничной передачи медицинских данных. (Демонстрационный документ)'

function paper(terms: Terms): DocumentReference {
  const { language, site } = person(terms.patient)
  const { country, offset, organization } = sites[site]
  const text = terms.type === 'deny' ? refusal : notices[language]
  return {
    resourceType: 'DocumentReference',
    id: `consent-paper-${terms.patient}-${terms.name}`,
    meta: recordOf(country),
    status: 'current',
    type: concept(coding(LOINC, '64292-6', 'Release of information consent')),
    subject: ref('Patient', terms.patient),
    date: `${terms.signed}T09:00:00${offset}`,
    custodian: ref('Organization', organization),
    content: [
      {
        attachment: {
          contentType: 'text/plain; charset=utf-8',
          language,
          data: Buffer.from(text).toString('base64'),
          title: 'Consent',
        },
      },
    ],
  }
}

function provision(terms: Terms): ConsentProvision {
  const except: ConsentProvision[] =
    terms.except === undefined
      ? []
      : [{ type: 'deny', securityLabel: [hl7('v3-ActCode', ...terms.except)] }]
  return {
    type: terms.type,
    period: { start: terms.from, end: terms.until },
    actor: [
      {
        role: concept(hl7('v3-ParticipationType', 'IRCP', 'information recipient')),
        reference: ref('Organization', terms.to),
      },
    ],
    purpose: (terms.purposes ?? ['TREAT']).map((code) => hl7('v3-ActReason', code, purposes[code])),
    ...(terms.data === undefined
      ? {}
      : { dataPeriod: { start: terms.data[0], end: terms.data[1] } }),
    ...(except.length === 0 ? {} : { provision: except }),
  }
}

function consent(terms: Terms): Consent {
  const { site, id } = person(terms.patient)
  const { country, offset, organization } = sites[site]
  const child = id.startsWith('utegenov')
  return {
    resourceType: 'Consent',
    id: `${terms.patient}-${terms.name}`,
    meta: recordOf(country),
    identifier: [{ system: `${SID}/consent`, value: `${terms.patient}-${terms.name}` }],
    status: terms.status,
    scope: concept(hl7('consentscope', 'patient-privacy', 'Privacy Consent')),
    category: [concept(coding(LOINC, '59284-0', 'Consent Document'))],
    patient: ref('Patient', terms.patient),
    dateTime: `${terms.signed}T09:00:00${offset}`,
    performer: [child ? ref('RelatedPerson', `mother-of-${id}`) : ref('Patient', terms.patient)],
    organization: [ref('Organization', organization)],
    sourceReference: ref('DocumentReference', `consent-paper-${terms.patient}-${terms.name}`),
    policy: [{ uri: `${BASE}/policy/${country.toLowerCase()}/cross-border` }],
    provision: provision(terms),
  }
}

/** The papers, then the consents. */
export function consentsAndPapers(): FhirResource[] {
  return [...consents.map(paper), ...consents.map(consent)]
}
