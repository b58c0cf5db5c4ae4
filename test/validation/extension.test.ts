// What an extension asks of the element that it stands in.
import assert from 'node:assert/strict'
import { validatorOf } from './rooms.ts'

const MINE = 'http://example.org/fhir/StructureDefinition/'

const extension = (name: string, contextInvariant: string[], context: string) => ({
  resourceType: 'StructureDefinition',
  url: MINE + name,
  name,
  type: 'Extension',
  kind: 'complex-type',
  derivation: 'constraint',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Extension',
  context: [{ type: 'element', expression: context }],
  contextInvariant,
  differential: {
    element: [{ path: 'Extension' }, { path: 'Extension.url', fixedUri: MINE + name }],
  },
})

describe('conditions of the place of an extension', () => {
  const validator = validatorOf([
    extension('of-the-dead', ['deceased.exists()'], 'Patient'),
    extension('of-officials', ["use = 'official'", 'family.exists()'], 'HumanName'),
    extension('of-the-like', ['family = %extension.value'], 'HumanName'),
    extension('broken', ['use ='], 'HumanName'),
  ])
  const found = (resource: object): string[] =>
    validator
      .validate(resource)
      .filter(({ severity }) => severity !== 'information')
      .map(({ severity, code, expression }) => `${severity} ${code} ${expression?.[0]}`)
  const has = (name: string, valueString = 'a') => ({
    extension: [{ url: MINE + name, valueString }],
  })
  const patient = (more: object) => ({ resourceType: 'Patient', ...more })
  const refused = (at: string) => [`error extension ${at}`]

  const cases: [string, object, string[]][] = [
    ['is met', patient({ deceasedBoolean: true, ...has('of-the-dead') }), []],
    ['is not met', patient(has('of-the-dead')), refused('Patient.extension[0]')],
    [
      'all are met',
      patient({ name: [{ use: 'official', family: 'A', ...has('of-officials') }] }),
      [],
    ],
    [
      'one of two is not met',
      patient({ name: [{ text: 'x' }, { use: 'official', ...has('of-officials') }] }),
      refused('Patient.name[1].extension[0]'),
    ],
    ['asks for the extension', patient({ name: [{ family: 'a', ...has('of-the-like') }] }), []],
    [
      'asks for the extension, in vain',
      patient({ name: [{ family: 'b', ...has('of-the-like') }] }),
      refused('Patient.name[0].extension[0]'),
    ],
    [
      'in a contained resource',
      patient({
        contained: [
          {
            resourceType: 'Person',
            id: 'c',
            name: [{ use: 'usual', family: 'A', ...has('of-officials') }],
          },
        ],
        link: [{ type: 'seealso', other: { reference: '#c' } }],
      }),
      [
        'error value Patient.link[0].other',
        'error extension Patient.contained[0].name[0].extension[0]',
      ],
    ],
    ['refuses nothing when it does not parse', patient({ name: [{ ...has('broken') }] }), []],
  ]
  for (const [what, resource, expected] of cases)
    it(what, () => assert.deepEqual(found(resource).sort(), [...expected].sort()))

  it('is that of R4’s own', () => {
    const url = 'http://hl7.org/fhir/StructureDefinition/questionnaire-referenceResource'
    const asked = (type: string) => ({
      resourceType: 'Questionnaire',
      status: 'draft',
      item: [{ linkId: '1', text: 'x', type, extension: [{ url, valueCode: 'Patient' }] }],
    })
    assert.deepEqual(found(asked('reference')), [])
    assert.deepEqual(found(asked('string')), refused('Questionnaire.item[0].extension[0]'))
  })
})
