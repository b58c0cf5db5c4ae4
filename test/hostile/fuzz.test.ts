// 2,000 random requests, and what was kept of earlier runs; `npm run fuzz` sends ten times as many.
// FUZZ_SEED repeats a run, FUZZ_REQUESTS sends more.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { onBothStores } from '../support/server.ts'
import { fuzz, judged } from './fuzz.ts'
import { assertReadable } from './readable.ts'
import { senderTo, type Hostile } from './send.ts'

const CORPUS = new URL('./corpus/', import.meta.url)
const kept = readdirSync(CORPUS)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file): [string, Hostile[]] => [
    file,
    JSON.parse(readFileSync(new URL(file, CORPUS), 'utf8')) as Hostile[],
  ])

onBothStores('fuzz', (server) => {
  for (const [file, requests] of kept)
    it(`what was found once: ${file}`, async () => {
      const sender = senderTo(server().origin)
      try {
        for (const one of requests) await judged(one, sender)
      } finally {
        sender.close()
      }
    })

  it('random requests are answered soundly, and what they leave can be had again', async function () {
    const sqlite = server().context.config.storeUrl.startsWith('sqlite')
    const requests = Number(process.env.FUZZ_REQUESTS ?? (sqlite ? 2000 : 300))
    const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000)
    this.timeout(120_000 + requests * 50)
    console.log(`      seed ${seed}`)
    const { sent, statuses } = await fuzz(server(), {
      requests,
      seed,
      limit: 60_000 + requests * 20,
    })
    assert.ok(sent > 0)
    for (const status of [200, 201, 400, 404, 422]) assert.ok(statuses.has(status), `no ${status}`)
    const sender = senderTo(server().origin)
    try {
      const count = await assertReadable(server(), sender)
      assert.ok(count > requests / 50, `only ${count} resources were stored`)
      console.log(`      ${sent} requests, ${count} resources: ${said(statuses)}`)
    } finally {
      sender.close()
    }
  })
})

const said = (statuses: ReadonlyMap<number, number>): string =>
  [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, n]) => `${status} × ${n}`)
    .join(', ')
