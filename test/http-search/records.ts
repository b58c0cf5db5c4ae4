// A few records with readable ids, made so that each rule of search finds some and leaves others.
// https://hl7.org/fhir/R4/search.html
// Must not be changed without reading the tables of scenarios, which name what is found by id.

const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'
const SNOMED = 'http://snomed.info/sct'
const TYPES = 'http://terminology.hl7.org/CodeSystem/v2-0203'

type Fields = Readonly<Record<string, unknown>>
const to = (reference: string) => ({ reference })
const coded = (system: string, code: string) => ({ coding: [{ system, code }] })
const loinc = (code: string) => coded(LOINC, code)
const quantity = (value: number, code: string, unit = code) => ({ value, unit, system: UCUM, code })
const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">목록</div>' }

const patients: Readonly<Record<string, Fields>> = {
  'p-kim': {
    meta: {
      profile: ['http://example.org/StructureDefinition/kr-patient|2.0.0'],
      security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }],
      tag: [{ system: 'urn:x:tag', code: 'HTEST' }],
      source: 'http://busan.example.org/emr#1',
    },
    text,
    identifier: [
      { type: coded(TYPES, 'NI'), system: 'urn:x:rrn', value: '900101-1' },
      { value: 'no-system' },
    ],
    active: true,
    name: [
      { use: 'official', text: '김하늘', family: '김', given: ['하늘'] },
      { text: 'Kim Ha-neul', family: 'Kim', given: ['Ha-neul'] },
    ],
    telecom: [
      { system: 'phone', value: '010-0000-1111' },
      { system: 'email', value: 'kim@example.org' },
    ],
    gender: 'female',
    birthDate: '1990-01-15',
    address: [{ city: '부산', country: 'KR' }],
    generalPractitioner: [to('Practitioner/dr-lee')],
    managingOrganization: to('Organization/busan'),
  },
  'p-fyodor': {
    meta: { tag: [{ system: 'urn:x:other', code: 'HTEST' }] },
    active: false,
    name: [{ family: 'Фёдоров', given: ['Пётр', 'Ильич'] }],
    gender: 'male',
    birthDate: '1950-06',
    deceasedDateTime: '2025-01-02',
  },
  'p-aliya': {
    meta: { profile: ['http://example.org/StructureDefinition/kz-patient'] },
    identifier: [
      { type: coded(TYPES, 'MR'), system: 'urn:x:iin', value: 'ABC|1' },
      { system: 'urn:x:iin', value: 'a,b' },
    ],
    name: [{ family: 'Қасымова', given: ['Әлия'] }],
    gender: 'female',
    birthDate: '1990',
    link: [{ other: to('Patient/p-kim'), type: 'seealso' }],
  },
  'p-jose': {
    identifier: [{ system: 'urn:x:mr', value: '$5,00\\x' }],
    name: [{ family: 'Núñez', given: ['José', 'María'] }],
    birthDate: '1990-01-15',
    deceasedBoolean: false,
    communication: [{ language: coded('urn:ietf:bcp:47', 'es') }],
  },
  'p-lim': {
    active: true,
    name: [{ family: '임', given: ['이슬'] }],
    gender: 'male',
    birthDate: '2026-02-28',
    multipleBirthInteger: 2,
  },
  'p-empty': {},
}

const glucose = { status: 'final', code: loinc('2339-0') }
const pressure = (systolic: number, diastolic: number) => ({
  status: 'final',
  code: loinc('85354-9'),
  component: [
    { code: loinc('8480-6'), valueQuantity: quantity(systolic, 'mm[Hg]', 'mmHg') },
    { code: loinc('8462-4'), valueQuantity: quantity(diastolic, 'mm[Hg]', 'mmHg') },
  ],
})
const observations: Readonly<Record<string, Fields>> = {
  'o-bp': {
    ...pressure(120, 80),
    category: [coded('http://terminology.hl7.org/CodeSystem/observation-category', 'vital-signs')],
    subject: to('Patient/p-kim'),
    encounter: to('Encounter/e-visit'),
    effectiveDateTime: '2026-03-01T09:00:00+09:00',
    performer: [to('Practitioner/dr-lee')],
  },
  'o-bp-low': {
    ...pressure(80, 50),
    subject: to('Patient/p-fyodor'),
    effectiveDateTime: '2026-02',
  },
  'o-glucose-si': {
    ...glucose,
    subject: to('Patient/p-aliya'),
    effectivePeriod: { start: '2026-03-01' },
    valueQuantity: quantity(5.4, 'mmol/L', 'ммоль/л'),
  },
  'o-glucose-mass': {
    ...glucose,
    status: 'amended',
    subject: to('Patient/p-kim'),
    effectivePeriod: { end: '2026-01-31' },
    valueQuantity: quantity(97, 'mg/dL'),
  },
  'o-glucose-high': {
    ...glucose,
    subject: to('Patient/p-jose'),
    effectiveTiming: { event: ['2026-04-01', '2026-04-03'] },
    valueQuantity: { ...quantity(500, 'mg/dL'), comparator: '>' },
  },
  'o-unitless': {
    status: 'preliminary',
    code: { text: 'ratio' },
    subject: to('http://other.example.org/fhir/Patient/p-kim'),
    effectiveInstant: '2026-03-01T00:00:00.500Z',
    valueQuantity: { value: 5.4 },
  },
  'o-text': {
    status: 'final',
    code: { text: 'urine' },
    subject: { identifier: { system: 'urn:x:rrn', value: '900101-1' }, display: '김하늘' },
    valueString: 'Следы белка',
  },
  'o-virus': {
    status: 'final',
    code: loinc('94500-6'),
    subject: to('Group/g-crew'),
    effectiveDateTime: '2026-02-28T23:30:00-05:00',
    valueCodeableConcept: coded(SNOMED, '260385009'),
    derivedFrom: [to('Observation/o-glucose-si')],
  },
  'o-alone': { status: 'final', code: { text: 'alone' } },
}

const charge = (factorOverride: number) => ({
  status: 'billable',
  code: { text: 'x' },
  subject: to('Patient/p-empty'),
  factorOverride,
})
const valueSet = (name: string, url: string) => ({ name, url, status: 'draft' })

const others: readonly (readonly [type: string, id: string, fields: Fields])[] = [
  ['Organization', 'busan', { name: '부산병원', partOf: to('Organization/network') }],
  ['Organization', 'network', { name: 'Network', alias: ['Ieum', '이음'] }],
  ['Practitioner', 'dr-lee', { name: [{ family: '이', given: ['서준'] }] }],
  [
    'Encounter',
    'e-visit',
    {
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject: to('Patient/p-kim'),
      participant: [{ individual: to('Practitioner/dr-lee') }],
      period: { start: '2026-03-01T08:30:00+09:00', end: '2026-03-01T10:00:00+09:00' },
      length: quantity(90, 'min'),
      serviceProvider: to('Organization/busan'),
      diagnosis: [{ condition: to('Condition/c-diabetes') }],
    },
  ],
  [
    'Encounter',
    'e-ward',
    {
      status: 'in-progress',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
      subject: to('Patient/p-fyodor'),
      period: { start: '2026-02-27' },
    },
  ],
  [
    'Condition',
    'c-diabetes',
    {
      clinicalStatus: coded('http://terminology.hl7.org/CodeSystem/condition-clinical', 'active'),
      code: { coding: [{ system: SNOMED, code: '44054006' }, { code: 'E11' }] },
      subject: to('Patient/p-kim'),
      onsetAge: quantity(41, 'a'),
    },
  ],
  [
    'Condition',
    'c-flu',
    {
      clinicalStatus: coded('http://terminology.hl7.org/CodeSystem/condition-clinical', 'resolved'),
      code: { text: 'грипп' },
      subject: to('Patient/p-fyodor'),
      onsetDateTime: '2026-01-05',
      abatementString: 'after a week',
    },
  ],
  ['Medication', 'm-metformin', { code: coded('http://www.whocc.no/atc', 'A10BA02') }],
  [
    'MedicationRequest',
    'mr-metformin',
    {
      status: 'active',
      intent: 'order',
      medicationReference: to('Medication/m-metformin'),
      subject: to('Patient/p-kim'),
      authoredOn: '2026-03-01T09:10:00+09:00',
      requester: to('Practitioner/dr-lee'),
    },
  ],
  [
    'MedicationRequest',
    'mr-aspirin',
    {
      status: 'stopped',
      intent: 'order',
      medicationCodeableConcept: coded('http://www.whocc.no/atc', 'B01AC06'),
      subject: to('Patient/p-fyodor'),
    },
  ],
  [
    'DiagnosticReport',
    'd-checkup',
    {
      status: 'final',
      code: loinc('11502-2'),
      subject: to('Patient/p-kim'),
      encounter: to('Encounter/e-visit'),
      issued: '2026-03-02T10:00:00.123+09:00',
      result: [to('Observation/o-bp'), to('Observation/o-glucose-mass')],
      conclusionCode: [coded(SNOMED, '44054006')],
    },
  ],
  [
    'Group',
    'g-crew',
    {
      type: 'person',
      actual: true,
      name: 'Crew',
      member: [
        { entity: to('Patient/p-fyodor'), period: { start: '2026-01-01' } },
        { entity: to('Patient/p-jose') },
      ],
      characteristic: [
        {
          code: { text: 'sex', ...coded('urn:x', 'sex') },
          valueCodeableConcept: coded('urn:x', 'male'),
          exclude: false,
        },
        {
          code: coded('urn:x', 'smoker'),
          valueCodeableConcept: coded('urn:x', 'yes'),
          exclude: true,
        },
      ],
    },
  ],
  [
    'ImagingStudy',
    'i-chest',
    {
      identifier: [{ system: 'urn:dicom:uid', value: 'urn:oid:1.2.3' }],
      status: 'available',
      subject: to('Patient/p-kim'),
      started: '2026-03-01T09:30:00+09:00',
      modality: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'DX' }],
      series: [
        {
          uid: '1.2.3.4',
          modality: { system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'DX' },
          bodySite: { system: SNOMED, code: '51185008' },
          instance: [
            {
              uid: '1.2.3.4.5',
              sopClass: { system: 'urn:ietf:rfc:3986', code: 'urn:oid:1.2.840' },
            },
          ],
        },
      ],
    },
  ],
  ['ValueSet', 'v-a', { ...valueSet('A', 'http://example.org/vs/a'), title: '혈당 단위' }],
  ['ValueSet', 'v-a-b', valueSet('AB', 'http://example.org/vs/a/b')],
  [
    'ValueSet',
    'v-ab',
    {
      ...valueSet('Ab', 'http://example.org/vs/ab'),
      status: 'active',
      compose: { include: [{ system: LOINC, concept: [{ code: '2339-0' }] }] },
    },
  ],
  ['ValueSet', 'v-urn', valueSet('Urn', 'urn:oid:1.2.3.4')],
  [
    'Questionnaire',
    'q-smoking',
    {
      url: 'http://example.org/q/smoking',
      version: '2',
      title: 'Курение',
      status: 'active',
      subjectType: ['Patient', 'Group'],
      item: [{ linkId: '1', type: 'boolean', code: [{ system: LOINC, code: '72166-2' }] }],
    },
  ],
  [
    'QuestionnaireResponse',
    'qr-smoking',
    {
      questionnaire: 'http://example.org/q/smoking|2',
      status: 'completed',
      subject: to('Patient/p-kim'),
    },
  ],
  ['ChargeItem', 'f-99.4', charge(99.4)],
  ['ChargeItem', 'f-100', charge(100)],
  ['ChargeItem', 'f-100.4', charge(100.4)],
  ['ChargeItem', 'f-100.5', charge(100.5)],
  [
    'Bundle',
    'b-document',
    {
      type: 'document',
      identifier: { system: 'urn:x:doc', value: '7' },
      timestamp: '2026-03-01T00:00:00Z',
      entry: [
        {
          fullUrl: 'http://example.org/fhir/Composition/s-1',
          resource: {
            resourceType: 'Composition',
            id: 's-1',
            status: 'final',
            type: loinc('60591-5'),
            date: '2026-03-01',
            author: [to('Practitioner/dr-lee')],
            title: 'Summary',
          },
        },
        {
          fullUrl: 'http://example.org/fhir/Practitioner/dr-lee',
          resource: { resourceType: 'Practitioner', id: 'dr-lee' },
        },
      ],
    },
  ],
]

/** All of them as one transaction of PUTs. */
export const RECORDS = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    ...Object.entries(patients).map(([id, fields]) => ['Patient', id, fields] as const),
    ...Object.entries(observations).map(([id, fields]) => ['Observation', id, fields] as const),
    ...others,
  ].map(([resourceType, id, fields]) => ({
    resource: { resourceType, id, ...fields },
    request: { method: 'PUT', url: `${resourceType}/${id}` },
  })),
}

/** Ids of the Patients, of the Observations. */
export const PATIENTS = Object.keys(patients)
export const OBSERVATIONS = Object.keys(observations)
