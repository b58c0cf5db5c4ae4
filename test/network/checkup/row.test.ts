// The change since the visit before is as exact as the less exact of the two.
import assert from 'node:assert/strict'
import { subtract } from '../../../src/network/checkup/row.ts'

describe('network/checkup/row', () => {
  const differences: [one: string, other: string, difference: string | undefined][] = [
    ['5.6', '5.31', '0.3'],
    ['5.31', '5.6', '-0.3'],
    ['101', '95.7', '5'],
    ['0.3', '0.1', '0.2'],
    ['14.3', '14.30', '0.0'],
    ['14.30', '14.3', '0.0'],
    ['1e308', '-1e308', undefined],
  ]
  for (const [one, other, difference] of differences)
    it(`${one} less ${other}`, () => assert.equal(subtract(one, other), difference))
})
