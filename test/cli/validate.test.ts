// `ieum validate`: what it says, in each of its forms.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { SaxesParser } from 'saxes'
import { ieum } from './ieum.ts'

const GUIDE = join(import.meta.dirname, '../../profiles/ieum')
const VITAL = 'http://ieum.example/fhir/StructureDefinition/ieum-observation-vital-signs'
const FINE = '{"resourceType":"Patient","id":"a","birthDate":"2020-01-01"}'
const BAD = '{"resourceType":"Patient","id":"b","gender":"<m>"}'
const OBSERVATION = '{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"}}'

describe('ieum validate', function () {
  this.timeout(60_000)
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ieum-validate-'))
    await writeFile(join(folder, 'mixed.ndjson'), [FINE, BAD, 'nonsense', OBSERVATION].join('\n'))
    await writeFile(join(folder, 'fine.json.gz'), gzipSync(FINE))
    await writeFile(
      join(folder, 'one.xml'),
      '<Patient xmlns="http://hl7.org/fhir"><id value="x"/><gender value="f"/></Patient>',
    )
  })
  after(() => rm(folder, { recursive: true }))
  const run = (...args: string[]) => ieum(['validate', ...args], {}, undefined, folder)

  it('says what is wrong and where, and sums it up', async () => {
    const { status, stdout, stderr } = await run('mixed.ndjson', 'fine.json.gz', 'one.xml')
    assert.equal(stderr, '')
    assert.equal(status, 1)
    const lines = stdout.trimEnd().split('\n')
    assert.match(lines[0]!, /^mixed\.ndjson:2 Patient\/b error Patient\.gender: .*<m>/)
    assert.match(lines[1]!, /^mixed\.ndjson:3 \? error \?: /)
    assert.match(lines[2]!, /^one\.xml:1 Patient\/x error Patient\.gender: /)
    assert.match(stdout, /By kind:\n {2}2 × error code-invalid at Patient\.gender\n/)
    assert.match(lines.at(-1)!, /^6 resources, 3 invalid: 3 errors, 0 warnings, 0 notes$/)
  })

  it('ends well when nothing has an error', async () => {
    const { status, stdout } = await run('fine.json.gz')
    assert.equal(status, 0)
    assert.match(stdout, /1 resources, 0 invalid/)
  })

  it('asks for a profile of a package, of resources of its type only', async () => {
    const { status, stdout } = await run('mixed.ndjson', '--package', GUIDE, '--profile', VITAL)
    assert.equal(status, 1)
    assert.match(stdout, /mixed\.ndjson:4 Observation\/o error Observation: .*subject/)
    assert.doesNotMatch(stdout, /Patient\/a/)
  })

  it('answers as JSON', async () => {
    const { stdout } = await run('mixed.ndjson', '--format', 'json')
    const { results, summary } = JSON.parse(stdout)
    assert.equal(results.length, 4)
    assert.equal(results[1].issue[0].expression[0], 'Patient.gender')
    assert.deepEqual(summary, { resources: 4, invalid: 2, errors: 2, warnings: 0, information: 0 })
  })

  it('answers as SARIF', async () => {
    const { stdout } = await run('mixed.ndjson', '--format', 'sarif')
    const { version, runs } = JSON.parse(stdout)
    assert.equal(version, '2.1.0')
    const [first] = runs[0].results
    assert.equal(first.level, 'error')
    assert.deepEqual(first.locations[0].physicalLocation, {
      artifactLocation: { uri: 'mixed.ndjson' },
      region: { startLine: 2 },
    })
    assert.ok(runs[0].tool.driver.rules.some((rule: { id: string }) => rule.id === first.ruleId))
  })

  it('answers as JUnit', async () => {
    const { stdout } = await run('mixed.ndjson', 'fine.json.gz', '--format', 'junit')
    assert.match(stdout, /<testsuites tests="5" failures="2">/)
    assert.match(stdout, /<testsuite name="mixed\.ndjson" tests="4" failures="2">/)
    assert.match(stdout, /&lt;m&gt;/)
    // Well-formed.
    const parser = new SaxesParser()
    parser.on('error', (error) => assert.fail(error.message))
    parser.write(stdout).close()
  })

  it('refuses a call that can not be', async () => {
    const cases: [string[], RegExp][] = [
      [[], /^Usage: ieum validate/],
      [['fine.json.gz', '--format', 'html'], /text, json, sarif, junit, not "html"/],
      [['nowhere.json'], /nowhere\.json/],
      [['fine.json.gz', '--package', 'nowhere.tgz'], /nowhere\.tgz/],
    ]
    for (const [args, message] of cases) {
      const { status, stderr } = await run(...args)
      assert.equal(status, 2, args.join(' '))
      assert.match(stderr, message)
    }
  })
})
