import assert from 'node:assert/strict'
import { scopeCondition } from '../../src/auth/permission.ts'
import type { Principal } from '../../src/auth/principal.ts'
import { parseScopes } from '../../src/auth/scope.ts'
import { matches } from '../../src/search/match.ts'
import { ALL } from '../../src/search/plan.ts'
import { definitions, extract, NOW, parameters, plan } from '../search/room.ts'

const room = { definitions, parameters, plan }

const principal = (scopes: string, more: Partial<Principal> = {}): Principal => ({
  client: 'c',
  organization: 'o',
  roles: ['clinician'],
  purpose: 'TREAT',
  scopes: parseScopes(scopes),
  ...more,
})

const laboratory = {
  coding: [
    {
      system: 'http://terminology.hl7.org/CodeSystem/observation-category',
      code: 'laboratory',
    },
  ],
}
const RESOURCES = {
  mine: { resourceType: 'Patient', id: 'p1' },
  others: { resourceType: 'Patient', id: 'p2' },
  result: {
    resourceType: 'Observation',
    id: 'o1',
    status: 'final',
    category: [laboratory],
    subject: { reference: 'Patient/p1' },
  },
  weight: { resourceType: 'Observation', id: 'o2', subject: { reference: 'Patient/p1' } },
  theirs: {
    resourceType: 'Observation',
    id: 'o3',
    category: [laboratory],
    subject: { reference: 'Patient/p2' },
  },
  clinic: { resourceType: 'Organization', id: 'o' },
}

const reached = (scopes: string, more?: Partial<Principal>, letters?: ('c' | 'r' | 's')[]) =>
  Object.entries(RESOURCES)
    .filter(([, one]) =>
      matches(
        { type: one.resourceType, id: one.id, updated: NOW, entries: extract(one) },
        scopeCondition(principal(scopes, more), room, letters),
      ),
    )
    .map(([name]) => name)

describe('the condition of scopes', () => {
  it('is none where they leave nothing out', () => {
    assert.equal(scopeCondition(principal('user/*.rs'), room), ALL)
  })

  it('leaves out the types that they do not name', () => {
    assert.deepEqual(reached('user/Patient.r'), ['mine', 'others'])
    assert.deepEqual(reached('user/Patient.r user/Organization.s'), ['mine', 'others', 'clinic'])
    assert.deepEqual(reached('user/Patient.c'), [])
    assert.deepEqual(reached('user/Patient.c', {}, ['c']), ['mine', 'others'])
    assert.deepEqual(reached(''), [])
  })

  it('holds the search that restricts one', () => {
    assert.deepEqual(reached('user/Observation.rs?category=laboratory'), ['result', 'theirs'])
    assert.deepEqual(reached('user/Observation.rs?category=laboratory&status=final'), ['result'])
    assert.deepEqual(reached('user/*.rs?_id=o1'), ['result'])
  })

  it('holds the patient of the launch', () => {
    const me = { patient: 'p1' }
    assert.deepEqual(reached('patient/*.rs', me), ['mine', 'result', 'weight', 'clinic'])
    assert.deepEqual(reached('patient/Observation.rs', me), ['result', 'weight'])
    assert.deepEqual(reached('patient/Observation.rs?category=laboratory', me), ['result'])
    assert.deepEqual(reached('patient/Patient.r', me), ['mine'])
    assert.deepEqual(reached('patient/*.rs'), [])
  })

  it('allows nothing where a restriction makes no sense here', () => {
    assert.deepEqual(reached('user/Observation.rs?colour=red'), [])
    assert.deepEqual(reached('user/Observation.rs?date=soon'), [])
    assert.deepEqual(reached('user/Thing.rs'), [])
  })
})
