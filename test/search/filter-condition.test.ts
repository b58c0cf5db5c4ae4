import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Failure } from '../../src/errors.ts'
import { parseFilter } from '../../src/search/filter-parse.ts'
import type { Condition } from '../../src/search/plan.ts'
import { cpuTimeOf } from '../support/time.ts'
import { finds, plan } from './room.ts'

const where = (type: string, filter: string): Condition =>
  plan(type, [['_filter', filter]], { strict: true }).plan.where

const PETER = {
  resourceType: 'Patient',
  id: 'peter',
  active: true,
  name: [{ family: 'Chalmers', given: ['Peter', 'James'] }],
  gender: 'male',
  birthDate: '1974-12-25',
  generalPractitioner: [{ reference: 'Practitioner/1' }],
  identifier: [{ system: 'urn:mrn', value: '12345' }],
}
const GLUCOSE = {
  resourceType: 'Observation',
  id: 'glucose',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '2339-0' }] },
  subject: { reference: 'Patient/peter' },
  effectivePeriod: { start: '2026-03-01', end: '2026-03-10' },
  valueQuantity: { value: 97, unit: 'mg/dL', system: 'http://unitsofmeasure.org', code: 'mg/dL' },
}
const PRESSURE = {
  ...GLUCOSE,
  valueQuantity: { value: 120, system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
}

describe('search/filter-condition', () => {
  describe('finds, or not', () => {
    const cases: readonly (readonly [Record<string, unknown>, string, boolean])[] = [
      // The examples of the specification.
      [PETER, 'given eq "peter" and birthdate ge 1974-10-10', true],
      [PETER, 'given eq "peter" and birthdate ge 2014-10-10', false],
      [PETER, 'name co "pet"', true],
      [PETER, 'name co "hal"', true],
      [PETER, 'given eq "pet"', false],
      [PETER, 'given sw "pet"', true],
      [PETER, 'given ew "ter"', true],
      [PETER, 'given ew "pet"', false],
      // One of several is unequal.
      [PETER, 'given ne "peter"', true],
      [PETER, 'family ne "chalmers"', false],
      [PETER, 'family ne "x"', true],
      [PETER, 'gender eq male', true],
      [PETER, 'gender ne male', false],
      [PETER, 'gender ne female', true],
      [PETER, 'identifier eq urn:mrn|12345', true],
      [PETER, 'identifier eq "urn:mrn|12345"', true],
      [PETER, 'identifier ne urn:mrn|12345', false],
      [PETER, 'identifier ne urn:other|12345', true],
      [PETER, 'deceased eq false', true],
      [PETER, 'birthdate pr true', true],
      [PETER, 'death-date pr true', false],
      [PETER, 'death-date pr false', true],
      [PETER, 'not (gender eq male)', false],
      [PETER, 'not(gender eq female)', true],
      [PETER, 'general-practitioner re Practitioner/1', true],
      [PETER, 'general-practitioner eq Practitioner/2', false],
      [PETER, 'general-practitioner ne Practitioner/2', true],
      [PETER, '_id eq peter', true],
      [PETER, '_id ne peter', false],
      [PETER, '_lastUpdated le 2026-01-01', true],
      // From left to right, `and` no closer than `or`.
      [PETER, 'gender eq male or gender eq female and gender eq other', false],
      [PETER, 'gender eq male or (gender eq female and gender eq other)', true],
      [PETER, '(gender eq male) and ((active eq true))', true],
      [PETER, '  gender   eq   male  ', true],
      [PETER, 'birthdate gt 1974-12-25', false],
      [PETER, 'birthdate sa 1974-12-24', true],
      [PETER, 'birthdate eb 1974-12-26', true],
      [PETER, 'birthdate ne 1974', false],
      [GLUCOSE, 'code eq http://loinc.org|2339-0', true],
      [GLUCOSE, 'date po 2026-03-05', true],
      [GLUCOSE, 'date po 2026-03-11', false],
      [GLUCOSE, 'date eq 2026-03-05', false],
      [GLUCOSE, 'value-quantity gt 90', true],
      [GLUCOSE, 'value-quantity gt 97|http://unitsofmeasure.org|mg/dL', false],
      [GLUCOSE, 'value-quantity ge 97||mg/dL', true],
      [PRESSURE, '(value-quantity eq 120||mm[Hg])', true],
      [GLUCOSE, 'code-value-quantity eq 2339-0$gt90', true],
    ]
    for (const [resource, filter, expected] of cases)
      it(`${filter} → ${expected}`, () => {
        const query = plan(String(resource.resourceType), [['_filter', filter]], { strict: true })
        assert.deepEqual(query.used, [['_filter', filter]])
        assert.equal(finds(resource, `_filter=${filter}`), expected)
      })
  })

  it('keeps what is quoted, commas, dollars and escapes too', () => {
    assert.deepEqual(where('Patient', String.raw`family eq "a,b$c|\"d\" \\ \u00e9 and"`), {
      kind: 'string',
      paths: ['Patient.name.family'],
      op: 'equals',
      value: String.raw`a,b$c|"d" \ e and`,
    })
  })

  it('follows references, with what is asked of them in brackets', () => {
    const kim = { kind: 'string', paths: ['Patient.name'], op: 'contains', value: 'kim' }
    const male = { kind: 'token', paths: ['Patient.gender'], code: 'male' }
    const to = { kind: 'refers', paths: ['Observation.subject'], types: ['Patient'] }
    assert.deepEqual(where('Observation', 'subject:Patient.name co "Kim"'), { ...to, where: kim })
    assert.deepEqual(where('Observation', 'patient[gender eq male].name co kim'), {
      ...to,
      where: { kind: 'and', of: [male, kim] },
    })
    assert.deepEqual(where('Patient', '_has:Observation:patient:code eq x'), {
      kind: 'referred',
      paths: ['Observation.subject'],
      types: ['Observation'],
      where: { kind: 'token', paths: ['Observation.code'], code: 'x' },
    })
  })

  it('asks for codes by their meaning', () => {
    const common = { kind: 'concept', paths: ['Observation.code'], implied: [] as string[] }
    const at = 'Observation?_filter'
    const inside = { ...common, by: { op: 'in', valueSet: 'urn:vs' }, at }
    assert.deepEqual(where('Observation', 'code in urn:vs'), inside)
    assert.deepEqual(where('Observation', 'code ni urn:vs'), { kind: 'not', of: inside })
    const by = { system: 'urn:s', code: 'X' }
    assert.deepEqual(where('Observation', 'code ss urn:s|X'), {
      ...common,
      by: { op: 'below', ...by },
      at,
    })
    assert.deepEqual(where('Observation', 'code sb urn:s|X'), {
      ...common,
      by: { op: 'above', ...by },
      at,
    })
  })

  describe('refuses', () => {
    const deep = `${'('.repeat(30)}gender eq x${')'.repeat(30)}`
    const long = Array.from({ length: 300 }, () => 'gender eq x').join(' or ')
    const cases: readonly (readonly [string, 'parameter' | 'unsupported', RegExp])[] = [
      ['x', 'parameter', /character 2 of the filter: expected an operator/],
      ['gender eq', 'parameter', /character 10 .*expected a value/],
      ['gender is male', 'parameter', /character 1 .*"is" is no operator: expected one of eq/],
      ['gender eq male or', 'parameter', /character 18 .*name of a parameter/],
      ['gender eq male gender eq x', 'parameter', /character 16 .*"and", "or" or the end/],
      ['(gender eq male', 'parameter', /character 16 .*expected "\)"/],
      ['gender eq male)', 'parameter', /character 15 .*the end/],
      ['family eq "x', 'parameter', /quote has no end/],
      [String.raw`family eq "\x"`, 'parameter', /no string of JSON/],
      ['gneder eq male', 'parameter', /character 1 .*did you mean gender/],
      ['gender eq male and birthdate ge soon', 'parameter', /character 20 .*not a date/],
      ['gender co "ma"', 'unsupported', /co can not be used here; gender \(token\) takes eq, ne/],
      ['family gt "x"', 'unsupported', /gt can not be used/],
      ['birthdate sw 19', 'unsupported', /sw can not/],
      ['family:exact eq "x"', 'parameter', /operators, not ":exact"/],
      ['birthdate pr maybe', 'parameter', /true or false/],
      ['organization[name eq "x"] eq "y"', 'parameter', /expected "\."/],
      ['gender[active eq true].name eq "x"', 'parameter', /goes along references/],
      ['_has:Group:member[x eq y].code eq z', 'unsupported', /brackets/],
      ['link.other eq x', 'parameter', /no parameter "other"/],
      ['gender below x', 'parameter', /no operator/],
      [deep, 'parameter', /20 deep/],
      [long, 'parameter', /200 comparisons/],
    ]
    for (const [filter, kind, message] of cases)
      it(filter.length > 60 ? `${filter.slice(0, 60)}…` : filter, () => {
        assert.throws(
          () => where('Patient', filter),
          (error) => {
            assert.ok(error instanceof Failure)
            assert.match(error.message, message)
            assert.equal(error.kind, kind)
            assert.deepEqual(error.issues[0]?.expression, ['Patient?_filter'])
            return true
          },
        )
      })
  })

  it('never fails but with a Failure, whatever is asked', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '(',
        ')',
        '[',
        ']',
        'not',
        'and',
        'or',
        'eq',
        'co',
        'gender',
        '"a"',
        '.',
        ' ',
      ),
      fc.string({ unit: 'grapheme' }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        for (const text of [pieces.join(''), pieces.join(' ')])
          try {
            where('Patient', text === '' ? 'x' : text)
          } catch (error) {
            if (!(error instanceof Failure)) throw error
          }
      }),
      { numRuns: 2000 },
    )
  })

  it('reads in time linear in the length', () => {
    for (const text of ['"'.repeat(100_000), '['.repeat(100_000), 'not('.repeat(50_000)]) {
      const ms = cpuTimeOf(() => assert.throws(() => parseFilter(text, 'x'), { kind: 'parameter' }))
      assert.ok(ms < 2000, `${ms} ms`)
    }
  })
})
