import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { giveBackWhenIdle } from '../../src/cli/idle-memory.ts'

const sizeOf = () => getHeapStatistics().total_physical_size

describe('memory of an idle server', () => {
  it('goes back to the system', async () => {
    let waste: number[][] = []
    for (let i = 0; i < 200; i++) waste.push(Array.from({ length: 50_000 }, (_, k) => k * i))
    assert.equal(waste.length, 200)
    waste = []
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
