import assert from 'node:assert/strict'
import { entriesAt, finds, BASE } from './room.ts'

describe('search/reference', () => {
  const to = (reference: string): Record<string, unknown> => ({
    resourceType: 'Observation',
    subject: { reference },
  })

  describe('entries', () => {
    const cases: readonly (readonly [reference: string, type: string, id: string])[] = [
      ['Patient/1', 'Patient', '1'],
      ['Patient/1/_history/3', 'Patient', '1'],
      [`${BASE}/Patient/1`, 'Patient', '1'],
      [`${BASE}/Patient/1/_history/2`, 'Patient', '1'],
      ['https://other.example.org/fhir/Patient/1', '', 'https://other.example.org/fhir/Patient/1'],
      [
        'https://other.example.org/fhir/Patient/1/_history/2',
        '',
        'https://other.example.org/fhir/Patient/1',
      ],
      [
        'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7',
        '',
        'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7',
      ],
      ['Nonsense/1', '', 'Nonsense/1'],
      ['#contained', '', ''],
    ]
    for (const [reference, type, id] of cases) {
      it(reference, () => {
        assert.deepEqual(entriesAt(to(reference), 'Observation.subject'), [
          { kind: 'reference', group: 0, type, id },
        ])
      })
    }

    it('has a canonical with and without its version', () => {
      const plan = { resourceType: 'CarePlan', instantiatesCanonical: ['http://a/b|1.0'] }
      assert.deepEqual(entriesAt(plan, 'CarePlan.instantiatesCanonical'), [
        { kind: 'reference', group: 0, type: '', id: 'http://a/b|1.0' },
        { kind: 'reference', group: 0, type: '', id: 'http://a/b' },
      ])
    })

    it('has the resource at the head of a document', () => {
      const bundle = {
        resourceType: 'Bundle',
        entry: [
          { resource: { resourceType: 'Composition', id: 'c' } },
          { resource: { resourceType: 'Composition', id: 'd' } },
        ],
      }
      assert.deepEqual(entriesAt(bundle, 'Bundle.entry[0].resource'), [
        { kind: 'reference', group: 0, type: 'Composition', id: 'c' },
      ])
      assert.ok(finds(bundle, 'composition=c'))
      assert.ok(!finds(bundle, 'composition=d'))
      assert.ok(!finds(bundle, 'message=c'))
    })
  })

  const patient = to('Patient/1')
  const group = to('Group/1')
  const other = to('https://other.example.org/fhir/Patient/1')
  const logical = {
    resourceType: 'Observation',
    subject: { identifier: { system: 'urn:x', value: 'N1' }, display: 'somebody' },
  }
  const cases: readonly (readonly [Record<string, unknown>, query: string, found: boolean])[] = [
    [patient, 'subject=1', true],
    [patient, 'subject=Patient/1', true],
    [patient, `subject=${BASE}/Patient/1`, true],
    [patient, 'subject:Patient=1', true],
    [patient, 'subject:Patient=Patient/1', true],
    [patient, 'subject:Group=1', false],
    [patient, 'subject=Group/1', false],
    [patient, 'subject=2', false],
    [patient, 'patient=1', true],
    [patient, 'patient=Patient/1', true],
    [patient, 'patient=2,1', true],
    [patient, 'subject=https://other.example.org/fhir/Patient/1', false],
    [group, 'subject=1', true],
    [group, 'subject=Group/1', true],
    [group, 'patient=1', false],
    [group, 'patient=Group/1', false],
    [other, 'subject=https://other.example.org/fhir/Patient/1', true],
    [other, 'patient=https://other.example.org/fhir/Patient/1', true],
    [other, 'subject=1', false],
    [logical, 'subject:identifier=urn:x|n1', true],
    [logical, 'subject:identifier=urn:y|n1', false],
    [logical, 'subject=1', false],
    [logical, 'subject:missing=false', true],
    [to('#p'), 'subject:missing=false', true],
    [{ resourceType: 'Observation' }, 'subject:missing=true', true],
  ]
  for (const [resource, text, found] of cases) {
    const subject = JSON.stringify(resource['subject'] ?? null)
    it(`${text} ${found ? 'finds' : 'does not find'} ${subject}`, () => {
      assert.equal(finds(resource, text), found)
    })
  }
})
