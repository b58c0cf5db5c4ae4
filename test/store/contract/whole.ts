// Contract of transactions as readers see them: all of one or nothing of it, whatever they ask and whenever.
import assert from 'node:assert/strict'
import type { Change, Store, Version } from '../../../src/store/store.ts'
import { plan, put, remove, token } from './resource.ts'

const SIZE = 12
const ROUNDS = 25
const TYPE = 'Flag'

export function wholes(store: () => Store): void {
  const ids = Array.from({ length: SIZE }, (_, i) => `whole-${String(i)}`)
  /** Transactions that make all of them say one number, or remove them all. */
  const transaction = (round: number): Change[] =>
    ids.map((id) =>
      round % 5 === 4
        ? remove(TYPE, id)
        : put(
            TYPE,
            id,
            [token('whole.round', `r${String(round)}`), token('whole.any', 'x')],
            round,
          ),
    )
  const roundOf = ({ text }: Version): string => /"note":(\d+)/.exec(text ?? '')?.[1] ?? 'none'
  const assertWhole = (versions: readonly Version[], what: string): void => {
    const rounds = [...new Set(versions.map(roundOf))]
    assert.ok(rounds.length <= 1, `${what} shows rounds ${rounds.join(' and ')} at once`)
    assert.ok([0, SIZE].includes(versions.length), `${what} shows ${String(versions.length)}`)
  }
  const assertWholeRounds = (versions: readonly Version[], what: string): void => {
    const counts = new Map<string, number>()
    for (const one of versions) {
      if (one.type !== TYPE) continue
      // All versions of one number are of one transaction.
      const key = String(one.version)
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    for (const [round, count] of counts)
      assert.equal(count, SIZE, `${what} shows ${String(count)} of round ${round}`)
  }

  const any = { kind: 'token', paths: ['whole.any'] } as const
  const READERS: Readonly<Record<string, () => Promise<void>>> = {
    search: async () =>
      assertWhole(
        (await store().search(plan(any, { types: [TYPE], count: 50 }))).matches,
        'search',
      ),
    'sorted search': async () => {
      const sort = [{ by: 'updated', descending: true }] as const
      const found = await store().search(plan(any, { types: [TYPE], count: 50, sort, total: true }))
      assertWhole(found.matches, 'sorted search')
      assert.equal(found.total, found.matches.length)
    },
    count: async () => {
      const found = await store().count(plan(any, { types: [TYPE] }))
      assert.ok([0, SIZE].includes(found), `count says ${String(found)}`)
    },
    readMany: async () =>
      assertWhole(await store().readMany(ids.map((id) => ({ type: TYPE, id }))), 'readMany'),
    history: async () =>
      assertWholeRounds((await store().history({ type: TYPE, count: 10_000 })).versions, 'history'),
    changes: async () => assertWholeRounds((await store().changes('', 10_000)).versions, 'changes'),
  }

  it('shows no reader a part of a transaction', async () => {
    let writing = true
    const seen = new Set<string>()
    const readers = Object.entries(READERS).map(async ([name, read]) => {
      while (writing) {
        await read()
        seen.add(name)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await read()
    })
    const write = async (): Promise<void> => {
      try {
        for (let round = 0; round < ROUNDS; round++)
          assert.equal((await store().commit(transaction(round))).ok, true)
      } finally {
        writing = false
      }
    }
    await Promise.all([write(), ...readers])
    assert.equal(seen.size, readers.length, 'readers that never came to their turn')
  })
}
