// A document has what its Composition refers to.
import assert from 'node:assert/strict'
import { validatorOf } from './rooms.ts'

const BASE = 'http://example.org/fhir'
const PATIENT = { resourceType: 'Patient', id: 'p', name: [{ text: 'A' }] }
const DOCTOR = { resourceType: 'Practitioner', id: 'd', name: [{ text: 'B' }] }
const FINDING = {
  resourceType: 'Observation',
  id: 'o',
  status: 'final',
  code: { text: 'x' },
  valueString: 'y',
  performer: [{ reference: 'Organization/elsewhere' }],
}
const to = (reference: string) => ({ reference })

const composition = (more: object = {}) => ({
  resourceType: 'Composition',
  id: 'c',
  status: 'final',
  type: { text: 'Letter' },
  date: '2026-04-02',
  title: 'Letter',
  subject: to('Patient/p'),
  author: [to(`${BASE}/Practitioner/d`)],
  section: [{ title: 'S', entry: [to('Observation/o/_history/2')] }],
  ...more,
})

const documentOf = (...resources: { resourceType: string; id: string }[]) => ({
  resourceType: 'Bundle',
  type: 'document',
  identifier: {
    system: 'urn:ietf:rfc:3986',
    value: 'urn:uuid:0f0a3a5e-6a4e-4c53-9b5c-0c1c5f5f7a10',
  },
  timestamp: '2026-04-02T08:00:00Z',
  entry: resources.map((resource) => ({
    fullUrl: `${BASE}/${resource.resourceType}/${resource.id}`,
    resource,
  })),
})

describe('documents', () => {
  const validator = validatorOf()
  const found = (bundle: unknown): string[] =>
    validator
      .validate(bundle)
      .filter(({ severity }) => severity === 'error')
      .map(({ code, expression }) => `${code} ${expression?.[0]}`)

  it('are whole with all that the Composition refers to, not what that refers to', () => {
    assert.deepEqual(found(documentOf(composition(), PATIENT, DOCTOR, FINDING)), [])
  })

  const cases: [string, object, string][] = [
    ['subject', { subject: to('Patient/q') }, 'subject'],
    ['an author', { author: [to('Practitioner/d'), to('urn:uuid:x')] }, 'author[1]'],
    ['the custodian', { custodian: to('Organization/x') }, 'custodian'],
    [
      'who attests',
      { attester: [{ mode: 'legal', party: to('Practitioner/x') }] },
      'attester[0].party',
    ],
    ['an event', { event: [{ detail: [to('Procedure/x')] }] }, 'event[0].detail[0]'],
    [
      'an entry of a section of a section',
      { section: [{ title: 'S', section: [{ title: 'T', entry: [to('Observation/x')] }] }] },
      'section[0].section[0].entry[0]',
    ],
  ]
  for (const [what, more, at] of cases)
    it(`are not without ${what}`, () =>
      assert.deepEqual(found(documentOf(composition(more), PATIENT, DOCTOR, FINDING)), [
        `not-found Bundle.entry[0].resource.${at}.reference`,
      ]))

  it('are held to it as documents only', () => {
    const collection = { ...documentOf(composition(), PATIENT), type: 'collection' }
    assert.deepEqual(found(collection), [])
  })

  it('hold what is contained, and need not hold other versions of themselves', () => {
    const one = composition({
      contained: [{ ...DOCTOR, id: 'in' }],
      author: [to('#in')],
      relatesTo: [{ code: 'replaces', targetReference: to('Composition/before') }],
    })
    assert.deepEqual(found(documentOf(one, PATIENT, FINDING)), [])
  })
})
