// Contract of the journal: entries in their order to the letter, chains apart, and what is still to be made of them.
import assert from 'node:assert/strict'
import type { Store } from '../../../src/store/store.ts'
import type { Sealed } from '../../../src/store/trail.ts'

const entry = (chain: string, number: number): Sealed => ({
  chain,
  number,
  hash: String(number).padStart(64, '0'),
  text: `{"chain":"${chain}","number":${String(number)},"이름":"\\t"}`,
})

const some = (chain: string, from: number, to: number): Sealed[] =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(chain, from + i))

export function trails(store: () => Store): void {
  it('keeps entries to the letter, in their order, from a number on', async () => {
    const { trail } = store()
    assert.deepEqual(await trail.read('a1', 1, 10), [])
    assert.deepEqual(await trail.tails(10), [])
    await trail.append(some('a1', 1, 3))
    await trail.append(some('a1', 4, 12))
    await trail.append(some('a2', 1, 2))
    assert.deepEqual(await trail.read('a1', 1, 100), some('a1', 1, 12))
    assert.deepEqual(await trail.read('a1', 9, 2), some('a1', 9, 10))
    assert.deepEqual(await trail.read('a', 1, 10), [])
  })

  it('names the last entry of each chain, the last chain first', async () => {
    const { trail } = store()
    const tail = ({ chain, number, hash }: Sealed) => ({ chain, number, hash })
    assert.deepEqual(await trail.tails(10), [tail(entry('a2', 2)), tail(entry('a1', 12))])
    assert.deepEqual(await trail.tails(1), [tail(entry('a2', 2))])
    assert.deepEqual(await trail.tails(10, 'a2'), [tail(entry('a1', 12))])
  })

  it('has what is pending until it is made', async () => {
    const { trail } = store()
    const pending = await trail.pending(100)
    assert.equal(pending.length, 14)
    assert.deepEqual(
      pending.filter(({ chain }) => chain === 'a1'),
      some('a1', 1, 12),
    )
    await trail.made(some('a1', 1, 12))
    assert.deepEqual(await trail.pending(100), some('a2', 1, 2))
    await trail.made(some('a2', 1, 2))
    assert.deepEqual(await trail.pending(100), [])
    assert.deepEqual(await trail.read('a2', 1, 100), some('a2', 1, 2))
  })

  it('keeps heads as they were published first', async () => {
    const { trail } = store()
    for (const [chain, number, text] of [
      ['a1', 3, 'x'],
      ['a1', 12, 'y'],
      ['a1', 12, 'z'],
      ['a2', 2, 'w'],
    ] as const)
      await trail.publish({ chain, number, text })
    assert.deepEqual(await trail.heads('a1', 4, 10), [{ chain: 'a1', number: 12, text: 'y' }])
    assert.deepEqual(
      (await trail.heads('a1', 1, 10)).map(({ number }) => number),
      [3, 12],
    )
    assert.deepEqual(
      (await trail.lastHeads(10)).map(({ text }) => text),
      ['w', 'y'],
    )
    assert.deepEqual(
      (await trail.lastHeads(10, 'a2')).map(({ text }) => text),
      ['y'],
    )
  })
}
