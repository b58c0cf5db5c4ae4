import assert from 'node:assert/strict'
import type { Resource } from '../../src/fhir/message.ts'
import { CUSTODIAN_SYSTEM, COUNTRY_SYSTEM, custodianOf } from '../../src/search/record.ts'
import { extract } from './room.ts'

const kept = (resource: Record<string, unknown>, custodian = 'Org-A'): Resource =>
  ({
    ...resource,
    meta: {
      tag: [
        { system: COUNTRY_SYSTEM, code: 'KZ' },
        { system: CUSTODIAN_SYSTEM, code: custodian },
      ],
    },
  }) as unknown as Resource

/** `path system|code` of the entries that no element has. */
const starred = (resource: Resource): string[] =>
  extract(resource)
    .filter(({ path }) => path.startsWith('*'))
    .map((entry) => {
      assert.ok(entry.kind === 'token')
      return `${entry.path} ${entry.system}|${entry.code}`
    })
    .sort()

const to = (reference: string): { reference: string } => ({ reference })

describe('search/record', () => {
  const CASES: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
    ['a Patient', { resourceType: 'Patient', id: 'P1' }, ['*record Org-A|Patient/P1']],
    [
      'a Patient with a link to another',
      { resourceType: 'Patient', id: 'P1', link: [{ other: to('Patient/P2'), type: 'seealso' }] },
      ['*record Org-A|Patient/P1'],
    ],
    [
      'an Observation, by its subject and its performer',
      {
        resourceType: 'Observation',
        id: 'o',
        subject: to('Patient/P1'),
        performer: [to('Patient/p1'), to('Practitioner/P3')],
        focus: [to('Patient/P4')],
      },
      ['*record Org-A|Patient/P1', '*record Org-A|Patient/p1'],
    ],
    [
      'a Consent, which is found by the records it governs',
      {
        resourceType: 'Consent',
        id: 'c',
        patient: to('Patient/P1'),
        performer: [to('Patient/P2')],
      },
      ['*governed Org-A|Patient/P1', '*record Org-A|Patient/P1'],
    ],
    [
      'an Observation of a Group',
      { resourceType: 'Observation', id: 'o', subject: to('Group/P1') },
      [],
    ],
    [
      'a reference to elsewhere',
      { resourceType: 'Condition', subject: to('http://a/Patient/1') },
      [],
    ],
    ['what is in no compartment', { resourceType: 'Organization', id: 'Org-A' }, []],
  ]
  for (const [title, resource, expected] of CASES)
    it(`${title}: ${expected.join(', ')}`, () => {
      assert.deepEqual(starred(kept(resource)), ['*custodian Org-A|', ...expected])
      assert.deepEqual(starred(resource as unknown as Resource), [])
    })

  it('does not look into contained resources', () => {
    const resource = kept({
      resourceType: 'List',
      id: 'l',
      contained: [kept({ resourceType: 'Patient', id: 'inner' }, 'Org-B')],
    })
    assert.deepEqual(starred(resource), ['*custodian Org-A|'])
  })

  it('takes no tag for what it is not', () => {
    for (const tag of [
      undefined,
      'x',
      {},
      [null, 'x', { system: CUSTODIAN_SYSTEM }],
      [{ code: 'a' }],
    ])
      assert.equal(custodianOf({ resourceType: 'Basic', meta: { tag } } as never), undefined)
  })
})
