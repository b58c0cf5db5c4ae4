// `npm run bench:block`: how long one heavy request keeps others waiting, for each kind of heavy request.
// https://hl7.org/fhir/R4/http.html
// Must not measure the client: the server runs in a thread, and its turns are measured in CPU time there.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { heavyRequests, openBlockServer } from './heavy.ts'

const { values } = parseArgs({
  options: { size: { type: 'string', default: '1' }, only: { type: 'string', default: '' } },
})
const size = Number(values.size)
const folder = await mkdtemp(join(tmpdir(), 'ieum-block-'))
const server = await openBlockServer({ STORE_URL: `sqlite:${join(folder, 'ieum.db')}` })
try {
  await server.prepare(size)
  for (const heavy of heavyRequests(size)) {
    if (!heavy.name.includes(values.only)) continue
    const began = performance.now()
    const { status, bytes, longest } = await server.measure(heavy)
    const seconds = (performance.now() - began) / 1000
    const megabytes = (bytes / 1e6).toFixed(1)
    console.log(
      `${longest.toFixed(0).padStart(5)} ms  ${heavy.name} (${String(status)}, ${megabytes} MB, ${seconds.toFixed(1)} s)`,
    )
  }
} finally {
  await server.close()
  await rm(folder, { recursive: true })
}
