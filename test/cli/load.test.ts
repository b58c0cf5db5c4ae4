import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { startServer, type Serving } from '../../src/cli/serve.ts'
import { readConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { ieum } from './ieum.ts'

const patient = (id: string, more: object = {}) =>
  JSON.stringify({ resourceType: 'Patient', id, ...more })

describe('ieum load', () => {
  let folder: string
  let server: Serving
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ieum-cli-load-'))
    const config = readConfig({ PORT: '0', STORE_URL: 'sqlite::memory:', LOG_LEVEL: 'silent' })
    server = await startServer(config, createLog('silent'))
  })
  after(async () => {
    await server.close()
    await rm(folder, { recursive: true })
  })

  const settings = () => ({ STORE_URL: `sqlite:${join(folder, 'data', 'ieum.db')}` })
  const load = (args: readonly string[], input?: string | Uint8Array) =>
    ieum(['load', ...args], settings(), input, folder)
  const loadOver = (args: readonly string[], input?: string | Uint8Array) =>
    load([...args, '--url', `${server.origin}/fhir`], input)
  const get = async (path: string) => (await fetch(`${server.origin}/fhir/${path}`)).text()

  it('loads into the store, keeps what fails with its reason, and says so by its status', async () => {
    const good = patient('a', { extension: [{ url: 'urn:x', valueDecimal: 0 }] }).replace(
      ':0',
      ':1.50',
    )
    const bad = patient('b', { gender: 'm' })
    await writeFile(join(folder, 'mixed.ndjson'), [good, bad, 'nonsense', patient('c')].join('\n'))
    const { status, stdout, stderr } = await load(['mixed.ndjson'])
    assert.equal(stderr, '')
    assert.equal(status, 1)
    assert.match(
      stdout,
      /^Loaded 2 resources from mixed\.ndjson in .* s \(\S+\/s\)\n2 failed, see mixed\.ndjson\.failed\.ndjson\n$/,
    )

    const lines = (await readFile(join(folder, 'mixed.ndjson.failed.ndjson'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .sort((x, y) => x.line - y.line)
    assert.equal(lines.length, 2)
    assert.equal(lines[0].source, 'mixed.ndjson')
    assert.equal(lines[0].line, 2)
    assert.equal(lines[0].status, 422)
    assert.deepEqual(lines[0].issues[0].expression, ['Patient.gender'])
    assert.deepEqual(lines[0].resource, JSON.parse(bad))
    assert.equal(lines[1].line, 3)
    assert.equal(lines[1].text, 'nonsense\n')
    assert.deepEqual(
      (await readdir(join(folder, 'data'))).filter((name) => name.startsWith('load-')),
      [],
    )
  })

  it('takes transactions of any length into its own store, which a server would refuse', async () => {
    const entry = ['l1', 'l2', 'l3'].map((id) => ({
      resource: JSON.parse(patient(id)),
      request: { method: 'PUT', url: `Patient/${id}` },
    }))
    const text = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })
    await writeFile(join(folder, 'long.json'), text)
    const bounded = { ...settings(), MAX_BUNDLE_ENTRIES: '2' }
    const { status, stdout } = await ieum(['load', 'long.json'], bounded, undefined, folder)
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^Loaded 3 resources /)
  })

  it('loads over HTTP with the digits as they came, from a file of failures once it is mended', async () => {
    const text = patient('digits', {
      gender: 'm',
      extension: [{ url: 'urn:x', valueDecimal: 0 }],
    }).replace('valueDecimal":0', 'valueDecimal":1.50')
    await writeFile(join(folder, 'digits.json'), text)
    assert.equal((await loadOver(['digits.json'])).status, 1)
    const failed = join(folder, 'digits.json.failed.ndjson')
    await writeFile(failed, (await readFile(failed, 'utf8')).replace('"m"', '"male"'))
    const again = await loadOver(['digits.json.failed.ndjson'])
    assert.equal(again.status, 0, again.stdout + again.stderr)
    assert.match(await get('Patient/digits'), /"valueDecimal":1\.50/)
  })

  it('reads standard input, gzip or plain, NDJSON or a Bundle', async () => {
    const lines = `${patient('in1')}\n${patient('in2')}\n`
    const bundle = JSON.stringify(
      {
        resourceType: 'Bundle',
        type: 'collection',
        entry: [{ resource: { resourceType: 'Patient', id: 'in3' } }],
      },
      null,
      2,
    )
    for (const [input, count] of [
      [gzipSync(lines), 2],
      [lines, 2],
      [bundle, 1],
    ] as const) {
      const { status, stdout } = await loadOver(['-'], input)
      assert.equal(status, 0)
      assert.match(stdout, new RegExp(`^Loaded ${count} resources`))
    }
    for (const id of ['in1', 'in2', 'in3']) assert.match(await get(`Patient/${id}`), new RegExp(id))
  })

  it('loads a folder as Synthea writes it: who is referred to by identifier comes first', async () => {
    const sub = join(folder, 'synthea')
    await mkdir(sub)
    const bundle = (entry: object[]) =>
      JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }, null, 2)
    await writeFile(
      join(sub, 'Aaron697.json'),
      bundle([
        {
          fullUrl: 'urn:uuid:6f3c1d52-6f0e-4b7a-8c1e-2a5d7e9b0c11',
          resource: {
            resourceType: 'Patient',
            generalPractitioner: [{ reference: 'Practitioner?identifier=urn:npi|99' }],
          },
          request: { method: 'POST', url: 'Patient' },
        },
      ]),
    )
    await writeFile(
      join(sub, 'practitionerInformation1.json'),
      bundle([
        {
          fullUrl: 'urn:uuid:7f3c1d52-6f0e-4b7a-8c1e-2a5d7e9b0c11',
          resource: {
            resourceType: 'Practitioner',
            identifier: [{ system: 'urn:npi', value: '99' }],
          },
          request: { method: 'POST', url: 'Practitioner', ifNoneExist: 'identifier=urn:npi|99' },
        },
      ]),
    )
    const { status, stdout } = await loadOver(['synthea'])
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^Loaded 2 resources from 2 files of synthea/)
    const id = /"Practitioner","id":"([^"]+)"/.exec(
      await get('Practitioner?identifier=urn:npi|99'),
    )?.[1]
    assert.ok(id !== undefined)
    assert.match(await get(`Patient?general-practitioner=Practitioner/${id}`), /"total":1/)
  })

  it('goes on where it stopped when the server went away, and --restart begins anew', async () => {
    const sent: string[][] = []
    let away = true
    const standIn: Server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { entry } = JSON.parse(Buffer.concat(chunks).toString())
        const ids: string[] = entry.map((e: { resource: { id: string } }) => e.resource.id)
        // 507: a full disk, which ends a load at once.
        response.statusCode = away && ids.includes('r450') ? 507 : 200
        if (response.statusCode === 200) sent.push(ids)
        response.end('{}')
      })
    }).listen(0, '127.0.0.1')
    try {
      await new Promise((done) => standIn.once('listening', done))
      const url = `http://127.0.0.1:${(standIn.address() as AddressInfo).port}/fhir`
      const lines = Array.from({ length: 700 }, (_, i) => patient(`r${i}`))
      await writeFile(join(folder, 'resume.ndjson.gz'), gzipSync(lines.join('\n')))
      const args = ['resume.ndjson.gz', '--in-flight', '1', '--url', url]

      const first = await load(args)
      assert.equal(first.status, 1)
      assert.match(first.stdout, /^Loaded 400 resources/)
      assert.match(first.stderr, /goes on where this one stopped/)
      const journals = (await readdir(join(folder, 'data'))).filter((n) =>
        /^load-[0-9a-f]{16}\.json$/.test(n),
      )
      assert.equal(journals.length, 1)

      away = false
      sent.length = 0
      const second = await load(args)
      assert.equal(second.status, 0)
      assert.match(second.stderr, /Going on after 400 resources, at resume\.ndjson\.gz, line 401/)
      assert.match(second.stdout, /^Loaded 300 resources/)
      assert.equal(sent.flat()[0], 'r400')
      assert.ok(!existsSync(join(folder, 'data', journals[0]!)))

      away = true
      await load(args)
      away = false
      sent.length = 0
      const anew = await load([...args, '--restart'])
      assert.match(anew.stdout, /^Loaded 700 resources/)
      assert.equal(sent.flat()[0], 'r0')
    } finally {
      standIn.closeAllConnections()
      standIn.close()
    }
  })

  it('ends with 2 when the call or what it names is wrong', async () => {
    for (const [args, reason] of [
      [[], /^Usage: ieum load/],
      [['a', 'b'], /^Usage: ieum load/],
      [['nowhere.json'], /nowhere\.json/],
      [['.', '--what'], /--what/],
      [['.', '--in-flight', '0'], /--in-flight/],
      [['.', '--url', 'ftp://x'], /--url/],
      [[join(folder, 'empty')], /nothing to load/],
    ] as const) {
      await mkdir(join(folder, 'empty'), { recursive: true })
      const { status, stdout, stderr } = await load(args)
      assert.equal(status, 2, args.join(' '))
      assert.equal(stdout, '')
      assert.match(stderr, reason)
    }
  })

  it('prints how it is used', async () => {
    const { status, stdout } = await load(['--help'])
    assert.equal(status, 0)
    assert.match(stdout, /--restart/)
  })
})
