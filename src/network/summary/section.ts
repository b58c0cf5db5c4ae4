// The sections of an International Patient Summary: what each is called by LOINC, and what of a record belongs into it.
// https://hl7.org/fhir/uv/ips/STU2/StructureDefinition-Composition-uv-ips.html
// Must not say that there is nothing where only nothing is here: an empty section says that nothing is available.
import type { Query, Resource } from '../../fhir/message.ts'
import type { SummaryWord } from '../../words/summary.ts'

type Fields = Readonly<Record<string, unknown>>

export type Section = {
  readonly word: SummaryWord
  readonly code: string
  readonly display: string
  /** `required` is there with nothing in it, `recommended` too; others only with something. */
  readonly presence: 'required' | 'recommended' | 'optional'
  /** Searches within the record, `newest` of each code by $lastn. */
  readonly of: readonly {
    readonly type: string
    readonly query?: Query
    readonly newest?: true
    readonly isIn?: (resource: Resource) => boolean
  }[]
}

const codeIn = (resource: Fields, element: string): readonly string[] => {
  const { coding } = (resource[element] ?? {}) as { coding?: unknown }
  return Array.isArray(coding)
    ? (coding as Fields[]).flatMap(({ code }) => (typeof code === 'string' ? [code] : []))
    : []
}

const isOne = (resource: Fields, element: string, ...codes: readonly string[]): boolean =>
  codeIn(resource, element).some((code) => codes.includes(code))

const isRefuted = (resource: Fields): boolean =>
  isOne(resource, 'verificationStatus', 'refuted', 'entered-in-error')

const isPast = (resource: Fields): boolean =>
  isOne(resource, 'clinicalStatus', 'inactive', 'remission', 'resolved')

const status =
  (...codes: readonly string[]) =>
  (resource: Resource): boolean =>
    codes.includes(resource['status'] as string)

const FINAL: Query = [['status', 'final,amended,corrected,preliminary']]

/** Date of delivery, status and outcomes: https://hl7.org/fhir/uv/ips/STU2 binds them to these codes of LOINC. */
const PREGNANCY =
  '82810-3,11778-8,11779-6,11780-4,11636-8,11637-6,11638-4,11639-2,11640-0,11612-9,11613-7,11614-5,33065-4'

export const SECTIONS: readonly Section[] = [
  {
    word: 'problems',
    code: '11450-4',
    display: 'Problem list - Reported',
    presence: 'required',
    of: [{ type: 'Condition', isIn: (one) => !isRefuted(one) && !isPast(one) }],
  },
  {
    word: 'allergies',
    code: '48765-2',
    display: 'Allergies and adverse reactions Document',
    presence: 'required',
    of: [{ type: 'AllergyIntolerance', isIn: (one) => !isRefuted(one) && !isPast(one) }],
  },
  {
    word: 'medications',
    code: '10160-0',
    display: 'History of Medication use Narrative',
    presence: 'required',
    of: [
      { type: 'MedicationStatement', isIn: status('active', 'intended', 'on-hold', 'unknown') },
      {
        type: 'MedicationRequest',
        isIn: (one) => status('active', 'on-hold', 'unknown')(one) && one['doNotPerform'] !== true,
      },
    ],
  },
  {
    word: 'immunizations',
    code: '11369-6',
    display: 'History of Immunization note',
    presence: 'recommended',
    of: [{ type: 'Immunization', isIn: status('completed') }],
  },
  {
    word: 'results',
    code: '30954-2',
    display: 'Relevant diagnostic tests/laboratory data note',
    presence: 'recommended',
    of: [
      { type: 'Observation', query: [['category', 'laboratory'], ...FINAL], newest: true },
      {
        type: 'DiagnosticReport',
        isIn: status('final', 'amended', 'corrected', 'appended', 'preliminary', 'partial'),
      },
    ],
  },
  {
    word: 'procedures',
    code: '47519-4',
    display: 'History of Procedures Document',
    presence: 'recommended',
    of: [{ type: 'Procedure', isIn: status('completed', 'in-progress') }],
  },
  {
    word: 'devices',
    code: '46264-8',
    display: 'History of medical device use',
    presence: 'recommended',
    of: [{ type: 'DeviceUseStatement', isIn: status('active', 'intended', 'on-hold') }],
  },
  {
    word: 'vital-signs',
    code: '8716-3',
    display: 'Vital signs note',
    presence: 'optional',
    of: [{ type: 'Observation', query: [['category', 'vital-signs'], ...FINAL], newest: true }],
  },
  {
    word: 'social-history',
    code: '29762-2',
    display: 'Social history note',
    presence: 'optional',
    of: [{ type: 'Observation', query: [['category', 'social-history'], ...FINAL], newest: true }],
  },
  {
    word: 'pregnancy',
    code: '10162-6',
    display: 'History of pregnancies Narrative',
    presence: 'optional',
    of: [{ type: 'Observation', query: [['code', PREGNANCY], ...FINAL], newest: true }],
  },
  {
    word: 'past-problems',
    code: '11348-0',
    display: 'History of Past illness note',
    presence: 'optional',
    of: [{ type: 'Condition', isIn: (one) => !isRefuted(one) && isPast(one) }],
  },
  {
    word: 'alerts',
    code: '104605-1',
    display: 'Alert',
    presence: 'optional',
    of: [{ type: 'Flag', isIn: status('active') }],
  },
  {
    word: 'plan-of-care',
    code: '18776-5',
    display: 'Plan of care note',
    presence: 'optional',
    of: [{ type: 'CarePlan', isIn: status('active', 'draft') }],
  },
  {
    word: 'advance-directives',
    code: '42348-3',
    display: 'Advance healthcare directives',
    presence: 'optional',
    of: [
      {
        type: 'Consent',
        isIn: (one) => one['status'] === 'active' && isOne(one, 'scope', 'adr'),
      },
    ],
  },
]
