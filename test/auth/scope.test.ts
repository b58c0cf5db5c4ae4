import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Permission, Scope } from '../../src/auth/principal.ts'
import {
  formatScope,
  intersect,
  parseScope,
  parseScopes,
  PERMISSIONS,
} from '../../src/auth/scope.ts'

const written = (text: string): string | undefined => {
  const scope = parseScope(text)
  return scope && formatScope(scope)
}

const common = (asked: string, registered: string): string =>
  intersect(parseScopes(asked), parseScopes(registered)).map(formatScope).join(' ')

describe('scopes', () => {
  it('are read in the forms of v2 and v1', () => {
    for (const [text, same] of [
      ['system/Observation.rs', 'system/Observation.rs'],
      ['patient/*.cruds', 'patient/*.cruds'],
      ['user/Patient.read', 'user/Patient.rs'],
      ['user/Patient.write', 'user/Patient.cud'],
      ['system/*.*', 'system/*.cruds'],
      ['user/Observation.rs?category=laboratory', 'user/Observation.rs?category=laboratory'],
      [
        'user/Observation.r?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory&status=final',
        'user/Observation.r?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory&status=final',
      ],
      ['user/Observation.s?code=a%20b', 'user/Observation.s?code=a%20b'],
    ])
      assert.equal(written(text!), same)
  })

  it('of another form are none', () => {
    for (const text of [
      ...['openid', 'fhirUser', 'launch/patient', 'offline_access', '', 'system/Observation'],
      ...['system/Observation.', 'system/Observation.sr', 'system/Observation.rr', 'admin/*.rs'],
      ...['system/observation.rs', 'system/Observation.read?category=x', 'user/Observation.x'],
    ])
      assert.equal(parseScope(text), undefined, text)
  })

  it('are granted as far as they are registered', () => {
    for (const [asked, registered, granted] of [
      ['system/Observation.rs', 'system/*.cruds', 'system/Observation.rs'],
      ['system/*.cruds', 'system/Observation.rs', 'system/Observation.rs'],
      ['system/*.read', 'system/*.rs', 'system/*.rs'],
      ['system/Patient.rs', 'system/Observation.rs', ''],
      ['user/Patient.rs', 'system/*.cruds', ''],
      ['system/Patient.c', 'system/Patient.rs', ''],
      [
        'system/Observation.rs',
        'system/Observation.cruds?category=laboratory',
        'system/Observation.rs?category=laboratory',
      ],
      [
        'system/Observation.rs?status=final',
        'system/Observation.rs?category=laboratory',
        'system/Observation.rs?status=final&category=laboratory',
      ],
      ['system/*.rs system/Patient.r', 'system/*.rs', 'system/*.rs'],
    ])
      assert.equal(common(asked!, registered!), granted, `${asked!} of ${registered!}`)
  })

  const scope = fc
    .record({
      level: fc.constantFrom('system' as const, 'user' as const),
      type: fc.constantFrom('*', 'Patient', 'Observation'),
      permissions: fc.subarray([...PERMISSIONS], { minLength: 1 }).map((p) => new Set(p)),
      query: fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.string()), { maxLength: 2 }),
    })
    .map((one): Scope => one)

  it('are the same when written and read again', () => {
    fc.assert(
      fc.property(scope, (one) => {
        const text = formatScope(one)
        assert.match(text, /^[\x21\x23-\x5b\x5d-\x7e]+$/)
        const again = parseScope(text)!
        assert.deepEqual([...again.query], [...one.query])
        assert.equal(formatScope(again), text)
      }),
    )
  })

  it('granted allow nothing that was not both asked for and registered', () => {
    const plain = scope.map((one): Scope => ({ ...one, query: [] }))
    const reaches = (scopes: readonly Scope[], level: string, type: string, p: Permission) =>
      scopes.some(
        (s) => s.level === level && (s.type === '*' || s.type === type) && s.permissions.has(p),
      )
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 4 }), fc.array(plain, { maxLength: 4 }), (a, b) => {
        const granted = intersect(a, b)
        for (const level of ['system', 'user'])
          for (const type of ['Patient', 'Observation', 'Device'])
            for (const letter of PERMISSIONS)
              assert.equal(
                reaches(granted, level, type, letter),
                reaches(a, level, type, letter) && reaches(b, level, type, letter),
              )
      }),
    )
  })
})
