// Consents to cross-border disclosure, after IHE's Privacy Consent on FHIR: who may see what, for
// which purpose and until when, each with the paper that the patient read. Some are narrow, some have
// run out or were withdrawn, one forbids: what the server must tell apart.
// https://hl7.org/fhir/R4/consent.html

import type { Consent, ConsentProvision, DocumentReference, FhirResource } from 'fhir/r4.js'
import { BASE, ref } from './bundle.ts'
import { coding, concept, hl7, LOINC } from './codes.ts'
import { recordOf, region } from './meta.ts'
import { person } from './people.ts'
import { SID } from './identifier.ts'
import { sites } from './site.ts'

type Terms = {
  patient: string
  /** Distinguishes several consents of one patient. */
  name: string
  to: string
  signed: string
  until: string
  status?: Consent['status']
  type?: 'permit' | 'deny'
  purpose?: keyof typeof purposes
  /** Only data of this time. */
  data?: [start: string, end: string]
  /** Withheld in spite of the permission: data labelled with this sensitivity. */
  except?: [code: string, display: string]
}

const purposes = { TREAT: 'treatment', HRESCH: 'healthcare research' } as const

const mental: [string, string] = ['PSY', 'psychiatry disorder information sensitivity']

type Row = [patient: string, name: string, signed: string, until: string, more?: Partial<Terms>]

const toBusan: Row[] = [
  ['kim-aleksei', 'busan', '2025-05-20', '2030-05-19', { except: mental }],
  ['petrova-elena', 'busan', '2025-03-24', '2030-03-23', { except: mental }],
  ['sokolov-dmitrii', 'busan', '2025-05-27', '2030-05-26', { data: ['2025-01-01', '2025-12-31'] }],
  ['pak-svetlana', 'busan', '2025-06-10', '2030-06-09'],
  ['khabarov-sergei', 'busan', '2025-06-24', '2030-06-23'],
  // Run out: signed for one year.
  ['li-valentin', 'busan-2024', '2024-07-02', '2025-07-01'],
  // Withdrawn.
  ['smirnov-ivan', 'busan', '2024-04-09', '2029-04-08', { status: 'inactive' }],
  // Says no.
  ['lebedev-pavel', 'busan-refusal', '2025-03-06', '2035-03-05', { type: 'deny' }],
  ['seitkali-aigerim', 'busan', '2025-04-02', '2030-04-01'],
  ['nurlanov-erlan', 'busan', '2025-04-03', '2030-04-02'],
  ['kassymov-alikhan', 'busan', '2025-04-07', '2030-04-06', { except: mental }],
  ['bekov-daniiar', 'busan', '2025-04-22', '2030-04-21'],
  ['karimov-askar', 'busan', '2025-04-23', '2030-04-22'],
  ['utegenov-dias', 'busan', '2025-05-03', '2026-05-02'],
  ['utegenova-dina', 'busan', '2025-05-03', '2030-05-02'],
  ['gusev-anton', 'busan', '2025-01-15', '2030-01-14'],
]

// The way back: what Busan found may be seen by the centre at home. And one for research.
const elsewhere: [to: string, ...row: Row][] = [
  ['vladivostok-checkup', 'kim-aleksei-busan', 'home', '2025-09-02', '2030-09-01'],
  ['moscow-checkup', 'petrova-elena-busan', 'home', '2025-09-16', '2030-09-15'],
  [
    'alfarabi-health-information',
    'ospanova-gulnara',
    'research',
    '2025-04-08',
    '2030-04-07',
    { purpose: 'HRESCH' },
  ],
]

const consents: Terms[] = [
  ...toBusan.map((row): [string, ...Row] => ['busan-hospital', ...row]),
  ...elsewhere,
].map(([to, patient, name, signed, until, more]) => ({ to, patient, name, signed, until, ...more }))

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

/** Where records go: KZ for whom no site is. */
const countryOf = (organization: string): string =>
  Object.values(sites).find((site) => site.organization === organization)?.country ?? 'KZ'

/** The country that they go to, where it is another one; a refusal is of every country. */
function destination({ patient, to, type }: Terms): Pick<ConsentProvision, 'extension'> {
  const country = countryOf(to)
  if (type === 'deny' || country === sites[person(patient).site].country) return {}
  const valueCodeableConcept = { coding: [region(country)] }
  return {
    extension: [{ url: `${BASE}/StructureDefinition/destination-country`, valueCodeableConcept }],
  }
}

/** Russia asks for a notification before anything goes abroad; this one's number is nobody's. */
function notification({ patient, name, type }: Terms): Pick<Consent, 'extension'> {
  if (type === 'deny' || sites[person(patient).site].country !== 'RU') return {}
  const valueIdentifier = {
    system: `${SID}/transfer-notification`,
    value: `DEMO-${patient}-${name}`,
  }
  return {
    extension: [{ url: `${BASE}/StructureDefinition/transfer-notification`, valueIdentifier }],
  }
}

function provision(terms: Terms): ConsentProvision {
  const purpose = terms.purpose ?? 'TREAT'
  const except: ConsentProvision[] =
    terms.except === undefined
      ? []
      : [{ type: 'deny', securityLabel: [hl7('v3-ActCode', ...terms.except)] }]
  return {
    ...destination(terms),
    type: terms.type ?? 'permit',
    period: { start: terms.signed, end: terms.until },
    actor: [
      {
        role: concept(hl7('v3-ParticipationType', 'IRCP', 'information recipient')),
        reference: ref('Organization', terms.to),
      },
    ],
    purpose: [hl7('v3-ActReason', purpose, purposes[purpose])],
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
    ...notification(terms),
    identifier: [{ system: `${SID}/consent`, value: `${terms.patient}-${terms.name}` }],
    status: terms.status ?? 'active',
    scope: concept(hl7('consentscope', 'patient-privacy', 'Privacy Consent')),
    category: [concept(coding(LOINC, '59284-0', 'Patient Consent'))],
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
