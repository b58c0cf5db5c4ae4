// Profiles, rule by rule: each with what meets it and what doesn't, and where that is said.
import assert from 'node:assert/strict'
import type { Element } from '../../src/fhir/structure-definition.ts'
import { validatorOf } from './rooms.ts'

const URL = 'http://example.org/fhir/StructureDefinition/'
const CORE = 'http://hl7.org/fhir/StructureDefinition/'

const profile = (name: string, type: string, element: Element[], more: object = {}) => ({
  resourceType: 'StructureDefinition',
  url: URL + name,
  name,
  type,
  kind: 'resource',
  derivation: 'constraint',
  baseDefinition: CORE + type,
  differential: { element: [{ path: type }, ...element] },
  ...more,
})

type Judged = [title: string, resource: object, expected: string[]]

/** What is judged of the resource, which need not declare the profile. */
function judges(
  title: string,
  profiles: readonly object[],
  cases: readonly Judged[],
  storing = false,
): void {
  describe(title, () => {
    const all = profiles as { resourceType: string; url: string }[]
    const validator = validatorOf(all)
    for (const [what, resource, expected] of cases)
      it(what, () => {
        const issues = validator.validate(resource, { profiles: [all[0]!.url], storing })
        const found = issues
          .filter(({ severity }) => severity !== 'information')
          .map(({ severity, code, expression }) => `${severity} ${code} ${expression?.join(' ')}`)
        assert.deepEqual(found, expected, JSON.stringify(issues, null, 1))
      })
  })
}

const patient = (more: object) => ({ resourceType: 'Patient', ...more })
const observation = (more: object) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...more,
})
const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] })
const component = (code: string, more: object = { valueString: 'x' }) => ({
  code: loinc(code),
  ...more,
})

describe('profiles', () => {
  judges(
    'cardinality',
    [
      profile('counts', 'Patient', [
        { path: 'Patient.name', min: 1, max: '2' },
        { path: 'Patient.name.family', min: 1 },
        { path: 'Patient.photo', max: '0' },
        { path: 'Patient.birthDate', min: 1 },
      ]),
    ],
    [
      ['that is met', patient({ name: [{ family: 'a' }], birthDate: '2020' }), []],
      [
        'that is met by an extension',
        patient({
          name: [{ family: 'a' }],
          _birthDate: { extension: [{ url: 'urn:x', valueCode: 'unknown' }] },
        }),
        [],
      ],
      ['below', patient({ birthDate: '2020' }), ['error required Patient']],
      [
        'below, inside',
        patient({ birthDate: '2020', name: [{ family: 'a' }, { text: 'b' }] }),
        ['error required Patient.name[1]'],
      ],
      [
        'above',
        patient({ birthDate: '2020', name: [{ family: 'a' }, { family: 'b' }, { family: 'c' }] }),
        ['error structure Patient.name'],
      ],
      [
        'of what is not allowed',
        patient({ birthDate: '2020', name: [{ family: 'a' }], photo: [{ title: 'x' }] }),
        ['error structure Patient.photo'],
      ],
    ],
  )

  judges(
    'values',
    [
      profile('values', 'Observation', [
        { path: 'Observation.status', fixedCode: 'final' },
        { path: 'Observation.code', patternCodeableConcept: loinc('2339-0') },
        { path: 'Observation.value[x]', type: [{ code: 'integer' }, { code: 'string' }] },
        { path: 'Observation.valueInteger', minValueInteger: 1, maxValueInteger: 5 },
      ]),
      profile('length', 'Patient', [{ path: 'Patient.language', maxLength: 3 }]),
    ],
    [
      [
        'that are met',
        observation({ code: { ...loinc('2339-0'), text: 'Glucose' }, valueInteger: 5 }),
        [],
      ],
      [
        'that are not fixed',
        observation({ code: loinc('2339-0'), status: 'amended' }),
        ['error value Observation.status'],
      ],
      [
        'without the pattern',
        observation({ code: loinc('1-8') }),
        ['error value Observation.code'],
      ],
      [
        'above',
        observation({ code: loinc('2339-0'), valueInteger: 6 }),
        ['error value Observation.value'],
      ],
      [
        'below',
        observation({ code: loinc('2339-0'), valueInteger: 0 }),
        ['error value Observation.value'],
      ],
      [
        'of another type',
        observation({ code: loinc('2339-0'), valueBoolean: true }),
        ['error structure Observation.value'],
      ],
    ],
  )

  const systolic = component('8480-6')
  const slicing = (more: object = {}) => ({
    path: 'Observation.component',
    slicing: { discriminator: [{ type: 'pattern', path: 'code' }], rules: 'open', ...more },
  })
  const slice = (sliceName: string, code: string, more: object = {}): Element[] => [
    { path: 'Observation.component', sliceName, ...more },
    { path: 'Observation.component.code', patternCodeableConcept: loinc(code) },
  ]
  const two = [
    ...slice('systolic', '8480-6', { min: 1, max: '1' }),
    { path: 'Observation.component.valueString', min: 1 },
    ...slice('diastolic', '8462-4', { max: '1' }),
  ]
  judges(
    'open slices by pattern',
    [profile('open', 'Observation', [slicing(), ...two])],
    [
      ['each once', observation({ component: [systolic, component('8462-4')] }), []],
      ['with others between', observation({ component: [component('8867-4'), systolic] }), []],
      [
        'one that is missing',
        observation({ component: [component('8462-4')] }),
        ['error required Observation.component'],
      ],
      ['all that are missing', observation({}), ['error required Observation.component']],
      [
        'one twice',
        observation({ component: [systolic, systolic] }),
        ['error structure Observation.component'],
      ],
      [
        'that lack what the slice asks for',
        observation({ component: [component('8480-6', { valueBoolean: true })] }),
        ['error structure Observation.component[0].value'],
      ],
    ],
  )
  judges(
    'closed slices',
    [profile('closed', 'Observation', [slicing({ rules: 'closed' }), ...two])],
    [
      ['and nothing else', observation({ component: [systolic] }), []],
      [
        'and another',
        observation({ component: [systolic, component('8867-4')] }),
        ['error structure Observation.component[1]'],
      ],
    ],
  )
  judges(
    'slices that are open at the end',
    [profile('end', 'Observation', [slicing({ rules: 'openAtEnd' }), ...two])],
    [
      ['and others after them', observation({ component: [systolic, component('8867-4')] }), []],
      [
        'and others before them',
        observation({ component: [component('8867-4'), systolic] }),
        ['error structure Observation.component[0]'],
      ],
    ],
  )
  judges(
    'slices in order',
    [profile('order', 'Observation', [slicing({ ordered: true }), ...two])],
    [
      ['that is kept', observation({ component: [systolic, component('8462-4')] }), []],
      [
        'that is not',
        observation({ component: [component('8462-4'), systolic] }),
        ['error structure Observation.component[1]'],
      ],
    ],
  )

  judges(
    'slices of slices',
    [
      profile('again', 'Patient', [
        {
          path: 'Patient.identifier',
          slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'open' },
        },
        {
          path: 'Patient.identifier',
          sliceName: 'official',
          min: 1,
          slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'closed' },
        },
        { path: 'Patient.identifier.use', fixedCode: 'official', min: 1 },
        { path: 'Patient.identifier', sliceName: 'official/kr', min: 1, max: '1' },
        { path: 'Patient.identifier.system', fixedUri: 'urn:kr', min: 1 },
      ]),
    ],
    [
      [
        'that are there',
        patient({
          identifier: [
            { use: 'official', system: 'urn:kr' },
            { use: 'usual', system: 'urn:x' },
          ],
        }),
        [],
      ],
      [
        'one that is missing',
        patient({ identifier: [{ use: 'usual', system: 'urn:kr' }] }),
        ['error required Patient.identifier'],
      ],
      [
        'one that the outer does not allow',
        patient({
          identifier: [
            { use: 'official', system: 'urn:kr' },
            { use: 'official', system: 'urn:x' },
          ],
        }),
        ['error structure Patient.identifier[1]'],
      ],
    ],
  )

  judges(
    'slices by what exists, and by type',
    [
      profile('exists', 'Patient', [
        {
          path: 'Patient.contact',
          slicing: { discriminator: [{ type: 'exists', path: 'organization' }], rules: 'open' },
        },
        { path: 'Patient.contact', sliceName: 'work', max: '1' },
        { path: 'Patient.contact.organization', min: 1 },
        { path: 'Patient.contact', sliceName: 'private', max: '1' },
        { path: 'Patient.contact.organization', max: '0' },
        {
          path: 'Patient.deceased[x]',
          slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'closed' },
        },
        {
          path: 'Patient.deceased[x]',
          sliceName: 'deceasedDateTime',
          type: [{ code: 'dateTime' }],
        },
      ]),
    ],
    [
      [
        'that are met',
        patient({
          contact: [{ organization: { display: 'x' } }, { name: { text: 'y' } }],
          deceasedDateTime: '2020',
        }),
        [],
      ],
      [
        'twice what is without',
        patient({ contact: [{ name: { text: 'x' } }, { name: { text: 'y' } }] }),
        ['error structure Patient.contact'],
      ],
      [
        'of a type that no slice has',
        patient({ deceasedBoolean: false }),
        ['error structure Patient.deceased'],
      ],
    ],
  )

  const male = profile('male', 'Patient', [{ path: 'Patient.gender', min: 1, fixedCode: 'male' }])
  const bundle = (reference: string, gender: string) => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: [
      {
        fullUrl: 'http://x/Observation/o',
        resource: observation({
          id: 'o',
          subject: { reference },
          meta: { profile: [`${URL}refers`] },
        }),
      },
      { fullUrl: 'http://x/Patient/p', resource: patient({ id: 'p', gender }) },
    ],
  })
  const refers = profile('refers', 'Observation', [
    { path: 'Observation.subject', type: [{ code: 'Reference', targetProfile: [male.url] }] },
    { path: 'Observation.device', type: [{ code: 'Reference', aggregation: ['contained'] }] },
  ])
  const device = { resourceType: 'Device', id: 'd' }
  judges(
    'references',
    [refers, male],
    [
      ['to what is elsewhere', observation({ subject: { reference: 'Patient/1' } }), []],
      [
        'to another type',
        observation({ subject: { reference: 'Group/1' } }),
        ['error value Observation.subject'],
      ],
      [
        'to what is contained and meets the profile',
        observation({
          subject: { reference: '#p' },
          contained: [patient({ id: 'p', gender: 'male' })],
        }),
        [],
      ],
      [
        'to what is contained and does not',
        observation({
          subject: { reference: '#p' },
          contained: [patient({ id: 'p', gender: 'female' })],
        }),
        ['error value Observation.subject'],
      ],
      [
        'to what has to be contained',
        observation({ device: { reference: '#d' }, contained: [device] }),
        [],
      ],
      [
        'to what is not contained',
        observation({ device: { reference: 'Device/1' } }),
        ['error value Observation.device'],
      ],
    ],
  )
  it('references inside a Bundle', () => {
    const validator = validatorOf([refers, male])
    const found = (reference: string, gender: string) =>
      validator
        .validate(bundle(reference, gender))
        .map(({ severity, expression }) => `${severity} ${expression?.[0]}`)
    assert.deepEqual(found('Patient/p', 'male'), [])
    assert.deepEqual(found('Patient/p', 'female'), ['error Bundle.entry[0].resource.subject'])
    assert.deepEqual(found('http://x/Patient/p', 'female'), [
      'error Bundle.entry[0].resource.subject',
    ])
    assert.deepEqual(found('Patient/q', 'female'), [])
  })

  judges(
    'slices by profile, through a reference',
    [
      profile('members', 'Observation', [
        {
          path: 'Observation.hasMember',
          slicing: { discriminator: [{ type: 'profile', path: 'resolve()' }], rules: 'open' },
        },
        {
          path: 'Observation.hasMember',
          sliceName: 'final',
          max: '1',
          type: [{ code: 'Reference', targetProfile: [`${URL}final`] }],
        },
      ]),
      profile('final', 'Observation', [{ path: 'Observation.status', fixedCode: 'final' }]),
    ],
    [
      [
        'that can not be told by references that lead away',
        observation({ hasMember: [{ reference: 'Observation/1' }] }),
        [],
      ],
    ],
  )

  const color = {
    ...profile('color', 'Extension', [
      { path: 'Extension.url', fixedUri: `${URL}color` },
      { path: 'Extension.value[x]', min: 1, type: [{ code: 'string' }] },
    ]),
    kind: 'complex-type',
    context: [{ type: 'element', expression: 'Patient.name' }],
  }
  const parts = {
    ...profile('parts', 'Extension', [
      { path: 'Extension.extension', sliceName: 'one', min: 1, max: '1' },
      { path: 'Extension.extension.url', fixedUri: 'one' },
      { path: 'Extension.extension.valueInteger' },
      { path: 'Extension.url', fixedUri: `${URL}parts` },
      { path: 'Extension.value[x]', max: '0' },
    ]),
    kind: 'complex-type',
    context: [{ type: 'element', expression: 'Element' }],
  }
  const asked = profile('asked', 'Patient', [
    {
      path: 'Patient.extension',
      sliceName: 'parts',
      min: 1,
      max: '1',
      type: [{ code: 'Extension', profile: [parts.url] }],
    },
  ])
  const given = (extension: object[], more: object = {}) =>
    patient({ extension: [{ url: parts.url, extension }], ...more })
  const one = { url: 'one', valueInteger: 1 }
  judges(
    'extensions',
    [asked, parts, color],
    [
      ['that are there', given([one]), []],
      ['one that is missing', patient({}), ['error required Patient.extension']],
      [
        'without what is inside',
        given([{ url: 'urn:other', valueInteger: 1 }]),
        ['error required Patient.extension[0].extension'],
      ],
      [
        'with a part that does not exist',
        given([one, { url: 'two', valueInteger: 1 }]),
        ['error extension Patient.extension[0].extension[1]'],
      ],
      [
        'with a part of another type',
        given([{ url: 'one', valueString: 'x' }]),
        ['error structure Patient.extension[0].extension[0].value'],
      ],
      [
        'where they belong',
        given([one], { name: [{ extension: [{ url: color.url, valueString: 'red' }] }] }),
        [],
      ],
      [
        'where they do not belong',
        given([one], {
          birthDate: '2020',
          _birthDate: { extension: [{ url: color.url, valueString: 'red' }] },
        }),
        ['error extension Patient.birthDate.extension[0]'],
      ],
      [
        'as modifiers, which they are not',
        given([one], { modifierExtension: [{ url: parts.url, extension: [one] }] }),
        ['error extension Patient.modifierExtension[0]'],
      ],
      [
        'that modify, and are not known',
        given([one], { modifierExtension: [{ url: 'urn:m', valueCode: 'x' }] }),
        ['error extension Patient.modifierExtension[0]'],
      ],
      [
        'with a url that is relative',
        given([one], { name: [{ extension: [{ url: 'x', valueCode: 'y' }] }] }),
        ['error value Patient.name[0].extension[0]'],
      ],
    ],
  )

  const colors = {
    resourceType: 'CodeSystem',
    url: 'urn:colors',
    content: 'complete',
    concept: [{ code: 'red', display: 'Red' }, { code: 'blue' }],
  }
  const reds = {
    resourceType: 'ValueSet',
    url: 'urn:reds',
    compose: { include: [{ system: 'urn:colors', concept: [{ code: 'red' }] }] },
  }
  const coded = (code: string, more: object = {}) =>
    observation({ code: { coding: [{ system: 'urn:colors', code, ...more }] } })
  for (const [strength, severity] of [
    ['required', ['error code-invalid Observation.code']],
    ['extensible', ['warning code-invalid Observation.code']],
    ['preferred', []],
  ] as const)
    judges(
      `a binding that is ${strength}`,
      [
        profile('bound', 'Observation', [
          { path: 'Observation.code', binding: { strength, valueSet: 'urn:reds' } },
        ]),
        colors,
        reds,
      ],
      [
        ['met', coded('red'), []],
        [
          'met by the second code',
          observation({
            code: {
              coding: [
                { system: 'urn:x', code: 'y' },
                { system: 'urn:colors', code: 'red' },
              ],
            },
          }),
          [],
        ],
        ['not met', coded('blue'), [...severity]],
        [
          'not met by text',
          observation({}),
          strength === 'required' ? ['error code-invalid Observation.code'] : [],
        ],
        [
          'with a code that does not exist',
          coded('green'),
          ['error code-invalid Observation.code.coding[0].code'],
        ],
        [
          'with another display',
          coded('red', { display: 'Rouge' }),
          ['warning invalid Observation.code.coding[0].display'],
        ],
      ],
    )

  judges(
    'constraints',
    [
      profile('rules', 'Patient', [
        {
          path: 'Patient.name',
          constraint: [
            {
              key: 'x-1',
              severity: 'error',
              human: 'A name has a family name',
              expression: 'family.exists()',
            },
            {
              key: 'x-2',
              severity: 'warning',
              human: 'A name has a use',
              expression: 'use.exists()',
            },
            {
              key: 'x-3',
              severity: 'error',
              human: 'Nobody knows',
              expression: 'family.nonsense(',
            },
          ],
        },
      ]),
    ],
    [
      [
        'not met',
        patient({ name: [{ text: 'x' }] }),
        [
          'error invariant Patient.name[0]',
          'warning invariant Patient.name[0]',
          'warning not-supported Patient.name[0]',
        ],
      ],
      [
        'met',
        patient({ name: [{ family: 'x', use: 'usual' }] }),
        ['warning not-supported Patient.name[0]'],
      ],
    ],
  )
  it('leave out warnings for a write', () => {
    const validator = validatorOf([
      profile('warn', 'Patient', [
        {
          path: 'Patient.name',
          constraint: [{ key: 'x-2', severity: 'warning', human: 'x', expression: 'use.exists()' }],
        },
      ]),
    ])
    const judge = (storing: boolean) =>
      validator.validate(patient({ name: [{ text: 'x' }] }), { profiles: [`${URL}warn`], storing })
    assert.deepEqual([judge(false).length, judge(true).length], [1, 0])
  })

  const broken = (name: string, more: object) => profile(name, 'Patient', [], more)
  judges(
    'that can not be used',
    [broken('a', { baseDefinition: `${URL}b` }), broken('b', { baseDefinition: `${URL}a` })],
    [['since they are based on each other', patient({}), ['error not-supported Patient']]],
  )
  judges(
    'of another type',
    [profile('other', 'Person', [])],
    [['are not met', patient({}), ['error invalid Patient']]],
  )

  it('of references that run in circles end', () => {
    const circle = profile('circle', 'Observation', [
      {
        path: 'Observation.hasMember',
        type: [{ code: 'Reference', targetProfile: [`${URL}circle`] }],
      },
    ])
    const validator = validatorOf([circle])
    const entry = ['a', 'b'].map((id, i) => ({
      fullUrl: `http://x/Observation/${id}`,
      resource: observation({
        id,
        hasMember: [{ reference: `Observation/${i === 0 ? 'b' : 'a'}` }],
        meta: { profile: [circle.url] },
      }),
    }))
    assert.deepEqual(validator.validate({ resourceType: 'Bundle', type: 'collection', entry }), [])
  })

  it('that are declared and not known are a warning, or an error where that is asked for', () => {
    const unknown = patient({ meta: { profile: ['http://example.org/none'] } })
    const found = (how: 'warning' | 'error') =>
      validatorOf([], { unknownProfile: how }).validate(unknown)[0]
    assert.deepEqual([found('warning')?.severity, found('error')?.severity], ['warning', 'error'])
    assert.equal(found('warning')?.expression?.[0], 'Patient.meta.profile[0]')
  })
})
