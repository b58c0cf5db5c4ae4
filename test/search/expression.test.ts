import assert from 'node:assert/strict'
import { parseExpression } from '../../src/search/expression.ts'
import type { Branch } from '../../src/search/expression.ts'
import { definitions } from './room.ts'

const member = (name: string) => ({ kind: 'member' as const, name })

describe('search/expression', () => {
  const cases: readonly (readonly [text: string, branches: readonly Branch[]])[] = [
    ['Patient.name', [[member('Patient'), member('name')]]],
    ['name | alias', [[member('name')], [member('alias')]]],
    [
      '(Observation.value as CodeableConcept).text',
      [
        [
          member('Observation'),
          member('value'),
          { kind: 'type', type: 'CodeableConcept' },
          member('text'),
        ],
      ],
    ],
    [
      'A.(b | c)',
      // A parenthesis after a dot is FHIRPath too, but nothing in R4 needs it.
      [],
    ],
    [
      "Patient.telecom.where(system = 'it\\'s')",
      [
        [
          member('Patient'),
          member('telecom'),
          { kind: 'where', names: ['system'], equals: "it's" },
        ],
      ],
    ],
    [
      "Patient.extension('http://x').value.ofType(Period)",
      [
        [
          member('Patient'),
          member('extension'),
          { kind: 'where', names: ['url'], equals: 'http://x' },
          member('value'),
          { kind: 'type', type: 'Period' },
        ],
      ],
    ],
    [
      'Account.subject.where(resolve() is Patient)',
      [[member('Account'), member('subject'), { kind: 'resolve', type: 'Patient' }]],
    ],
    [
      'Bundle.entry[0].resource',
      [[member('Bundle'), member('entry'), { kind: 'index', index: 0 }, member('resource')]],
    ],
    [
      'Patient.deceased.exists() and Patient.deceased != false',
      [[member('Patient'), member('deceased'), { kind: 'truth' }]],
    ],
    ['%resource.subject', [[{ kind: 'variable', name: '%resource' }, member('subject')]]],
  ]
  for (const [text, branches] of cases) {
    it(text, () => {
      assert.deepEqual(parseExpression(text), branches.length === 0 ? undefined : branches)
    })
  }

  for (const text of [
    '',
    'Patient.',
    'Patient.name.first()',
    'Patient.name.where(use)',
    'Patient.deceased.exists()',
    'Patient.deceased.exists() and Patient.active != false',
    "Patient.name = 'x'",
    'Patient.name |',
    '(Patient.name',
    'Patient.name)',
    'Patient.name §',
    "Patient.where(a = 'x",
  ]) {
    it(`leaves "${text}" to an engine`, () => assert.equal(parseExpression(text), undefined))
  }

  it('understands every expression of R4', () => {
    let count = 0
    for (const { expression, components } of definitions.searchParameters) {
      for (const text of [expression, ...components.map((component) => component.expression)]) {
        if (text === undefined) continue
        count++
        assert.ok(parseExpression(text), text)
      }
    }
    assert.ok(count > 1300, String(count))
  })
})
