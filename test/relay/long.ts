// The long form of bad-line.test.ts, `npm run relay:long`: two edges and a hub over weeks of simulated time, on a line that is
// good, bad or down, with relays that end in the middle, clocks that are off, and reports that go the other way. In the end each
// version is at the hub once, and each report aboard.
// RELAY_RECORDS=10000, CRASH_SEED to have a run again. The hub is on SQLite; its files and the edges' are in memory.
import assert from 'node:assert/strict'
import { seeded } from '../crash/random.ts'
import { client, startTestServer } from '../support/server.ts'
import { openBadLine, type Faults } from './bad-line.ts'
import { simulated } from './clock.ts'
import { openSite, type Site } from './pair.ts'
import { assertSame, listed, work } from './work.ts'

const RECORDS = Number(process.env.RELAY_RECORDS ?? '10000')
const AT_A_TIME = 20
const DAY_MS = 86_400_000

const LINES: readonly (Partial<Faults> & { readonly minutes: number })[] = [
  { minutes: 60 },
  { minutes: 120, refuse: 0.2, cutThere: 0.2, cutBack: 0.2, twice: 0.1, delay: 0.1 },
  { minutes: 240, refuse: 0.3, cutThere: 0.35, cutBack: 0.3, twice: 0.3, delay: 0.2 },
  { minutes: 30, refuse: 1 },
]

const random = seeded()
const serving = await startTestServer({ STORE_URL: 'sqlite::memory:' })
const hub = client(serving)
const line = await openBadLine(hub.base, random)
const edges = [
  { name: 'north', site: await openSite(line.base), clock: simulated(2 * DAY_MS) },
  { name: 'south', site: await openSite(line.base), clock: simulated(-DAY_MS) },
]
const began = process.cpuUsage()
const made = { passes: 0, failures: 0, restarts: 0, reported: 0 }

async function pass({ site, clock }: (typeof edges)[number]): Promise<void> {
  made.passes++
  const relay = await site.relay({ clock, random, timeoutMs: 3000 }, line.base)
  if (random() < 0.1) {
    // It ends in the middle, as if the process had been killed: what it knew is gone, what it kept is there.
    made.restarts++
    const going = relay.once().catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, random() * 40))
    await relay.stop()
    await going
    return
  }
  for (let tries = 0; tries < 3; tries++) {
    try {
      await relay.once()
      await clock.sleep(30_000, new AbortController().signal)
      return
    } catch {
      made.failures++
      const { nextTry } = await site.status()
      await clock.sleep(
        Math.max(0, Date.parse(nextTry) - clock.now()),
        new AbortController().signal,
      )
    }
  }
}

/** Somebody at the hub reports on a patient of an edge. */
async function report(): Promise<void> {
  const { body } = await hub.send('GET', '/Patient?_count=20&_sort=-_lastUpdated')
  const found = body.entry?.[Math.floor(random() * (body.entry?.length ?? 0))]
  if (found === undefined) return
  const answer = await hub.send('POST', '/DiagnosticReport', {
    resourceType: 'DiagnosticReport',
    status: 'preliminary',
    code: { text: 'Report of the hub' },
    subject: { reference: `Patient/${found.resource.id}` },
  })
  made.reported++
  if (random() < 0.5)
    await hub.send('PUT', `/DiagnosticReport/${answer.body.id}`, {
      ...answer.body,
      status: 'final',
    })
}

for (let records = 0; records < RECORDS; records += edges.length * AT_A_TIME) {
  const { minutes, ...faults } = LINES[Math.floor(random() * LINES.length)]!
  line.set(faults)
  for (const edge of edges) {
    await work(edge.site, AT_A_TIME, random, `${edge.name}-${String(records)}`)
    await pass(edge)
    await edge.clock.sleep(minutes * 60_000, new AbortController().signal)
  }
  await report()
}
// A hub that is down for a week, with the pauses that the relay makes then.
line.set({ refuse: 1 })
const { clock: north } = edges[0]!
for (const until = north.now() + 7 * DAY_MS; north.now() < until;) await pass(edges[0]!)
line.set({})
for (let i = 0; i < 3; i++)
  for (const { site, clock } of edges) {
    await site.relay({ clock, random }, line.base)
    await site.sync()
  }

const there = await listed(hub)
let [versions, reports] = [0, 0]
for (const { name, site } of edges) {
  const status = await site.status()
  assert.deepEqual([status.aside, status.conflicts, status.failure], [[], 0, ''])
  versions += await assertSame(site, hub, (type, text) => !isReport(type, text))
  console.log(
    `${name}: ${String(status.sent)} versions sent, ${String(status.received)} received, ${String(status.bytes)} bytes, ${String(Math.round((await slept(site)) / DAY_MS))} days`,
  )
}
for (const [resource, { last }] of there) {
  if (!isReport(resource.split('/')[0]!, last)) continue
  reports++
  const found = await Promise.all(edges.map(async ({ site }) => (await listed(site)).get(resource)))
  const arrived = found.filter((one) => one !== undefined)
  assert.equal(arrived.length, 1, `${resource} is at one edge`)
  assert.equal(arrived[0]!.last, last)
}
assert.equal(reports, made.reported)
const total = (await Promise.all(edges.map(({ site }) => listed(site)))).reduce(
  (sum, all) => sum + all.size,
  0,
)
assert.equal(there.size, total - (await neverSent()), 'nothing else is at the hub')
const { user, system } = process.cpuUsage(began)
console.log({
  records: RECORDS,
  versions,
  reports,
  ...made,
  line: line.done,
  cpuSeconds: (user + system) / 1e6,
})
for (const { site } of edges) await site.close()
await line.close()
await serving.close()

function isReport(type: string, text: string): boolean {
  return type === 'DiagnosticReport' && text.includes('Report of the hub')
}

async function slept(site: Site): Promise<number> {
  return edges.find((one) => one.site === site)!.clock.slept()
}

/** What was deleted before it was ever sent. */
async function neverSent(): Promise<number> {
  let count = 0
  for (const { site } of edges)
    for (const [name, { last }] of await listed(site))
      if (last === 'deleted' && !there.has(name)) count++
  return count
}
