// Conversions, and what is known of analytes.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ANALYTES } from '../../src/terminology/analyte.ts'
import { checkUnit } from '../../src/terminology/ucum.ts'
import { conversion } from '../../src/terminology/units.ts'

const apply = (value: number, by: { factor: number; offset: number } | undefined): number =>
  value * by!.factor + by!.offset

describe('terminology/units', () => {
  // Pairs that are printed in tables for clinicians, to the digits that they have there.
  const known: readonly (readonly [
    loinc: string,
    value: number,
    from: string,
    converted: number,
    to: string,
    digits: number,
  ])[] = [
    ['2345-7', 126, 'mg/dL', 7.0, 'mmol/L', 1],
    ['14749-6', 11.1, 'mmol/L', 200, 'mg/dL', 0],
    ['41653-7', 70, 'mg/dL', 3.9, 'mmol/L', 1],
    ['2093-3', 200, 'mg/dL', 5.17, 'mmol/L', 2],
    ['2085-9', 40, 'mg/dL', 1.03, 'mmol/L', 2],
    ['2571-8', 150, 'mg/dL', 1.7, 'mmol/L', 1],
    ['2160-0', 1, 'mg/dL', 88.4, 'umol/L', 1],
    ['2161-8', 100, 'mg/dL', 8.84, 'mmol/L', 2],
    ['3094-0', 20, 'mg/dL', 7.1, 'mmol/L', 1],
    ['3091-6', 30, 'mg/dL', 5.0, 'mmol/L', 1],
    ['1975-2', 1, 'mg/dL', 17.1, 'umol/L', 1],
    ['3084-1', 7, 'mg/dL', 416, 'umol/L', 0],
    ['17861-6', 10, 'mg/dL', 2.5, 'mmol/L', 1],
    ['2498-4', 100, 'ug/dL', 17.9, 'umol/L', 1],
    ['4548-4', 6.5, '%', 48, 'mmol/mol', 0],
    ['59261-8', 53, 'mmol/mol', 7.0, '%', 1],
    ['14959-1', 30, 'mg/g', 3.4, 'mg/mmol', 1],
    ['718-7', 13.5, 'g/dL', 135, 'g/L', 0],
  ]
  for (const [loinc, value, from, converted, to, digits] of known)
    it(`${loinc}: ${value} ${from} is ${converted} ${to}`, () => {
      assert.equal(
        apply(value, conversion(from, to, loinc)).toFixed(digits),
        converted.toFixed(digits),
      )
    })

  it('converts scales with a zero of their own', () => {
    assert.equal(apply(98.6, conversion('[degF]', 'Cel')).toFixed(9), '37.000000000')
    assert.equal(apply(0, conversion('K', 'Cel')).toFixed(2), '-273.15')
  })

  const none: readonly (readonly [from: string, to: string, loinc?: string])[] = [
    ['mg/dL', 'mmol/L'],
    ['mg/dL', 'mmol/L', '718-7'],
    ['mg/dL', 'mmol/L', '0000-0'],
    ['mg/dL', 'mmol/mol', '2345-7'],
    // Per cent of the IFCC.
    ['%', 'mmol/mol', '59261-8'],
    ['ng/mL{FEU}', 'ng/mL', '48065-7'],
    ['mg/dL', 'nonsense', '2345-7'],
  ]
  for (const [from, to, loinc] of none)
    it(`knows no way from ${from} to ${to}${loinc === undefined ? '' : ` for ${loinc}`}`, () => {
      assert.equal(conversion(from, to, loinc), undefined)
    })

  it('comes back to where it went from, for every analyte and any value', () => {
    const value = fc.double({ min: 0.001, max: 1e6, noNaN: true })
    for (const { name, conventional, si, source } of ANALYTES) {
      assert.ok(checkUnit(conventional.unit).ok && checkUnit(si.unit).ok && source !== '', name)
      const there = conversion(conventional.unit, si.unit, conventional.loinc)
      const back = conversion(si.unit, conventional.unit, si.loinc)
      fc.assert(
        fc.property(value, (one) => {
          const again = apply(apply(one, there), back)
          assert.ok(Math.abs(again - one) <= 1e-9 * Math.max(1, one), `${name} ${one} ${again}`)
        }),
        { numRuns: 50 },
      )
    }
  })

  it('gives the order of the values in one unit to those in the other', () => {
    for (const { name, conventional, si } of ANALYTES) {
      const there = conversion(conventional.unit, si.unit, conventional.loinc)
      assert.ok(there !== undefined && there.factor > 0, name)
    }
  })
})
