// Resources and queries at random: small worlds in which chains, lists and groups meet, and what may be asked of them.
// https://hl7.org/fhir/R4/search.html
// Must not decide what a query finds.
import fc from 'fast-check'

export type Fields = Readonly<Record<string, unknown>> & {
  readonly resourceType: string
  readonly id: string
}

const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'
const id = fc.integer({ min: 1, max: 6 }).map(String)
const to = (...types: string[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...types), id).map((of) => of.join('/')) },
    { weight: 1, arbitrary: fc.constant('http://elsewhere.example.org/fhir/Patient/1') },
  )
const reference = (...types: string[]) =>
  fc.oneof(
    { weight: 8, arbitrary: to(...types).map((one): unknown => ({ reference: one })) },
    {
      weight: 1,
      arbitrary: fc.constant<unknown>({ identifier: { system: 'urn:id', value: '7' } }),
    },
    { weight: 1, arbitrary: fc.constant<unknown>({ display: 'somebody' }) },
  )
const code = fc.constantFrom('2345-7', '8480-6', '8462-4', 'AMB', 'IMP')
const system = fc.constantFrom(LOINC, 'urn:local')
const coding = fc.record(
  { system, code, display: fc.constantFrom('Glucose', 'Давление', '혈당') },
  { requiredKeys: ['code'] },
)
const concept = fc.record(
  {
    coding: fc.array(coding, { minLength: 1, maxLength: 2 }),
    text: fc.constantFrom('glucose in blood', 'Глюкоза', 'pressure'),
  },
  { requiredKeys: [] },
)
const number = fc.constantFrom(4.95, 5, 5.35, 5.4, 5.44, 5.45, 97, 99.4, 100, 100.5, 130)
const quantity = fc.record(
  {
    value: number,
    comparator: fc.constantFrom('<', '>'),
    unit: fc.constantFrom('mg/dL', 'mmol/l', 'ммоль/л'),
    system: fc.constant(UCUM),
    code: fc.constantFrom('mg/dL', 'mmol/L', 'g/L', 'umol/L'),
  },
  { requiredKeys: ['value', 'code'] },
)
const date = fc.constantFrom(
  '2025',
  '2026',
  '2026-02',
  '2026-03',
  '2026-02-28',
  '2026-03-01',
  '2026-03-01T00:00:00Z',
  '2026-03-01T09:00:00+09:00',
  '2026-03-01T23:59:59.999-05:00',
)
const period = fc.record({ start: date, end: date }, { requiredKeys: [] })
const name = fc.constantFrom(
  'Kim',
  '김',
  '김하늘',
  'Қасымова',
  'Фёдоров',
  'Núñez',
  'O’Brien',
  'kimchi',
  'Ким',
  '김 하늘',
)
const identifier = fc.record(
  {
    system: fc.constantFrom('urn:id', 'urn:mrn'),
    value: fc.constantFrom('7', '8', 'A,b', 'x|y'),
    type: fc.constant({ coding: [{ system: 'urn:types', code: 'MR' }], text: 'Record' }),
  },
  { requiredKeys: ['value'] },
)

const narrative = fc
  .constantFrom(
    '<p>Kim: glucose</p><p>high</p>',
    '혈당이 높음',
    'Глюкоза <b>повы</b>шена',
    'қант 5.4',
  )
  .map((html) => ({ status: 'generated', div: `<div>${html}</div>` }))

const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 2 })

const BODIES: Readonly<Record<string, fc.Arbitrary<object>>> = {
  Patient: fc.record(
    {
      text: narrative,
      active: fc.boolean(),
      name: few(fc.record({ family: name, given: few(name) }, { requiredKeys: [] })),
      gender: fc.constantFrom('male', 'female'),
      birthDate: fc.constantFrom('1990', '1990-01', '1990-01-15', '2026-02-28'),
      identifier: few(identifier),
      generalPractitioner: few(reference('Practitioner', 'Organization')),
      managingOrganization: reference('Organization'),
      link: few(fc.record({ other: reference('Patient') })),
    },
    { requiredKeys: [] },
  ),
  Observation: fc
    .record(
      {
        text: narrative,
        status: fc.constantFrom('final', 'amended'),
        code: concept,
        category: few(concept),
        subject: reference('Patient', 'Patient', 'Group'),
        encounter: reference('Encounter'),
        performer: few(reference('Practitioner', 'Organization', 'Patient')),
        derivedFrom: few(reference('Observation')),
        effective: fc.oneof(
          date.map((effectiveDateTime) => ({ effectiveDateTime })),
          period.map((effectivePeriod) => ({ effectivePeriod })),
          fc.array(date, { maxLength: 3 }).map((event) => ({ effectiveTiming: { event } })),
        ),
        value: fc.oneof(
          quantity.map((valueQuantity): object => ({ valueQuantity })),
          concept.map((valueCodeableConcept): object => ({ valueCodeableConcept })),
          name.map((valueString): object => ({ valueString })),
        ),
        component: few(
          fc.record({ code: concept, valueQuantity: quantity }, { requiredKeys: ['code'] }),
        ),
      },
      { requiredKeys: [] },
    )
    .map(({ effective, value, ...rest }) => ({ ...rest, ...effective, ...value })),
  Encounter: fc.record(
    {
      class: fc.record({
        system: fc.constant('http://terminology.hl7.org/CodeSystem/v3-ActCode'),
        code: fc.constantFrom('AMB', 'IMP', 'ACUTE'),
      }),
      subject: reference('Patient'),
      period,
      length: quantity,
      serviceProvider: reference('Organization'),
    },
    { requiredKeys: [] },
  ),
  Organization: fc.record(
    { name, alias: few(name), partOf: reference('Organization') },
    { requiredKeys: [] },
  ),
  Practitioner: fc.record({ name: few(fc.record({ family: name })) }, { requiredKeys: [] }),
  Group: fc.record(
    {
      type: fc.constantFrom('person', 'animal'),
      member: few(fc.record({ entity: reference('Patient', 'Group') })),
    },
    { requiredKeys: [] },
  ),
  List: fc.record(
    { entry: few(fc.record({ item: reference('Patient', 'Observation', 'Group') })) },
    { requiredKeys: [] },
  ),
  ChargeItem: fc.record(
    { factorOverride: number, subject: reference('Patient') },
    { requiredKeys: [] },
  ),
  ValueSet: fc.record(
    { url: fc.constantFrom('http://a/b', 'http://a/b/c', 'http://a/bc', 'urn:oid:1.2') },
    { requiredKeys: [] },
  ),
}
const TYPES = Object.keys(BODIES)

const resource = fc
  .tuple(fc.constantFrom('Observation', 'Observation', 'Patient', 'Patient', ...TYPES), id)
  .chain(([resourceType, one]) =>
    (BODIES[resourceType] ?? fc.constant({})).map((body): Fields => ({
      ...body,
      resourceType,
      id: one,
    })),
  )

/** Resources of a small world. */
export const world = fc.uniqueArray(resource, {
  minLength: 15,
  maxLength: 40,
  selector: (one) => `${one.resourceType}/${one.id}`,
})

type Asked = readonly [name: string, value: string]

const prefix = fc.constantFrom('', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap')
const text = fc.constantFrom(
  'kim',
  '김',
  'ҚАС',
  'федо',
  'nun',
  'o',
  '하늘',
  '김하',
  'Haneul Kim',
  'Ким',
)
const token = fc.oneof(
  code,
  fc.tuple(system, code).map((of) => of.join('|')),
  system.map((one) => `${one}|`),
  code.map((one) => `|${one}`),
)
const amount = fc
  .tuple(
    prefix,
    fc.constantFrom('5', '5.4', '5.40', '97', '100', '1e2', '99.4'),
    fc.constantFrom('', '', '', `|${UCUM}|mg/dL`, '||mmol/l', '||мг/дл', `|${UCUM}|g/L`),
  )
  .map((of) => of.join(''))
const when = fc.tuple(prefix, date).map((of) => of.join(''))
const whom = fc.oneof(id, to('Patient', 'Group', 'Organization', 'Practitioner', 'Observation'))

const KINDS = {
  string: [text, ['', ':exact', ':contains', ':missing']],
  token: [token, ['', ':not', ':missing', ':text']],
  quantity: [amount, ['', ':missing']],
  date: [when, ['', ':missing']],
  reference: [whom, ['', ':missing', ':Patient', ':Group']],
} as const

const asked = (kind: keyof typeof KINDS, ...names: string[]): fc.Arbitrary<Asked> => {
  const [value, modifiers] = KINDS[kind]
  return fc
    .tuple(
      fc.constantFrom(...names),
      fc.constantFrom(...modifiers),
      few(value),
      value,
      fc.boolean(),
    )
    .map(([one, modifier, more, first, truth]): Asked => {
      if (modifier === ':missing') return [one + modifier, String(truth)]
      if (modifier === ':text') return [one + modifier, 'glu']
      return [one + modifier, [first, ...more].join(',')]
    })
}
const oneOf = (...pairs: [name: string, ...values: string[]][]): fc.Arbitrary<Asked> =>
  fc.oneof(
    ...pairs.map(([one, ...values]) =>
      fc.constantFrom(...values).map((value): Asked => [one, value]),
    ),
  )

const fullText = oneOf(
  [
    '_text',
    'kim',
    'glucose high',
    '혈당',
    '"혈당"',
    'повышена OR high',
    '-glucose',
    'ҚАНТ 5.4',
    'glu*',
  ],
  [
    '_content',
    'kim',
    'glucose',
    'глюкоза,"in blood"',
    '"glucose in"',
    'final NOT (kim OR 혈당)',
    '8480-6',
  ],
)

/** What may be asked of a type by one parameter without a chain. */
const PLAIN: Readonly<Record<string, fc.Arbitrary<Asked>>> = {
  Patient: fc.oneof(
    fullText,
    asked('string', 'name', 'family', 'given'),
    asked('date', 'birthdate'),
    asked('reference', 'general-practitioner', 'organization', 'link'),
    oneOf(
      ['gender', 'male', 'female', 'http://hl7.org/fhir/administrative-gender|male'],
      ['gender:not', 'male'],
      ['gender:in', 'http://hl7.org/fhir/ValueSet/administrative-gender'],
      ['gender:below', 'http://hl7.org/fhir/administrative-gender|male'],
      ['active', 'true', 'false'],
      ['identifier', '7', 'urn:id|7', 'urn:mrn|', '|7', 'A\\,b', 'x\\|y'],
      ['identifier:of-type', 'urn:types|MR|7'],
      ['identifier:text', 'rec'],
      ['_id', '1', '2,3', '9'],
      ['_list', '1', '2,3'],
      ['_filter', 'family ne "kim"', 'name ew "m" or birthdate po 1990', 'not (gender pr true)'],
      ['_filter', 'organization[name co "k"].partof.name sw "k"', 'identifier ne urn:id|7'],
    ),
  ),
  Observation: fc.oneof(
    fullText,
    asked('token', 'code', 'combo-code', 'component-code', 'category', 'value-concept'),
    asked('quantity', 'value-quantity', 'combo-value-quantity'),
    asked('date', 'date'),
    asked('reference', 'subject', 'patient', 'encounter', 'performer', 'derived-from'),
    asked('string', 'value-string'),
    fc
      .tuple(
        fc.constantFrom('code', 'component-code', 'combo-code'),
        token.filter((one) => !one.startsWith('|')),
        amount,
      )
      .map(([one, first, second]): Asked => [`${one}-value-quantity`, `${first}$${second}`]),
    oneOf(
      ['subject:identifier', 'urn:id|7', '7', 'x'],
      ['status:not', 'final'],
      ['code:in', 'http://hl7.org/fhir/ValueSet/administrative-gender'],
      ['_list', '1', '2'],
      [
        '_filter',
        'code ne 2345-7',
        'value-quantity gt 90 and status eq final',
        'subject ne Patient/1',
      ],
      ['_filter', 'patient[gender eq male].name co "k" or not (date po 2026-03)'],
    ),
  ),
  Encounter: fc.oneof(
    asked('date', 'date'),
    asked('quantity', 'length'),
    asked('reference', 'subject', 'patient', 'service-provider'),
    oneOf(
      ['class', 'AMB', 'IMP'],
      ['class:below', 'http://terminology.hl7.org/CodeSystem/v3-ActCode|IMP'],
      ['class:above', 'http://terminology.hl7.org/CodeSystem/v3-ActCode|ACUTE'],
      ['class:not-in', 'http://terminology.hl7.org/ValueSet/v3-ActEncounterCode'],
    ),
  ),
  Organization: fc.oneof(asked('string', 'name'), asked('reference', 'partof')),
  Practitioner: asked('string', 'name', 'family'),
  Group: fc.oneof(oneOf(['type', 'person', 'animal']), asked('reference', 'member')),
  ChargeItem: fc
    .tuple(prefix, fc.constantFrom('5', '5.4', '100', '1e2', '97'))
    .map(([op, value]): Asked => ['factor-override', op + value]),
  ValueSet: oneOf(
    ['url', 'http://a/b', 'urn:oid:1.2'],
    ['url:below', 'http://a', 'http://a/b', 'urn:oid'],
    ['url:above', 'http://a/b/c', 'urn:oid:1.2:3'],
  ),
}

/** References that chains go along: from a type, by a parameter, to a type. */
const LINKS: readonly (readonly [from: string, name: string, to: string])[] = [
  ['Patient', 'general-practitioner:Practitioner', 'Practitioner'],
  ['Patient', 'general-practitioner', 'Organization'],
  ['Patient', 'organization', 'Organization'],
  ['Patient', 'link:Patient', 'Patient'],
  ['Observation', 'subject:Patient', 'Patient'],
  ['Observation', 'subject', 'Patient'],
  ['Observation', 'patient', 'Patient'],
  ['Observation', 'subject:Group', 'Group'],
  ['Observation', 'encounter', 'Encounter'],
  ['Observation', 'performer', 'Practitioner'],
  ['Observation', 'derived-from:Observation', 'Observation'],
  ['Encounter', 'patient', 'Patient'],
  ['Encounter', 'service-provider', 'Organization'],
  ['Organization', 'partof', 'Organization'],
  ['Group', 'member', 'Patient'],
  ['Group', 'member:Group', 'Group'],
  ['ChargeItem', 'subject:Patient', 'Patient'],
]

/** One parameter of a type, with up to `depth` references on the way. */
function parameter(type: string, depth: number): fc.Arbitrary<Asked> {
  const plain = PLAIN[type] ?? oneOf(['_id', '1', '2'])
  if (depth === 0) return plain
  const isPlain = (one: string): boolean => !['_list', '_filter'].includes(one)
  const ways = [
    ...LINKS.filter(([from]) => from === type).map(([, name, next]) =>
      parameter(next, depth - 1)
        .filter(([one]) => isPlain(one))
        .map(([one, value]): Asked => [`${name}.${one}`, value]),
    ),
    ...LINKS.filter(([, , next]) => next === type).map(([from, name]) =>
      parameter(from, depth - 1)
        .filter(([one]) => isPlain(one))
        .map(([one, value]): Asked => [`_has:${from}:${name.split(':')[0]}:${one}`, value]),
    ),
  ]
  return fc.oneof({ weight: 2, arbitrary: plain }, ...ways)
}

/** A type and one to three parameters. */
export const search = fc
  .constantFrom('Observation', 'Observation', 'Patient', 'Patient', ...Object.keys(PLAIN))
  .chain((type) =>
    fc.record({
      type: fc.constant(type),
      query: fc.array(parameter(type, 2), { minLength: 1, maxLength: 3 }),
    }),
  )
