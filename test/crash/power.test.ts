// The power goes in the middle of mixed writes: what was not synced may be on the disk or not, sector by sector.
// Everything that was acknowledged is there, nothing is half there, and the index is that of the data; also when a sync
// failed before, of which the kernel forgets what it was about. CRASH_ROUNDS: half as many cuts.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { replay } from './disk.ts'
import { openLedger } from './ledger.ts'
import { startLoad } from './load.ts'
import { seeded } from './random.ts'
import { startProcess } from './server.ts'
import { openShim, type Fault, type Shim } from './shim.ts'
import { assertSound } from './sound.ts'

const ROUNDS = Math.ceil(Number(process.env.CRASH_ROUNDS ?? '0') / 2) || 1
/** Cuts of the power that are tried on what one process wrote. */
const CUTS = 3

describe('a power cut', function () {
  this.timeout(60_000 + ROUNDS * 30_000)
  let shim: Shim
  before(function () {
    shim = openShim()
    if (shim.why === undefined) return
    console.log(`      skipped: ${shim.why}`)
    this.skip()
  })
  after(() => {
    shim.close()
  })

  async function cuts(faults: (random: () => number) => Fault | undefined): Promise<number> {
    const random = seeded()
    let failures = 0
    for (let round = 0; round < ROUNDS; round++) {
      const folder = mkdtempSync(join(tmpdir(), 'ieum-power-'))
      try {
        shim.fail(undefined)
        const record = join(folder, 'record')
        const ledger = openLedger()
        const file = join(folder, 'live', 'ieum.db')
        const server = await startProcess(`sqlite:${file}`, {
          ...shim.environment(record),
          LOG_LEVEL: 'silent',
        })
        const load = startLoad(server.base, ledger, new Map(), random)
        const enough = 20 + random() * 150
        for (
          let failed = false;
          ledger.counts.answered < enough && server.alive();
          await sleep(2)
        ) {
          if (failed || ledger.counts.answered < enough / 3) continue
          failed = true
          shim.fail(faults(random))
        }
        await server.kill()
        await load.done
        const disk = replay(record)
        failures += disk.failures
        for (let n = 0; n < CUTS; n++) {
          const after = join(folder, `after-${String(n)}`)
          mkdirSync(after)
          disk.powerCut(after, random)
          const cut = join(after, 'ieum.db')
          const store = await openSqliteStore(cut)
          try {
            await ledger.verify(store)
          } finally {
            await store.close()
          }
          await assertSound(`sqlite:${cut}`)
        }
        assert.deepEqual(load.odd, [])
        const { answered, unknown } = ledger.counts
        console.log(`      ${String(answered)} writes acknowledged, ${String(unknown)} in doubt`)
      } finally {
        rmSync(folder, { recursive: true })
      }
    }
    return failures
  }

  it('takes nothing that was acknowledged', async () => {
    assert.equal(await cuts(() => undefined), 0)
  })

  it('takes nothing that was acknowledged after a sync that failed', async () => {
    const failures = await cuts((random) => ({
      call: 'sync',
      error: random() < 0.5 ? 'EIO' : 'ENOSPC',
      times: 1 + Math.floor(random() * 3),
      after: Math.floor(random() * 4),
    }))
    assert.ok(failures >= ROUNDS, `${String(failures)} syncs failed`)
  })
})
