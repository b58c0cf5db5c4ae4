import assert from 'node:assert/strict'
import { parseToken } from '../../src/search/token.ts'
import { entriesAt, finds } from './room.ts'

const LOINC = 'http://loinc.org'
const MRN = 'urn:oid:1.2.410.1'

describe('search/token', () => {
  const forms: readonly (readonly [text: string, expected: ReturnType<typeof parseToken>])[] = [
    ['8480-6', { code: '8480-6' }],
    ['http://loinc.org|8480-6', { system: LOINC, code: '8480-6' }],
    ['|8480-6', { system: '', code: '8480-6' }],
    ['http://loinc.org|', { system: LOINC }],
    ['a\\|b', { code: 'a|b' }],
    ['S\\|1|A\\,B', { system: 'S|1', code: 'a,b' }],
    ['', undefined],
    ['|', undefined],
    ['a|b|c', undefined],
  ]
  for (const [text, expected] of forms) {
    it(`reads "${text}"`, () => assert.deepEqual(parseToken(text), expected))
  }

  describe('meaning', () => {
    const observation = {
      resourceType: 'Observation',
      status: 'final',
      identifier: [{ system: MRN, value: 'A-1' }, { value: 'plain' }, { system: 'urn:empty' }],
      code: { coding: [{ system: LOINC, code: '8480-6' }, { code: 'Local' }] },
      category: [{ text: 'only words' }],
    }
    const patient = {
      resourceType: 'Patient',
      active: true,
      gender: 'female',
      identifier: [
        {
          type: { coding: [{ system: 'http://t', code: 'MR' }] },
          system: MRN,
          value: 'N1',
        },
      ],
      telecom: [
        { system: 'phone', value: '+82-10-0000-1001' },
        { system: 'email', value: 'Kim@example.org' },
      ],
    }
    const cases: readonly (readonly [
      resource: Record<string, unknown>,
      query: string,
      found: boolean,
    ])[] = [
      [observation, 'code=8480-6', true],
      [observation, `code=${LOINC}|8480-6`, true],
      [observation, 'code=http://other|8480-6', false],
      [observation, 'code=HTTP://LOINC.ORG|8480-6', false],
      [observation, 'code=|8480-6', false],
      [observation, 'code=|local', true],
      [observation, 'code=LOCAL', true],
      [observation, `code=${LOINC}|local`, false],
      [observation, `code=${LOINC}|`, true],
      [observation, 'code=http://other|', false],
      [observation, 'code=8480', false],
      [observation, 'code=x,8480-6', true],
      [observation, 'code:not=8480-6', false],
      [observation, 'code:not=x,y', true],
      [observation, 'code:not=x,8480-6', false],
      [observation, 'code:missing=false', true],
      [observation, 'category:missing=false', true],
      [observation, 'category=only words', false],
      [observation, 'method:missing=true', true],
      [observation, 'method:not=x', true],
      [observation, `identifier=${MRN}|a-1`, true],
      [observation, 'identifier=|plain', true],
      [observation, 'identifier=|A-1', false],
      [observation, 'identifier=urn:empty|', true],
      [observation, 'status=final', true],
      [observation, 'status=http://hl7.org/fhir/observation-status|final', true],
      [observation, 'status=http://hl7.org/fhir/observation-status|', true],
      [observation, 'status=|final', true],
      [observation, 'status=registered', false],
      [patient, 'active=true', true],
      [patient, 'active=false', false],
      [patient, 'active=http://terminology.hl7.org/CodeSystem/special-values|true', true],
      [patient, 'gender=FEMALE', true],
      [patient, 'telecom=kim@example.org', true],
      [patient, 'email=kim@example.org', true],
      [patient, 'phone=kim@example.org', false],
      [patient, 'phone=|+82-10-0000-1001', true],
      [patient, 'deceased=false', true],
      [patient, 'deceased=true', false],
      [{ ...patient, deceasedBoolean: false }, 'deceased=false', true],
      [{ ...patient, deceasedBoolean: true }, 'deceased=true', true],
      [{ ...patient, deceasedDateTime: '2020' }, 'deceased=true', true],
      [patient, 'identifier:of-type=http://t|MR|n1', true],
      [patient, 'identifier:of-type=http://t|MR|n2', false],
      [patient, 'identifier:of-type=http://u|MR|n1', false],
      [{ ...patient, meta: { tag: [{ system: 'urn:x', code: 'KR' }] } }, '_tag=urn:x|KR', true],
      [{ ...patient, meta: { security: [{ code: 'R' }] } }, '_security=R', true],
    ]
    for (const [resource, text, found] of cases) {
      it(`${text} ${found ? 'finds' : 'does not find'}`, () => {
        assert.equal(finds(resource, text), found)
      })
    }
  })

  it('keeps the texts beside a code, each once, for :text alone', () => {
    const code = {
      coding: [{ system: LOINC, code: '2339-0', display: 'Glucose' }, { display: 'Глюкоза' }],
      text: 'Glucose',
    }
    const observation = { resourceType: 'Observation', code }
    assert.deepEqual(entriesAt(observation, 'Observation.code:text'), [
      { kind: 'string', group: 0, value: 'glucose', exact: 'Glucose' },
      { kind: 'string', group: 0, value: 'глюкоза', exact: 'Глюкоза' },
    ])
    assert.ok(finds(observation, 'code:text=gluc'))
    assert.ok(finds(observation, 'code:text=ГЛЮК'))
    assert.ok(!finds(observation, 'code:text=cose'))
    assert.ok(!finds(observation, 'code=glucose'))
    const typed = {
      resourceType: 'Patient',
      identifier: [{ value: '1', type: { text: 'Паспорт' } }],
    }
    assert.ok(finds(typed, 'identifier:text=паспорт'))
  })

  it('makes one entry of equal codings, and one for an element that has nothing to find', () => {
    const coding = { system: LOINC, code: 'A' }
    const code = { coding: [coding, { ...coding, display: 'another' }, { display: 'no code' }] }
    assert.deepEqual(entriesAt({ resourceType: 'Observation', code }, 'Observation.code'), [
      { kind: 'token', group: 0, system: LOINC, code: 'a' },
      { kind: 'token', group: 0, system: '', code: '' },
    ])
  })
})
