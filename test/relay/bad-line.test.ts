// Over a line that drops, delays, cuts at any byte and delivers twice, all arrives, once: the short form of relay:long.
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { openBadLine } from './bad-line.ts'
import { simulated } from './clock.ts'
import { openSite } from './pair.ts'
import { seeded } from '../crash/random.ts'
import { assertSame, onlyAt, work } from './work.ts'

onBothStores('a relay over a bad line', (hub) => {
  it('loses nothing and does nothing twice', async function () {
    this.timeout(60_000)
    const random = seeded()
    const line = await openBadLine(hub().base, random)
    const edge = await openSite(line.base)
    try {
      const clock = simulated()
      line.set({ refuse: 0.1, cutThere: 0.2, cutBack: 0.2, twice: 0.1, delay: 0.1 })
      for (let round = 0; round < 2; round++) {
        const relay = await edge.relay({ clock, random, timeoutMs: 2000 })
        await work(edge, 150, random, `round-${String(round)}`)
        for (let tries = 0; tries < 3; tries++) await relay.once().catch(() => undefined)
      }
      line.set({})
      await edge.relay({ clock, random })
      await edge.sync()
      await edge.sync()
      await assertSame(edge, hub())
      assert.deepEqual(await onlyAt(hub(), edge), [], 'nothing else is at the hub')
    } finally {
      await edge.close()
      await line.close()
    }
  })
})
