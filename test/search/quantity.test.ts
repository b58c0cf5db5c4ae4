import assert from 'node:assert/strict'
import { UNBOUNDED } from '../../src/search/entry.ts'
import { entriesAt, finds } from './room.ts'

const UCUM = 'http://unitsofmeasure.org'

describe('search/quantity', () => {
  const glucose = (value: Record<string, unknown>): Record<string, unknown> => ({
    resourceType: 'Observation',
    valueQuantity: { unit: 'mmol per litre', system: UCUM, code: 'mmol/L', ...value },
  })
  const cases: readonly (readonly [
    name: string,
    resource: Record<string, unknown>,
    found: string,
    notFound: string,
  ])[] = [
    [
      'a value with its unit',
      glucose({ value: 5.4 }),
      `5.4 5.40 5 5.4|${UCUM}|mmol/L 5.4||mmol/L 5.4||mmol/l 5.4||ммоль/л 5400||umol/L 5.4||mmol%per%litre gt5.3||mmol/L ge5.4 le5.4 lt5.5|${UCUM}|mmol/L sa5.3 eb5.5 ap5.5 ne5.5`,
      `5.5 5.41 6 5.4|${UCUM}|mg/dL 5.4|http://other|mmol/L 5.4||mg/dL gt5.4 lt5.4 ne5.4 sa5.4 eb5.4 ne5.5||mg/dL ap7`,
    ],
    ['less than', glucose({ value: 5, comparator: '<' }), 'lt1 le5 eb6 ne5', '5 gt5 sa0 eb5'],
    ['at least', glucose({ value: 5, comparator: '>=' }), 'gt100 ge5 sa4', '5 lt5 eb100'],
  ]
  for (const [name, resource, found, notFound] of cases) {
    it(`finds ${name}`, () => {
      for (const value of found.split(' ')) {
        const text = `value-quantity=${value.replaceAll('%', ' ')}`
        assert.ok(finds(resource, text), `${text} should find it`)
      }
      for (const value of notFound.split(' ')) {
        const text = `value-quantity=${value.replaceAll('%', ' ')}`
        assert.ok(!finds(resource, text), `${text} should not find it`)
      }
    })
  }

  it('finds money by its currency', () => {
    const invoice = { resourceType: 'Invoice', totalNet: { value: 100, currency: 'KRW' } }
    assert.ok(finds(invoice, 'totalnet=100|urn:iso:std:iso:4217|KRW'))
    assert.ok(finds(invoice, 'totalnet=gt99||KRW'))
    assert.ok(!finds(invoice, 'totalnet=100||RUB'))
  })

  it('takes the unit of a Range from whichever end has one', () => {
    const condition = (onsetRange: unknown) =>
      entriesAt({ resourceType: 'Condition', onsetRange }, 'Condition.onset.ofType(Range)')
    assert.deepEqual(condition({ high: { value: 50, unit: 'years', system: UCUM, code: 'a' } }), [
      {
        kind: 'quantity',
        group: 0,
        low: -UNBOUNDED,
        high: 50,
        system: UCUM,
        code: 'a',
        unit: 'years',
      },
    ])
    assert.deepEqual(condition({}), [])
  })

  it('covers sampled data from the least to the greatest sample', () => {
    const valueSampledData = {
      origin: { value: 10, system: UCUM, code: 'mV' },
      factor: 0.5,
      data: '2 -4 E U 20 L',
    }
    const path = 'Observation.value.ofType(SampledData)'
    assert.deepEqual(entriesAt({ resourceType: 'Observation', valueSampledData }, path), [
      { kind: 'quantity', group: 0, low: 8, high: 20, system: UCUM, code: 'mV', unit: '' },
    ])
    const none = { ...valueSampledData, data: 'E U' }
    assert.deepEqual(entriesAt({ resourceType: 'Observation', valueSampledData: none }, path), [])
  })
})
