import assert from 'node:assert/strict'
import fc from 'fast-check'
import { convertDecimal } from '../../src/terminology/decimal.ts'

describe('terminology/decimal', () => {
  const glucose = { factor: 0.0555074490997, offset: 0 }
  const fahrenheit = { factor: 5 / 9, offset: -160 / 9 }
  const cases: readonly (readonly [
    digits: string,
    by: { factor: number; offset: number },
    converted: string | undefined,
  ])[] = [
    ['130', glucose, '7.22'],
    ['130.0', glucose, '7.216'],
    ['90', glucose, '5.00'],
    ['1e2', glucose, '6'],
    ['7.2', { factor: 18.0156, offset: 0 }, '130'],
    ['5.40', { factor: 18.0156, offset: 0 }, '97.3'],
    ['5', { factor: 18.0156, offset: 0 }, '90'],
    ['98.6', fahrenheit, '37.00'],
    ['32', fahrenheit, '0.0'],
    ['-0.5', { factor: 0.1, offset: 0 }, '-0.05'],
    ['1.2', { factor: 1000, offset: 0 }, '1200'],
    ['1.200', { factor: 1000, offset: 0 }, '1200'],
    ['6.5', { factor: 10.931351115, offset: -23.5242675995 }, '48'],
    ['0', glucose, '0.00'],
    ['5,4', glucose, undefined],
    ['NaN', glucose, undefined],
    ['1e999', glucose, undefined],
    ['', glucose, undefined],
  ]
  for (const [digits, by, converted] of cases)
    it(`${digits} × ${by.factor.toFixed(4)} is ${String(converted)}`, () => {
      assert.equal(convertDecimal(digits, by), converted)
    })

  it('stays within half a step of the last digit that was measured', () => {
    const whole = fc.integer({ min: -99_999, max: 99_999 })
    const factor = fc.double({ min: 1e-4, max: 1e4, noNaN: true })
    fc.assert(
      fc.property(whole, fc.integer({ min: 0, max: 4 }), factor, (number, places, by) => {
        const digits = (number / 10 ** places).toFixed(places)
        const converted = Number(convertDecimal(digits, { factor: by, offset: 0 }))
        const step = 10 ** -places * by
        assert.ok(Math.abs(converted - Number(digits) * by) <= step * 0.5000001)
      }),
    )
  })
})
