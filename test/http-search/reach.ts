// Searches that reach other resources, or ask a terminology, and what each must find, decided by hand.
// https://hl7.org/fhir/R4/search.html
// Must not be filled from what a server answers.
import { RECORDS } from './records.ts'
import type { Scenario } from './scenarios.ts'

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const GENDERS = 'http://hl7.org/fhir/ValueSet/administrative-gender'

type Stored = {
  readonly resourceType: string
  readonly id: string
  readonly [element: string]: unknown
}
const resources: readonly Stored[] = [
  {
    resourceType: 'Patient',
    id: 'p-org',
    managingOrganization: { reference: 'Organization/busan' },
    generalPractitioner: [{ reference: 'Organization/network' }],
  },
  {
    resourceType: 'Observation',
    id: 'o-shown',
    status: 'final',
    code: {
      coding: [{ system: 'http://loinc.org', code: '2339-0', display: 'Glucose in Blood' }],
      text: 'Глюкоза крови',
    },
    category: [{ coding: [{ code: 'x', display: '혈당 검사' }] }],
    subject: { reference: 'Patient/p-org' },
  },
  {
    resourceType: 'CodeSystem',
    id: 'animals',
    url: 'urn:x:animals',
    status: 'active',
    content: 'complete',
    concept: [
      { code: 'animal', concept: [{ code: 'bird', concept: [{ code: 'owl' }] }, { code: 'dog' }] },
    ],
  },
  {
    resourceType: 'ValueSet',
    id: 'birds',
    url: 'urn:x:birds',
    status: 'active',
    compose: {
      include: [
        {
          system: 'urn:x:animals',
          filter: [{ property: 'concept', op: 'is-a', value: 'bird' }],
        },
      ],
    },
  },
  {
    resourceType: 'ValueSet',
    id: 'loinc-all',
    url: 'urn:x:loinc',
    status: 'active',
    compose: { include: [{ system: 'http://loinc.org' }] },
  },
  {
    resourceType: 'ValueSet',
    id: 'snomed-part',
    url: 'urn:x:snomed',
    status: 'active',
    compose: {
      include: [
        {
          system: 'http://snomed.info/sct',
          filter: [{ property: 'concept', op: 'is-a', value: '404684003' }],
        },
      ],
    },
  },
  ...['owl', 'bird', 'dog'].map((code) => ({
    resourceType: 'Basic',
    id: `b-${code}`,
    code: { coding: [{ system: 'urn:x:animals', code }] },
  })),
  {
    resourceType: 'Basic',
    id: 'b-other',
    code: { coding: [{ system: 'urn:x:other', code: 'owl' }] },
  },
  {
    resourceType: 'List',
    id: 'l-watch',
    status: 'current',
    mode: 'working',
    entry: [
      { item: { reference: 'Patient/p-kim' } },
      { item: { reference: 'Patient/p-aliya' } },
      { item: { reference: 'Observation/o-bp' } },
    ],
  },
  ...[
    ['ward', undefined],
    ['room', 'ward'],
    ['bed', 'room'],
  ].map(([id, within]) => ({
    resourceType: 'Location',
    id: String(id),
    name: String(id),
    ...(within === undefined ? {} : { partOf: { reference: `Location/${within}` } }),
  })),
]

/** The records of the other tests, and some more. */
export const REACHING = {
  ...RECORDS,
  entry: [
    ...RECORDS.entry,
    ...resources.map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    })),
  ],
}

export const REACH: Readonly<Record<string, readonly Scenario[]>> = {
  chains: [
    ['Observation?subject:Patient.name=kim', ['o-bp', 'o-glucose-mass']],
    ['Observation?patient.name=김', ['o-bp', 'o-glucose-mass']],
    ['Observation?patient.identifier=urn:x:rrn|900101-1&code=2339-0', ['o-glucose-mass']],
    ['Observation?subject.name=kim', ['o-bp', 'o-glucose-mass']],
    ['Observation?subject:Patient.name:exact=kim', []],
    ['Observation?subject:Patient.family:exact=Kim', ['o-bp', 'o-glucose-mass']],
    [
      'Observation?subject:Patient.gender=female,male&status=final',
      ['o-bp', 'o-bp-low', 'o-glucose-si'],
    ],
    ['Observation?subject:Patient.gender:not=female', ['o-bp-low', 'o-glucose-high', 'o-shown']],
    ['Observation?subject:Patient.birthdate:missing=true', ['o-shown']],
    ['Observation?subject:Patient._id=p-jose', ['o-glucose-high']],
    ['Observation?subject:Group.type=person', ['o-virus']],
    ['Observation?subject:Patient.name=kim&subject:Patient.gender=male', []],
    ['Observation?subject:Patient.name=kim,núñez', ['o-bp', 'o-glucose-mass', 'o-glucose-high']],
    // Both kinds of those whom a general practitioner may be.
    ['Patient?general-practitioner.name=이', ['p-kim', 'p-org']],
    ['Patient?general-practitioner:Practitioner.name=이', ['p-kim']],
    ['Patient?general-practitioner:Organization.name=이음', ['p-org']],
    ['Patient?organization.partof.name=network', ['p-kim', 'p-org']],
    ['Observation?patient.organization.name=부산', ['o-bp', 'o-glucose-mass', 'o-shown']],
    ['Observation?patient.organization.partof.name=network&code=85354-9', ['o-bp']],
    ['Encounter?diagnosis.code=44054006', ['e-visit']],
    ['Encounter?diagnosis:Condition.onset-age=ge40', ['e-visit']],
    ['DiagnosticReport?result.code-value-quantity=2339-0$97', ['d-checkup']],
    ['MedicationRequest?medication.code=http://www.whocc.no/atc|A10BA02', ['mr-metformin']],
    ['MedicationRequest?patient.birthdate=ge1990&requester:Practitioner.name=이', ['mr-metformin']],
    ['Location?partof.partof.name=ward', ['bed']],
    ['Group?member:Patient.name=Núñez', ['g-crew']],
  ],
  _has: [
    ['Patient?_has:Observation:patient:code=85354-9', ['p-kim', 'p-fyodor']],
    ['Patient?_has:Observation:patient:code=http://loinc.org|85354-9&gender=female', ['p-kim']],
    ['Patient?_has:Observation:subject:value-quantity=gt400', ['p-jose']],
    ['Patient?_has:Observation:patient:status:not=final', ['p-kim']],
    ['Patient?_has:Group:member:type=person', ['p-jose', 'p-fyodor']],
    ['Patient?_has:Group:member:_id=g-crew', ['p-jose', 'p-fyodor']],
    ['Practitioner?_has:Observation:performer:patient.name=kim', ['dr-lee']],
    [
      'Practitioner?_has:Patient:general-practitioner:_has:Observation:patient:code=85354-9',
      ['dr-lee'],
    ],
    ['Observation?patient._has:Group:member:_id=g-crew', ['o-glucose-high', 'o-bp-low']],
    ['Organization?_has:Patient:organization:_has:Condition:patient:code=44054006', ['busan']],
    ['Location?_has:Location:partof:name=bed', ['room']],
    ['Patient?_has:Observation:patient:code=85354-9&_has:Condition:patient:code=E11', ['p-kim']],
    ['Patient?_has:Observation:patient:code=none', []],
  ],
  'of codes by their text': [
    ['Observation?code:text=глюкоза', ['o-shown']],
    ['Observation?code:text=GLUCOSE IN', ['o-shown']],
    ['Observation?code:text=blood', []],
    ['Observation?category:text=혈당', ['o-shown']],
    ['Observation?code:text=urine,alone', ['o-text', 'o-alone']],
    ['Condition?code:text=ГРИПП', ['c-flu']],
  ],
  terminology: [
    ['Basic?code:below=urn:x:animals|bird', ['b-owl', 'b-bird']],
    ['Basic?code:above=urn:x:animals|bird', ['b-bird']],
    ['Basic?code:above=urn:x:animals|owl', ['b-owl', 'b-bird']],
    ['Basic?code:in=urn:x:birds', ['b-owl', 'b-bird']],
    ['Basic?code:in=ValueSet/birds', ['b-owl', 'b-bird']],
    ['Basic?code:in={base}/ValueSet/birds', ['b-owl', 'b-bird']],
    ['Basic?code:not-in=urn:x:birds', ['b-dog', 'b-other']],
    ['Basic?code:in=urn:x:birds,urn:x:loinc', ['b-owl', 'b-bird']],
    ['Observation?code:in=urn:x:loinc&status=amended', ['o-glucose-mass']],
    [`Patient?gender:in=${GENDERS}&active=true`, ['p-kim', 'p-lim']],
    [`Patient?gender:in=${GENDERS}|4.0.1&active=true`, ['p-kim', 'p-lim']],
    [`Patient?gender:not-in=${GENDERS}`, ['p-jose', 'p-empty', 'p-org']],
    ['Patient?gender:below=http://hl7.org/fhir/administrative-gender|male', ['p-fyodor', 'p-lim']],
    [`Encounter?class:below=${ACT}|_ActEncounterCode`, ['e-visit', 'e-ward']],
    [`Encounter?class:below=${ACT}|IMP`, ['e-ward']],
    [`Encounter?class:above=${ACT}|ACUTE`, ['e-ward']],
    [`Observation?encounter.class:below=${ACT}|AMB`, ['o-bp']],
    [
      'Encounter?class:in=http://terminology.hl7.org/ValueSet/v3-ActEncounterCode',
      ['e-visit', 'e-ward'],
    ],
  ],
  lists: [
    ['Patient?_list=l-watch', ['p-kim', 'p-aliya']],
    ['Observation?_list=List/l-watch', ['o-bp']],
    ['Patient?_list=l-watch&name=kim', ['p-kim']],
    ['Patient?_list=none', []],
    ['?_list=l-watch', ['p-kim', 'p-aliya', 'o-bp']],
  ],
  'missing references': [
    ['Observation?patient:missing=true', ['o-virus', 'o-alone']],
    ['Observation?subject:missing=true', ['o-alone']],
    ['Encounter?patient:missing=true', []],
  ],
  _filter: [
    ['Patient?_filter=name co "ha" and birthdate ge 1974', ['p-kim']],
    ['Patient?_filter=not (gender pr true)', ['p-jose', 'p-empty', 'p-org']],
    ['Patient?_filter=gender eq male or family sw "n"', ['p-fyodor', 'p-lim', 'p-jose']],
    ['Patient?_filter=family ew "ва"', ['p-aliya']],
    ['Patient?_filter=family ne "kim" and gender eq female', ['p-kim', 'p-aliya']],
    [
      'Observation?_filter=patient[gender eq female].name sw "kim" and code eq 2339-0',
      ['o-glucose-mass'],
    ],
    ['Observation?_filter=date po 2026-03-01 and status ne final', ['o-unitless']],
    ['Observation?_filter=subject re Patient/p-kim', ['o-bp', 'o-glucose-mass']],
    ['Basic?_filter=code ss urn:x:animals|bird', ['b-owl', 'b-bird']],
    ['Basic?_filter=code ni urn:x:birds', ['b-dog', 'b-other']],
    ['Patient?_filter=_has:Observation:patient:code eq 85354-9', ['p-kim', 'p-fyodor']],
    ['Patient?gender=female&_filter=(identifier eq urn:x:rrn|900101-1)', ['p-kim']],
  ],
}

/** Query, and `Type/id` of what is included, in any order. */
export const INCLUDES: readonly (readonly [query: string, included: readonly string[]])[] = [
  ['Location?_id=bed&_include=Location:partof', ['Location/room']],
  ['Location?_id=bed&_include:iterate=Location:partof', ['Location/room', 'Location/ward']],
  ['Location?_id=ward&_revinclude:iterate=Location:partof', ['Location/room', 'Location/bed']],
  [
    'Observation?_id=o-bp&_include=Observation:patient&_include:iterate=Patient:organization&_include:iterate=Organization:partof',
    ['Patient/p-kim', 'Organization/busan', 'Organization/network'],
  ],
  [
    'Observation?_id=o-bp&_include=Observation:patient&_include:iterate=Patient:general-practitioner',
    ['Patient/p-kim', 'Practitioner/dr-lee'],
  ],
  [
    'Organization?_id=network&_revinclude=Organization:partof&_revinclude:iterate=Patient:organization',
    ['Organization/busan', 'Patient/p-kim', 'Patient/p-org'],
  ],
  // Round in a ring: the patient, the patient's encounters, and back.
  [
    'Encounter?_id=e-visit&_include:iterate=Encounter:patient&_revinclude:iterate=Encounter:patient',
    ['Patient/p-kim'],
  ],
]

/** Query, status, and what the outcome says. */
export const REFUSED: readonly (readonly [query: string, status: number, says: RegExp])[] = [
  ['Observation?subject:Patient.nmae=x', 400, /did you mean name/],
  ['Observation?code.name=x', 400, /goes along references/],
  ['Patient?_has:Observation:code=x', 400, /Type:reference:parameter/],
  ['Basic?code:below=urn:x:nowhere|x', 400, /codes of urn:x:nowhere are not here/],
  ['Basic?code:below=urn:x:animals|cat', 400, /no code "cat"/],
  ['Basic?code:below=bird', 400, /system\|code/],
  ['Basic?code:in=urn:x:nowhere', 400, /no value set urn:x:nowhere/],
  ['Basic?code:in=urn:x:snomed', 400, /can not be expanded: it selects from http:\/\/snomed/],
  ['Patient?gender:in=urn:x:loinc', 400, /can not be decided/],
  ['Patient?_list=$current-problems', 400, /functional list/],
  ['Patient?_filter=gender like male', 400, /character 1 .*"like" is no operator/],
  ['Patient?_include:iterate=Patient:nobody', 400, /no reference parameter/],
]
