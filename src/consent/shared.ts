// Types that everybody on a network reads, and only their custodian writes: what records refer to, not what is in them.
// docs/adr/0006-who-may-see-what.md
// Must not name a type that says anything of a patient.

const WHO = 'who gives care and where: a record can not be read without'
const MEANING = 'what codes and structures mean'
const KNOWLEDGE = 'published knowledge, about nobody'
const EXCHANGE = 'how servers of the network talk'

/** Shared types, and why. */
export const SHARED: ReadonlyMap<string, string> = new Map([
  ...of(WHO, ['Organization', 'OrganizationAffiliation', 'Practitioner', 'PractitionerRole']),
  ...of(WHO, ['Location', 'HealthcareService']),
  ...of(EXCHANGE, ['Endpoint', 'CapabilityStatement', 'MessageDefinition', 'OperationDefinition']),
  ...of(MEANING, ['CodeSystem', 'ConceptMap', 'NamingSystem', 'TerminologyCapabilities']),
  ...of(MEANING, ['ValueSet', 'StructureDefinition', 'StructureMap', 'SearchParameter']),
  ...of(MEANING, ['CompartmentDefinition', 'GraphDefinition', 'ImplementationGuide']),
  ...of(KNOWLEDGE, ['ActivityDefinition', 'ChargeItemDefinition', 'EventDefinition', 'Library']),
  ...of(KNOWLEDGE, ['ObservationDefinition', 'PlanDefinition', 'Questionnaire', 'Measure']),
  ...of(KNOWLEDGE, ['SpecimenDefinition', 'ResearchElementDefinition', 'ResearchDefinition']),
  ...of(KNOWLEDGE, ['Evidence', 'EvidenceVariable', 'MedicationKnowledge']),
])

function of(reason: string, types: readonly string[]): [string, string][] {
  return types.map((type) => [type, reason])
}

export const isShared = (type: string): boolean => SHARED.has(type)
