// `ieum audit verify` and `ieum audit report`, beside a server and without one; heads, $verify and $proof over HTTP.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { COLUMNS, csvLine, rowOf } from '../../src/cli/audit/row.ts'
import { client, startTestServer, type TestServer } from '../support/server.ts'
import type { Serving } from '../../src/cli/serve.ts'
import { ieum } from './ieum.ts'

describe('ieum audit', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'ieum-audit-'))
  const file = join(folder, 'ieum.db')
  const environment = { STORE_URL: `sqlite:${file}`, AUDIT: 'all' }
  let serving: Serving | undefined
  let server: TestServer

  before(async () => {
    serving = await startTestServer(environment)
    server = client(serving)
    const patient = { resourceType: 'Patient', id: 'p1', name: [{ family: '=Kim' }] }
    assert.equal((await server.send('PUT', '/Patient/p1', patient)).status, 201)
    assert.equal((await server.send('GET', '/Patient/p1')).status, 200)
    assert.equal((await server.send('GET', '/Patient/none')).status, 404)
  })
  after(async () => {
    await serving?.close()
    rmSync(folder, { recursive: true })
  })

  it('verifies beside a server, and the server itself says the same', async () => {
    const { body } = await server.send('GET', '/AuditEvent/$verify')
    const value = (name: string) => body.parameter.find((one: any) => one.name === name)
    assert.equal(value('result').valueBoolean, true)
    assert.ok(value('entries').valueInteger >= 4)
    const { status, stdout } = await ieum(['audit', 'verify'], environment)
    assert.match(
      stdout,
      /^Checked \d+ entries in 1 chains against \d+ signed heads\nNothing is wrong\.$/m,
    )
    assert.equal(status, 0)
    const range = await server.send('GET', '/AuditEvent/$verify?since=2020-01-01&until=2021-01-01')
    assert.equal(range.body.parameter[0].valueBoolean, true)
    assert.equal((await server.send('GET', '/AuditEvent/$verify?since=soon')).status, 400)
  })

  it('proves an entry, and shows heads to keep', async () => {
    const found = await server.send('GET', '/AuditEvent?patient=Patient/p1&action=R')
    const [{ resource }] = found.body.entry
    const { body } = await server.send('GET', `/AuditEvent/${resource.id}/$proof`)
    const proof = JSON.parse(body.parameter[0].valueString)
    const { id, ...rest } = resource
    assert.equal(JSON.parse(proof.entry).id, id)
    assert.deepEqual(JSON.parse(proof.entry).entity, rest.entity)
    const heads: any = await (await fetch(`${server.origin}/audit/heads`)).json()
    assert.equal(heads.heads.length, 1)
    assert.equal(heads.keys[0].kid, JSON.parse(heads.heads[0].statement).key)
    writeFileSync(join(folder, 'heads.json'), JSON.stringify(heads))
    const chain = JSON.parse(heads.heads[0].statement).chain
    const all: any = await (
      await fetch(`${server.origin}/audit/heads?chain=${chain}&from=1`)
    ).json()
    assert.ok(all.heads.length >= 1)
    assert.equal((await server.send('GET', '/AuditEvent/none/$proof')).status, 404)
  })

  it('lists accesses', async () => {
    const csv = await ieum(['audit', 'report', '--patient', 'p1', '--outcome', '0'], environment)
    const lines = csv.stdout.trimEnd().split('\n')
    assert.equal(lines[0], COLUMNS.join(','))
    assert.equal(lines.filter((line) => line.includes(',rest,update,U,0,')).length, 1)
    assert.ok(
      lines.some((line) => /,rest,read,R,0,.*,Patient\/p1,Patient\/p1\/_history\/1,/.test(line)),
    )
    const ndjson = await ieum(
      ['audit', 'report', '--format', 'ndjson', '--where', 'entity=Patient/none'],
      environment,
    )
    const events = ndjson.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      events.map((e) => e.outcome),
      ['4'],
    )
    const wrong = await ieum(['audit', 'report', '--where', 'nmae=x'], environment)
    assert.equal(wrong.status, 2)
    assert.match(wrong.stderr, /nmae/)
    assert.equal((await ieum(['audit', 'reprt'], environment)).status, 2)
  })

  it('keeps what a spreadsheet would run from being run', () => {
    const row = rowOf({ outcomeDesc: '=1+1', purposeOfEvent: [{ text: 'a "b", c' }] })
    assert.match(csvLine(row), /,'=1\+1,,"a ""b"", c",/)
  })

  it('says what was changed in the file', async () => {
    await serving?.close()
    serving = undefined
    const db = new DatabaseSync(file)
    db.exec(`update trail set text = replace(text, '"outcome":"4"', '"outcome":"0"')`)
    db.close()
    const { status, stdout } = await ieum(
      ['audit', 'verify', '--heads', join(folder, 'heads.json')],
      environment,
    )
    assert.equal(status, 1)
    assert.match(stdout, /^changed in chain \w+: entry \d+ was changed: its hash is another$/m)
    assert.match(stdout, /^1 wrong\.$/m)
  })
})
