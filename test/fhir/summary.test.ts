import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import { parseLossless, stringify } from '../../src/fhir/json.ts'
import type { Resource } from '../../src/fhir/message.ts'
import { subset } from '../../src/fhir/summary.ts'
import type { Subset } from '../../src/fhir/summary.ts'
import { officialExamples, randomResource } from './random-resource.ts'

const definitions = loadDefinitions(join(tmpdir(), 'ieum-test-definitions'))
const part = (text: string, wanted: Subset): string =>
  stringify(subset(parseLossless(text) as Resource, wanted, definitions))

const MARK =
  '{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}'
const META = `"meta":{"tag":[${MARK}]}`
const TEXT = '"text":{"status":"empty","div":"<div/>"}'
const OBSERVATION = `{"resourceType":"Observation","id":"o",${TEXT},"contained":[{"resourceType":"Basic"}],
  "status":"final","code":{"text":"c","extension":[{"url":"u","valueCode":"c"}]},"valueQuantity":{"value":1.50},"note":[{"text":"n"}],
  "component":[{"code":{"text":"d"},"valueString":"v","interpretation":[{"text":"i"}]}]}`

describe('fhir/summary', function () {
  this.timeout(60_000)

  it('keeps the elements marked as summary, nested ones as well', () => {
    assert.equal(
      part(OBSERVATION, { summary: 'true' }),
      `{"resourceType":"Observation","id":"o",${META},"status":"final",` +
        '"code":{"text":"c","extension":[{"url":"u","valueCode":"c"}]},"valueQuantity":{"value":1.50},' +
        '"component":[{"code":{"text":"d"},"valueString":"v"}]}',
    )
    assert.equal(
      part(
        '{"resourceType":"Patient","name":[{"family":"A","extension":[{"url":"u"}]},{"extension":[{"url":"v"}]}],"maritalStatus":{"text":"x"},"photo":[{"data":"AA=="}],"birthDate":"1970","_birthDate":{"id":"b"}}',
        { summary: 'true' },
      ),
      `{"resourceType":"Patient",${META},"name":[{"family":"A"},{"extension":[{"url":"v"}]}],"birthDate":"1970","_birthDate":{"id":"b"}}`,
    )
  })

  it('keeps text, id, meta and what is mandatory', () => {
    assert.equal(
      part(OBSERVATION, { summary: 'text' }),
      `{"resourceType":"Observation","id":"o",${META},${TEXT},"status":"final","code":{"text":"c","extension":[{"url":"u","valueCode":"c"}]}}`,
    )
  })

  it('leaves out the text only', () => {
    const others = JSON.parse(OBSERVATION)
    delete others.text
    const { meta, ...kept } = JSON.parse(part(OBSERVATION, { summary: 'data' }))
    assert.deepEqual(kept, others)
    assert.deepEqual(meta, { tag: [JSON.parse(MARK)] })
  })

  it('keeps the elements asked for, by name, with the type, or as a choice', () => {
    const keys = (elements: string[]): string[] =>
      Object.keys(JSON.parse(part(OBSERVATION, { elements }))).filter(
        (key) => !['resourceType', 'id', 'meta', 'status', 'code'].includes(key),
      )
    assert.deepEqual(keys(['note']), ['note'])
    assert.deepEqual(keys(['Observation.note', 'Patient.component']), ['note'])
    assert.deepEqual(keys(['value']), ['valueQuantity'])
    assert.deepEqual(keys(['value[x]']), ['valueQuantity'])
    assert.deepEqual(keys(['Observation.value[x]', 'valueQuantity']), ['valueQuantity'])
    assert.deepEqual(keys(['nothing', 'constructor']), [])
    assert.equal(
      part(
        '{"resourceType":"Patient","birthDate":"1970","_birthDate":{"id":"b"},"gender":"male"}',
        { elements: ['birthDate'] },
      ),
      `{"resourceType":"Patient",${META},"birthDate":"1970","_birthDate":{"id":"b"}}`,
    )
  })

  it('keeps what changes the meaning', () => {
    const text = `{"resourceType":"Patient","id":"p","modifierExtension":[{"url":"m"}],"gender":"male"}`
    for (const wanted of [
      { elements: ['name'] },
      { summary: 'true' },
      { summary: 'text' },
    ] satisfies Subset[]) {
      assert.match(part(text, wanted), /modifierExtension/)
    }
  })

  it('marks once, beside the tags that are there', () => {
    const tagged =
      '{"resourceType":"Patient","id":"p","meta":{"versionId":"3","tag":[{"code":"a"}]}}'
    const once = part(tagged, { summary: 'true' })
    assert.equal(
      once,
      `{"resourceType":"Patient","id":"p","meta":{"versionId":"3","tag":[{"code":"a"},${MARK}]}}`,
    )
    assert.equal(part(once, { summary: 'true' }), once)
  })

  it('changes no resource, keeps what is mandatory and leaves no empty element', () => {
    const wanted = fc.oneof(
      fc.constantFrom<Subset>({ summary: 'true' }, { summary: 'text' }, { summary: 'data' }),
      fc.constantFrom('status', 'code', 'value', 'name').map((name) => ({ elements: [name] })),
    )
    fc.assert(
      fc.property(randomResource(definitions), wanted, (resource, what) => {
        const before = stringify(resource)
        const result = subset(resource, what, definitions)
        assert.equal(stringify(resource), before)
        assert.doesNotMatch(stringify(result), /\{\}|\[\]/)
        for (const [name, { element }] of definitions.properties(resource.resourceType)) {
          if (element.min > 0 && name !== 'meta') assert.deepEqual(result[name], resource[name])
        }
      }),
      { numRuns: 500 },
    )
  })

  it('makes a summary of every example of the specification', function () {
    const examples = officialExamples()
    if (examples.length === 0) this.skip()
    for (const { text, name } of examples) {
      const whole = parseLossless(text) as Resource
      const summary = subset(whole, { summary: 'true' }, definitions)
      assert.equal(summary['text'], undefined, name)
      assert.ok(stringify(summary).length <= stringify(whole).length + MARK.length + 20, name)
    }
  })
})
