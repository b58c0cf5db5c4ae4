// Page links: good for their own search only, as long as their key is there, in every process of the store.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Serving } from '../../src/cli/serve.ts'
import { Failure } from '../../src/errors.ts'
import { createPageLinks, type PageLinks } from '../../src/interaction/page-link.ts'
import { databaseUrl, startMongo, type TestMongo } from '../support/mongo.ts'
import { client, onBothStores, startTestServer, type Answer } from '../support/server.ts'

const statusOf = (pages: PageLinks, scope: string, sealed: string): number => {
  try {
    pages.open(scope, sealed)
    return 200
  } catch (error) {
    assert.ok(error instanceof Failure)
    assert.deepEqual(error.issues[0]?.expression, ['_cursor'])
    return error.status
  }
}

describe('page links', () => {
  const pages = createPageLinks(['a key of some length'])

  it('bring back the position that they were made of, for the same scope only', () => {
    const cursor = fc.stringMatching(/^(i\.)?[\w-]{1,80}$/)
    const total = fc.option(fc.nat(), { nil: undefined })
    fc.assert(
      fc.property(fc.string(), fc.string(), cursor, total, (scope, other, at, count) => {
        const position = count === undefined ? { cursor: at } : { cursor: at, total: count }
        const sealed = pages.seal(scope, position)
        assert.deepEqual(pages.open(scope, sealed), position)
        assert.match(sealed, /^[\w.-]+$/)
        if (other !== scope) assert.equal(statusOf(pages, other, sealed), 400)
      }),
    )
  })

  it('are refused with any character changed, added or taken away', () => {
    const sealed = pages.seal('Patient?name=kim', { cursor: 'WyJrZXkiLDEyXQ', total: 31 })
    for (let i = 0; i < sealed.length; i++) {
      const [before, behind] = [sealed.slice(0, i), sealed.slice(i + 1)]
      const changed = `${before}${sealed[i] === 'x' ? 'y' : 'x'}${behind}`
      // The first ones name the key.
      assert.equal(statusOf(pages, 'Patient?name=kim', changed), i < 4 ? 410 : 400, changed)
      assert.notEqual(statusOf(pages, 'Patient?name=kim', before + behind), 200)
    }
    for (const other of ['', 'x', `${sealed}A`, `${sealed} `, ` ${sealed}`, `${sealed}\n`])
      assert.equal(statusOf(pages, 'Patient?name=kim', other), 400, other)
  })

  it('outlive a change of keys until their key is taken away', () => {
    const sealed = pages.seal('s', { cursor: 'c' })
    const both = createPageLinks(['a new key, also long', 'a key of some length'])
    assert.deepEqual(both.open('s', sealed), { cursor: 'c' })
    assert.notEqual(both.seal('s', { cursor: 'c' }), sealed)
    assert.equal(statusOf(createPageLinks(['a new key, also long']), 's', sealed), 410)
  })
})

const link = ({ body }: Answer, relation: string): string =>
  body.link.find((l: any) => l.relation === relation)?.url as string

onBothStores('page links', (server) => {
  const get = (path: string) => server().send('GET', path)
  const put = async (i: number): Promise<void> => {
    const id = `${i < 10 ? 'p' : 'q'}${i}`
    const answer = await server().send('PUT', `/Patient/${id}`, {
      resourceType: 'Patient',
      id,
      gender: i % 2 === 0 ? 'female' : 'male',
      birthDate: `19${50 + i}-01-01`,
    })
    assert.ok(answer.status < 300, answer.text)
  }
  before(async () => {
    for (let i = 0; i < 12; i++) await put(i)
  })

  it('point to this page, to the first and to the next', async () => {
    const first = await get('/Patient?gender=female&_sort=birthdate&_count=2')
    const second = await get(link(first, 'next'))
    assert.equal(link(second, 'self'), link(first, 'next'))
    assert.equal(link(second, 'first'), link(first, 'self'))
    assert.notEqual(link(second, 'next'), link(first, 'next'))
    const again = await get(link(second, 'self'))
    assert.equal(again.text, second.text)
  })

  it('are good with another form of the answer', async () => {
    const next = link(await get('/Patient?gender=female&_sort=birthdate&_count=2'), 'next')
    const answer = await get(`${next}&_elements=gender&_format=json`)
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(
      answer.body.entry.map((e: any) => e.resource.id),
      ['p4', 'p6'],
    )
  })

  const others: [string, (page: string) => string][] = [
    ['another value', (p) => `/Patient?gender=male&_sort=birthdate&_count=2&_cursor=${p}`],
    ['another order', (p) => `/Patient?gender=female&_sort=-birthdate&_count=2&_cursor=${p}`],
    ['no condition', (p) => `/Patient?_sort=birthdate&_count=2&_cursor=${p}`],
    ['another type', (p) => `/Person?gender=female&_sort=birthdate&_count=2&_cursor=${p}`],
    ['another include', (p) => `/Patient?gender=female&_include=*&_count=2&_cursor=${p}`],
    ['the history', (p) => `/Patient/_history?_cursor=${p}`],
    ['a compartment', (p) => `/Patient/p1/Observation?_cursor=${p}`],
    ['an operation', (p) => `/Patient/p1/$everything?_cursor=${p}`],
    ['two', (p) => `/Patient?gender=female&_sort=birthdate&_count=2&_cursor=${p}&_cursor=${p}`],
  ]
  for (const [what, path] of others)
    it(`are not good for ${what}`, async () => {
      const next = link(await get('/Patient?gender=female&_sort=birthdate&_count=2'), 'next')
      const answer = await get(path(new URL(next).searchParams.get('_cursor')!))
      assert.equal(answer.status, 400, answer.text)
      assert.deepEqual(answer.body.issue[0].expression, ['_cursor'])
    })

  it('carry the total of the first page', async () => {
    const first = await get('/Patient?_total=accurate&_count=5&birthdate=ge1900')
    assert.equal(first.body.total, 12)
    await put(12)
    const second = await get(link(first, 'next'))
    assert.equal(second.body.total, 12)
    const without = await get('/Patient?_count=5&birthdate=ge1900')
    assert.equal(without.body.total, undefined)
    const last = await get(link(second, 'next'))
    assert.equal(last.body.total, 12)
    assert.equal(last.body.entry.length, 3)
  })

  for (const [path, other] of [
    ['/_history', '/Patient/_history'],
    ['/Patient/_history', '/Patient/p1/_history'],
  ] as const)
    it(`of ${path} are bound to it`, async () => {
      const first = await get(`${path}?_count=3`)
      const next = link(first, 'next')
      assert.equal((await get(next)).status, 200)
      assert.equal((await get(next.replace('_count=3', '_count=4'))).status, 400)
      assert.equal((await get(next.replace(path, other))).status, 400)
      const changed = next.slice(0, -1) + (next.endsWith('A') ? 'B' : 'A')
      const answer = await get(changed)
      assert.equal(answer.status, 400, answer.text)
      assert.deepEqual(answer.body.issue[0].expression, ['_cursor'])
    })
})

describe('page links of a server that is started again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'))
  let mongo: TestMongo | undefined
  before(async function () {
    this.timeout(120_000)
    mongo = await startMongo()
  })
  after(async () => {
    rmSync(folder, { recursive: true })
    await mongo?.stop()
  })

  const started = async <T>(
    environment: Record<string, string>,
    work: (serving: Serving) => Promise<T>,
  ): Promise<T> => {
    const serving = await startTestServer(environment)
    try {
      return await work(serving)
    } finally {
      await serving.close()
    }
  }

  const OLD = 'an old key of some length'
  const NEW = 'a new key of some length'
  for (const store of ['SQLite', 'MongoDB'])
    it(`are good, unless the key is another (${store})`, async function () {
      this.timeout(60_000)
      const STORE_URL =
        store === 'SQLite'
          ? `sqlite:${join(folder, 'store.db')}`
          : databaseUrl(mongo!.uri, `ieum_pages_${process.pid}`)
      /** The query of the link to the second page; the server has another port each time. */
      const first = (environment: Record<string, string>) =>
        started({ STORE_URL, ...environment }, async (serving) => {
          const server = client(serving)
          for (const id of ['a', 'b', 'c'])
            await server.send('PUT', `/Basic/${id}`, {
              resourceType: 'Basic',
              id,
              code: { text: 'x' },
            })
          const url = link(await server.send('GET', '/Basic?_count=1&_sort=_id'), 'next')
          return url.slice(server.base.length)
        })
      const second = (path: string, environment: Record<string, string>) =>
        started({ STORE_URL, ...environment }, (serving) => client(serving).send('GET', path))
      const own = await first({})
      const answer = await second(own, {})
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.body.entry[0].resource.id, 'b')
      const gone = await second(own, { PAGE_KEY: NEW })
      assert.equal(gone.status, 410, gone.text)
      assert.deepEqual(gone.body.issue[0].expression, ['_cursor'])
      const signed = await first({ PAGE_KEY: OLD })
      assert.equal((await second(signed, { PAGE_KEY: `${NEW},${OLD}` })).status, 200)
      assert.equal((await second(signed, { PAGE_KEY: NEW })).status, 410)
    })
})
