// What the example program counts: values on either side of each threshold, in both kinds of units.
import assert from 'node:assert/strict'
import { CODES, flagsOf } from '../../demo/risk-flags/rules.ts'

const quantity = (value: number, unit: string) => ({ valueQuantity: { value, unit } })
const coded = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] })
const measured = (code: string, value: number, unit: string) => ({
  ...{ resourceType: 'Observation', id: code, code: coded(code) },
  ...quantity(value, unit),
})

describe('the flags of a check-up', () => {
  for (const [what, code, over, under, unit] of [
    ['glucose', '1558-6', 126, 125, 'mg/dL'],
    ['glucose', '14771-0', 7, 6.9, 'mmol/L'],
    ['cholesterol', '2093-3', 240, 239, 'mg/dL'],
    ['cholesterol', '14647-2', 6.21, 6.19, 'mmol/L'],
    ['HDL cholesterol', '2085-9', 39, 40, 'mg/dL'],
    ['HDL cholesterol', '14646-4', 1.03, 1.04, 'mmol/L'],
    ['LDL cholesterol', '39469-2', 4.14, 4.13, 'mmol/L'],
    ['triglycerides', '14927-8', 2.26, 2.25, 'mmol/L'],
  ] as const)
    it(`count ${what} of ${over} ${unit}, and not of ${under}`, () => {
      assert.ok(CODES.includes(code))
      assert.equal(flagsOf([measured(code, over, unit)]).crossed.length, 1)
      assert.equal(flagsOf([measured(code, under, unit)]).crossed.length, 0)
    })

  it('count each pressure of a measurement, and say what they come from', () => {
    const pressure = (systolic: number, diastolic: number) => ({
      ...{ resourceType: 'Observation', id: 'bp', code: coded('85354-9') },
      component: [
        { code: coded('8480-6'), ...quantity(systolic, 'mm[Hg]') },
        { code: coded('8462-4'), ...quantity(diastolic, 'mm[Hg]') },
      ],
    })
    assert.equal(flagsOf([pressure(139, 89)]).crossed.length, 0)
    assert.deepEqual(
      flagsOf([pressure(140, 90)]).crossed.map(({ found }) => found),
      ['140 mm[Hg]', '90 mm[Hg]'],
    )
    const other = { resourceType: 'Observation', id: 'other', code: coded('8302-2') }
    assert.deepEqual(flagsOf([pressure(120, 80), other]).from, ['Observation/bp'])
  })
})
