import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hierarchyOf } from '../../src/terminology/hierarchy.ts'
import { loadPublished } from '../../src/terminology/published.ts'
import type { CodeSystem, ComposePart, ValueSet } from '../../src/terminology/resource.ts'
import { codesIn, type SetFinder } from '../../src/terminology/value-set.ts'

const ANIMALS: CodeSystem = {
  resourceType: 'CodeSystem',
  url: 'urn:animals',
  content: 'complete',
  concept: [
    {
      code: 'animal',
      concept: [
        { code: 'bird', property: [{ code: 'legs', valueInteger: 2 }], concept: [{ code: 'owl' }] },
        { code: 'dog', property: [{ code: 'legs', valueInteger: 4 }] },
      ],
    },
    { code: 'puppy', property: [{ code: 'parent', valueCode: 'dog' }] },
    { code: 'bat', property: [{ code: 'subsumedBy', valueCode: 'animal' }] },
  ],
}
const GROUPED: CodeSystem = { ...ANIMALS, url: 'urn:grouped', hierarchyMeaning: 'grouped-by' }
const FRAGMENT: CodeSystem = { ...ANIMALS, url: 'urn:fragment', content: 'fragment' }
const RING: CodeSystem = {
  resourceType: 'CodeSystem',
  url: 'urn:ring',
  content: 'complete',
  concept: [
    { code: 'a', property: [{ code: 'parent', valueCode: 'b' }] },
    { code: 'b', property: [{ code: 'parent', valueCode: 'a' }] },
  ],
}
const SYSTEMS = [ANIMALS, GROUPED, FRAGMENT, RING]

const valueSet = (include: ComposePart[], exclude?: ComposePart[]): ValueSet => ({
  resourceType: 'ValueSet',
  compose: exclude === undefined ? { include } : { include, exclude },
})
const SETS: Readonly<Record<string, ValueSet>> = {
  'urn:pets': valueSet([{ system: 'urn:animals', concept: [{ code: 'dog' }, { code: 'owl' }] }]),
  'urn:self': valueSet([{ valueSet: ['urn:self'] }]),
  'urn:loinc': valueSet([{ system: 'http://loinc.org' }]),
}
async function* NO_FRAGMENTS() {}

const finder: SetFinder = {
  codeSystem: (url) => Promise.resolve(SYSTEMS.find((system) => system.url === url)),
  valueSet: (url) => Promise.resolve(SETS[url]),
  fragments: NO_FRAGMENTS,
}

/** Codes of a definition as `system: code code`, in alphabetical order. */
async function codes(include: ComposePart[], exclude?: ComposePart[]): Promise<string> {
  const found = await codesIn('urn:it', 'x', {
    ...finder,
    valueSet: (url) =>
      url === 'urn:it' ? Promise.resolve(valueSet(include, exclude)) : finder.valueSet(url),
  })
  return [...found]
    .map(([system, all]) => `${system}: ${all === 'all' ? 'all' : [...all].sort().join(' ')}`)
    .join('; ')
}

const filter = (property: string, op: string, value: string, system = 'urn:animals') => [
  { system, filter: [{ property, op, value }] },
]

describe('terminology/value-set', () => {
  const cases: readonly (readonly [string, ComposePart[], string, ComposePart[]?])[] = [
    ['a whole system', [{ system: 'urn:animals' }], 'animal bat bird dog owl puppy'],
    ['a list', [{ system: 'urn:animals', concept: [{ code: 'owl' }] }], 'owl'],
    ['is-a', filter('concept', 'is-a', 'dog'), 'dog puppy'],
    ['descendent-of', filter('concept', 'descendent-of', 'animal'), 'bat bird dog owl puppy'],
    ['is-not-a', filter('concept', 'is-not-a', 'bird'), 'animal bat dog puppy'],
    ['generalizes', filter('concept', 'generalizes', 'puppy'), 'animal dog puppy'],
    ['in', filter('code', 'in', 'owl,dog,cat'), 'dog owl'],
    ['a property', filter('legs', '=', '2'), 'bird'],
    ['a property that is there', filter('legs', 'exists', 'true'), 'bird dog'],
    ['children', filter('parent', '=', 'bird'), 'owl'],
    ['no such code', filter('concept', 'is-a', 'cat'), ''],
    [
      'an exclusion',
      [{ system: 'urn:animals' }],
      'animal bat dog puppy',
      filter('concept', 'is-a', 'bird'),
    ],
    ['a set within', [{ valueSet: ['urn:pets'] }], 'dog owl'],
    ['what both have', [{ ...filter('concept', 'is-a', 'dog')[0], valueSet: ['urn:pets'] }], 'dog'],
  ]
  for (const [title, include, expected, exclude] of cases)
    it(`expands ${title}`, async () => {
      assert.equal(await codes(include, exclude), `urn:animals: ${expected}`)
    })

  it('takes a system whose codes are not here, or not all, as a whole', async () => {
    assert.equal(await codes([{ system: 'http://loinc.org' }]), 'http://loinc.org: all')
    assert.equal(await codes([{ system: 'urn:fragment' }]), 'urn:fragment: all')
    const one = { system: 'http://loinc.org', concept: [{ code: 'x' }], valueSet: ['urn:loinc'] }
    assert.equal(await codes([one]), 'http://loinc.org: x')
  })

  it('takes no group for a kind, and comes to an end in a ring', async () => {
    assert.equal(await codes(filter('concept', 'is-a', 'bird', 'urn:grouped')), 'urn:grouped: bird')
    assert.equal(await codes(filter('concept', 'is-a', 'a', 'urn:ring')), 'urn:ring: a b')
  })

  it('uses an expansion where there is no definition', async () => {
    const found = await codesIn('urn:it', 'x', {
      ...finder,
      valueSet: () =>
        Promise.resolve({
          resourceType: 'ValueSet',
          expansion: {
            contains: [
              { system: 'urn:s', code: 'a', contains: [{ system: 'urn:s', code: 'b' }] },
              { system: 'urn:s', code: 'abstract', abstract: true },
            ],
          },
        }),
    })
    assert.deepEqual(found, new Map([['urn:s', new Set(['a', 'b'])]]))
  })

  const refused: readonly (readonly [string, ComposePart[], RegExp, ComposePart[]?])[] = [
    ['a filter that it does not know', filter('concept', 'regex', '.*'), /"concept regex"/],
    [
      'a selection from what is not here',
      filter('concept', 'is-a', 'x', 'http://loinc.org'),
      /loinc/,
    ],
    ['a set that is not here', [{ valueSet: ['urn:nothing'] }], /no value set urn:nothing/],
    ['a set of itself', [{ valueSet: ['urn:self'] }], /includes itself/],
    [
      'an exclusion from what is not here',
      [{ system: 'http://loinc.org' }],
      /excludes/,
      [{ system: 'http://loinc.org', concept: [{ code: 'x' }] }],
    ],
  ]
  for (const [title, include, message, exclude] of refused)
    it(`refuses ${title}`, () =>
      assert.rejects(codes(include, exclude), { kind: 'parameter', message }))
})

describe('terminology/published', () => {
  const published = loadPublished(join(tmpdir(), 'ieum-test-definitions'))

  it('reads the same again', () => {
    assert.deepEqual(loadPublished(join(tmpdir(), 'ieum-test-definitions')), published)
  })

  it('has what R4 publishes', async () => {
    const act = published.codeSystems.get('http://terminology.hl7.org/CodeSystem/v3-ActCode')
    assert.ok(act)
    const below = hierarchyOf(act).below('_ActEncounterCode')
    assert.ok(below?.has('AMB') === true && below.has('PRENC'))
    const own: SetFinder = {
      codeSystem: (url) => Promise.resolve(published.codeSystems.get(url.split('|')[0] ?? '')),
      valueSet: (url) => Promise.resolve(published.valueSets.get(url.split('|')[0] ?? '')),
      fragments: NO_FRAGMENTS,
    }
    let able = 0
    for (const url of published.valueSets.keys()) {
      // What can't be expanded says so.
      await codesIn(url, 'x', own).then(
        () => able++,
        (error: unknown) => assert.equal((error as { kind?: unknown }).kind, 'parameter'),
      )
    }
    assert.ok(able > published.valueSets.size * 0.9, `${able} of ${published.valueSets.size}`)
  })
})
