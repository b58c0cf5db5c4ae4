// `npm run fuzz`: the long form. 20,000 random requests against the embedded store in a file (or FUZZ_STORE_URL), with
// the seed said first, memory watched, and all that was stored read again at the end. Ends in ten minutes at most.
// FUZZ_SEED repeats a run, FUZZ_REQUESTS sends more or less, FUZZ_SECONDS bounds it otherwise.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { client, startTestServer } from '../support/server.ts'
import { fuzz } from './fuzz.ts'
import { assertReadable } from './readable.ts'
import { senderTo } from './send.ts'

const requests = Number(process.env.FUZZ_REQUESTS ?? 20_000)
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000_000)
const seconds = Number(process.env.FUZZ_SECONDS ?? 600)

/** Bytes of the heap that may be more in use at the end than after a fifth of the requests. */
const MAY_GROW = 64 * 1024 * 1024

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heapUsed = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

const folder = await mkdtemp(join(tmpdir(), 'ieum-fuzz-'))
const serving = await startTestServer({
  STORE_URL: process.env.FUZZ_STORE_URL ?? `sqlite:${join(folder, 'ieum.db')}`,
})
try {
  console.log(`seed ${seed}: FUZZ_SEED=${seed} npm run fuzz repeats this run`)
  let early: number | undefined
  let said = 0
  const { sent, statuses } = await fuzz(client(serving), {
    requests,
    seed,
    limit: seconds * 1000,
    onProgress: (done) => {
      if (early === undefined && done >= requests / 5) early = heapUsed()
      if (done - said >= 2000) console.log(`${(said = done)} of ${requests}`)
    },
  })
  const grown = heapUsed() - (early ?? Infinity)
  for (const [status, count] of [...statuses].sort(([a], [b]) => a - b))
    console.log(`  ${status} × ${count}`)
  console.log(`${sent} requests; ${(grown / 1024 / 1024).toFixed(1)} MB more in use`)
  assert.ok(grown < MAY_GROW, 'memory grows')
  const sender = senderTo(serving.origin)
  console.log(`${await assertReadable(client(serving), sender)} resources read, listed and found`)
  sender.close()
} finally {
  await serving.close()
  await rm(folder, { recursive: true, force: true })
}
