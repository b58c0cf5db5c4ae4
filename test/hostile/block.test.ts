// One heavy request keeps nobody else waiting: what a read may meet is one turn of the event loop, and no turn is long.
// Documents of 4 MB here; `npm run bench:block` takes those of 16 MB, which are the largest.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { heavyRequests, openBlockServer, type BlockServer } from '../../bench/heavy.ts'

const SIZE = 0.25

/** CPU time of a turn, ms: twice the longest that is seen. XML takes 750 in one turn, and work in the square far more. */
const MOST_MS = 400

/** Each for another reason why it doesn't hold the others up. */
const TRIED = [
  'a transaction of many creates',
  'a transaction of few large resources',
  'an update of a large resource',
  'a large resource as XML',
  'a large page with _pretty',
  'a large page with _summary',
  'a long FHIRPath patch',
  'a large resource in XML',
]

describe('a heavy request', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-block-'))
  let server: BlockServer
  before(async () => {
    server = await openBlockServer({ STORE_URL: `sqlite:${join(folder, 'ieum.db')}` })
    await server.prepare(SIZE)
  })
  after(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })

  for (const name of TRIED)
    it(`keeps no read waiting: ${name}`, async () => {
      const heavy = heavyRequests(SIZE).find((one) => one.name === name)!
      const { status, longest } = await server.measure(heavy)
      assert.ok(status < 300, String(status))
      assert.ok(longest < MOST_MS, `${longest.toFixed(0)} ms in one turn`)
    })
})
