// Where the definitions that the package carries are not those of FHIR R4 (4.0.1), and what R4 has instead.
// https://hl7.org/fhir/R4/resourcelist.html
// The package adds elements of its own and of R5 to the R4 files; its dataelements.json, which has R4 as published
// but no backbone elements, is what the test compares the result with. Must not hold opinions: only what R4 says.

/** Structure definitions among the R4 ones that are not R4: SubscriptionStatus is R4B, MetadataResource a logical model. */
export const FOREIGN_TYPES: ReadonlySet<string> = new Set([
  'SubscriptionStatus',
  'MetadataResource',
])

/** Elements that R4 does not have, each with everything below it. */
export const FOREIGN_ELEMENTS: readonly string[] = [
  'Meta.project',
  'Meta.author',
  'Meta.onBehalfOf',
  'Meta.account',
  'Meta.accounts',
  'Meta.compartment',
  'Meta.deleted',
  'Binary.url',
  'DeviceDefinition.classification',
  'DeviceDefinition.bodySite',
  'HealthcareService.offeredIn',
  'ObservationDefinition.publisher',
  'EvidenceVariable.characteristic.linkId',
  'EvidenceVariable.characteristic.note',
  'EvidenceVariable.characteristic.definitionId',
  'EvidenceVariable.characteristic.definitionReference',
  'EvidenceVariable.characteristic.definitionCanonical',
  'EvidenceVariable.characteristic.definitionCodeableConcept',
  'EvidenceVariable.characteristic.definitionExpression',
  'EvidenceVariable.characteristic.definitionByTypeAndValue',
  'EvidenceVariable.characteristic.definitionByCombination',
  'EvidenceVariable.characteristic.instances[x]',
  'EvidenceVariable.characteristic.duration[x]',
  'EvidenceVariable.characteristic.timeFromEvent',
  'ResearchStudy.name',
  'ResearchStudy.label',
  'ResearchStudy.studyDesign',
  'ResearchStudy.region',
  'ResearchStudy.descriptionSummary',
  'ResearchStudy.classifier',
  'ResearchStudy.associatedParty',
  'ResearchStudy.progressStatus',
  'ResearchStudy.whyStopped',
  'ResearchStudy.recruitment',
  'ResearchStudy.comparisonGroup',
  'ResearchStudy.objective.description',
  'ResearchStudy.outcomeMeasure',
  'ResearchStudy.result',
]

export type RawType = {
  readonly code: string
  readonly targetProfile?: readonly string[]
  readonly extension?: readonly {
    readonly url: string
    readonly valueUrl?: string
    readonly valueString?: string
  }[]
}

export type RawElement = {
  readonly path: string
  readonly min: number
  readonly max: string
  readonly type?: readonly RawType[]
  readonly contentReference?: string
  readonly isSummary?: boolean
  readonly isModifier?: boolean
  readonly representation?: readonly string[]
  readonly binding?: { readonly strength: string; readonly valueSet?: string }
}

const to = (...targets: string[]): readonly string[] =>
  targets.map((target) => `http://hl7.org/fhir/StructureDefinition/${target}`)

/** Elements that R4 defines otherwise: the parts that differ. */
export const CHANGED_ELEMENTS: Readonly<Record<string, Partial<RawElement>>> = {
  'AuditEvent.source.observer': {
    type: [
      {
        code: 'Reference',
        targetProfile: to(
          'PractitionerRole',
          'Practitioner',
          'Organization',
          'Device',
          'Patient',
          'RelatedPerson',
        ),
      },
    ],
  },
  'Bundle.entry.response.outcome': { type: [{ code: 'Resource' }] },
  'DetectedIssue.status': {
    binding: {
      strength: 'required',
      valueSet: 'http://hl7.org/fhir/ValueSet/observation-status|4.0.1',
    },
  },
  'EvidenceVariable.characteristic.description': { type: [{ code: 'string' }] },
  'MeasureReport.subject': {
    type: [
      {
        code: 'Reference',
        targetProfile: to(
          'Patient',
          'Practitioner',
          'PractitionerRole',
          'Location',
          'Device',
          'RelatedPerson',
          'Group',
        ),
      },
    ],
  },
  'ResearchStudy.site': { type: [{ code: 'Reference', targetProfile: to('Location') }] },
}

/** Elements of R4 that the package lost, after the element (by path) that they follow. */
export const LOST_ELEMENTS: Readonly<Record<string, readonly RawElement[]>> = {
  'EvidenceVariable.characteristic.description': [
    {
      path: 'EvidenceVariable.characteristic.definition[x]',
      min: 1,
      max: '1',
      isSummary: true,
      type: [
        { code: 'Reference', targetProfile: to('Group') },
        { code: 'canonical', targetProfile: to('ActivityDefinition') },
        { code: 'CodeableConcept' },
        { code: 'Expression' },
        { code: 'DataRequirement' },
        { code: 'TriggerDefinition' },
      ],
    },
    {
      path: 'EvidenceVariable.characteristic.usageContext',
      min: 0,
      max: '*',
      type: [{ code: 'UsageContext' }],
    },
  ],
  'EvidenceVariable.characteristic.exclude': [
    {
      path: 'EvidenceVariable.characteristic.participantEffective[x]',
      min: 0,
      max: '1',
      type: [{ code: 'dateTime' }, { code: 'Period' }, { code: 'Duration' }, { code: 'Timing' }],
    },
    {
      path: 'EvidenceVariable.characteristic.timeFromStart',
      min: 0,
      max: '1',
      type: [{ code: 'Duration' }],
    },
    {
      path: 'EvidenceVariable.characteristic.groupMeasure',
      min: 0,
      max: '1',
      type: [{ code: 'code' }],
      binding: {
        strength: 'required',
        valueSet: 'http://hl7.org/fhir/ValueSet/group-measure|4.0.1',
      },
    },
  ],
}

/**
 * The snapshot of a type as R4 has it.
 * @param elements the package's snapshot, without the type's own first element
 */
export function correctElements(elements: readonly RawElement[]): readonly RawElement[] {
  const foreign = (path: string) =>
    FOREIGN_ELEMENTS.some((name) => path === name || path.startsWith(`${name}.`))
  return elements
    .filter((element) => !foreign(element.path))
    .flatMap((element) => [
      { ...element, ...CHANGED_ELEMENTS[element.path] },
      ...(LOST_ELEMENTS[element.path] ?? []),
    ])
}

/**
 * Expression of a search parameter, or of a component, with the known defects of R4's own set mended:
 * Observation-code-value-date asks for the type `DateTime`, which is called `dateTime`.
 */
export const correctExpression = (expression: string): string =>
  expression.replace(/ofType\(DateTime\)/g, 'ofType(dateTime)')
