// `ieum terminology load`, and what a code system in parts answers.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { onBothStores } from '../support/server.ts'
import { ieum } from './ieum.ts'

const SYSTEM = 'urn:test:large'

/** Code 1 is above 2 to 9, each n of those above n0 to n9, and so on: a tree of tens. */
const parentOf = (n: number): string => (n < 10 ? (n === 1 ? '' : '1') : String(Math.floor(n / 10)))

const csv = (size: number): string => {
  const rows = Array.from({ length: size }, (_, i) => i + 1).map((n) =>
    [n, `"Thing, number ${n}"`, `Вещь ${n}`, parentOf(n), n % 2 === 0 ? 'even' : 'odd'].join(','),
  )
  return ['NUM,NAME,NAME_RU,UNDER,KIND', ...rows].join('\n')
}
const COLUMNS = 'code=NUM,display=NAME,designation:ru=NAME_RU,parent=UNDER,kind=KIND'

onBothStores('ieum terminology', (server) => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ieum-terminology-'))
  })
  after(() => rm(folder, { recursive: true }))

  const load = async (file: string, bytes: string | Uint8Array, ...more: string[]) => {
    await writeFile(join(folder, file), bytes)
    const args = ['terminology', 'load', file, '--system', SYSTEM, '--url', server().base, ...more]
    return ieum(args, {}, undefined, folder)
  }
  const get = async (path: string) => (await server().send('GET', path)).body
  const post = async (path: string, compose: object) => {
    const resource = { resourceType: 'ValueSet', status: 'draft', compose }
    const parameter = [{ name: 'valueSet', resource }]
    return (await server().send('POST', path, { resourceType: 'Parameters', parameter })).body
  }
  const codes = (body: any): string[] => body.expansion.contains.map((c: any) => c.code)
  const value = (body: any, name: string): any =>
    Object.values(body.parameter.find((p: any) => p.name === name)).at(1)

  it('loads CSV, plain or gzip', async () => {
    const more = ['--columns', COLUMNS, '--version', '7', '--title', 'Large']
    const { status, stdout, stderr } = await load('large.csv.gz', gzipSync(csv(2300)), ...more)
    assert.equal(stderr, '')
    assert.equal(stdout, 'Loaded 2,300 concepts of urn:test:large from large.csv.gz\n')
    assert.equal(status, 0)
  })

  it('answers of any of its codes', async () => {
    const found = await get(`/CodeSystem/$lookup?system=${SYSTEM}&code=1999&displayLanguage=ru`)
    assert.equal(value(found, 'display'), 'Вещь 1999')
    assert.equal(value(found, 'version'), '7')
    assert.equal(value(found, 'name'), 'Large')
    assert.match(JSON.stringify(found), /"parent"},\{"name":"value","valueCode":"199"/)
    const below = await get(`/CodeSystem/$lookup?system=${SYSTEM}&code=22&property=child`)
    assert.equal(JSON.stringify(below).match(/"valueCode":"22[0-9]"/g)?.length, 10)
    for (const [code, result] of [
      ['2300', true],
      ['2301', false],
    ] as const)
      assert.equal(
        value(await get(`/CodeSystem/$validate-code?url=${SYSTEM}&code=${code}`), 'result'),
        result,
      )
    const none = await server().send('GET', `/CodeSystem/$lookup?system=${SYSTEM}&code=2301`)
    assert.equal(none.status, 404)
  })

  it('knows what is under what', async () => {
    const outcome = async (a: string, b: string) =>
      value(await get(`/CodeSystem/$subsumes?system=${SYSTEM}&codeA=${a}&codeB=${b}`), 'outcome')
    assert.equal(await outcome('22', '2209'), 'subsumes')
    assert.equal(await outcome('2209', '1'), 'subsumed-by')
    assert.equal(await outcome('22', '2300'), 'not-subsumed')
  })

  it('is expanded whole, by a filter and a page at a time', async () => {
    const include = [{ system: SYSTEM }]
    const page = await post('/ValueSet/$expand?offset=1498&count=4', { include })
    assert.deepEqual(codes(page), ['1499', '1500', '1501', '1502'])
    assert.equal(page.expansion.total, 2300)
    const filtered = await post('/ValueSet/$expand?filter=number%20229', { include })
    assert.deepEqual(codes(filtered), ['229', ...Array.from({ length: 10 }, (_, i) => `229${i}`)])
    const filter = [{ property: 'concept', op: 'is-a', value: '22' }]
    const kinds = [...filter, { property: 'kind', op: '=', value: 'even' }]
    const even = await post('/ValueSet/$expand', { include: [{ system: SYSTEM, filter: kinds }] })
    assert.equal(even.expansion.total, 1 + 5 + 50)
    const exclude = [{ system: SYSTEM, filter }]
    const rest = await post('/ValueSet/$expand?count=0', { include, exclude })
    assert.equal(rest.expansion.total, 2300 - 111)
  })

  it('decides searches', async () => {
    const code = { coding: [{ system: SYSTEM, code: '2203' }] }
    const observation = { resourceType: 'Observation', status: 'final', code }
    assert.equal((await server().send('POST', '/Observation', observation)).status, 201)
    assert.equal((await get(`/Observation?code:below=${SYSTEM}|22&_total=accurate`)).total, 1)
    assert.equal((await get(`/Observation?code:below=${SYSTEM}|21&_total=accurate`)).total, 0)
  })

  it('is replaced by what is loaded next, from NDJSON too', async () => {
    const lines = ['{"code":"a","display":"A"}', '{"code":"b","display":"B"}'].join('\n')
    const { status, stdout } = await load('small.ndjson', lines)
    assert.equal(status, 0)
    assert.match(stdout, /^Loaded 2 concepts/)
    const all = await post('/ValueSet/$expand', { include: [{ system: SYSTEM }] })
    assert.deepEqual(codes(all), ['a', 'b'])
    const found = await get(`/CodeSystem?url=${SYSTEM}&_total=accurate`)
    assert.equal(found.total, 2)
  })

  it('says what is wrong, and where', async () => {
    const cases: [string, string, string[], number, RegExp][] = [
      ['a.csv', 'x,y\n1,2\n', [], 1, /no column "code"; say with --columns which of x, y/],
      ['b.csv', 'code\n1\n', ['--columns', 'code=NUM'], 1, /no column "NUM"; there are code/],
      ['c.csv', 'code,display\na,A\n,B\n', [], 1, /Line 3: there is no code/],
      ['d.ndjson', '{"code":"a"}\nnonsense\n', [], 1, /Line 2: this is no concept/],
      ['e.csv', 'code\n', [], 1, /no concepts in e\.csv/],
      ['f.csv', 'code\na\n', ['--columns', 'code'], 2, /MEANING=COLUMN/],
      ['g.csv', 'code,display\na," "\n\u0007,b\n', [], 1, /system-.*: /],
    ]
    for (const [file, text, more, expected, message] of cases) {
      const { status, stderr } = await load(file, text, ...more)
      assert.match(stderr, message, file)
      assert.equal(status, expected, file)
    }
    assert.equal((await ieum(['terminology', 'load', 'x.csv'])).status, 2)
    assert.match((await ieum(['terminology', '--help'])).stdout, /^Usage: ieum terminology load/)
  })
})
