// https://ucum.org/ucum
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { canonicalUnit, checkUnit } from '../../src/terminology/ucum.ts'
import { spelled, spellings } from '../../src/terminology/unit-spelling.ts'

describe('terminology/ucum', () => {
  /** One of each first unit is so many of the second. */
  const equal: readonly (readonly [one: string, many: number, other: string])[] = [
    ['g/L', 100, 'mg/dL'],
    ['g/dL', 10, 'g/L'],
    ['mmol/L', 1000, 'umol/L'],
    ['[in_i]', 2.54, 'cm'],
    ['[lb_av]', 0.45359237, 'kg'],
    ['kPa', 1000 / 133.322, 'mm[Hg]'],
    ['10*9/L', 1, '10*3/uL'],
    ['m[IU]/L', 1, 'u[IU]/mL'],
    ['[IU]/L', 1, '[iU]/L'],
    ['U/L', 1000 / 60, 'nkat/L'],
    ['a', 12, 'mo'],
    ['%', 10, 'mg/g'],
    ['L/L', 100, '%'],
    ['/min', 60, '/h'],
    ['mL/min/{1.73_m2}', 0.06, 'L/h/{1.73_m2}'],
    ['g.m/s2', 1, 'g.(m/s2)'],
    ['mg/dL', 1, 'mg/(dL)'],
    ['kg.m2.s-2', 1, 'J'],
    ['10*-3', 1, '[ppth]'],
    ['100{WBC}', 100, '{WBC}'],
  ]
  for (const [one, many, other] of equal)
    it(`1 ${one} is ${many} ${other}`, () => {
      const a = canonicalUnit(one)!
      const b = canonicalUnit(other)!
      assert.equal(a.code, b.code)
      assert.ok(Math.abs(a.factor / b.factor / many - 1) < 1e-12)
    })

  const apart: readonly (readonly [one: string, other: string, why: string])[] = [
    ['mg/dL', 'mmol/L', 'mass and amount'],
    ['mmol/L', 'meq/L', 'a mole of charges'],
    ['mmol/L', 'mosm/L', 'a mole of particles'],
    ['%', 'mmol/mol', 'HbA1c has both, and they are no multiples of one another'],
    ['[IU]/L', 'U/L', 'an arbitrary unit'],
    ['[IU]/L', '/L', 'an arbitrary unit is not a number'],
    ['[IU]', "[arb'U]", 'two arbitrary units'],
    ['{score}', '{index}', 'two annotations'],
    ['{score}', '1', 'an annotation and a number'],
    ['ng/mL', 'ng/mL{FEU}', 'what is meant by D-dimer'],
    ['/[HPF]', '/[LPF]', 'two fields of a microscope'],
    ['Cel', 'm', 'two dimensions'],
  ]
  for (const [one, other, why] of apart)
    it(`${one} and ${other} stay apart: ${why}`, () => {
      assert.notEqual(canonicalUnit(one)!.code, canonicalUnit(other)!.code)
    })

  it('knows logarithms and products of scales as units that compare with nothing', () => {
    for (const code of ['[pH]', 'dB', 'B[SPL]', 'Cel/min', 'mCel', 'Cel2']) {
      assert.deepEqual(checkUnit(code), { ok: true }, code)
      assert.equal(canonicalUnit(code), undefined, code)
    }
  })

  const wrong: readonly (readonly [code: string, suggestion: string | undefined])[] = [
    ['mmHg', 'mm[Hg]'],
    ['MG/DL', 'mg/dl'],
    ['mcg/dL', 'ug/dL'],
    ['IU/L', '[IU]/L'],
    ['мг/дл', 'mg/dL'],
    ['µg', 'ug'],
    ['pascal', 'Pa'],
    ['lbs', '[lb_av]'],
    ['mg/dL ', 'mg/dL'],
    ['2mg', undefined],
    ['kmin', undefined],
    ['mmmol', undefined],
    ['mg//dL', undefined],
    ['mg/', undefined],
    ['(mg', undefined],
    ['mg)', undefined],
    ['m g', undefined],
    ['[iU', undefined],
    ['{', undefined],
    ['', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
    ['toString/L', undefined],
    ['m.'.repeat(60) + 'm', undefined],
  ]
  for (const [code, suggestion] of wrong)
    it(`"${code.slice(0, 20)}" is none${suggestion === undefined ? '' : `: ${suggestion} is`}`, () => {
      const checked = checkUnit(code)
      assert.ok(!checked.ok && checked.why !== '')
      assert.equal(checked.suggestion, suggestion)
      if (suggestion !== undefined) assert.ok(checkUnit(suggestion).ok)
    })

  it('survives whatever is sent as a unit, and says nothing to the console', () => {
    const { log } = console
    const said: unknown[] = []
    console.log = (...words) => said.push(words)
    try {
      const part = fc.constantFrom(
        ...'()[]{}./*^+-0129',
        'm',
        'g',
        'L',
        '10*',
        'Cel',
        '{a}',
        '[IU]',
        '김',
        ' ',
        "'",
      )
      fc.assert(
        fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
          const code = parts.join('')
          const unit = canonicalUnit(code)
          assert.ok(unit === undefined || (checkUnit(code).ok && Number.isFinite(unit.factor)))
        }),
        { numRuns: 2000 },
      )
    } finally {
      console.log = log
    }
    assert.deepEqual(said, [])
  })

  it('has spellings that are units, and mean the same where UCUM has them too', () => {
    for (const text of spellings()) {
      const unit = canonicalUnit(spelled(text) ?? '')
      assert.ok(unit, text)
      const same = canonicalUnit(text)
      if (same !== undefined) assert.deepEqual(unit, same, text)
    }
    for (const text of [
      'K',
      'C',
      'F',
      'MG/DL',
      'ML',
      'oz',
      'ft',
      'mL/min/1.73m2',
      'a/b/c/d',
      '/',
      '//',
    ])
      assert.equal(spelled(text), undefined, text)
    assert.equal(spelled('ммоль/л'), 'mmol/L')
    assert.equal(spelled(' ℃'), 'Cel')
  })
})
