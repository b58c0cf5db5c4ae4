// The contract of leases, run on both stores: one holder at a time, by the clock that is given.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { underLease } from '../../src/job/lease.ts'
import type { Leases, Upkeep } from '../../src/store/upkeep.ts'
import { until } from '../support/time.ts'

/** @param upkeep connections to one store, as processes would have; ready inside tests */
export function leaseContract(upkeep: () => readonly Upkeep[]): void {
  let count = 0
  let name = ''
  const leases = (i: number): Leases => upkeep()[i % upkeep().length]!.leases
  beforeEach(() => {
    name = `lease-${String(count++)}`
  })

  it('has one holder until it runs out or is given back', async () => {
    assert.equal(await leases(0).take(name, 'a', 1000, 0), true)
    assert.equal(await leases(1).take(name, 'b', 1500, 500), false)
    assert.deepEqual(await leases(1).holder(name), { owner: 'a', until: 1000 })
    assert.equal(await leases(0).take(name, 'a', 1800, 800), true)
    assert.equal(await leases(1).take(name, 'b', 2000, 1000), false)
    assert.equal(await leases(1).take(name, 'b', 2800, 1800), true)
    assert.equal(await leases(0).take(name, 'a', 3000, 2000), false)
    await leases(0).release(name, 'a')
    assert.equal((await leases(0).holder(name))?.owner, 'b')
    await leases(1).release(name, 'b')
    assert.equal(await leases(1).holder(name), undefined)
    assert.equal(await leases(0).take(name, 'a', 3000, 2000), true)
  })

  it('knows each name by itself', async () => {
    assert.equal(await leases(0).take(`${name}/x`, 'a', 1000, 0), true)
    assert.equal(await leases(1).take(`${name}/y`, 'b', 1000, 0), true)
  })

  it('goes to one of 20 who want it at once, each time it is free', async () => {
    for (let round = 0; round < 5; round++) {
      const now = round * 1000
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          leases(i).take(name, `o${String(i)}`, now + 1000, now),
        ),
      )
      assert.equal(results.filter(Boolean).length, 1, `round ${String(round)}`)
    }
  })

  it('lets work run once at a time over several holders', async () => {
    let running = 0
    let most = 0
    let done = 0
    const work = async () => {
      most = Math.max(most, ++running)
      await sleep(20)
      running--
      done++
    }
    const results = await Promise.all(
      Array.from({ length: 6 }, (_, i) => underLease(leases(i), name, work)),
    )
    assert.deepEqual([most, done], [1, 1])
    const refused = results.find(({ held }) => !held)
    assert.ok(refused !== undefined && !refused.held && refused.by !== '')
    assert.equal((await underLease(leases(1), name, work)).held, true)
  })

  it('is renewed as long as the work takes', async () => {
    let end = (): void => undefined
    const work = new Promise<void>((resolve) => (end = resolve))
    const long = underLease(leases(0), name, () => work.then(() => 'done'), { lastsMs: 300 })
    await until('the lease is taken', () => leases(1).holder(name))
    const first = (await leases(1).holder(name))!.until
    await until('it is renewed', async () => (await leases(1).holder(name))!.until > first)
    const later = { now: () => first + 1 }
    assert.equal((await underLease(leases(1), name, async () => 'stolen', later)).held, false)
    end()
    assert.deepEqual(await long, { held: true, result: 'done' })
  })

  it('is given back when the work fails', async () => {
    await assert.rejects(
      underLease(leases(0), name, () => Promise.reject(new Error('broken'))),
      /broken/,
    )
    assert.equal(await leases(1).holder(name), undefined)
  })

  it('goes on to another one when its holder crashes', async () => {
    // A crash: it is neither renewed nor given back.
    const start = Date.now()
    await leases(0).take(name, 'crashed', start + 300, start)
    const at = (ms: number, result: string) =>
      underLease(leases(1), name, async () => result, { now: () => start + ms })
    assert.equal((await at(299, 'early')).held, false)
    assert.deepEqual(await at(300, 'late'), { held: true, result: 'late' })
  })

  it('tells a holder that was away too long that it lost it', async () => {
    const slow = underLease(
      leases(0),
      name,
      async (signal) => {
        // As after a pause of the process: somebody else finds the lease run out and takes it.
        await leases(1).take(name, 'other', Date.now() + 60_000, Date.now() + 60_000)
        await until('it is told', () => signal.aborted)
        signal.throwIfAborted()
        return 'not noticed'
      },
      { lastsMs: 150 },
    )
    await assert.rejects(slow, /taken by another process/)
    assert.equal((await leases(0).holder(name))?.owner, 'other')
  })
}
