import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import { compileInvariant } from '../../src/fhir/fhirpath.ts'
import { compilePath } from '../../src/fhir/path-compile.ts'
import { truthOf, Unevaluable } from '../../src/fhir/path-value.ts'
import { typeCode, typeUrl } from '../../src/fhir/structure-definition.ts'
import { publishedStructures } from '../../src/fhir/structures.ts'
import { officialExamples } from './random-resource.ts'

const folder = join(tmpdir(), 'ieum-test-definitions')
const definitions = loadDefinitions(folder)
const structures = publishedStructures(folder)

/** Checked without FHIRPath, or with functions that only FHIR's own tools have. */
const NATIVE = /^(dom-|txt-|ref-1|bdl-7|ctm-1)/

/** For each type its own invariants, and for each property those of the element. */
const invariants = new Map<string, { own: string[]; of: Map<string, string[]> }>()
function invariantsOf(type: string) {
  let found = invariants.get(type)
  if (found === undefined) {
    const [root = ''] = type.split('.')
    const elements = structures(typeUrl(root))?.snapshot?.element ?? []
    const at = (path: string): string[] =>
      (elements.find((one) => one.path === path)?.constraint ?? [])
        .filter(({ key }) => !NATIVE.test(key))
        .flatMap(({ expression }) => expression ?? [])
    found = { own: at(type), of: new Map() }
    for (const property of definitions.properties(type).values()) {
      const { name, choice } = property.element
      if (property.type.kind !== 'backbone')
        found.of.set(property.name, at(`${type}.${name}${choice ? '[x]' : ''}`))
    }
    invariants.set(type, found)
  }
  return found
}

type Case = { expression: string; type: string; value: unknown; resource: unknown }

/** Every invariant of R4 at every place of a resource where it holds. */
function* casesIn(value: any, type: string, resource: unknown): Generator<Case> {
  const { own, of } = invariantsOf(type)
  for (const expression of own) yield { expression, type, value, resource }
  for (const property of definitions.properties(type).values()) {
    const inside = value[property.name]
    for (const item of Array.isArray(inside) ? inside : [inside]) {
      if (item === undefined || item === null) continue
      for (const expression of of.get(property.name) ?? [])
        yield { expression, type: property.type.name, value: item, resource }
      if (property.type.name === 'Resource') yield* casesIn(item, item.resourceType, item)
      else if (property.type.kind !== 'primitive')
        yield* casesIn(item, property.type.name, resource)
    }
  }
}

const judge = (run: () => readonly unknown[]): unknown => {
  try {
    return truthOf(run())
  } catch (error) {
    if (error instanceof Unevaluable) return 'no answer'
    throw error
  }
}

function assertSame({ expression, type, value, resource }: Case): boolean {
  // que-7: `is Boolean` stands for FHIR's boolean in R4; the engine takes it for FHIRPath's own.
  if (/is Boolean/.test(expression)) return false
  const compiled = compilePath(expression, type, definitions)
  if (compiled === undefined) return false
  const environment = {
    resource,
    rootResource: resource,
    context: value,
    resolve: () => undefined,
  }
  const mine = judge(() => compiled(value, environment))
  const engine = judge(() => compileInvariant(expression, type)(value, environment))
  // Regular expressions, which it can't bound, and primitives by themselves are beyond the engine here.
  if (engine === 'no answer') return false
  assert.deepEqual(mine, engine, `${expression} of ${type}: ${JSON.stringify(value).slice(0, 500)}`)
  return true
}

describe('FHIRPath compiled and by the engine', function () {
  this.timeout(60_000)

  it('compile every invariant of R4', () => {
    const left: string[] = []
    let compiled = 0
    for (const type of [
      ...definitions.resourceTypes,
      ...[...definitions.types.keys()].filter((one) => !one.includes('.')),
    ]) {
      for (const element of structures(typeUrl(type))?.snapshot?.element ?? []) {
        for (const { key, expression } of element.constraint ?? []) {
          if (expression === undefined || NATIVE.test(key)) continue
          const types = definitions.types.has(element.path)
            ? [element.path]
            : (element.type ?? []).map((one) => typeCode(one))
          for (const one of types) {
            if (compilePath(expression, one, definitions) === undefined)
              left.push(`${key} of ${one}`)
            else compiled += 1
          }
        }
      }
    }
    assert.deepEqual(left, [])
    assert.ok(compiled > 300, String(compiled))
  })

  it('judge the resources of the demonstration network, and R4’s own examples, in the same way', () => {
    const seed = new URL('../../seed/', import.meta.url)
    const seeded = readdirSync(seed)
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => JSON.parse(readFileSync(new URL(name, seed), 'utf8')).entry)
      .map((entry) => entry.resource)
    const examples = officialExamples().map(({ text }) => JSON.parse(text))
    const seen = new Map<string, number>()
    let judged = 0
    // The engine takes its time: some of many, and each invariant not more than a few dozen times.
    for (const [i, resource] of [...examples, ...seeded].entries()) {
      if (i >= examples.length && i % 20 !== 0) continue
      for (const one of casesIn(resource, resource.resourceType, resource)) {
        const count = seen.get(one.expression) ?? 0
        if (count >= 40) continue
        seen.set(one.expression, count + 1)
        if (assertSame(one)) judged += 1
      }
    }
    assert.ok(judged > 500, String(judged))
  })

  it('agree on expressions put together at random', () => {
    const path = fc.constantFrom(
      ...['name', 'name.given', 'name.family', 'telecom.value', 'birthDate', 'deceased', 'active'],
      ...['contact.name.family', 'identifier', 'identifier.system', 'multipleBirth', 'gender'],
      ...['name.first()', 'telecom.rank', 'communication.language.coding.code', '$this', '{}'],
    )
    const list = fc
      .tuple(
        path,
        fc.constantFrom(
          '',
          '.first()',
          '.tail()',
          ".where(use = 'official')",
          '.distinct()',
          '.last()',
        ),
      )
      .map(([one, more]) => one + more)
    const test = fc
      .tuple(
        list,
        fc.constantFrom(
          '.exists()',
          '.empty()',
          '.count() > 1',
          ".exists(use = 'old')",
          '.hasValue()',
          '.count() = 0',
          '.isDistinct()',
          '.all(use.exists())',
        ),
      )
      .map(([one, more]) => one + more)
    const compared = fc
      .tuple(list, fc.constantFrom('=', '!=', '|', 'in'), list)
      .map(([a, op, b]) =>
        op === '|'
          ? `(${a} | ${b}).count() > 2`
          : op === 'in'
            ? `${a}.first() in ${b}`
            : `${a} ${op} ${b}`,
      )
    const simple = fc.oneof(
      test,
      compared,
      fc.constantFrom(
        'deceased is boolean',
        '(deceased as boolean) = true',
        "gender in ('male' | 'female')",
        'birthDate.toString().length() >= 8',
      ),
    )
    const expression = fc.oneof(
      simple,
      fc
        .tuple(simple, fc.constantFrom('and', 'or', 'xor', 'implies'), simple)
        .map((parts) => parts.join(' ')),
      simple.map((one) => `(${one}).not()`),
      fc.tuple(simple, simple, simple).map(([a, b, c]) => `iif(${a}, ${b}, ${c})`),
    )
    const patients = [
      { resourceType: 'Patient' },
      {
        resourceType: 'Patient',
        active: true,
        gender: 'female',
        birthDate: '1990-02',
        deceasedBoolean: false,
        multipleBirthInteger: 2,
        name: [
          { use: 'official', family: '김', given: ['민준', '서준'] },
          {
            use: 'old',
            family: '김',
            _given: [{ extension: [{ url: 'urn:x', valueString: 'y' }] }],
          },
        ],
        telecom: [
          { system: 'phone', value: '1', rank: 1 },
          { system: 'email', value: '1', use: 'old' },
        ],
        identifier: [{ system: 'urn:a', value: '1', use: 'official' }],
      },
      {
        resourceType: 'Patient',
        _birthDate: { extension: [{ url: 'urn:x', valueString: 'y' }] },
        deceasedDateTime: '2020-01-01T10:00:00Z',
        name: [{ text: 'x' }],
        contact: [{ name: { family: 'A' } }, { name: { family: 'B' } }],
      },
    ]
    let compiled = 0
    fc.assert(
      fc.property(expression, fc.constantFrom(...patients), (one, value) => {
        if (assertSame({ expression: one, type: 'Patient', value, resource: value })) compiled += 1
      }),
      { numRuns: 600 },
    )
    assert.ok(compiled > 300, `${compiled} were compiled`)
  })

  it('end, whatever the expression', () => {
    const patient = { resourceType: 'Patient', name: [{ family: 'a'.repeat(60) + '!' }] }
    const environment = {
      resource: patient,
      rootResource: patient,
      context: patient,
      resolve: () => undefined,
    }
    const started = process.cpuUsage()
    for (const expression of [
      "name.family.matches('^(a+)+$')",
      "name.family.matches('^(a|a)*$')",
      'name.repeat($this).exists()',
      `${'('.repeat(5000)}true${')'.repeat(5000)}`,
      "name.family.matchesFull('(a*)*b')",
    ]) {
      const run =
        compilePath(expression, 'Patient', definitions) ?? compileInvariant(expression, 'Patient')
      judge(() => run(patient, environment))
    }
    const { user } = process.cpuUsage(started)
    assert.ok(user < 5_000_000, `${user} µs`)
  })
})
