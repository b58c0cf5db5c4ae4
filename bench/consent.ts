// What consent costs a search: the same searches in open mode and by an organization that sees nothing without a consent,
// over a population of which every second person has one. Through the door of requests, without HTTP.
// Options: --patients 2000, --rounds 30, --store (a file; in memory without).
// Must not be taken for the speed of a search: search.ts has that.
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import type { Principal } from '../src/auth/principal.ts'
import { closeContext, openContext } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import type { Context } from '../src/context.ts'
import { readQuery } from '../src/fhir/query.ts'
import { toContent } from '../src/interaction/content.ts'
import { route } from '../src/interaction/route.ts'
import { through } from '../src/consent/through.ts'
import type { Change } from '../src/store/store.ts'
import { busan, world } from './consent-world.ts'

const { values } = parseArgs({
  options: {
    patients: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '30' },
    store: { type: 'string', default: 'sqlite::memory:' },
  },
})
const patients = Number(values.patients)
const rounds = Number(values.rounds)

/** `@` is a patient who has a consent. */
const QUERIES = [
  'Observation?patient=@',
  'Observation?patient=@&_sort=-date',
  'Patient?gender=female',
  'Patient?name=kim&_sort=birthdate',
  'Observation?code=http://loinc.org|718-7',
  'Observation?code=http://loinc.org|718-7&date=ge2024',
  'Observation?code=http://loinc.org|718-7&_sort=-date',
  'Observation?code=http://loinc.org|718-7&_include=Observation:subject',
  'Observation?patient.gender=female&code=http://loinc.org|718-7',
  'Observation?code=http://loinc.org|718-7&_summary=count',
]

let someone: string | undefined

async function fill(context: Context): Promise<number> {
  let count = 0
  let batch: Change[] = []
  for (const resource of world(patients)) {
    const { resourceType: type, id = '' } = resource
    if (type === 'Patient') someone ??= id
    const content = await toContent({ plain: resource, exact: resource }, id, context)
    batch.push({ kind: 'put', type, id, method: 'PUT', content })
    count++
    if (batch.length < 2000) continue
    await context.store.commit(batch)
    batch = []
  }
  await context.store.commit(batch)
  return count
}

async function asked(line: string, principal: Principal | undefined, context: Context) {
  const [path = '', query = ''] = line.replace('@', someone ?? '').split('?')
  const request = {
    method: 'GET' as const,
    path: [path],
    query: readQuery(query),
    headers: {},
    body: undefined,
    ...(principal === undefined ? {} : { principal }),
  }
  const began = process.cpuUsage()
  const answer = await route(request, context)(request, await through(request, context))
  const { user, system } = process.cpuUsage(began)
  const { entry = [], total } = JSON.parse(answer.body ?? '{}') as {
    entry?: unknown[]
    total?: number
  }
  return { ms: (user + system) / 1000, found: total ?? entry.length }
}

const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[list.length >> 1] ?? NaN

const config = readConfig({ STORE_URL: values.store, SEED: 'none', SEARCH_BUDGET_MS: '60000' })
const context = await openContext(config, pino({ level: 'warn' }))
console.log(`${await fill(context)} resources of ${patients} patients, CPU ms (median)`)
for (const line of QUERIES) {
  const open: number[] = []
  const foreign: number[] = []
  let [all, some] = [0, 0]
  for (let round = 0; round < rounds; round++) {
    const one = await asked(line, undefined, context)
    const other = await asked(line, busan, context)
    ;[all, some] = [one.found, other.found]
    if (round < 2) continue
    open.push(one.ms)
    foreign.push(other.ms)
  }
  const [a, b] = [median(open), median(foreign)]
  console.log(`${a.toFixed(2)} ${b.toFixed(2)} ${(b / a).toFixed(2)}x  ${all} ${some}  ${line}`)
}
await closeContext(context)
