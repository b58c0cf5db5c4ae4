import assert from 'node:assert/strict'
import fc from 'fast-check'
import { numberTarget } from '../../src/search/number.ts'
import { finds } from './room.ts'

describe('search/number', () => {
  // https://hl7.org/fhir/R4/search.html#number and #quantity
  const cases: readonly (readonly [text: string, low: number, high: number])[] = [
    ['100', 99.5, 100.5],
    ['100.00', 99.995, 100.005],
    ['1e2', 95, 105],
    ['1.0e2', 95, 105],
    ['12e2', 1150, 1250],
    ['5.4', 5.35, 5.45],
    ['5.40', 5.395, 5.405],
    ['5.40e-3', 0.005395, 0.005405],
    ['-5.4', -5.45, -5.35],
    ['0', -0.5, 0.5],
    ['0.0', -0.05, 0.05],
    ['+7', 6.5, 7.5],
  ]
  for (const [text, low, high] of cases) {
    it(`takes ${text} as [${low}, ${high})`, () => {
      assert.deepEqual(numberTarget('eq', text), { low, high })
      assert.deepEqual(numberTarget('ne', text), { low, high })
      const value = Number(text)
      assert.deepEqual(numberTarget('gt', text), { low: value, high: value })
    })
  }

  it('takes a tenth around a number for ap, or its precision where that is wider', () => {
    assert.deepEqual(numberTarget('ap', '100'), { low: 90, high: 110 })
    assert.deepEqual(numberTarget('ap', '-100'), { low: -110, high: -90 })
    assert.deepEqual(numberTarget('ap', '5.4'), { low: 4.86, high: 5.94 })
    assert.deepEqual(numberTarget('ap', '2'), { low: 1.5, high: 2.5 })
  })

  for (const text of ['', 'abc', '1,5', '5.', '.5', '1e', '1e99999', '0x10', 'NaN', '1 2']) {
    it(`refuses "${text}"`, () => assert.equal(numberTarget('eq', text), undefined))
  }

  it('contains the number itself, half a unit of the last digit to each side', () => {
    const digits = fc.integer({ min: -1_000_000, max: 1_000_000 })
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 6 }), (whole, places) => {
        const text = (whole / 10 ** places).toFixed(places)
        const bounds = numberTarget('eq', text)
        assert.ok(bounds)
        assert.ok(bounds.low < Number(text) && Number(text) < bounds.high)
        const width = (bounds.high - bounds.low) * 10 ** places
        assert.ok(Math.abs(width - 1) < 1e-6, `${text}: ${width}`)
      }),
    )
  })

  describe('prefixes', () => {
    const probability = (value: Record<string, unknown>): Record<string, unknown> => ({
      resourceType: 'RiskAssessment',
      prediction: [value],
    })
    const cases: readonly (readonly [
      name: string,
      resource: Record<string, unknown>,
      found: string,
      notFound: string,
    ])[] = [
      [
        'a decimal',
        probability({ probabilityDecimal: 0.8 }),
        '0.8 0.80 1 ne0.7 gt0.79 ge0.8 le0.8 lt0.81 sa0.79 eb0.81 ap0.85',
        '0.7 0.81 ne0.8 gt0.8 lt0.8 sa0.8 eb0.8 ap0.5',
      ],
      [
        'a decimal that keeps its digits',
        probability({ probabilityDecimal: JSON.rawJSON('0.80') }),
        '0.8 0.80 ge0.8',
        '0.81 gt0.8',
      ],
      [
        'a Range',
        probability({ probabilityRange: { low: { value: 0.2 }, high: { value: 0.4 } } }),
        'gt0.3 lt0.3 ge0.4 le0.2 sa0.1 eb0.5 ap0.4 ne0.3',
        '0.3 gt0.4 lt0.2 sa0.2 eb0.4 ap0.8',
      ],
      [
        'a Range without end',
        probability({ probabilityRange: { low: { value: 0.2 } } }),
        'gt100 ge0.2 sa0.1 lt0.3',
        '0.3 lt0.2 eb100',
      ],
    ]
    for (const [name, resource, found, notFound] of cases) {
      it(`finds ${name}`, () => {
        for (const value of found.split(' ')) {
          assert.ok(finds(resource, `probability=${value}`), `${value} should find it`)
        }
        for (const value of notFound.split(' ')) {
          assert.ok(!finds(resource, `probability=${value}`), `${value} should not find it`)
        }
      })
    }
  })
})
