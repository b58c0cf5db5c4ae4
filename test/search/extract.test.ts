import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { compileFhirPath } from '../../src/fhir/fhirpath.ts'
import type { Resource } from '../../src/fhir/message.ts'
import type { Entry, EntryKind } from '../../src/search/entry.ts'
import { createExtractor, pathsOfType } from '../../src/search/extract.ts'
import { createSearchParameters } from '../../src/search/parameters.ts'
import type { Route } from '../../src/search/path.ts'
import { typeOfShape } from '../../src/search/shape.ts'
import { atOnce } from '../../src/turn.ts'
import { cpuTimeOf } from '../support/time.ts'
import { definitions, entriesAt, extract, finds, parameters } from './room.ts'

const line = ({ kind, path, group, ...rest }: Entry): string =>
  `${path}${group === 0 ? '' : `#${group}`} ${kind} ${Object.values(rest).join(' ')}`

/** A value that every kind makes an entry of. */
const SAMPLE: Readonly<Record<string, unknown>> = {
  Address: { city: 'Алматы' },
  Age: { value: 5 },
  CodeableConcept: { coding: [{ code: 'x' }] },
  Coding: { code: 'x' },
  ContactPoint: { value: 'x' },
  Duration: { value: 5 },
  HumanName: { family: 'Kim' },
  Identifier: { value: 'x' },
  Money: { value: 5 },
  Period: { start: '2024' },
  Quantity: { value: 5 },
  Range: { low: { value: 5 } },
  Reference: { reference: 'Patient/1' },
  Resource: { resourceType: 'Composition', id: 'c' },
  SampledData: { origin: { value: 0 }, data: '1' },
  Timing: { event: ['2024'] },
  boolean: true,
  date: '2024-01-15',
  dateTime: '2024-01-15',
  decimal: 5,
  instant: '2024-01-15T10:00:00Z',
  integer: 5,
}

/** The least resource that has a value at the end of a route. */
function resourceWith(type: string, route: Route): Resource {
  const resource: Resource = { resourceType: type }
  let fields: Record<string, unknown> = resource
  let name = type
  route.segments.forEach((segment, at) => {
    if (segment.kind === 'where') {
      const [first = '', ...others] = segment.names
      assert.equal(others.length, 0)
      fields[first] = segment.equals
      return
    }
    const property = definitions.properties(name).get(segment.name)
    assert.ok(property, `${name}.${segment.name}`)
    name = property.type.name
    const isLast = !route.segments.slice(at + 1).some(({ kind }) => kind === 'property')
    const value = isLast ? (SAMPLE[route.type] ?? 'x') : {}
    const child = isLast && typeof value === 'object' ? { ...value } : value
    fields[segment.name] = property.array ? [child] : child
    fields = child as Record<string, unknown>
  })
  return resource
}

const shared = new URL('../../../shared/cases/', import.meta.url)

describe('search/extract', () => {
  it('yields entries for every search parameter of every type, by each way to it', () => {
    let count = 0
    for (const type of definitions.resourceTypes) {
      for (const path of pathsOfType(type, parameters)) {
        assert.equal(path.expression, undefined, `${path.path} needs an engine`)
        assert.ok(path.path.startsWith(`${type}.`), path.path)
        if (path.truth !== undefined) continue
        for (const route of path.routes) {
          count++
          const found = extract(resourceWith(type, route))
          assert.ok(
            found.some((entry) => entry.path === path.path && entry.kind === path.kind),
            `${path.path} (${path.kind}) by ${JSON.stringify(route)}`,
          )
        }
      }
    }
    assert.ok(count > 2000, String(count))
  })

  it('gives every parameter of R4 to its types, but for the one that needs geometry', () => {
    const left: string[] = []
    for (const { code, base, expression } of definitions.searchParameters) {
      for (const type of base) {
        if (!definitions.isResourceType(type) || expression === undefined) continue
        if (!parameters.forType(type).has(code)) left.push(`${type}.${code}`)
      }
    }
    assert.deepEqual(left, ['Location.near'])
  })

  it('indexes a Patient', () => {
    const patient = {
      resourceType: 'Patient',
      id: 'p',
      meta: { tag: [{ system: 'urn:x', code: 'KR' }], profile: ['http://p/1'] },
      identifier: [{ system: 'urn:mrn', value: 'MRN1' }],
      active: true,
      name: [
        { family: '김', given: ['민준'] },
        { family: 'Kim', given: ['Minjun', 'Minjun'] },
      ],
      telecom: [
        { system: 'phone', value: '+82-1' },
        { system: 'email', value: 'a@b' },
      ],
      gender: 'male',
      birthDate: '1985-04-12',
      deceasedBoolean: false,
      generalPractitioner: [{ reference: 'Practitioner/d' }],
    }
    const born = Date.UTC(1985, 3, 12)
    assert.deepEqual(
      extract(patient).map(line).sort(),
      [
        'Patient._content words 1,82,82 1,a,a b,b,kim,kr,male,minjun,mrn1,김,민준',
        'Patient.active token  true',
        `Patient.birthDate date ${born} ${born + 86_400_000}`,
        'Patient.deceased.exists() and Patient.deceased != false token  false',
        'Patient.gender token  male',
        'Patient.generalPractitioner reference Practitioner d',
        'Patient.identifier token urn:mrn mrn1',
        'Patient.meta.profile uri http://p/1',
        'Patient.meta.tag token urn:x kr',
        'Patient.name string kim Kim',
        'Patient.name string minjun Minjun',
        'Patient.name string 김 김',
        'Patient.name string 민준 민준',
        'Patient.name:hangul string kim kim',
        'Patient.name:hangul string minjun minjun',
        'Patient.name.family string kim Kim',
        'Patient.name.family string 김 김',
        'Patient.name.family:hangul string kim kim',
        'Patient.name.given string minjun Minjun',
        'Patient.name.given string 민준 민준',
        'Patient.name.given:hangul string minjun minjun',
        'Patient.telecom token  +82-1',
        'Patient.telecom token  a@b',
        "Patient.telecom.where(system='email') token  a@b",
        "Patient.telecom.where(system='phone') token  +82-1",
      ].sort(),
    )
  })

  it('numbers the elements that composites read together, and only those', () => {
    const concept = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] })
    const observation = {
      resourceType: 'Observation',
      code: concept('85354-9'),
      category: [concept('a'), concept('b')],
      component: [
        { code: concept('8480-6'), valueQuantity: { value: 120 } },
        { code: concept('8462-4'), valueQuantity: { value: 60 } },
        { code: concept('8480-6'), valueQuantity: { value: 120 } },
      ],
    }
    assert.deepEqual(extract(observation).map(line).sort(), [
      'Observation._content words 4,6,8462,8462 4,8480,8480 6,85354,85354 9,9,a,b',
      'Observation.category token http://loinc.org a',
      'Observation.category token http://loinc.org b',
      'Observation.code token http://loinc.org 85354-9',
      'Observation.component.code token http://loinc.org 8480-6',
      'Observation.component.code#1 token http://loinc.org 8462-4',
      'Observation.component.code#2 token http://loinc.org 8480-6',
      'Observation.component.value.ofType(Quantity) quantity 120 120   ',
      'Observation.component.value.ofType(Quantity)#1 quantity 60 60   ',
      'Observation.component.value.ofType(Quantity)#2 quantity 120 120   ',
      'Observation.component.value.ofType(Quantity):canonical quantity 120 120   ',
      'Observation.component.value.ofType(Quantity):canonical#1 quantity 60 60   ',
      'Observation.component.value.ofType(Quantity):canonical#2 quantity 120 120   ',
    ])
  })

  it('shares entries between parameters', () => {
    const paths = (type: string, code: string) =>
      parameters
        .forType(type)
        .get(code)
        ?.paths.map(({ path }) => path)
    assert.deepEqual(paths('Observation', 'patient'), ['Observation.subject'])
    assert.deepEqual(paths('Observation', 'subject'), ['Observation.subject'])
    assert.deepEqual(paths('Observation', 'combo-code'), [
      'Observation.code',
      'Observation.component.code',
    ])
    assert.deepEqual(parameters.forType('Observation').get('patient')?.paths[0]?.targets, [
      'Patient',
    ])
  })

  it('does not let the size of a resource make it slow, nor duplicates pass', () => {
    const coding = Array.from({ length: 20_000 }, (_, i) => ({
      system: 'urn:x',
      code: `${i % 100}`,
    }))
    const ms = cpuTimeOf(() => {
      const found = extract({ resourceType: 'Observation', category: [{ coding }] })
      assert.equal(found.filter(({ kind }) => kind === 'token').length, 100)
    })
    assert.ok(ms < 2000, `${ms} ms`)
    const component = Array.from({ length: 20_000 }, (_, i) => ({
      code: { coding: [{ system: 'http://loinc.org', code: `${i}-0` }] },
      valueQuantity: { value: i, system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
    }))
    const more = cpuTimeOf(() => void extract({ resourceType: 'Observation', component }))
    assert.ok(more < 4000, `${more} ms`)
  })

  it('does not throw on odd content', () => {
    const odd: readonly unknown[] = [null, 0, 'x', true, [], [null], [[{}]], {}, { coding: 5 }]
    for (const type of ['Patient', 'Observation', 'Bundle', 'Group', 'Invoice', 'Questionnaire']) {
      for (const name of definitions.properties(type).keys()) {
        for (const value of odd) {
          const resource = { resourceType: type, [name]: value }
          assert.ok(Array.isArray(extract(resource)), `${type}.${name}`)
        }
      }
    }
    assert.deepEqual(extract({ resourceType: 'Nothing' }), [])
  })

  it('asks an engine about expressions beyond its own', () => {
    const own = {
      ...definitions,
      searchParameters: [
        ...definitions.searchParameters,
        {
          url: 'http://ieum.example/SearchParameter/first-given',
          code: 'first-given',
          base: ['Patient'],
          type: 'string' as const,
          description: 'The first given name',
          expression: 'Patient.name.first().given.first()',
          target: [],
          components: [],
        },
      ],
    }
    const patient = {
      resourceType: 'Patient',
      name: [{ given: ['Minjun', 'Jun'] }, { given: ['Kim'] }],
    }
    const path = 'Patient Patient.name.first().given.first()'
    const mine = createSearchParameters(own)
    const evaluate = (expression: string, resource: Resource) =>
      compileFhirPath(expression)(resource)
    const entries = atOnce(createExtractor(mine, own, { evaluate }).all(patient))
    assert.deepEqual(
      entries.filter((entry) => entry.path === path),
      [{ kind: 'string', path, group: 0, value: 'minjun', exact: 'Minjun' }],
    )
    assert.ok(!atOnce(createExtractor(mine, own).all(patient)).some((entry) => entry.path === path))
  })

  const shapes: readonly (readonly [value: unknown, kind: EntryKind, type: string | undefined])[] =
    [
      ['x', 'token', 'code'],
      ['2024', 'date', 'dateTime'],
      [true, 'token', 'boolean'],
      [5, 'number', 'decimal'],
      [SAMPLE['CodeableConcept'], 'token', 'CodeableConcept'],
      [SAMPLE['Coding'], 'token', 'Coding'],
      [SAMPLE['HumanName'], 'string', 'HumanName'],
      [SAMPLE['Period'], 'date', 'Period'],
      [SAMPLE['Quantity'], 'quantity', 'Quantity'],
      [SAMPLE['Range'], 'quantity', 'Range'],
      [SAMPLE['Reference'], 'reference', 'Reference'],
      [{ system: 'phone', value: '1' }, 'token', 'ContactPoint'],
      [{ system: 'urn:x', value: '1' }, 'token', 'Identifier'],
      [{}, 'token', undefined],
    ]
  for (const [value, kind, type] of shapes) {
    it(`takes ${JSON.stringify(value)} for ${type ?? 'nothing known'}`, () => {
      assert.equal(typeOfShape(value, kind), type)
    })
  }

  describe('beside a FHIRPath engine', function () {
    this.timeout(120_000)

    const isNameless = (value: unknown): boolean => {
      const { resourceType, id } = (value ?? {}) as Partial<Resource>
      return resourceType !== undefined && id === undefined
    }

    /** Parameters for which engine and extractor disagree whether the resource has anything. */
    function disagreements(resource: Resource): string[] {
      const has = new Set(extract(resource).map(({ kind, path }) => `${kind} ${path}`))
      const found: string[] = []
      for (const { code, type, url, paths } of parameters.forType(resource.resourceType).values()) {
        if (type === 'composite' || type === 'words' || paths.length === 0) continue
        // resolve() needs a store; it only narrows what the rest of the expression gives.
        const expression = parameters.byUrl
          .get(url)
          ?.expression?.replaceAll(/\.where\(resolve\(\) is \w+\)/g, '')
        const values = compileFhirPath(expression ?? '')(resource)
        // Types that the search type can't read, such as the string that a time may be given as.
        const readable = values.filter(
          (value) =>
            typeOfShape(value, type) !== undefined && !(type === 'reference' && isNameless(value)),
        )
        const mine = paths.some(({ kind, path }) => has.has(`${kind} ${path}`))
        if (code === 'activity-date' ? mine && values.length === 0 : mine !== readable.length > 0) {
          found.push(`${resource.resourceType}.${code}: ${mine} ${JSON.stringify(values)}`)
        }
      }
      return found
    }

    it('finds the same parameters filled in the seed', () => {
      const folder = new URL('../../seed/', import.meta.url)
      let count = 0
      for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
        const bundle = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
          entry: { resource: Resource }[]
        }
        for (const { resource } of bundle.entry.slice(0, 20)) {
          count++
          assert.deepEqual(disagreements(resource), [])
        }
      }
      assert.ok(count > 50)
    })

    for (const file of ['official', 'conformance']) {
      it(`finds the same parameters filled in the cases of ${file}`, function () {
        const path = new URL(`${file}.ndjson.gz`, shared)
        if (!existsSync(path)) {
          console.log(`      skipped: there is no ../shared/cases/${file}.ndjson.gz`)
          this.skip()
        }
        const found: string[] = []
        for (const text of gunzipSync(readFileSync(path)).toString().trim().split('\n')) {
          const resource = JSON.parse((JSON.parse(text) as { text: string }).text) as Resource
          found.push(...disagreements(resource))
        }
        assert.deepEqual([...new Set(found)], [])
      })
    }
  })

  it('is found by what it says, from end to end', () => {
    const sequence = {
      resourceType: 'MolecularSequence',
      referenceSeq: { chromosome: { coding: [{ code: '1' }] } },
      variant: [
        { start: 5, end: 6 },
        { start: 50, end: 60 },
      ],
    }
    assert.ok(finds(sequence, 'chromosome-variant-coordinate=1$ge50$le60'))
    assert.ok(!finds(sequence, 'chromosome-variant-coordinate=1$ge50$le6'))
    assert.ok(!finds(sequence, 'chromosome-variant-coordinate=2$ge50$le60'))
    assert.deepEqual(
      entriesAt(sequence, 'MolecularSequence.variant.start').map(({ group }) => group),
      [0, 1],
    )
  })
})
