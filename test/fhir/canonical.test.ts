// Which of several resources with one canonical URL is meant.
import assert from 'node:assert/strict'
import { best, compareVersions, splitCanonical } from '../../src/fhir/canonical.ts'

describe('canonical', () => {
  it('has a version behind its last bar', () => {
    assert.deepEqual(splitCanonical('http://x/a'), ['http://x/a'])
    assert.deepEqual(splitCanonical('http://x/a|2.0'), ['http://x/a', '2.0'])
    assert.deepEqual(splitCanonical('http://x/a|b|2'), ['http://x/a|b', '2'])
  })

  for (const [lower, higher] of [
    ['1.9.2', '1.10.0'],
    ['2.0.0-ballot', '2.0.0'],
    ['2.0.0-ballot', '2.0.0-cibuild'],
    ['1.0', '1.0.1'],
    ['', '1'],
    ['2020-01-01', '2020-02-01'],
  ] as const)
    it(`"${lower}" is lower than "${higher}"`, () => {
      assert.ok(compareVersions(lower, higher) < 0)
      assert.ok(compareVersions(higher, lower) > 0)
      assert.equal(compareVersions(lower, lower), 0)
    })

  it('is best in its highest version that is not retired', () => {
    const of = (version: string, status = 'active') => ({ version, status })
    assert.equal(best([of('1'), of('3', 'retired'), of('2', 'draft')])?.version, '2')
    assert.equal(best([of('3', 'retired'), of('4', 'retired')])?.version, '4')
    assert.equal(best([]), undefined)
  })
})
