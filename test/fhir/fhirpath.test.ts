import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { Failure } from '../../src/errors.ts'
import { compileFhirPath, compileSelection } from '../../src/fhir/fhirpath.ts'
import type { Resource } from '../../src/fhir/message.ts'
import { cpuTimeOf } from '../support/time.ts'

const patient: Resource = {
  resourceType: 'Patient',
  name: [
    { use: 'usual', given: ['A'] },
    { use: 'official', given: ['B', 'C'], _given: [null, { id: 'c' }] },
  ],
  _birthDate: { extension: [{ url: 'u', valueString: 's' }] },
  deceasedBoolean: true,
  contained: [{ resourceType: 'Observation', valueQuantity: { value: 1.5, code: 'mg' } }],
}

function failure(run: () => unknown): Failure {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof Failure, String(error))
    return error
  }
  return assert.fail('nothing was thrown')
}

describe('fhir/fhirpath', function () {
  this.timeout(60_000)

  it('is not loaded before the first expression is compiled', () => {
    const file = new URL('../../src/fhir/fhirpath.ts', import.meta.url).href
    const script = `
      import { registerHooks } from 'node:module'
      const seen = []
      registerHooks({
        resolve(specifier, context, next) {
          if (/^fhirpath/.test(specifier)) seen.push(specifier)
          return next(specifier, context)
        },
      })
      const { compileFhirPath } = await import(${JSON.stringify(file)})
      const before = seen.length
      compileFhirPath('Patient.name')
      console.log(before, seen.length > 0)`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString()
    assert.equal(said.trim(), '0 true')
  })

  it('evaluates with the R4 model and variables', () => {
    assert.deepEqual(compileFhirPath("Patient.name.where(use='official').given")(patient), [
      'B',
      'C',
    ])
    assert.deepEqual(compileFhirPath('Patient.deceased')(patient), [true])
    assert.deepEqual(compileFhirPath('Patient.contained.value.value > 1')(patient), [true])
    assert.deepEqual(compileFhirPath('%resource.name.count() + %x')(patient, { x: 3 }), [5])
    assert.deepEqual(compileFhirPath('0.1 + 0.2 = 0.3')(patient), [true])
  })

  it('leaves the resource as it was', () => {
    const before = JSON.stringify(patient)
    compileFhirPath('descendants()')(patient)
    assert.equal(JSON.stringify(patient), before)
  })

  it('compiles an expression once', () => {
    assert.equal(compileFhirPath('Patient.name'), compileFhirPath('Patient.name'))
  })

  it('gives the places of what it selects', () => {
    const places = (expression: string): (string | undefined)[] =>
      compileSelection(expression)(patient).map((steps) =>
        steps
          ?.map(({ name, index }) => (index === undefined ? name : `${name}[${index}]`))
          .join('.'),
      )
    assert.deepEqual(places('Patient.name[1].given'), ['name[1].given[0]', 'name[1].given[1]'])
    assert.deepEqual(places("Patient.name.given.where($this='C')"), ['name[1].given[1]'])
    assert.deepEqual(places('Patient.birthDate.extension.value'), ['birthDate.extension[0].value'])
    assert.deepEqual(places('Patient.deceased'), ['deceased'])
    assert.deepEqual(places('Patient.contained.value.value'), ['contained[0].value.value'])
    assert.deepEqual(places('Patient'), [''])
    assert.deepEqual(places('Patient.link'), [])
    assert.deepEqual(places('Patient.name.count()'), [undefined])
    assert.deepEqual(places("'a' | 1"), [undefined, undefined])
  })

  it('says where an expression does not parse, in our words', () => {
    const error = failure(() => compileFhirPath('Patient.'))
    assert.equal(error.kind, 'malformed')
    assert.equal(error.message, 'The FHIRPath expression does not parse at line 1, column 9')
    assert.equal(failure(() => compileFhirPath('')).kind, 'malformed')
    assert.equal(failure(() => compileFhirPath('('.repeat(9000))).kind, 'malformed')
    assert.equal(failure(() => compileFhirPath('a'.repeat(10_001))).kind, 'malformed')
  })

  it('refuses what cannot be evaluated, the network, and what has no bounds', () => {
    for (const expression of [
      'foo()',
      "Patient.name.given.matches('(a+)+$')",
      'resolve()',
      "1 + 'a'.toInteger(1)",
    ]) {
      assert.equal(failure(() => compileSelection(expression)(patient)).kind, 'invalid', expression)
    }
    assert.equal(
      failure(() => compileFhirPath("'a'.memberOf('http://x')")(patient)).kind,
      'invalid',
    )
    for (const [kind, expression] of [
      ['too-costly', `Patient${'.descendants().select(%resource.descendants())'.repeat(5)}`],
      ['invalid', "Patient.name.given.repeat('a' & $this)"],
      ['invalid', '(1).repeat($this + 1)'],
      ['invalid', `Patient.name.use.first()${".replace('u','uuuuuuuuuuuuuuuuuuuu')".repeat(20)}`],
      ['invalid', "(1|2|3|4|5|6|7|8).aggregate($total & $total, 'aaaa')"],
      ['invalid', `Patient.defineVariable('a',descendants()).defineVariable('b',%a.combine(%a))`],
      ['malformed', `Patient.${'name.'.repeat(200)}given`],
    ] as const) {
      const ms = cpuTimeOf(() =>
        assert.equal(failure(() => compileSelection(expression)(patient)).kind, kind, expression),
      )
      assert.ok(ms < 10_000, expression)
    }
  })
})
