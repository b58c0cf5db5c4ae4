import assert from 'node:assert/strict'
import { nearest } from '../../src/search/nearest.ts'

describe('search/nearest', () => {
  const names = ['name', 'given', 'gender', 'family', 'birthdate', 'address', 'address-city']
  const cases: readonly (readonly [name: string, expected: readonly string[]])[] = [
    ['nmae', ['name']],
    ['NAME', ['name']],
    ['birthDate', ['birthdate']],
    ['birth-date', ['birthdate']],
    ['gendre', ['gender']],
    ['adress', ['address']],
    ['zzzzzz', []],
    ['', []],
    ['x'.repeat(10_000), []],
  ]
  for (const [name, expected] of cases) {
    it(`${name.slice(0, 20)} → ${expected.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(nearest(name, names), expected)
    })
  }

  it('gives no more than asked for, nearest first', () => {
    assert.deepEqual(nearest('abc', ['abd', 'abc', 'axc', 'abcd', 'zzz'], 2), ['abc', 'abcd'])
  })
})
