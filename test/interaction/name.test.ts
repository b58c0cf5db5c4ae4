// The name of an interaction: that of the CapabilityStatement, and never anything that a caller wrote.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Method } from '../../src/fhir/message.ts'
import { interactionName } from '../../src/interaction/name.ts'

const NAMES: readonly [method: string, path: string, name: string][] = [
  ['GET', 'Patient/p1', 'read'],
  ['HEAD', 'Patient/p1', 'read'],
  ['GET', 'Patient/p1/_history/2', 'vread'],
  ['PUT', 'Patient/p1', 'update'],
  ['PUT', 'Patient', 'conditional-update'],
  ['PATCH', 'Patient/p1', 'patch'],
  ['PATCH', 'Patient', 'conditional-patch'],
  ['DELETE', 'Patient/p1', 'delete'],
  ['DELETE', 'Patient', 'conditional-delete'],
  ['POST', 'Patient', 'create'],
  ['GET', 'Patient', 'search-type'],
  ['POST', 'Patient/_search', 'search-type'],
  ['GET', '', 'search-system'],
  ['POST', '_search', 'search-system'],
  ['GET', 'Patient/p1/Observation', 'search-compartment'],
  ['POST', 'Patient/p1/Observation/_search', 'search-compartment'],
  ['GET', 'Patient/p1/_history', 'history-instance'],
  ['GET', 'Patient/_history', 'history-type'],
  ['GET', '_history', 'history-system'],
  ['GET', 'metadata', 'capabilities'],
  ['GET', 'Patient/p1/$everything', '$everything'],
  ['POST', 'Patient/$validate', '$validate'],
  ['GET', 'Patient/p1/_history/1/$meta', '$meta'],
  ['POST', '$nothing', 'unknown'],
  ['POST', 'metadata', 'unknown'],
  ['PATCH', '', 'unknown'],
  ['GET', 'a/b/c/d/e', 'unknown'],
  ['DELETE', 'Patient/p1/_history/1', 'unknown'],
  ['OPTIONS', 'Patient/p1', 'unknown'],
]

const split = (path: string) => path.split('/').filter(Boolean)

describe('interactionName', () => {
  for (const [method, path, name] of NAMES)
    it(`${method} /${path} is ${name}`, () => {
      assert.equal(interactionName({ method: method as Method, path: split(path) }), name)
    })

  it('tells a batch from a transaction, wherever the type stands', () => {
    const named = (text: string) =>
      interactionName({ method: 'POST', path: [], body: { type: 'application/fhir+json', text } })
    assert.equal(named('{"resourceType":"Bundle","type":"batch"}'), 'batch')
    assert.equal(named('{ "type" : "transaction", "resourceType":"Bundle"}'), 'transaction')
    const entries = `"entry":[${'{"fullUrl":"urn:uuid:1"},'.repeat(1000)}{}]`
    assert.equal(named(`{"resourceType":"Bundle",${entries},"type":"transaction"}`), 'transaction')
    assert.equal(named('{"resourceType":"Patient"}'), 'unknown')
  })

  it('is of a closed list, whatever the path', () => {
    const known = new Set([...NAMES.map(([, , name]) => name), '$meta-add', '$meta-delete'])
    const segment = fc.oneof(
      fc.string(),
      fc.constantFrom('Patient', '_history', '_search', '$meta', 'metadata', '__proto__', '*'),
    )
    const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'constructor')
    fc.assert(
      fc.property(method, fc.array(segment, { maxLength: 6 }), (m, path) => {
        const name = interactionName({ method: m as Method, path })
        assert.ok(known.has(name), name)
      }),
    )
  })
})
