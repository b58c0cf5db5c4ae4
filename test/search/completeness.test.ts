// What an index lacks, and which searches may miss something because of that.
import assert from 'node:assert/strict'
import { createSearchParameters } from '../../src/search/parameters.ts'
import {
  isOld,
  lackedBy,
  lackOf,
  madeNow,
  withMade,
  type MadeOf,
} from '../../src/search/completeness.ts'
import { EXTRACTION } from '../../src/search/extraction.ts'
import { createPlanner } from '../../src/search/planner.ts'
import type { SearchParameterDefinition } from '../../src/fhir/definitions.ts'
import { definitions, parameters } from './room.ts'

const define = (
  code: string,
  more: Partial<SearchParameterDefinition>,
): SearchParameterDefinition => ({
  url: `http://x/${code}`,
  code,
  base: ['Observation'],
  type: 'string',
  description: '',
  expression: 'Observation.device.display',
  target: [],
  components: [],
  ...more,
})

const madeWith = (...added: SearchParameterDefinition[]): MadeOf =>
  madeNow(createSearchParameters(definitions, added), parameters, definitions)

describe('what an index lacks', () => {
  const NOW = madeWith()
  const device = define('device-name', {})
  const reading = define('reading', {
    type: 'composite',
    base: ['DiagnosticReport'],
    expression: 'DiagnosticReport.media',
    components: [
      {
        definition: 'http://hl7.org/fhir/SearchParameter/DiagnosticReport-media',
        expression: 'link',
      },
      {
        definition: 'http://hl7.org/fhir/SearchParameter/DiagnosticReport-media',
        expression: 'link',
      },
    ],
  })

  it('is nothing where nothing was added, or what was added reads what R4 reads', () => {
    const same = define('same', { type: 'token', expression: 'Observation.code' })
    assert.deepEqual(madeWith(same), NOW)
    assert.equal(lackOf(NOW, NOW, definitions).size, 0)
  })

  it('is what an added parameter reads, on its types only', () => {
    const now = madeWith(device)
    assert.deepEqual(now.types, {
      Observation: { extraction: EXTRACTION, added: ['string Observation.device.display'] },
    })
    assert.deepEqual([...lackOf(NOW, now, definitions).keys()], ['Observation'])
    assert.ok(isOld(NOW, now, 'Observation') && !isOld(NOW, now, 'Patient'))
    // What is no longer read is superfluous, and not lacking.
    assert.equal(lackOf(now, NOW, definitions).size, 0)
    assert.ok(isOld(now, NOW, 'Observation'))
    assert.deepEqual(withMade(NOW, 'Observation', now.types.Observation), now)
    assert.deepEqual(withMade(now, 'Observation', { extraction: EXTRACTION, added: [] }), NOW)
  })

  it('is everything of an earlier release, and nothing of a later one', () => {
    assert.equal(
      lackOf({ others: EXTRACTION - 1, types: {} }, NOW, definitions).size,
      definitions.resourceTypes.length,
    )
    const later: MadeOf = { others: EXTRACTION + 1, types: {} }
    assert.equal(lackOf(later, NOW, definitions).size, 0)
    assert.ok(!isOld(later, madeWith(device), 'Observation'))
  })

  it('includes the groups that a composite makes of an element', () => {
    assert.ok(
      madeWith(reading).types.DiagnosticReport?.added.includes('group DiagnosticReport.media'),
    )
  })

  const plan = (type: string, ...query: [string, string][]) =>
    createPlanner(createSearchParameters(definitions, [device, reading]), definitions)(
      type,
      query,
      {
        strict: true,
      },
    ).plan
  const lack = lackOf(NOW, madeWith(device, reading), definitions)
  for (const [type, query, lacking] of [
    ['Observation', [['device-name', 'x']], ['Observation']],
    ['Observation', [['device-name:missing', 'true']], ['Observation']],
    ['Observation', [['_sort', '-device-name']], ['Observation']],
    ['Observation', [['_filter', 'not (device-name co x)']], ['Observation']],
    ['Patient', [['_has:Observation:subject:device-name', 'x']], ['Observation']],
    ['DiagnosticReport', [['result.device-name', 'x']], ['Observation']],
    ['DiagnosticReport', [['_include', 'DiagnosticReport:media']], ['DiagnosticReport']],
    ['DiagnosticReport', [['code', 'x']], []],
    [
      'Observation',
      [
        ['code', 'x'],
        ['_sort', 'date'],
      ],
      [],
    ],
    ['Patient', [['name', 'x']], []],
  ] as const)
    it(`${type}?${query.map((one) => one.join('=')).join('&')} may miss ${lacking.join() || 'nothing'}`, () => {
      const found = lackedBy(
        plan(type, ...(query.map(([n, v]) => [n, v]) as [string, string][])),
        lack,
      )
      assert.deepEqual(
        found.map((one) => one.type),
        lacking,
      )
      assert.ok(found.every(({ isAdded }) => isAdded))
    })
})
