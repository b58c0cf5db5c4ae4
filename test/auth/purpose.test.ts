import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { breakGlassOf, purposeOf, purposes, usualPurpose } from '../../src/auth/purpose.ts'
import { loadPublished } from '../../src/terminology/published.ts'
import type { Concept } from '../../src/terminology/resource.ts'

/** A code and all below it. */
const under = ({ code, concept = [] }: Concept): string[] => [code, ...concept.flatMap(under)]

const find = (all: readonly Concept[] | undefined, code: string): Concept | undefined => {
  for (const one of all ?? []) {
    const found = one.code === code ? one : find(one.concept, code)
    if (found !== undefined) return found
  }
  return undefined
}

describe('the purpose of a request', () => {
  it('is one of those that R4 publishes', () => {
    const published = loadPublished(join(tmpdir(), 'ieum-test-definitions'))
    const system = published.codeSystems.get('http://terminology.hl7.org/CodeSystem/v3-ActReason')
    const root = find(system?.concept, 'PurposeOfUse')!
    assert.deepEqual([...new Set(under(root))].sort(), [...purposes()].sort())
  })

  it('is what the request says, within what the token says, else what is usual', () => {
    assert.equal(purposeOf(undefined, [], ['system']), 'TREAT')
    assert.equal(purposeOf(undefined, [], ['patient']), 'PATRQT')
    assert.equal(purposeOf(undefined, ['HRESCH', 'PUBHLTH'], ['system']), 'HRESCH')
    assert.equal(purposeOf(' PUBHLTH ', ['HRESCH', 'PUBHLTH'], ['system']), 'PUBHLTH')
    assert.equal(purposeOf('HRESCH', [], ['clinician']), 'HRESCH')
    assert.throws(() => purposeOf('TREAT', ['HRESCH'], ['system']), { status: 403 })
    for (const wrong of ['', 'treat', 'TREAT,HRESCH', 'x'])
      assert.throws(() => purposeOf(wrong, [], ['system']), { status: 400 })
    assert.equal(usualPurpose(['auditor']), 'HCOMPL')
    assert.equal(usualPurpose(['administrator']), 'HSYSADMIN')
    assert.equal(usualPurpose(['administrator', 'clinician']), 'TREAT')
  })

  it('to break the glass is for clinicians, and in words', () => {
    assert.equal(breakGlassOf(undefined, ['system']), undefined)
    assert.equal(breakGlassOf('%EC%9D%91%EA%B8%89', ['clinician']), '응급')
    assert.equal(breakGlassOf('100 % sure', ['clinician']), '100 % sure')
    assert.throws(() => breakGlassOf('why', ['patient', 'auditor']), { status: 403 })
    assert.throws(() => breakGlassOf('', ['clinician']), { status: 400 })
  })
})
