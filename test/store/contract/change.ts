// Contract of changes: every version once, a resource's own in their order, also when others commit meanwhile.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../../src/errors.ts'
import type { Store, Version } from '../../../src/store/store.ts'
import { put, remove } from './resource.ts'

const named = ({ type, id, version }: Version): string => `${type}/${id}/${String(version)}`

/** All versions after a cursor, taken in portions. */
async function drain(store: Store, after: string, limit: number): Promise<[Version[], string]> {
  const all: Version[] = []
  for (let cursor = after; ;) {
    const some = await store.changes(cursor, limit)
    assert.ok(some.versions.length <= limit)
    if (some.versions.length === 0) return [all, some.cursor]
    all.push(...some.versions)
    cursor = some.cursor
  }
}

function assertOrdered(versions: readonly Version[]): void {
  const last = new Map<string, number>()
  for (const version of versions) {
    const key = `${version.type}/${version.id}`
    assert.equal(version.version, (last.get(key) ?? 0) + 1, named(version))
    last.set(key, version.version)
  }
}

export function changeFeeds(store: () => Store): void {
  it('gives every version once, oldest first, with its text', async () => {
    assert.deepEqual((await store().changes('', 10)).versions, [])
    await store().commit([put('Patient', 'f1', [], 1)])
    await store().commit([put('Patient', 'f1', [], 2), put('Patient', 'f2', [], 1)])
    await store().commit([remove('Patient', 'f1')])
    const [all, cursor] = await drain(store(), '', 2)
    assert.deepEqual(all.map(named), [
      'Patient/f1/1',
      'Patient/f1/2',
      'Patient/f2/1',
      'Patient/f1/3',
    ])
    assert.deepEqual(
      all.map(({ text }) => /"note":(\d)/.exec(text ?? '')?.[1]),
      ['1', '2', '1', undefined],
    )
    const none = await store().changes(cursor, 10)
    assert.deepEqual(none, { versions: [], cursor })
    await store().commit([put('Patient', 'f3'), put('Patient', 'f1', [], 4)])
    const [later] = await drain(store(), cursor, 10)
    assert.deepEqual(later.map(named), ['Patient/f3/1', 'Patient/f1/4'])
    const [again] = await drain(store(), '', 1000)
    assert.deepEqual(again.map(named), [...all, ...later].map(named))
  })

  it('knows the cursor behind all that is committed', async () => {
    const at = await store().head()
    assert.deepEqual((await store().changes(at, 10)).versions, [])
    await store().commit([put('Patient', 'h1')])
    const [later] = await drain(store(), at, 10)
    assert.deepEqual(later.map(named), ['Patient/h1/1'])
    assert.deepEqual((await store().changes(await store().head(), 10)).versions, [])
  })

  it('misses none and repeats none while writers are at work', async () => {
    const [, start] = await drain(store(), '', 1000)
    const writers = 6
    const rounds = 15
    let writing = true
    const write = Promise.all(
      Array.from({ length: writers }, async (_, w) => {
        for (let i = 0; i < rounds; i++)
          await store().commit([
            put('Basic', `w${String(w)}`, [], i),
            put('Basic', 'shared', [], `${String(w)}-${String(i)}`),
          ])
      }),
    ).finally(() => (writing = false))
    const seen: Version[] = []
    let cursor = start
    for (let last = false; ;) {
      const some = await store().changes(cursor, 7)
      seen.push(...some.versions)
      cursor = some.cursor
      if (some.versions.length === 0) {
        if (last) break
        last = !writing
        // A store that answers at once would leave the writers no turn.
        await sleep(1)
        // An embedded store answers at once: let the writers have their turn.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await write
    assert.equal(new Set(seen.map(named)).size, seen.length)
    assert.equal(seen.length, 2 * writers * rounds)
    assertOrdered(seen)
  })

  it('refuses a cursor that is none', async () => {
    for (const cursor of ['x', '%%%', 'bnVsbA', 'W10', 'WyJhIl0'])
      await assert.rejects(
        store().changes(cursor, 5),
        (error) => error instanceof Failure && error.kind === 'parameter',
        cursor,
      )
  })
}
