import assert from 'node:assert/strict'
import { isUnder } from '../../src/search/uri.ts'
import { finds } from './room.ts'

describe('search/uri', () => {
  const under: readonly (readonly [uri: string, parent: string, expected: boolean])[] = [
    ['http://a/b', 'http://a/b', true],
    ['http://a/b/c', 'http://a/b', true],
    ['http://a/b/c', 'http://a/b/', true],
    ['http://a/bc', 'http://a/b', false],
    ['http://a/b', 'http://a/b/c', false],
    ['http://A/b/c', 'http://a/b', false],
    ['urn:oid:1.2:3', 'urn:oid:1.2', true],
    ['urn:oid:1.23', 'urn:oid:1.2', false],
  ]
  for (const [uri, parent, expected] of under) {
    it(`${uri} ${expected ? 'is' : 'is not'} under ${parent}`, () => {
      assert.equal(isUnder(uri, parent), expected)
    })
  }

  const valueSet = {
    resourceType: 'ValueSet',
    url: 'http://acme.org/fhir/ValueSet/123',
    meta: { profile: ['http://p/1|2.0'], source: 'urn:src#1' },
  }
  const cases: readonly (readonly [query: string, found: boolean])[] = [
    ['url=http://acme.org/fhir/ValueSet/123', true],
    ['url=http://acme.org/fhir/ValueSet/123/', false],
    ['url=http://acme.org/fhir/valueset/123', false],
    ['url:below=http://acme.org/fhir/', true],
    ['url:below=http://acme.org/fhir/ValueSet/12', false],
    ['url:above=http://acme.org/fhir/ValueSet/123/_history/5', true],
    ['url:above=http://acme.org/fhir', false],
    ['url:missing=false', true],
    ['_source=urn:src#1', true],
    ['_profile=http://p/1|2.0', true],
    ['_profile=http://p/1', true],
    ['_profile=http://p/2', false],
  ]
  for (const [text, found] of cases) {
    it(`${text} ${found ? 'finds' : 'does not find'}`, () => {
      assert.equal(finds(valueSet, text), found)
    })
  }
})
