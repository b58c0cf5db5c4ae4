// `npm run bench:match [-- --people 20000 --asked 20000 --store sqlite:FILE]`: how well and how fast Patient/$match finds
// travellers (travellers.ts) among as many people; recall and precision of each grade, and latencies.
// Must not tell the matcher who is who, nor fill a store that has these people already.
import { pino } from 'pino'
import { closeContext, openContext } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import type { Context } from '../src/context.ts'
import { handle } from '../src/handle.ts'
import { toContent } from '../src/interaction/content.ts'
import type { Change } from '../src/store/store.ts'
import { resident, stranger, traveller, type Traveller } from './travellers.ts'

const option = (name: string, otherwise: string): string => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : process.argv[at + 1]!
}

const BATCH = 2000

export async function register(context: Context, people: number): Promise<void> {
  let batch: Change[] = []
  const began = performance.now()
  for (let i = 0; i < people; i++) {
    const resource = resident(i)
    const content = await toContent({ plain: resource, exact: resource }, resource.id!, context)
    batch.push({ kind: 'put', type: 'Patient', id: resource.id!, method: 'PUT', content })
    if (batch.length < BATCH && i < people - 1) continue
    await context.store.commit(batch)
    batch = []
    if (people > BATCH * 10 && i % 50_000 < BATCH)
      console.error(
        `${i + 1} people, ${((i * 1000) / (performance.now() - began)).toFixed(0)} a second`,
      )
  }
}

type Answered = {
  readonly entry?: readonly {
    readonly resource: { readonly id: string }
    readonly search: {
      readonly score: number
      readonly extension: readonly [{ readonly valueCode: string }]
    }
  }[]
}

type Found = { readonly id: string; readonly grade: string; readonly score: number }

export async function ask(context: Context, { resource }: Traveller): Promise<readonly Found[]> {
  const answer = await handle(
    {
      method: 'POST',
      path: ['Patient', '$match'],
      query: [],
      headers: {},
      body: {
        type: 'application/fhir+json',
        text: JSON.stringify({
          resourceType: 'Parameters',
          parameter: [{ name: 'resource', resource }],
        }),
      },
    },
    context,
  )
  const { entry = [] } = JSON.parse(answer.body!) as Answered
  return entry.map(({ resource, search }) => ({
    id: resource.id,
    grade: search.extension[0].valueCode,
    score: search.score,
  }))
}

const percent = (part: number, all: number): string =>
  all === 0 ? '–' : `${((100 * part) / all).toFixed(3)} %`

export type Tally = {
  members: number
  /** Members whose own record was graded so. */
  right: Record<string, number>
  /** Records of others that were graded so. */
  wrong: Record<string, number>
  lost: number
}

export function tally(
  results: readonly { readonly asked: Traveller; readonly found: readonly Found[] }[],
): Tally {
  const counted: Tally = { members: 0, right: {}, wrong: {}, lost: 0 }
  for (const { asked, found } of results) {
    if (asked.of !== undefined) {
      counted.members++
      if (!found.some(({ id }) => id === asked.of)) counted.lost++
    }
    for (const { id, grade } of found) {
      const side = id === asked.of ? counted.right : counted.wrong
      side[grade] = (side[grade] ?? 0) + 1
    }
  }
  return counted
}

async function main(): Promise<void> {
  const people = Number(option('people', '20000'))
  const asked = Number(option('asked', String(people)))
  const store = option('store', 'sqlite::memory:')
  const context = await openContext(
    readConfig({ STORE_URL: store, SEED: 'none' }),
    pino({ level: 'warn' }),
  )
  if ((await context.store.read('Patient', `t${people - 1}`)) === undefined)
    await register(context, people)
  const results: { asked: Traveller; found: readonly Found[] }[] = []
  const times: number[] = []
  const costs: number[] = []
  const step = people / asked
  for (let i = 0; i < asked; i++) {
    const queries = [traveller(Math.floor(i * step))]
    if (i % 4 === 0) queries.push(stranger(i, people))
    for (const one of queries) {
      const began = performance.now()
      const used = process.cpuUsage()
      const found = await ask(context, one)
      times.push(performance.now() - began)
      const { user, system } = process.cpuUsage(used)
      costs.push((user + system) / 1000)
      results.push({ asked: one, found })
    }
  }
  await closeContext(context)
  const at = (of: readonly number[], share: number): string =>
    [...of].sort((a, b) => a - b)[Math.floor(of.length * share)]!.toFixed(1)
  const { members, right, wrong, lost } = tally(results)
  console.log(
    `${people} people; asked for ${members} of them, and for ${results.length - members} others`,
  )
  console.log('grade          own record   another   recall      precision')
  for (const grade of ['certain', 'probable', 'possible', 'certainly-not']) {
    const [own, other] = [right[grade] ?? 0, wrong[grade] ?? 0]
    console.log(
      `${grade.padEnd(14)} ${String(own).padStart(10)} ${String(other).padStart(9)}   ${percent(own, members).padEnd(11)} ${percent(own, own + other)}`,
    )
  }
  console.log(`not found      ${String(lost).padStart(10)}`)
  console.log(`latency        p50 ${at(times, 0.5)} ms, p99 ${at(times, 0.99)} ms`)
  console.log(`CPU time       p50 ${at(costs, 0.5)} ms, p99 ${at(costs, 0.99)} ms`)
  if (!process.argv.includes('--verbose')) return
  const show = results.filter(
    ({ asked: one, found }) =>
      found.some(({ id, grade }) => grade === 'certain' && id !== one.of) ||
      (one.of !== undefined &&
        !found.some(({ id, grade }) => id === one.of && grade === 'certain')),
  )
  const isWrong = (one: (typeof show)[number]): boolean =>
    one.found.some(({ id, grade }) => grade === 'certain' && id !== one.asked.of)
  show.sort((one, other) => Number(isWrong(other)) - Number(isWrong(one)))
  for (const { asked: one, found } of show.slice(0, Number(option('show', '40')))) {
    const wrongly = found.find(({ id, grade }) => grade === 'certain' && id !== one.of)
    const number = wrongly?.id ?? one.of
    console.log(
      `\n${wrongly === undefined ? 'missed' : 'WRONG'} ${one.of ?? 'nobody'} ${one.troubles.join(',')} → ${JSON.stringify(found.slice(0, 3))}`,
    )
    console.log(JSON.stringify(one.resource))
    console.log(JSON.stringify(resident(Number(number!.slice(1)))))
  }
}

if (import.meta.main) await main()
