// The clock of the machine is set back, by a little or by years, while the server runs or while it is stopped: versions
// and their times still rise. https://hl7.org/fhir/R4/resource.html#Meta (lastUpdated)
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCommitter } from '../../../src/store/sqlite/commit.ts'
import { openDatabase } from '../../../src/store/sqlite/database.ts'
import { openSqliteStore } from '../../../src/store/sqlite/store.ts'
import { put } from '../contract/resource.ts'

describe('a clock that is set back (SQLite)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-clock-'))
  after(() => {
    rmSync(folder, { recursive: true })
  })

  it('does not set versions back', async () => {
    const file = join(folder, 'ieum.db')
    const start = Date.parse('2030-01-01T00:00:00Z')
    const year = 365 * 86_400_000
    // Each list is one run of the process; the last ones are in the past of all that was written.
    const runs = [
      [0, 5, 5, 4, 3, 3_600_000, 1_800_000],
      [-year, -year + 1, -year],
      [7_200_000, 7_200_000 - 1, -20 * year],
    ]
    let note = 0
    for (const run of runs) {
      const db = openDatabase(file)
      const times = [...run]
      const committer = createCommitter(db, () => start + (times[0] ?? 0))
      while (times.length > 0) {
        // Two in one transaction, which share an instant.
        await committer.commit([put('Basic', 'a', [], note++), put('Basic', 'b', [], note++)], [])
        times.shift()
      }
      db.raw.close()
    }

    const store = await openSqliteStore(file)
    // And now the real clock, which is years behind.
    await store.commit([put('Basic', 'a', [], note)])
    const { versions } = await store.history({ type: 'Basic', id: 'a', count: 100 })
    const rising = versions.toReversed()
    assert.deepEqual(
      rising.map(({ version }) => version),
      Array.from({ length: 14 }, (_, i) => i + 1),
    )
    for (const [i, { updated, text }] of rising.entries()) {
      assert.ok(updated >= (rising[i - 1]?.updated ?? 0))
      assert.match(text ?? '', new RegExp(`"lastUpdated":"${new Date(updated).toISOString()}"`))
    }
    assert.equal(rising[0]?.updated, start)
    assert.equal(rising[10]?.updated, start + 7_200_000)
    assert.equal(rising.at(-1)?.updated, start + 7_200_000)
    // The order in which they were committed is the order of the feed, too.
    const feed = await store.changes('', 1000)
    const numbers = feed.versions.filter(({ id }) => id === 'a').map(({ version }) => version)
    assert.deepEqual(
      numbers,
      rising.map(({ version }) => version),
    )
    await store.close()
  })
})
