// Packages in a store: what they hold is read and searched, their search parameters work, and processes share them.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Serving } from '../../../src/cli/serve.ts'
import { loadPackage, PACKAGE_TAG } from '../../../src/job/package/load.ts'
import { readLoaded } from '../../../src/job/package/loaded.ts'
import { readPackage, type Package } from '../../../src/job/package/read.ts'
import { loadPackages } from '../../../src/job/package/start.ts'
import { onBothStores, startTestServer } from '../../support/server.ts'
import { until } from '../../support/time.ts'
import { ieum } from '../../cli/ieum.ts'
import { packageOf } from './archive.ts'

const folder = mkdtempSync(join(tmpdir(), 'ieum-packages-'))
const CORE = 'http://hl7.org/fhir/SearchParameter'
const ROAD = 'http://core.example/fhir/StructureDefinition/road'

const parameter = (id: string, more: object): Record<string, unknown> => ({
  resourceType: 'SearchParameter',
  id,
  url: `http://core.example/fhir/SearchParameter/${id}`,
  version: '2.0.0',
  name: 'P',
  status: 'active',
  description: 'A parameter of the package',
  multipleOr: true,
  multipleAnd: true,
  ...more,
})

/** A national guide in small: parameters of its own, some that say R4's again, one that widens, one that can't work. */
const GUIDE = [
  parameter('report-study', {
    code: 'study',
    base: ['DiagnosticReport'],
    type: 'reference',
    target: ['ImagingStudy'],
    expression: 'DiagnosticReport.imagingStudy',
  }),
  parameter('dose-number', {
    code: 'dose-number',
    base: ['Immunization'],
    type: 'number',
    comparator: ['eq', 'gt'],
    expression: 'Immunization.protocolApplied.doseNumber.ofType(positiveInt)',
  }),
  parameter('observation-issued', {
    code: 'issued',
    base: ['Observation'],
    type: 'date',
    expression: 'Observation.issued',
  }),
  parameter('insurance-type', {
    code: 'insurance-type',
    base: ['Encounter'],
    type: 'token',
    expression:
      "Encounter.extension('http://core.example/insurance').value.ofType(CodeableConcept)",
  }),
  parameter('request-date', {
    code: 'request-date',
    base: ['DiagnosticReport'],
    type: 'date',
    expression:
      "DiagnosticReport.extension.where(url = 'http://core.example/requested').value.ofType(dateTime)",
  }),
  parameter('patient-name', {
    code: 'name',
    base: ['Patient'],
    type: 'string',
    derivedFrom: `${CORE}/Patient-name`,
    expression: 'Patient.name',
  }),
  parameter('organization-address', {
    code: 'address',
    base: ['Organization'],
    type: 'string',
    derivedFrom: `${CORE}/Organization-address`,
    expression: `Organization.address | Organization.extension('${ROAD}').value`,
  }),
  parameter('clash', {
    code: 'gender',
    base: ['Patient'],
    type: 'date',
    expression: 'Patient.birthDate',
  }),
  {
    resourceType: 'StructureDefinition',
    id: 'road',
    url: ROAD,
    version: '2.0.0',
    name: 'Road',
    status: 'active',
    kind: 'complex-type',
    abstract: false,
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Extension',
    derivation: 'constraint',
    type: 'Extension',
    context: [{ type: 'element', expression: 'Address' }],
    differential: { element: [{ id: 'Extension.url', path: 'Extension.url', fixedUri: ROAD }] },
    fhirVersion: '4.0.1',
    meta: { tag: [{ system: 'urn:t', code: 'kept' }] },
  },
  {
    resourceType: 'ValueSet',
    id: 'kinds',
    url: 'http://core.example/fhir/ValueSet/kinds',
    version: '2.0.0',
    status: 'active',
  },
  {
    resourceType: 'NamingSystem',
    id: 'mrn',
    name: 'Mrn',
    status: 'active',
    kind: 'identifier',
    date: '2024',
    uniqueId: [{ type: 'uri', value: 'urn:mrn' }],
  },
]
const MANIFEST = {
  name: 'core.example',
  version: '2.0.0',
  fhirVersions: ['4.0.1'],
  dependencies: { 'hl7.fhir.r4.core': '4.0.1' },
}

let files = 0
const fileOf = (manifest: object, resources: readonly Record<string, unknown>[]): string => {
  const path = join(folder, `${String(files++)}.tgz`)
  writeFileSync(path, packageOf(manifest, resources))
  return path
}
const guide = (): Promise<Package> => readPackage(fileOf(MANIFEST, GUIDE))

after(() => rmSync(folder, { recursive: true }))

onBothStores(
  'packages',
  (server) => {
    const get = async (path: string) => {
      const answer = await server().send('GET', path, undefined, { prefer: 'handling=strict' })
      assert.equal(answer.status, 200, answer.text)
      return answer.body
    }
    const ids = async (path: string): Promise<string[]> =>
      ((await get(path)).entry ?? [])
        .filter((entry: any) => entry.search.mode === 'match')
        .map((entry: any) => entry.resource.id)
        .sort()
    const put = async (resource: Record<string, unknown>): Promise<void> => {
      const path = `/${String(resource.resourceType)}/${String(resource.id)}`
      const answer = await server().send('PUT', path, resource)
      assert.ok(answer.status < 300, answer.text)
    }

    before(async () => {
      const text = { text: 'x' }
      const subject = { reference: 'Patient/p' }
      await put({ resourceType: 'Patient', id: 'p', name: [{ family: 'Kim' }], gender: 'male' })
      await put({
        resourceType: 'DiagnosticReport',
        id: 'r',
        status: 'final',
        code: text,
        subject,
        imagingStudy: [{ reference: 'ImagingStudy/i' }],
        extension: [{ url: 'http://core.example/requested', valueDateTime: '2025-05-05' }],
      })
      await put({
        resourceType: 'Immunization',
        id: 'm',
        status: 'completed',
        vaccineCode: text,
        patient: subject,
        occurrenceDateTime: '2025',
        protocolApplied: [{ doseNumberPositiveInt: 2 }],
      })
      await put({
        resourceType: 'Observation',
        id: 'o',
        status: 'final',
        code: text,
        issued: '2025-06-01T10:00:00Z',
      })
      await put({
        resourceType: 'Encounter',
        id: 'e',
        status: 'finished',
        class: { code: 'AMB' },
        extension: [
          {
            url: 'http://core.example/insurance',
            valueCodeableConcept: { coding: [{ system: 'urn:i', code: 'NHI' }] },
          },
        ],
      })
      await put({
        resourceType: 'Organization',
        id: 'g',
        name: 'G',
        extension: [{ url: ROAD, valueString: 'Teheran-ro' }],
      })
    })

    it('are loaded as a whole, and say what does not work', async () => {
      const { loaded, changed, warnings } = await loadPackage(await guide(), server().context)
      assert.deepEqual(
        [loaded.name, loaded.version, loaded.resources, changed],
        ['core.example', '2.0.0', 11, true],
      )
      assert.equal(warnings.length, 1, warnings.join('\n'))
      assert.match(warnings[0]!, /clash does not work: Patient has a parameter "gender" already/)
    })

    it('are read, searched and found by their URLs', async () => {
      const road = await get('/StructureDefinition/road')
      assert.deepEqual(road.meta.tag, [
        { system: 'urn:t', code: 'kept' },
        { system: PACKAGE_TAG, code: 'core.example#2.0.0' },
      ])
      const tag = encodeURIComponent(`${PACKAGE_TAG}|core.example#2.0.0`)
      assert.equal(
        (await get(`/?_type=StructureDefinition,ValueSet,NamingSystem&_tag=${tag}&_total=accurate`))
          .total,
        3,
      )
      assert.deepEqual(await ids('/ValueSet?url=http://core.example/fhir/ValueSet/kinds'), [
        'kinds',
      ])
      const { conformance } = server().context
      assert.equal((await conformance.find('StructureDefinition', ROAD))?.id, 'road')
      assert.equal((await conformance.find('StructureDefinition', `${ROAD}|2.0.0`))?.id, 'road')
      assert.equal(await conformance.find('StructureDefinition', `${ROAD}|3.0.0`), undefined)
      assert.equal((await conformance.stored('ValueSet')).length, 1)
    })

    it('bring search parameters that work, for what was there before too', async () => {
      const { index } = server().context
      await until('the index is made', () => index.state().lack.size === 0)
      assert.deepEqual(await ids('/DiagnosticReport?study=ImagingStudy/i'), ['r'])
      assert.deepEqual(await ids('/DiagnosticReport?request-date=2025-05'), ['r'])
      assert.deepEqual(await ids('/Immunization?dose-number=gt1'), ['m'])
      assert.deepEqual(await ids('/Observation?issued=2025-06-01'), ['o'])
      assert.deepEqual(await ids('/Encounter?insurance-type=urn:i|NHI'), ['e'])
      assert.deepEqual(await ids('/Organization?address=teheran'), ['g'])
      assert.deepEqual(await ids('/Patient?name=kim&gender=male'), ['p'])
    })

    it('are not loaded again when they are the same', async () => {
      const before = (await get('/StructureDefinition/road')).meta.versionId
      assert.equal((await loadPackage(await guide(), server().context)).changed, false)
      await loadPackage(await guide(), server().context, true)
      assert.equal((await get('/StructureDefinition/road')).meta.versionId, before)
      assert.equal((await readLoaded(server().context.store.notes)).length, 1)
    })

    it('stand beside another version of themselves, the higher one going before', async () => {
      const later = GUIDE.map((resource) => ({ ...resource, version: '10.0.0' }))
      const path = fileOf(
        { ...MANIFEST, version: '10.0.0', dependencies: { 'other.guide': '1.0.0' } },
        later.slice(8, 10),
      )
      await loadPackages([path], server().context)
      const { conformance } = server().context
      const found = await conformance.find('StructureDefinition', ROAD)
      assert.equal(found?.version, '10.0.0')
      assert.match(found?.id ?? '', /^road-[0-9a-f]{12}$/)
      assert.equal((await conformance.find('StructureDefinition', `${ROAD}|2.0.0`))?.id, 'road')
      assert.deepEqual(
        (await readLoaded(server().context.store.notes)).map(({ version }) => version),
        ['10.0.0', '2.0.0'],
      )
    })

    it('leave nothing behind when a part of them can not be stored', async () => {
      const endless = {
        resourceType: 'CodeSystem',
        id: 'endless',
        url: 'http://core.example/endless',
        status: 'active',
        content: 'complete',
        concept: Array.from({ length: 200_001 }, (_, i) => ({ code: `c${String(i)}` })),
      }
      const fine = {
        resourceType: 'ValueSet',
        id: 'fine',
        url: 'http://core.example/fine',
        status: 'active',
      }
      const broken = await readPackage(fileOf({ ...MANIFEST, name: 'broken' }, [fine, endless]))
      await assert.rejects(loadPackage(broken, server().context), /200000 values to search for/)
      assert.equal((await server().send('GET', '/ValueSet/fine')).status, 404)
      assert.equal((await readLoaded(server().context.store.notes)).length, 2)
    })

    it('reach other processes, which hear of every change', async function () {
      const { config } = server().context
      if (config.storeUrl === 'sqlite::memory:') this.skip()
      const other: Serving = await startTestServer({ STORE_URL: config.storeUrl, REFRESH_MS: '60' })
      try {
        const told = new Set<string>()
        other.context.conformance.onChange((types) => types.forEach((type) => told.add(type)))
        const small = {
          resourceType: 'ValueSet',
          id: 'late',
          url: 'http://core.example/late',
          status: 'active',
        }
        const late = parameter('late', {
          code: 'late',
          base: ['Basic'],
          type: 'token',
          expression: 'Basic.code',
        })
        await loadPackage(
          await readPackage(fileOf({ ...MANIFEST, name: 'late' }, [small, late])),
          server().context,
        )
        await until('the other hears', () => told.has('ValueSet') && told.has('SearchParameter'))
        assert.equal((await other.context.conformance.find('ValueSet', small.url))?.id, 'late')
        await until('it works there', () => other.context.parameters.forType('Basic').has('late'))
        await server().send('DELETE', '/SearchParameter/late')
        await until('it stops there', () => !other.context.parameters.forType('Basic').has('late'))
      } finally {
        await other.close()
      }
    })
  },
  { REFRESH_MS: '60' },
)

describe('ieum packages', function () {
  this.timeout(60_000)
  const settings = { STORE_URL: `sqlite:${join(folder, 'cli', 'ieum.db')}`, REFRESH_MS: '60' }

  it('lists what was added, and says what could not be', async () => {
    const path = fileOf({ ...MANIFEST, dependencies: { 'other.guide': '1.0.0' } }, GUIDE)
    const added = await ieum(['packages', 'add', path, join(folder, 'none.tgz')], settings)
    assert.equal(added.status, 1)
    assert.match(added.stdout, /Loaded core\.example#2\.0\.0 {2}11 resources/)
    assert.match(added.stderr, /Warning: .*clash does not work/)
    assert.match(added.stderr, /builds on other\.guide#1\.0\.0, which is not loaded/)
    assert.match(added.stderr, /none\.tgz was not loaded: there is no such file/)
    const listed = await ieum(['packages'], settings)
    assert.equal(listed.status, 0)
    assert.match(listed.stdout, /^core\.example#2\.0\.0/)
    const checked = await ieum(['check'], settings)
    assert.equal(checked.status, 0, checked.stdout + checked.stderr)
  })

  it('ends the start of a server with the reason when one of PACKAGES can not be loaded', async () => {
    const ended = await ieum(['serve'], {
      ...settings,
      PORT: '0',
      SEED: 'none',
      PACKAGES: join(folder, 'none.tgz'),
    })
    assert.equal(ended.status, 1)
    assert.match(ended.stderr, /none\.tgz was not loaded: there is no such file/)
  })
})
