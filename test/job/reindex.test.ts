// The index made anew for a release that extracts more: in the background of a server, once among many processes, from
// where a process that crashed had come to; and what callers are told meanwhile.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { readMade, readWork, writeMade, type Work } from '../../src/job/reindex-notes.ts'
import { reindex, type Reindexing } from '../../src/job/reindex.ts'
import type { MadeOf } from '../../src/search/completeness.ts'
import { EXTRACTION } from '../../src/search/extraction.ts'
import { onBothStores } from '../support/server.ts'
import { token, put } from '../store/contract/resource.ts'
import { until } from '../support/time.ts'

const OLD: MadeOf = { others: EXTRACTION - 1, types: {} }

onBothStores(
  'reindex',
  (server) => {
    const lost = (type: string, id: string) => put(type, id, [], id)
    const ids = async (path: string): Promise<string[]> =>
      ((await server().send('GET', path)).body.entry ?? [])
        .filter((entry: any) => entry.search.mode === 'match')
        .map((entry: any) => entry.resource.id)
        .sort()
    const outcome = async (path: string): Promise<string | undefined> =>
      (await server().send('GET', path)).body.entry?.find(
        (entry: any) => entry.search.mode === 'outcome',
      )?.resource.issue[0].diagnostics
    const complete = () =>
      until('the index is complete', () => server().context.index.state().lack.size === 0)
    const task = async () => (await server().send('GET', '/$reindex')).body

    before(async () => {
      const { store } = server().context
      // As a release wrote them that didn't extract anything.
      await store.commit(
        Array.from({ length: 30 }, (_, i) => ({
          ...lost('Patient', `p${String(i)}`),
          content: { metaRest: '', rest: ',"gender":"female"}', entries: [] },
        })),
      )
    })

    it('knows that a new store lacks nothing', async () => {
      assert.equal((await task()).status, 'completed')
      assert.deepEqual(await ids('/Patient?gender=female'), [])
      assert.equal(await outcome('/Patient?gender=female'), undefined)
    })

    it('is done in the background when a release extracts more, and searches say so until then', async () => {
      const { context } = server()
      // Nobody makes the index while this is looked at.
      const { leases } = context.store.indexing!
      assert.ok(await leases.take('reindex', 'test', Date.now() + 60_000, Date.now()))
      await writeMade(context.store.notes, OLD)
      await context.index.look()
      assert.match((await outcome('/Patient?gender=female'))!, /index of Patient is being made/)
      assert.match(
        (await outcome('/Observation?subject:Patient.gender=female'))!,
        /Patient|Observation/,
      )
      assert.equal(await outcome('/Patient?_id=p1'), undefined)
      // Conditions on what the release before knew go on.
      const conditional = await server().send('PUT', '/Patient?identifier=urn:x|1', {
        resourceType: 'Patient',
        identifier: [{ system: 'urn:x', value: '1' }],
      })
      assert.equal(conditional.status, 201)
      const metrics = async () => (await server().send('GET', `${server().origin}/metrics`)).text
      assert.match(await metrics(), /ieum_index_types_incomplete [1-9]/)
      await leases.release('reindex', 'test')
      await complete()
      await until('it says so', async () => (await task()).status === 'completed')
      assert.equal((await ids('/Patient?gender=female&_count=100')).length, 30)
      assert.equal(await outcome('/Patient?gender=female'), undefined)
      assert.deepEqual(await readMade(context.store.notes), { others: EXTRACTION, types: {} })
      const done = await task()
      assert.equal(done.status, 'completed')
      assert.deepEqual(context.validator.validate(done), [])
      const changed = done.output.find((one: any) => one.type.text === 'changed')
      assert.equal(changed.valueUnsignedInt, 30)
      await until('metrics', async () => /ieum_index_types_incomplete 0/.test(await metrics()))
    })

    it('leaves the index of a later release alone', async () => {
      const { context } = server()
      const later: MadeOf = { others: EXTRACTION + 1, types: {} }
      await writeMade(context.store.notes, later)
      await context.index.look()
      assert.equal(context.index.state().lack.size, 0)
      await sleep(200)
      assert.deepEqual(await readMade(context.store.notes), later)
      await writeMade(context.store.notes, { others: EXTRACTION, types: {} })
      await context.index.look()
    })

    it('is done for what is asked for', async () => {
      const { store } = server().context
      await store.commit([
        {
          ...lost('Basic', 'b'),
          content: { metaRest: '', rest: ',"code":{"text":"x"},"created":"2020"}', entries: [] },
        },
      ])
      assert.deepEqual(await ids('/Basic?created=2020'), [])
      assert.equal((await server().send('POST', '/Nobody/$reindex')).status, 404)
      assert.equal((await server().send('POST', '/$reindex?type=Nobody')).status, 400)
      const asked = await server().send('POST', '/Basic/$reindex')
      assert.equal(asked.status, 202, asked.text)
      assert.deepEqual(server().context.validator.validate(asked.body), [])
      await until('it is done', async () => (await ids('/Basic?created=2020')).length === 1)
      await until('it says so', async () => (await task()).status === 'completed')
    })

    it('goes on where a process that crashed had come to, and once at a time', async () => {
      const { store } = server().context
      for (let i = 0; i < 2; i++)
        await store.commit(
          Array.from({ length: 240 }, (_, n) => lost('Device', `d${String(i)}-${String(n)}`)),
        )
      const made: MadeOf = { others: EXTRACTION + 5, types: {} }
      const room: Reindexing = {
        store,
        resourceTypes: ['Device'],
        extract: () => [token('Device.x', 'y')],
        made: () => made,
        refresh: async () => undefined,
      }
      const options = { settleMs: 0, pause: 0 }
      const crash = new AbortController()
      let isBegun = false
      const refused = Promise.withResolvers<void>()
      const held = {
        ...room,
        refresh: () => {
          isBegun = true
          return refused.promise
        },
      }
      const first = reindex(held, {
        ...options,
        signal: crash.signal,
        onProgress: ({ looked }: Work) => {
          if (looked > 200) crash.abort(new Error('crash'))
        },
      })
      await until('it has begun', () => isBegun)
      assert.equal((await reindex(room, options)).held, false)
      refused.resolve()
      await assert.rejects(first, /crash|abort/i)
      // The note may be older than the crash.
      const before = (await readWork(store.notes))!
      assert.ok(before.ended === undefined && before.looked < 480)
      const done = await reindex(room, options)
      assert.ok(done.held && done.result !== undefined)
      assert.ok(
        done.result.looked >= 480 && done.result.looked < 480 + 240,
        String(done.result.looked),
      )
      const found = await store.count({
        types: ['Device'],
        where: { kind: 'token', paths: ['Device.x'], code: 'y' },
        sort: [],
        count: 0,
        total: true,
        includes: [],
      })
      assert.equal(found, 480)
      const again = await reindex(room, options)
      assert.ok(again.held && again.result === undefined)
      await writeMade(store.notes, { others: EXTRACTION, types: {} })
    })
  },
  { REFRESH_MS: '60' },
)
