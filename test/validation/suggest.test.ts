import assert from 'node:assert/strict'
import { suggest } from '../../src/validation/suggest.ts'

describe('suggest', () => {
  const names = ['name', 'gender', 'birthDate', 'telecom', 'managingOrganization']
  for (const [name, meant] of [
    ['nmae', 'name'],
    ['nam', 'name'],
    ['names', 'name'],
    ['Gender', 'gender'],
    ['birthdate', 'birthDate'],
    ['birthDay', 'birthDate'],
    ['managingOrganisation', 'managingOrganization'],
    ['zzz', undefined],
    ['x', undefined],
    ['', undefined],
    ['n'.repeat(1000), undefined],
  ] as const) {
    it(`${name.slice(0, 30) || 'nothing'} → ${meant ?? 'nothing'}`, () =>
      assert.equal(suggest(name, names), meant))
  }

  it('takes the nearest, and the first of equals', () => {
    assert.equal(suggest('caat', ['boat', 'cat', 'coat']), 'cat')
    assert.equal(suggest('aaab', ['aaac', 'aaad']), 'aaac')
  })
})
