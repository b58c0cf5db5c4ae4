// What becomes of notifications that nobody takes: tried again, and given up when the time for that is over.
// https://hl7.org/fhir/R4/valueset-subscription-status.html
import assert from 'node:assert/strict'
import { createLog } from '../../src/log.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import { eventsFrom, openQueue, removeQueue } from '../../src/subscription/queue.ts'
import { createSender } from '../../src/subscription/sender.ts'
import type { Status, Subscription } from '../../src/subscription/subscription.ts'
import { until } from '../support/time.ts'

const event = (version: number) => ({ type: 'Observation', id: 'o', version, at: Date.now() })

describe('queue and sender of a subscription', () => {
  let store: Store
  before(async () => {
    store = await openSqliteStore(':memory:')
  })
  after(() => store.close())

  it('keeps what waits, numbered, and knows after a crash what was taken', async () => {
    const queue = await openQueue(store.notes, 'a')
    await queue.append(Array.from({ length: 450 }, (_, i) => event(i + 1)))
    queue.delivered(210)
    await queue.flush()
    queue.delivered(300)
    const again = await openQueue(store.notes, 'a')
    assert.deepEqual(
      [again.pending.length, again.pending[0]!.number, again.last()],
      [240, 211, 450],
    )
    await again.append([event(451)])
    const found = await eventsFrom(store.notes, 'a', 449)
    assert.deepEqual(
      found.map(({ number, version }) => [number, version]),
      [449, 450, 451].map((n) => [n, n]),
    )
    await removeQueue(store.notes, 'a')
    assert.equal((await openQueue(store.notes, 'a')).last(), 0)
  })

  it('forgets what was delivered, but for the last thousand', async () => {
    const queue = await openQueue(store.notes, 'b')
    for (let i = 0; i < 16; i++) {
      await queue.append(Array.from({ length: 100 }, (_, n) => event(i * 100 + n)))
      queue.delivered(queue.last())
    }
    const kept = await eventsFrom(store.notes, 'b', 1)
    assert.ok(kept.length >= 1000 && kept.length <= 1200, String(kept.length))
    assert.equal(kept.at(-1)!.number, 1600)
  })

  it('gives up when the time is over, and begins again when it is asked to', async () => {
    const queue = await openQueue(store.notes, 'c')
    await queue.append([event(1), event(2)])
    let subscription = { status: 'active' } as Subscription
    let isUp = false
    const taken: number[] = []
    const set: [Status, string | undefined][] = []
    const sender = createSender({
      queue,
      subscription: () => subscription,
      next: () => (subscription.status === 'off' ? [] : queue.pending.slice(0, 1)),
      deliver: async ([first]) => {
        if (!isUp) return { outcome: 'failed', error: 'answered 500' }
        taken.push(first!.number)
        return { outcome: 'delivered' }
      },
      setStatus: async (status, error) => {
        set.push([status, error])
        subscription = { ...subscription, status }
      },
      isEnding: () => false,
      giveUpMs: 1000,
      log: createLog('silent'),
    })
    sender.wake()
    await until('given up', () => set.length > 0)
    assert.deepEqual(set, [['off', 'Given up after 0 minutes: answered 500']])
    assert.equal(queue.pending.length, 2)
    isUp = true
    subscription = { ...subscription, status: 'active' }
    sender.anew()
    await until('taken', () => taken.length === 2)
    await sender.stop()
    assert.deepEqual(taken, [1, 2])
    assert.equal((await openQueue(store.notes, 'c')).pending.length, 0)
  })
})
