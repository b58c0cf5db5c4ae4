// Our guide: whole, and of one make.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { closeContext, openContext } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import { packageOf } from '../../script/package/build.ts'
import { loadPackages } from '../../src/job/package/start.ts'
import { readTar } from '../../src/job/package/tar.ts'
import { createLog } from '../../src/log.ts'
import { createValidator } from '../../src/validation/validator.ts'

const HOME = join(import.meta.dirname, '../../profiles/ieum')
const BASE = 'http://ieum.example/fhir'

const read = (folder: string): [file: string, resource: any][] =>
  readdirSync(join(HOME, folder))
    .filter((file) => /^[A-Z].*\.json$/.test(file))
    .map((file) => [file, JSON.parse(readFileSync(join(HOME, folder, file), 'utf8'))])

type Coded = { code: string; [element: string]: any }

/** Those below others, too. */
const conceptsIn = (concepts: readonly Coded[] = []): readonly Coded[] =>
  concepts.flatMap((one) => [one, ...conceptsIn(one['concept'])])

/** `system|code` of each coding, unit, code of a value set and of a map in a resource. */
function codesIn(value: any): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(codesIn)
  if (typeof value !== 'object' || value === null) return []
  const { system, code, concept, source, target, element } = value
  const own = typeof system === 'string' && typeof code === 'string' ? [`${system}|${code}`] : []
  const listed = typeof system === 'string' ? (concept ?? []) : []
  const mapped = typeof source === 'string' && Array.isArray(element) ? element : []
  return [
    ...own,
    ...listed.map((one: Coded) => `${system}|${one.code}`),
    ...mapped.flatMap((one: Coded) => [
      `${source}|${one.code}`,
      ...one['target'].flatMap((t: Coded) => (t.code === undefined ? [] : `${target}|${t.code}`)),
    ]),
    ...Object.values(value).flatMap(codesIn),
  ]
}

const FOLDER = mkdtempSync(join(tmpdir(), 'ieum-package-'))

/** The file that `npm run build:package` makes. */
function packed(): string {
  const file = join(FOLDER, 'ieum.fhir.tgz')
  writeFileSync(file, packageOf(HOME))
  return file
}

describe('profiles/ieum', () => {
  after(() => rmSync(FOLDER, { recursive: true }))

  const validator = createValidator(loadDefinitions(join(tmpdir(), 'ieum-test-definitions')))
  const definitions = read('.')
  const urls = new Set(definitions.map(([, { url }]) => url as string))

  for (const [file, resource] of [...definitions, ...read('examples')])
    it(`${file} is R4, and in its place`, () => {
      assert.deepEqual(validator.validate(resource), [])
      assert.equal(file, `${resource.resourceType}-${resource.id}.json`)
    })

  const places = { folder: () => HOME, package: packed }
  for (const [what, place] of Object.entries(places))
    describe(`in a server that has it as a ${what}`, function () {
      this.timeout(30_000)
      let context: Context
      before(async () => {
        const config = readConfig({ STORE_URL: 'sqlite::memory:', LOG_LEVEL: 'silent' })
        context = await openContext(config, createLog('silent'))
        await loadPackages([place()], context)
      })
      after(() => closeContext(context))
      const errors = async (resource: unknown) =>
        (await context.validator.check(resource)).filter(({ severity }) => severity === 'error')

      it('takes its examples', async () => {
        for (const [file, resource] of read('examples'))
          assert.deepEqual(await errors(resource), [], file)
      })

      it('looks at the check digits of national identifiers', async () => {
        const patient = structuredClone(new Map(read('examples')).get('Patient-example-kz.json'))
        const [iin] = patient.identifier
        iin.value = iin.value.replace(/.$/, (digit: string) => String((Number(digit) + 1) % 10))
        const [issue, ...others] = await errors(patient)
        assert.deepEqual(others, [])
        assert.deepEqual(issue?.expression, ['Patient.identifier[0].value'])
        assert.match(issue?.diagnostics ?? '', /check digit does not fit/)
      })

      it('refuses its counter-examples where the index says', async () => {
        const index: { file: string; expression: string }[] = JSON.parse(
          readFileSync(join(HOME, 'counter-examples/index.json'), 'utf8'),
        )
        const counter = new Map(read('counter-examples'))
        assert.equal(counter.size, index.length)
        for (const { file, expression } of index) {
          const found = await errors(counter.get(file))
          // What is missing is missing in its parent.
          const parent = expression.slice(0, expression.lastIndexOf('.'))
          const element = expression.slice(parent.length + 1)
          const isThere = found.some(
            ({ expression: [at = ''] = [], diagnostics }) =>
              at === expression ||
              at.startsWith(`${expression}.`) ||
              (at === parent && diagnostics.includes(element)),
          )
          assert.ok(isThere, `${file} ${expression}: ${JSON.stringify(found)}`)
        }
      })
    })

  it('names everything under one base, and refers only to what is there', () => {
    const named = JSON.stringify([definitions, read('examples')]).matchAll(
      /"(http:\/\/ieum\.example\/fhir\/(?:StructureDefinition|ValueSet|CodeSystem)\/[^"|]+)"/g,
    )
    for (const [, url] of named) assert.ok(urls.has(url!), `${url} is not there`)
    for (const [file, { url, resourceType, id }] of definitions)
      assert.equal(url, `${BASE}/${resourceType}/${id}`, file)
  })

  it('has names in four languages for every code of its own', () => {
    for (const [file, { resourceType, content, concept }] of definitions) {
      if (resourceType !== 'CodeSystem') continue
      for (const { code, display, designation } of conceptsIn(concept)) {
        const languages = new Set(designation.map((d: { language: string }) => d.language))
        // The display of a code system is in English; a supplement has none.
        if (content === 'complete' && display) languages.add('en')
        for (const language of ['en', 'ko', 'ru', 'kk'])
          assert.ok(languages.has(language), `${file} ${code} has no name in ${language}`)
      }
    }
  })

  it('has names in four languages for every code of others that it uses', () => {
    const named = new Set(
      definitions.flatMap(([, { resourceType, url, supplements, concept }]) =>
        resourceType === 'CodeSystem'
          ? conceptsIn(concept).map(({ code }) => `${supplements ?? url}|${code}`)
          : [],
      ),
    )
    const nameless = new Map<string, string>()
    for (const [file, resource] of [...definitions, ...read('examples')])
      for (const one of codesIn(resource)) if (!named.has(one)) nameless.set(one, file)
    assert.deepEqual([...nameless], [])
  })

  it('lists all that it has', () => {
    const guide = definitions.find(([, r]) => r.resourceType === 'ImplementationGuide')![1]
    const listed = guide.definition.resource.map((one: any) => one.reference.reference as string)
    const there = definitions
      .filter(([, r]) => r.resourceType !== 'ImplementationGuide')
      .map(([, r]) => `${r.resourceType}/${r.id}`)
    assert.deepEqual(listed.sort(), there.sort())
  })
})

describe('the package of profiles/ieum', () => {
  const archive = packageOf(HOME)
  const files = new Map<string, any>()
  before(async () => {
    const options = { mostOfFile: 1 << 24, wants: () => true }
    const chunks = Readable.from([gunzipSync(archive)]) as AsyncIterable<Buffer>
    for await (const { path, content } of readTar(chunks, options))
      files.set(path, JSON.parse(content.toString('utf8')))
  })

  it('has a manifest, an index of each folder, and all that the guide has', () => {
    assert.equal(files.get('package/package.json').name, 'ieum.fhir')
    for (const [folder, from] of [
      ['package', '.'],
      ['package/example', 'examples'],
    ] as const) {
      const names = read(from).map(([file]) => file)
      for (const name of names) assert.ok(files.has(`${folder}/${name}`), name)
      const index = files.get(`${folder}/.index.json`)
      assert.deepEqual(
        index.files.map((one: any) => one.filename),
        names.sort(),
      )
    }
  })

  it('has snapshots with all that R4 asks of an element, and each element of the differential', () => {
    for (const { resourceType, url, snapshot, differential } of files.values()) {
      if (resourceType !== 'StructureDefinition') continue
      const ids = snapshot.element.map((one: any) => one.id)
      assert.equal(new Set(ids).size, ids.length, url)
      for (const { id } of differential.element) assert.ok(ids.includes(id), `${url} ${id}`)
      for (const { id, base, definition, min, max } of snapshot.element)
        for (const one of [base, definition, min, max]) assert.notEqual(one, undefined, id)
    }
  })

  it('is the same bytes each time', () => assert.ok(packageOf(HOME).equals(archive)))
})
