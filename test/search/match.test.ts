import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Resource } from '../../src/fhir/message.ts'
import { matches } from '../../src/search/match.ts'
import type { Candidate } from '../../src/search/match.ts'
import { ALL, NONE } from '../../src/search/plan.ts'
import type { Comparator, Condition } from '../../src/search/plan.ts'
import { extract, finds, plan, query } from './room.ts'

const candidate = (resource: Record<string, unknown>): Candidate => ({
  type: String(resource['resourceType']),
  id: 'o1',
  updated: Date.UTC(2024, 0, 15, 10),
  entries: extract(resource as Resource),
})

const code = (value: string) => ({ coding: [{ system: 'http://loinc.org', code: value }] })
const pressure = {
  resourceType: 'Observation',
  id: 'o1',
  code: code('85354-9'),
  valueQuantity: { value: 1 },
  component: [
    { code: code('8480-6'), valueQuantity: { value: 120 } },
    { code: code('8462-4'), valueQuantity: { value: 60 } },
  ],
}

describe('search/match', () => {
  it('joins conditions', () => {
    const one = candidate(pressure)
    const yes: Condition = { kind: 'id', ids: ['x', 'o1'] }
    const no: Condition = { kind: 'id', ids: ['x'] }
    assert.ok(matches(one, ALL))
    assert.ok(!matches(one, NONE))
    assert.ok(matches(one, { kind: 'and', of: [yes, yes] }))
    assert.ok(!matches(one, { kind: 'and', of: [yes, no] }))
    assert.ok(matches(one, { kind: 'or', of: [no, yes] }))
    assert.ok(!matches(one, { kind: 'or', of: [no, no] }))
    assert.ok(matches(one, { kind: 'not', of: no }))
    assert.ok(matches(one, { kind: 'id', ids: ['o1'], type: 'Observation' }))
    assert.ok(!matches(one, { kind: 'id', ids: ['o1'], type: 'Patient' }))
  })

  it('compares the time of the last update as an interval of a millisecond', () => {
    const { where } = plan(
      'Observation',
      query('_lastUpdated=ge2024-01-15T10:00:00Z&_lastUpdated=lt2024-01-15T10:00:01Z'),
      { strict: true },
    ).plan
    assert.ok(matches(candidate(pressure), where))
    assert.ok(!matches({ ...candidate(pressure), updated: Date.UTC(2024, 0, 15, 9) }, where))
  })

  const composites: readonly (readonly [query: string, found: boolean])[] = [
    ['component-code-value-quantity=http://loinc.org|8480-6$120', true],
    ['component-code-value-quantity=http://loinc.org|8480-6$60', false],
    ['component-code-value-quantity=8462-4$lt61', true],
    ['component-code-value-quantity=8480-6$gt120', false],
    ['component-code-value-quantity=8480-6$60,8462-4$60', true],
    ['component-code-value-quantity=8480-6$120&component-code-value-quantity=8462-4$60', true],
    ['code-value-quantity=85354-9$1', true],
    ['code-value-quantity=85354-9$60', false],
    ['code-value-quantity=8480-6$120', false],
    ['combo-code-value-quantity=8480-6$120', true],
    ['combo-code-value-quantity=85354-9$1', true],
    // The code of the whole and the value of its first component are of one group, and still don't meet.
    ['combo-code-value-quantity=85354-9$120', false],
    ['combo-code-value-quantity=8480-6$1', false],
    ['combo-code=8462-4', true],
    ['component-code=85354-9', false],
  ]
  for (const [text, found] of composites) {
    it(`${text} ${found ? 'finds' : 'does not find'}`, () => {
      assert.equal(finds(pressure, text), found)
    })
  }

  it('reads the two halves of a related document together, though their definitions are exchanged', () => {
    const document = {
      resourceType: 'DocumentReference',
      relatesTo: [
        { code: 'replaces', target: { reference: 'DocumentReference/1' } },
        { code: 'appends', target: { reference: 'DocumentReference/2' } },
      ],
    }
    assert.ok(finds(document, 'relationship=replaces$DocumentReference/1'))
    assert.ok(!finds(document, 'relationship=replaces$DocumentReference/2'))
  })

  // What any reading of the comparisons has to fulfil, on random days and periods.
  it('keeps the prefixes consistent with each other', () => {
    const day = fc
      .integer({ min: 0, max: 40 })
      .map((days) => new Date(Date.UTC(2024, 0, 1 + days)).toISOString().slice(0, 10))
    const effective = fc.oneof(
      day.map((effectiveDateTime) => ({ effectiveDateTime })),
      fc
        .record({ start: day, end: day }, { requiredKeys: [] })
        .filter(({ start, end }) => start !== undefined || end !== undefined)
        .map((effectivePeriod) => ({ effectivePeriod })),
    )
    fc.assert(
      fc.property(effective, day, (time, target) => {
        const is = (op: Comparator): boolean =>
          finds({ resourceType: 'Observation', ...time }, `date=${op}${target}`)
        assert.equal(is('ne'), !is('eq'))
        assert.equal(is('ge'), is('gt') || is('eq'))
        assert.equal(is('le'), is('lt') || is('eq'))
        assert.ok(!is('sa') || is('gt'))
        assert.ok(!is('eb') || is('lt'))
        assert.ok(!(is('eq') && (is('gt') || is('lt'))))
        assert.ok(!(is('sa') && is('eb')))
        assert.ok(!is('eq') || is('ap'))
      }),
      { numRuns: 500 },
    )
  })
})
