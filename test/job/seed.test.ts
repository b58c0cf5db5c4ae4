import assert from 'node:assert/strict'
import { closeContext, openContext } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import { handle } from '../../src/handle.ts'
import { seedDemo, type SeedProgress } from '../../src/job/seed.ts'
import { createLog } from '../../src/log.ts'

const request = async (
  context: Context,
  method: 'GET' | 'PUT' | 'DELETE',
  path: string[],
  body?: object,
) =>
  handle(
    {
      method,
      path,
      query: [],
      headers: {},
      body: body && { type: 'application/fhir+json', text: JSON.stringify(body) },
    },
    context,
  )

const total = async ({ store }: Context): Promise<number> => {
  let cursor = ''
  let all = 0
  for (;;) {
    const page = await store.changes(cursor, 1000)
    if (page.versions.length === 0) return all
    all += page.versions.length
    cursor = page.cursor
  }
}

describe('the demonstration network', () => {
  let context: Context
  beforeEach(async () => {
    const config = readConfig({ STORE_URL: 'sqlite::memory:' })
    context = await openContext(config, createLog('silent'))
  })
  afterEach(() => closeContext(context))

  it('fills an empty store once, and says how far it is', async () => {
    const seen: SeedProgress[] = []
    const written = await seedDemo(context, (progress) => seen.push(progress))
    assert.ok(written > 1000)
    assert.equal(await total(context), written)
    const last = seen.at(-1)
    assert.deepEqual(last, { files: seen.length, of: seen.length, resources: written })

    assert.equal(await seedDemo(context), 0)
    assert.equal(await total(context), written)
  })

  it('leaves a store alone that holds something else', async () => {
    await request(context, 'PUT', ['Patient', 'mine'], { resourceType: 'Patient', id: 'mine' })
    assert.equal(await seedDemo(context), 0)
    assert.equal(await total(context), 1)
  })

  it('goes on where a start was interrupted, and does not bring back what was deleted', async () => {
    const interrupted = new Error('interrupted')
    await assert.rejects(
      seedDemo(context, ({ files }) => {
        if (files === 4) throw interrupted
      }),
      interrupted,
    )
    const before = await total(context)
    await request(context, 'DELETE', ['Patient', 'kim-minjun'])
    const written = await seedDemo(context)
    assert.ok(written > 0)
    assert.equal(await total(context), before + 1 + written)
    await assert.rejects(request(context, 'GET', ['Patient', 'kim-minjun']), { status: 410 })
  })
})
