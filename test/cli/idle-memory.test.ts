import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { giveBackWhenIdle } from '../../src/cli/idle-memory.ts'

const sizeOf = () => getHeapStatistics().total_physical_size

/** Leaves 80 MB behind that nothing refers to. */
const waste = (): number =>
  Array.from({ length: 200 }, (_, i) => Array.from({ length: 50_000 }, (_, k) => k * i)).length

describe('memory of an idle server', () => {
  it('goes back to the system', async () => {
    assert.equal(waste(), 200)
    const full = sizeOf()
    const stop = giveBackWhenIdle(200)
    try {
      for (let i = 0; i < 50 && sizeOf() > full - 2 ** 25; i++) await sleep(100)
      assert.ok(sizeOf() <= full - 2 ** 25, `${String(sizeOf())} bytes are left of ${String(full)}`)
    } finally {
      stop()
    }
  })
})
