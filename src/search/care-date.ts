// When care was given: which dates of each resource type `start` and `end` of Patient/$everything look at.
// https://hl7.org/fhir/R4/patient-operation-everything.html ("care dates, not record currency dates")
// Must not leave out what says no such date: who asks for a record would rather see too much than too little.
import type { Interval } from './date.ts'
import { FOREVER, type IndexPath } from './entry.ts'
import { allOf } from './filter.ts'
import type { SearchParameters } from './parameters.ts'
import type { Condition } from './plan.ts'

/** Search parameters by type; the second is for resources without the first. */
export const CARE_DATES: Readonly<Record<string, readonly [string, string?]>> = {
  Account: ['period'],
  AdverseEvent: ['date'],
  Appointment: ['date'],
  AuditEvent: ['date'],
  Basic: ['created'],
  CarePlan: ['date'],
  CareTeam: ['date'],
  ChargeItem: ['occurrence', 'entered-date'],
  Claim: ['created'],
  ClaimResponse: ['created'],
  ClinicalImpression: ['date'],
  Communication: ['sent', 'received'],
  CommunicationRequest: ['occurrence', 'authored'],
  Composition: ['date'],
  CoverageEligibilityRequest: ['created'],
  CoverageEligibilityResponse: ['created'],
  DetectedIssue: ['identified'],
  DeviceRequest: ['event-date', 'authored-on'],
  DiagnosticReport: ['date', 'issued'],
  DocumentManifest: ['created'],
  DocumentReference: ['period', 'date'],
  Encounter: ['date'],
  EpisodeOfCare: ['date'],
  ExplanationOfBenefit: ['created'],
  Flag: ['date'],
  ImagingStudy: ['started'],
  Immunization: ['date'],
  ImmunizationEvaluation: ['date'],
  ImmunizationRecommendation: ['date'],
  Invoice: ['date'],
  List: ['date'],
  MeasureReport: ['period', 'date'],
  Media: ['created'],
  MedicationAdministration: ['effective-time'],
  MedicationDispense: ['whenhandedover', 'whenprepared'],
  MedicationRequest: ['authoredon'],
  MedicationStatement: ['effective'],
  NutritionOrder: ['datetime'],
  Observation: ['date'],
  Procedure: ['date'],
  Provenance: ['when', 'recorded'],
  QuestionnaireResponse: ['authored'],
  RequestGroup: ['authored'],
  ResearchSubject: ['date'],
  RiskAssessment: ['date'],
  Schedule: ['date'],
  ServiceRequest: ['occurrence', 'authored'],
  Specimen: ['collected'],
  SupplyRequest: ['date'],
  VisionPrescription: ['datewritten'],
}

/** What lasts from the first date until the second, or for ever. */
export const LASTING: Readonly<Record<string, readonly [string, string?]>> = {
  Condition: ['onset-date', 'abatement-date'],
  Goal: ['start-date'],
}

/** Resources of the types that are about care within `[low, high)`, or about no time. Each kind of test comes once for all types. */
export function careDuring(
  types: readonly string[],
  { low, high }: Interval,
  parameters: SearchParameters,
): Condition {
  const of = (table: typeof CARE_DATES, place: 0 | 1): readonly IndexPath[] =>
    types.flatMap((type) => {
      const code = table[type]?.[place]
      const paths = code === undefined ? undefined : parameters.forType(type).get(code)?.paths
      return (paths ?? []).map(({ path }) => path)
    })
  const during = (paths: readonly IndexPath[], otherwise: Condition): Condition =>
    paths.length === 0
      ? otherwise
      : {
          kind: 'or',
          of: [
            { kind: 'date', paths, op: 'ap', low, high },
            allOf([{ kind: 'not', of: { kind: 'present', entry: 'date', paths } }, otherwise]),
          ],
        }
  const never = (paths: readonly IndexPath[], op: 'sa' | 'eb', bounded: boolean): Condition[] =>
    paths.length === 0 || !bounded
      ? []
      : [{ kind: 'not', of: { kind: 'date', paths, op, low, high } }]
  return allOf([
    during(of(CARE_DATES, 0), during(of(CARE_DATES, 1), ANY_TIME)),
    ...never(of(LASTING, 0), 'sa', high < FOREVER),
    ...never(of(LASTING, 1), 'eb', low > -FOREVER),
  ])
}

const ANY_TIME: Condition = { kind: 'and', of: [] }
