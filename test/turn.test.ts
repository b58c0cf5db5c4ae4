// Work in slices: others have their turn in between, and many at once have no more of a turn than one.
import assert from 'node:assert/strict'
import { atOnce, inSlices, inTurn, SLICE_MS, worked, type Stepwise } from '../src/turn.ts'

/** Work for so many milliseconds of CPU time. */
function work(ms: number): void {
  for (const began = worked(); worked() - began < ms;);
}

function* steps(count: number, ms: number): Stepwise<number> {
  for (let i = 0; i < count; i++) {
    work(ms)
    yield
  }
  return count
}

/** CPU time of the longest turn of the event loop meanwhile. */
async function longestTurn(run: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let last = worked()
  let watching = true
  const turn = (): void => {
    longest = Math.max(longest, worked() - last)
    last = worked()
    if (watching) setImmediate(turn)
  }
  setImmediate(turn)
  await run()
  watching = false
  return longest
}

describe('turn', () => {
  it('does all steps, at once or in slices', async () => {
    assert.equal(atOnce(steps(3, 0)), 3)
    assert.equal(await inSlices(steps(3, 0)), 3)
  })

  it('gives many that work in steps one slice of a turn together', async () => {
    const many = () => Promise.all(Array.from({ length: 20 }, () => inSlices(steps(12, 4))))
    // At first each begins: what is measured is what comes then.
    const all = many()
    await new Promise((resolve) => setImmediate(resolve))
    const longest = await longestTurn(() => all)
    assert.ok(longest < 16 * SLICE_MS, `${longest.toFixed(0)} ms`)
  })

  it('begins no more items in a turn than there is room for', async () => {
    const done: number[] = []
    const items = Array.from({ length: 20 }, (_, i) => i)
    const longest = await longestTurn(() =>
      inTurn(items, 16, async (i) => {
        work(12)
        await Promise.resolve()
        done.push(i)
      }),
    )
    assert.deepEqual(done, items)
    assert.ok(longest < 16 * SLICE_MS, `${longest.toFixed(0)} ms`)
  })

  it('ends with the first error, and begins nothing after it', async () => {
    const begun: number[] = []
    await assert.rejects(
      inTurn([1, 2, 3, 4], 1, async (i) => {
        begun.push(i)
        await Promise.resolve()
        if (i === 2) throw new Error('two')
      }),
      /two/,
    )
    assert.deepEqual(begun, [1, 2])
  })
})
