import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Failure } from '../../src/errors.ts'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import { fhirPathPatch } from '../../src/fhir/fhirpath-patch.ts'
import { parseLossless, stringify } from '../../src/fhir/json.ts'
import type { Resource } from '../../src/fhir/message.ts'

const definitions = loadDefinitions(join(tmpdir(), 'ieum-test-definitions'))

/** Parts of an operation; `value` is a part's content: `{ valueString: 'x' }` or `{ part: […] }`. */
type Operation = {
  type: string
  path?: string
  name?: string
  value?: object
  index?: number
  source?: number
  destination?: number
}

function parametersOf(operations: readonly Operation[]): string {
  return stringify({
    resourceType: 'Parameters',
    parameter: operations.map(({ type, path, name, value, ...numbers }) => ({
      name: 'operation',
      part: [
        { name: 'type', valueCode: type },
        ...(path === undefined ? [] : [{ name: 'path', valueString: path }]),
        ...(name === undefined ? [] : [{ name: 'name', valueString: name }]),
        ...(value === undefined ? [] : [{ name: 'value', ...value }]),
        ...Object.entries(numbers).map(([key, valueInteger]) => ({ name: key, valueInteger })),
      ],
    })),
  })
}

function applyFhirPathPatch(...given: Parameters<typeof fhirPathPatch>): Resource {
  for (const steps = fhirPathPatch(...given); ;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

const apply = (resource: string, parameters: string): string =>
  stringify(
    applyFhirPathPatch(
      parseLossless(resource) as Resource,
      parseLossless(parameters) as Resource,
      definitions,
    ),
  )

/** The elements of a Patient, patched. */
const patch = (elements: string, ...operations: Operation[]): string =>
  apply(`{"resourceType":"Patient"${elements && `,${elements}`}}`, parametersOf(operations))
    .replace('{"resourceType":"Patient"', '')
    .replace(/^,/, '')
    .replace(/\}$/, '')

function failure(elements: string, ...operations: Operation[]): Failure {
  const resource = parseLossless(
    `{"resourceType":"Patient"${elements && `,${elements}`}}`,
  ) as Resource
  const before = stringify(resource)
  try {
    applyFhirPathPatch(resource, parseLossless(parametersOf(operations)) as Resource, definitions)
  } catch (error) {
    assert.ok(error instanceof Failure, String(error))
    assert.equal(stringify(resource), before, 'the resource was changed')
    return error
  }
  return assert.fail('nothing was thrown')
}

describe('fhir/fhirpath-patch', function () {
  this.timeout(60_000)

  const NAMES = '"name":[{"family":"A"},{"family":"B"},{"family":"C"}]'
  const contact = {
    part: [
      { name: 'name', valueHumanName: { text: 'a name' } },
      { name: 'telecom', valueContactPoint: { value: '1' } },
      { name: 'telecom', valueContactPoint: { value: '2' } },
      { name: 'gender', valueCode: 'male' },
    ],
  }

  it('applies every operation', () => {
    const cases: [before: string, operation: Operation, after: string][] = [
      // add
      [
        '',
        { type: 'add', path: 'Patient', name: 'birthDate', value: { valueDate: '1930-01-01' } },
        '"birthDate":"1930-01-01"',
      ],
      [
        '',
        { type: 'add', path: 'Patient', name: 'name', value: { valueHumanName: { family: 'A' } } },
        '"name":[{"family":"A"}]',
      ],
      [
        NAMES,
        { type: 'add', path: 'Patient', name: 'name', value: { valueHumanName: { text: 'x' } } },
        NAMES.replace('"C"}', '"C"},{"text":"x"}'),
      ],
      [
        NAMES,
        { type: 'add', path: 'Patient.name[1]', name: 'given', value: { valueString: 'x' } },
        NAMES.replace('"B"', '"B","given":["x"]'),
      ],
      [
        '',
        { type: 'add', path: 'Patient', name: 'contact', value: contact },
        '"contact":[{"name":{"text":"a name"},"telecom":[{"value":"1"},{"value":"2"}],"gender":"male"}]',
      ],
      [
        '',
        { type: 'add', path: 'Patient', name: 'deceased', value: { valueBoolean: true } },
        '"deceasedBoolean":true',
      ],
      [
        '',
        { type: 'add', path: 'Patient', name: 'deceased[x]', value: { valueDateTime: '2020' } },
        '"deceasedDateTime":"2020"',
      ],
      [
        '',
        {
          type: 'add',
          path: 'Patient',
          name: 'contained',
          value: { resource: { resourceType: 'Basic' } },
        },
        '"contained":[{"resourceType":"Basic"}]',
      ],
      [
        '"contained":[{"resourceType":"Basic"}]',
        {
          type: 'add',
          path: 'Patient.contained[0]',
          name: 'author',
          value: { valueReference: { reference: 'x' } },
        },
        '"contained":[{"resourceType":"Basic","author":{"reference":"x"}}]',
      ],
      [
        '"birthDate":"1970"',
        {
          type: 'add',
          path: 'Patient.birthDate',
          name: 'extension',
          value: { valueExtension: { url: 'u', valueCode: 'c' } },
        },
        '"birthDate":"1970","_birthDate":{"extension":[{"url":"u","valueCode":"c"}]}',
      ],
      [
        '"name":[{"given":["a","b"]}]',
        {
          type: 'add',
          path: 'Patient.name.given[1]',
          name: 'extension',
          value: { valueExtension: { url: 'u', valueCode: 'c' } },
        },
        '"name":[{"given":["a","b"],"_given":[null,{"extension":[{"url":"u","valueCode":"c"}]}]}]',
      ],
      // insert
      [
        NAMES,
        {
          type: 'insert',
          path: 'Patient.name',
          index: 0,
          value: { valueHumanName: { text: 'x' } },
        },
        NAMES.replace('[', '[{"text":"x"},'),
      ],
      [
        NAMES,
        {
          type: 'insert',
          path: 'Patient.name',
          index: 3,
          value: { valueHumanName: { text: 'x' } },
        },
        NAMES.replace('"C"}', '"C"},{"text":"x"}'),
      ],
      [
        '"name":[{"given":["a","b"],"_given":[null,{"id":"i"}]}]',
        { type: 'insert', path: 'Patient.name.given', index: 1, value: { valueString: 'x' } },
        '"name":[{"given":["a","x","b"],"_given":[null,null,{"id":"i"}]}]',
      ],
      // delete
      [
        '"active":true,"birthDate":"1970","_birthDate":{"id":"i"}',
        { type: 'delete', path: 'Patient.birthDate' },
        '"active":true',
      ],
      [NAMES, { type: 'delete', path: 'Patient.name[1]' }, NAMES.replace('{"family":"B"},', '')],
      [
        NAMES,
        { type: 'delete', path: "Patient.name.where(family = 'C')" },
        NAMES.replace(',{"family":"C"}', ''),
      ],
      ['"name":[{"family":"A"}]', { type: 'delete', path: 'Patient.name' }, ''],
      [
        '"name":[{"family":"A"}],"active":true',
        { type: 'delete', path: 'Patient.name[0].family' },
        '"active":true',
      ],
      [
        '"name":[{"given":["a","b"],"_given":[{"id":"i"},null]}]',
        { type: 'delete', path: 'Patient.name.given[0]' },
        '"name":[{"given":["b"]}]',
      ],
      [
        '"_birthDate":{"extension":[{"url":"u","valueCode":"c"}]}',
        { type: 'delete', path: 'Patient.birthDate.extension' },
        '',
      ],
      [
        '"birthDate":"1970","_birthDate":{"extension":[{"url":"u","valueCode":"c"}]}',
        { type: 'delete', path: 'Patient.birthDate.extension[0]' },
        '"birthDate":"1970"',
      ],
      [NAMES, { type: 'delete', path: 'Patient.birthDate' }, NAMES],
      [NAMES, { type: 'delete', path: 'Patient.deceased' }, NAMES],
      [
        '"deceasedBoolean":true,"active":true',
        { type: 'delete', path: 'Patient.deceased' },
        '"active":true',
      ],
      // replace
      [
        '"birthDate":"1970","_birthDate":{"id":"i"}',
        { type: 'replace', path: 'Patient.birthDate', value: { valueDate: '1930' } },
        '"birthDate":"1930"',
      ],
      [
        '"birthDate":"1970"',
        {
          type: 'replace',
          path: 'Patient.birthDate',
          value: { valueDate: '1930', _valueDate: { id: 'j' } },
        },
        '"birthDate":"1930","_birthDate":{"id":"j"}',
      ],
      [
        NAMES,
        { type: 'replace', path: 'Patient.name[0].family', value: { valueString: 'X' } },
        NAMES.replace('"A"', '"X"'),
      ],
      [
        NAMES,
        { type: 'replace', path: 'Patient.name.last()', value: { valueHumanName: { text: 'X' } } },
        NAMES.replace('"family":"C"', '"text":"X"'),
      ],
      [
        '"deceasedDateTime":"2020","_deceasedDateTime":{"id":"i"},"active":true',
        { type: 'replace', path: 'Patient.deceased', value: { valueBoolean: true } },
        '"deceasedBoolean":true,"active":true',
      ],
      [
        '"deceasedBoolean":false',
        { type: 'replace', path: 'Patient.deceased', value: { valueBoolean: true } },
        '"deceasedBoolean":true',
      ],
      [
        '"contact":[{"gender":"male"}]',
        { type: 'replace', path: 'Patient.contact[0].gender', value: { valueCode: 'female' } },
        '"contact":[{"gender":"female"}]',
      ],
      // move
      [
        NAMES,
        { type: 'move', path: 'Patient.name', source: 0, destination: 2 },
        '"name":[{"family":"B"},{"family":"C"},{"family":"A"}]',
      ],
      [
        NAMES,
        { type: 'move', path: 'Patient.name', source: 2, destination: 0 },
        '"name":[{"family":"C"},{"family":"A"},{"family":"B"}]',
      ],
      [
        '"name":[{"given":["a","b"],"_given":[null,{"id":"i"}]}]',
        { type: 'move', path: 'Patient.name.given', source: 1, destination: 0 },
        '"name":[{"given":["b","a"],"_given":[{"id":"i"},null]}]',
      ],
    ]
    for (const [before, operation, after] of cases) {
      assert.equal(patch(before, operation), after, stringify(operation))
    }
  })

  it('applies operations one after the other', () => {
    assert.equal(
      patch(
        NAMES,
        { type: 'delete', path: 'Patient.name[0]' },
        { type: 'add', path: 'Patient.name[0]', name: 'given', value: { valueString: 'x' } },
        { type: 'move', path: 'Patient.name', source: 0, destination: 1 },
        {
          type: 'replace',
          path: "Patient.name.where(given = 'x').family",
          value: { valueString: 'Y' },
        },
      ),
      '"name":[{"family":"C"},{"family":"Y","given":["x"]}]',
    )
  })

  it('changes neither the patch nor what else holds the same value', () => {
    const value = { valueHumanName: { family: 'A' } }
    const parameters = parametersOf([
      { type: 'add', path: 'Patient', name: 'name', value },
      { type: 'replace', path: 'Patient.name.family', value: { valueString: 'B' } },
    ])
    const read = parseLossless(parameters) as Resource
    applyFhirPathPatch({ resourceType: 'Patient' }, read, definitions)
    assert.equal(stringify(read), parameters)
  })

  it('keeps the digits of the resource and of the patch, and compares by value', () => {
    const observation =
      '{"resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"a"},"referenceRange":[{"low":{"value":1.0}}]}'
    const operation = (path: string, value: string): string =>
      `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},
        {"name":"path","valueString":"${path}"},{"name":"value",${value}}]}]}`
    assert.equal(
      apply(observation, operation('Observation.value.unit', '"valueString":"b"')),
      observation.replace('"a"', '"b"'),
    )
    assert.equal(
      apply(
        observation,
        operation('Observation.value.where(value = 1.5).value', '"valueDecimal":2.500'),
      ),
      observation.replace('1.50', '2.500'),
    )
    assert.equal(
      apply(observation, operation('Observation.value', '"valueInteger":3')),
      observation.replace('"valueQuantity":{"value":1.50,"unit":"a"}', '"valueInteger":3'),
    )
  })

  it('names the operation and the path where a patch does not fit', () => {
    const text = { valueString: 'x' }
    const cases: [operation: Operation, said: RegExp][] = [
      [
        { type: 'replace', path: 'Patient.birthDate', value: text },
        /^Operation 1 .*\(replace, path "Patient.birthDate"\): the path selects nothing/,
      ],
      [{ type: 'replace', path: 'Patient.name', value: text }, /selects 3 elements/],
      [{ type: 'delete', path: 'Patient.name' }, /selects 3 elements/],
      [{ type: 'add', path: 'Patient.name', name: 'given', value: text }, /selects 3 elements/],
      [{ type: 'add', path: 'Patient.link', name: 'x', value: text }, /selects nothing/],
      [
        { type: 'add', path: 'Patient', name: 'active', value: { valueBoolean: true } },
        /"active" already/,
      ],
      [
        { type: 'add', path: 'Patient', name: 'deceased', value: { valueDateTime: '2020' } },
        /"deceasedBoolean" already/,
      ],
      [
        { type: 'add', path: 'Patient', name: 'deceased', value: { valueString: '2020' } },
        /type that "deceased" in Patient cannot have/,
      ],
      [{ type: 'add', path: 'Patient', name: 'nmae', value: text }, /no element "nmae" in Patient/],
      [
        { type: 'add', path: 'Patient', name: 'constructor', value: text },
        /no element "constructor"/,
      ],
      [
        { type: 'add', path: 'Patient', name: 'name', value: { valueQuantity: {} } },
        /must be a HumanName, not a Quantity/,
      ],
      [{ type: 'add', path: 'Patient', name: 'name', value: text }, /must be a HumanName/],
      [
        { type: 'add', path: 'Patient', name: 'birthDate', value: { valueHumanName: {} } },
        /must be a date, not a HumanName/,
      ],
      [
        { type: 'add', path: 'Patient', name: 'contact', value: { valueHumanName: {} } },
        /given as parts/,
      ],
      [{ type: 'add', path: 'Patient', name: 'contained', value: text }, /given as a resource/],
      [
        {
          type: 'add',
          path: 'Patient',
          name: 'name',
          value: { resource: { resourceType: 'Basic' } },
        },
        /cannot be a resource/,
      ],
      [
        { type: 'add', path: 'Patient', name: 'birthDate', value: contact },
        /cannot be made of parts/,
      ],
      [
        { type: 'insert', path: 'Patient.name', index: 4, value: { valueHumanName: {} } },
        /index 4/,
      ],
      [
        { type: 'insert', path: 'Patient.active', index: 0, value: { valueBoolean: true } },
        /no list/,
      ],
      [
        { type: 'insert', path: 'Patient.telecom', index: 0, value: { valueContactPoint: {} } },
        /selects nothing/,
      ],
      [{ type: 'move', path: 'Patient.name', source: 3, destination: 0 }, /source 3/],
      [{ type: 'move', path: 'Patient.name', source: 0, destination: 3 }, /destination 3/],
      [{ type: 'move', path: 'Patient.name[0]', source: 0, destination: 0 }, /whole list/],
      [{ type: 'move', path: 'Patient.name | Patient.active', source: 0, destination: 0 }, /list/],
      [{ type: 'delete', path: 'Patient' }, /resource itself/],
      [{ type: 'replace', path: 'Patient.name.count()', value: text }, /computes a value/],
      [{ type: 'replace', path: 'Patient.id', value: { valueId: 'other' } }, /must not change id/],
      [{ type: 'delete', path: 'Patient.id' }, /must not change id/],
      [{ type: 'delete', path: 'foo()' }, /cannot be evaluated/],
    ]
    for (const [operation, said] of cases) {
      const error = failure(
        `"id":"p","active":true,"deceasedBoolean":false,${NAMES}`,
        { type: 'delete', path: 'Patient.gender' },
        operation,
      )
      assert.equal(error.kind, 'invalid', stringify(operation))
      assert.match(error.message, said)
      if (!/must not change/.test(error.message)) {
        assert.deepEqual(error.issues[0]?.expression, ['Parameters.parameter[1]'])
      }
    }
  })

  it('refuses what is no patch', () => {
    for (const operation of [
      { type: 'set', path: 'Patient' },
      { type: 'toString', path: 'Patient' },
      { type: 'delete' },
      { type: 'delete', path: 'Patient.' },
      { type: 'delete', path: 'Patient.name', index: 1 },
      { type: 'add', path: 'Patient', value: { valueString: 'x' } },
      { type: 'add', path: 'Patient', name: 'x' },
      { type: 'add', path: 'Patient', name: 'x', value: { part: [{ name: 'y' }] } },
      { type: 'insert', path: 'Patient.name', value: { valueString: 'x' } },
      { type: 'insert', path: 'Patient.name', index: -1, value: { valueString: 'x' } },
      { type: 'move', path: 'Patient.name', source: 0 },
      { type: 'move', path: 'Patient.name', source: 0.5, destination: 1 },
    ]) {
      const error = failure(NAMES, operation)
      assert.equal(error.kind, 'malformed', stringify(operation))
      assert.match(error.message, /^Operation 0/)
    }
    for (const parameters of [
      '{"resourceType":"Patient"}',
      '{"resourceType":"Parameters","parameter":{}}',
      '{"resourceType":"Parameters","parameter":[{"name":"x"}]}',
      '{"resourceType":"Parameters","parameter":[1]}',
      '{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{}]}]}',
    ]) {
      assert.throws(
        () => apply('{"resourceType":"Patient"}', parameters),
        (error) => error instanceof Failure && error.kind === 'malformed',
      )
    }
    const many = Array<Operation>(1001).fill({ type: 'delete', path: 'Patient.name' })
    assert.equal(failure('', ...many).kind, 'too-large')
  })

  it('keeps values and their siblings together, whatever is done to a list', () => {
    const cell = fc.record({ value: fc.option(fc.nat(9), { freq: 3 }), id: fc.option(fc.nat(9)) })
    const real = cell.filter(({ value, id }) => value !== null || id !== null)
    const step = fc.tuple(
      fc.constantFrom('insert', 'delete', 'move', 'replace'),
      fc.nat(),
      fc.nat(),
      real,
    )
    type Cell = { value: number | null; id: number | null }
    const json = (cells: Cell[]): string => {
      const values = cells.map(({ value }) => (value === null ? null : `v${value}`))
      const siblings = cells.map(({ id }) => (id === null ? null : { id: `i${id}` }))
      const both = {
        ...(values.some((v) => v !== null) ? { given: values } : {}),
        ...(siblings.some((s) => s !== null) ? { _given: siblings } : {}),
      }
      return cells.length === 0 ? '' : `"name":[${stringify({ text: 't', ...both })}]`
    }
    const ordered = (text: string): unknown => JSON.parse(`{${text}}`)
    fc.assert(
      fc.property(
        fc.array(real, { minLength: 1, maxLength: 4 }),
        fc.array(step, { maxLength: 6 }),
        (start, steps) => {
          const cells = [...start]
          const operations: Operation[] = []
          for (const [type, a, b, fresh] of steps) {
            if (cells.length === 0) break
            const path = 'Patient.name.given'
            const i = a % cells.length
            const j = b % cells.length
            const value = {
              ...(fresh.value === null ? {} : { valueString: `v${fresh.value}` }),
              ...(fresh.id === null ? {} : { _valueString: { id: `i${fresh.id}` } }),
            }
            if (type === 'insert') {
              operations.push({ type, path, index: i, value })
              cells.splice(i, 0, fresh)
            } else if (type === 'delete') {
              operations.push({ type, path: `${path}[${i}]` })
              cells.splice(i, 1)
            } else if (type === 'move') {
              operations.push({ type, path, source: i, destination: j })
              cells.splice(j, 0, ...cells.splice(i, 1))
            } else {
              operations.push({ type, path: `${path}[${i}]`, value })
              cells[i] = fresh
            }
          }
          const expected = cells.length === 0 ? '"name":[{"text":"t"}]' : json(cells)
          assert.deepEqual(ordered(patch(json(start), ...operations)), ordered(expected))
        },
      ),
      { numRuns: 300 },
    )
  })
})
