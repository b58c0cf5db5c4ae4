import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import { createValidator } from '../../src/validation/validator.ts'

const validator = createValidator(loadDefinitions(join(tmpdir(), 'ieum-test-definitions')))
const validate = (resource: unknown, type?: string) => validator.validate(resource, { type })

const absent = {
  extension: [
    { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' },
  ],
}
const patient = (more: object) => ({ resourceType: 'Patient', ...more })
const observation = (more: object) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'Glucose' },
  ...more,
})
const condition = (clinicalStatus: object) => ({
  resourceType: 'Condition',
  subject: { reference: 'Patient/1' },
  clinicalStatus,
})
const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical'
const nest = (depth: number): object =>
  depth === 0
    ? { linkId: 'end', type: 'string' }
    : { linkId: `${depth}`, type: 'group', item: [nest(depth - 1)] }

const GOOD: Record<string, object> = {
  'a resource with nothing in it': patient({}),
  'Parameters with nothing in it': { resourceType: 'Parameters' },
  'an extension instead of a value': patient({ _birthDate: absent, birthDate: undefined }),
  'an extension beside a value': patient({ birthDate: '1980', _birthDate: { id: 'x', ...absent } }),
  'the id of a primitive': patient({ gender: 'female', _gender: { id: 'x' } }),
  'an extension for a required value': { ...observation({ _status: absent }), status: undefined },
  'an extension for a choice': observation({ _valueString: absent }),
  'nulls where there are extensions': patient({
    name: [{ given: ['A', null, 'B'], _given: [null, absent, { id: 'x' }] }],
  }),
  'only extensions in an array': patient({ name: [{ _given: [absent] }] }),
  'extensions of the first values only': patient({
    name: [{ given: ['A', 'B'], _given: [absent] }],
  }),
  'an extension of extensions': patient({
    extension: [
      { url: 'http://example.org/a', extension: [{ url: 'b', valueBoolean: false }] },
      { url: 'http://example.org/c', _valueString: absent },
    ],
  }),
  'contained resources': observation({
    contained: [
      { resourceType: 'Patient', id: 'p', name: [{ text: 'A' }] },
      { resourceType: 'Binary', id: 'b', contentType: 'text/plain' },
    ],
    subject: { reference: '#p' },
  }),
  'a deep questionnaire': { resourceType: 'Questionnaire', status: 'draft', item: [nest(40)] },
  'a bundle': {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
        resource: patient({ contained: [{ resourceType: 'Organization', id: 'o' }] }),
        request: { method: 'POST', url: 'Patient' },
      },
      { resource: observation({}), request: { method: 'PUT', url: 'Observation/1' } },
    ],
  },
  parameters: {
    resourceType: 'Parameters',
    parameter: [
      { name: 'a', valueDecimal: 1.5 },
      { name: 'b', resource: patient({}) },
      { name: 'c', part: [{ name: 'd', valueQuantity: { value: 1 } }] },
    ],
  },
  'a value that is false, 0 or negative': observation({
    component: [
      { code: { text: 'a' }, valueBoolean: false },
      { code: { text: 'b' }, valueInteger: 0 },
      { code: { text: 'c' }, valueQuantity: { value: -0.001 } },
    ],
  }),
  'references of all forms': observation({
    subject: { reference: 'https://example.org/fhir/Patient/1/_history/2' },
    focus: [{ reference: 'Slot/1' }],
    performer: [
      { reference: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520' },
      { reference: 'Practitioner?identifier=http://example.org|1' },
      { identifier: { value: '1' } },
      { reference: 'http://example.org/other/thing' },
    ],
  }),
  'a required coding among others': condition({
    coding: [
      { system: 'http://example.org', code: 'x' },
      { system: clinical, code: 'active' },
    ],
  }),
  'a required coding that is absent for a reason': condition(absent),
}

const BAD: Record<string, readonly [resource: unknown, code: string, path: string, text: RegExp]> =
  {
    null: [null, 'structure', '', /object; here is null/],
    'an array': [[], 'structure', '', /here is an array/],
    'a string': ['Patient', 'structure', '', /here is "Patient"/],
    'no resourceType': [{}, 'structure', '', /resourceType/],
    'a number as resourceType': [{ resourceType: 1 }, 'structure', '', /here is 1/],
    'an unknown type': [{ resourceType: 'Pateint' }, 'structure', '', /did you mean "Patient"/],
    'an abstract type': [{ resourceType: 'DomainResource' }, 'structure', '', /abstract/],
    'a datatype': [{ resourceType: 'Quantity' }, 'structure', '', /no resource type "Quantity"/],
    'a name of JavaScript': [{ resourceType: 'constructor' }, 'structure', '', /no resource type/],
    'an unknown element': [
      patient({ nmae: [] }),
      'structure',
      'Patient',
      /"nmae"; did you mean "name"/,
    ],
    'an element that only starts alike': [
      observation({ value: 5 }),
      'structure',
      'Observation',
      /value\[x\] is written with its type.*Quantity \| CodeableConcept/,
    ],
    'a type that the choice lacks': [
      observation({ valueDecimal: 5 }),
      'structure',
      'Observation',
      /"valueDecimal"/,
    ],
    'a misspelled required element, once': [
      { resourceType: 'Observation', statuss: 'final', code: { text: 'a' } },
      'structure',
      'Observation',
      /did you mean "status"/,
    ],
    __proto__: [
      JSON.parse('{"resourceType":"Patient","__proto__":{"a":1}}'),
      'structure',
      'Patient',
      /"__proto__"/,
    ],
    'resourceType in an element': [
      patient({ name: [{ resourceType: 'HumanName', text: 'a' }] }),
      'structure',
      'Patient.name[0]',
      /"resourceType"/,
    ],
    'a single value for a repeating element': [
      patient({ name: { text: 'a' } }),
      'structure',
      'Patient.name',
      /is an array/,
    ],
    'an array for a single value': [
      patient({ birthDate: ['1980'] }),
      'structure',
      'Patient.birthDate',
      /not an array/,
    ],
    'an array in an array': [
      patient({ name: [[{ text: 'a' }]] }),
      'structure',
      'Patient.name[0]',
      /an array/,
    ],
    'an empty array': [patient({ name: [] }), 'structure', 'Patient.name', /empty/],
    'an empty object': [patient({ name: [{}] }), 'invariant', 'Patient.name[0]', /empty/],
    'an element with an id only': [
      patient({ name: [{ id: 'a' }] }),
      'invariant',
      'Patient.name[0]',
      /more than an id/,
    ],
    'null for a value': [patient({ gender: null }), 'structure', 'Patient.gender', /null/],
    'null for an object': [
      patient({ maritalStatus: null }),
      'structure',
      'Patient.maritalStatus',
      /null/,
    ],
    'null in an array of objects': [
      patient({ name: [null] }),
      'structure',
      'Patient.name[0]',
      /null/,
    ],
    'null without an extension': [
      patient({ name: [{ given: ['A', null] }] }),
      'structure',
      'Patient.name[0].given[1]',
      /_given/,
    ],
    'null beside an id': [
      patient({ name: [{ given: [null], _given: [{ id: 'a' }] }] }),
      'invariant',
      'Patient.name[0].given[0]',
      /neither/,
    ],
    'more siblings than values': [
      patient({ name: [{ given: ['A'], _given: [null, absent] }] }),
      'structure',
      'Patient.name[0].given',
      /which are 1; here are 2/,
    ],
    'an empty array of siblings': [
      patient({ name: [{ given: ['A'], _given: [] }] }),
      'structure',
      'Patient.name[0].given',
      /_given is empty/,
    ],
    'a sibling that is not an object': [
      patient({ _gender: 'x' }),
      'structure',
      'Patient.gender',
      /_gender/,
    ],
    'a sibling without anything': [
      patient({ _gender: { id: 'a' } }),
      'invariant',
      'Patient.gender',
      /neither/,
    ],
    'a sibling of an object': [
      patient({ _maritalStatus: absent }),
      'structure',
      'Patient',
      /only a primitive/,
    ],
    'an unknown element in a sibling': [
      patient({ gender: 'male', _gender: { value: 1, ...absent } }),
      'structure',
      'Patient.gender',
      /"value"/,
    ],
    'a missing element': [
      observation({ code: undefined }),
      'required',
      'Observation',
      /must have code/,
    ],
    'a missing choice': [
      {
        resourceType: 'MedicationRequest',
        status: 'active',
        intent: 'order',
        subject: { display: 'a' },
      },
      'required',
      'MedicationRequest',
      /medication\[x\]/,
    ],
    'a missing element deep inside': [
      patient({ communication: [{ preferred: true }] }),
      'required',
      'Patient.communication[0]',
      /language/,
    ],
    'two of a choice': [
      observation({ valueString: 'a', valueBoolean: true }),
      'structure',
      'Observation',
      /valueString, valueBoolean/,
    ],
    'two of a choice, one by its extension': [
      observation({ valueString: 'a', _valueTime: absent }),
      'structure',
      'Observation',
      /one value/,
    ],
    'a string for a boolean': [
      patient({ active: 'true' }),
      'value',
      'Patient.active',
      /JSON boolean.*"true"/,
    ],
    'an object for a string': [
      patient({ birthDate: { value: '1980' } }),
      'structure',
      'Patient.birthDate',
      /JSON string.*an object/,
    ],
    'a string for an object': [
      observation({ code: 'Glucose' }),
      'structure',
      'Observation.code',
      /CodeableConcept; here is "Glucose"/,
    ],
    'a day that does not exist': [
      patient({ birthDate: '2023-02-30' }),
      'value',
      'Patient.birthDate',
      /"2023-02-30".*a day that exists/,
    ],
    'a value in a choice, at the path of the choice': [
      observation({ valueQuantity: { value: '5' } }),
      'value',
      'Observation.value.value',
      /JSON number/,
    ],
    'an unknown code': [
      observation({ status: 'finall' }),
      'code-invalid',
      'Observation.status',
      /registered \| .*did you mean "final".*observation-status/,
    ],
    'a required coding that is missing': [
      condition({ coding: [{ system: clinical, code: 'zzz' }] }),
      'code-invalid',
      'Condition.clinicalStatus',
      /active \| /,
    ],
    'text where a coding is required': [
      condition({ text: 'active' }),
      'code-invalid',
      'Condition.clinicalStatus',
      /condition-clinical/,
    ],
    'an extension without url': [
      patient({ extension: [{ valueString: 'a' }] }),
      'required',
      'Patient.extension[0]',
      /url/,
    ],
    'an extension with nothing': [
      patient({ extension: [{ url: 'http://a' }] }),
      'invariant',
      'Patient.extension[0]',
      /ext-1/,
    ],
    'an extension with both': [
      patient({
        extension: [
          { url: 'http://a', valueString: 'a', extension: [{ url: 'b', valueCode: 'c' }] },
        ],
      }),
      'invariant',
      'Patient.extension[0]',
      /not both/,
    ],
    'a reference to another type': [
      observation({ subject: { reference: 'Slot/1' } }),
      'value',
      'Observation.subject',
      /Patient \| Group \| Device \| Location; here is "Slot\/1"/,
    ],
    'a contained resource of an unknown type': [
      patient({ contained: [{ resourceType: 'Foo', id: 'a' }] }),
      'structure',
      'Patient.contained[0]',
      /"Foo"/,
    ],
    'a contained resource that contains': [
      patient({
        contained: [
          { resourceType: 'Patient', id: 'a', contained: [{ resourceType: 'Patient', id: 'b' }] },
        ],
      }),
      'invariant',
      'Patient.contained[0]',
      /dom-2/,
    ],
    'a contained resource without id': [
      patient({ contained: [{ resourceType: 'Patient' }] }),
      'required',
      'Patient.contained[0]',
      /id/,
    ],
    'an error in a bundle': [
      {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [{}, { resource: patient({ gender: 'x' }) }].slice(1),
      },
      'code-invalid',
      'Bundle.entry[0].resource.gender',
      /male \| female/,
    ],
    'script in a narrative': [
      patient({
        text: {
          status: 'generated',
          div: '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>',
        },
      }),
      'value',
      'Patient.text.div',
      /<script>/,
    ],
  }

describe('validator', () => {
  for (const [what, resource] of Object.entries(GOOD)) {
    it(`accepts ${what}`, () =>
      assert.deepEqual(validate(JSON.parse(JSON.stringify(resource))), []))
  }

  for (const [what, [resource, code, path, text]] of Object.entries(BAD)) {
    it(`refuses ${what}, with one issue`, () => {
      const issues = validate(JSON.parse(JSON.stringify(resource)))
      assert.equal(issues.length, 1, JSON.stringify(issues))
      assert.deepEqual(
        [issues[0]?.severity, issues[0]?.code, issues[0]?.expression],
        ['error', code, path === '' ? undefined : [path]],
        JSON.stringify(issues),
      )
      assert.match(issues[0]?.diagnostics ?? '', text)
    })
  }

  it('expects the type it is told', () => {
    assert.deepEqual(validate(patient({}), 'Patient'), [])
    assert.match(validate(patient({}), 'Person')[0]?.diagnostics ?? '', /is Patient, where Person/)
    assert.equal(validate({ name: [{ text: 'a' }] }, 'Patient').length, 1)
    assert.equal(validate(patient({}), 'Resource').length, 1)
    assert.equal(validate({ value: 1 }, 'Quantity').length, 1)
  })

  it('reports all that is wrong, up to 100 issues', () => {
    const names = Array.from({ length: 3 }, () => ({ use: 'x', text: 5 }))
    assert.deepEqual(
      validate(patient({ gender: 'x', name: names })).map(({ expression }) => expression?.[0]),
      [
        'Patient.name[0].use',
        'Patient.name[0].text',
        'Patient.name[1].use',
        'Patient.name[1].text',
        'Patient.name[2].use',
        'Patient.name[2].text',
        'Patient.gender',
      ],
    )
    const many = Array.from({ length: 1000 }, () => ({ text: 5 }))
    assert.equal(validate(patient({ name: many })).length, 100)
  })

  it('survives any depth', () => {
    for (const end of ['{"url":"http://a","valueString":"b"}', '{}']) {
      const text = `${'{"url":"http://a","extension":['.repeat(100_000)}${end}${']}'.repeat(100_000)}`
      let deep: unknown
      try {
        deep = JSON.parse(text)
      } catch {
        return
      }
      const issues = validate(patient({ extension: [deep] }))
      assert.match(issues[0]?.diagnostics ?? '', /too deeply/)
    }
  })

  it('shows little of a long value, and nothing of its structure', () => {
    const [issue] = validate(patient({ gender: 'x'.repeat(100_000) }))
    assert.ok((issue?.diagnostics.length ?? Infinity) < 400)
  })
})
