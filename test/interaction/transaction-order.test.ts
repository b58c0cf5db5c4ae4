// The order of the entries doesn't matter, a transaction that fails leaves nothing, and large ones are taken.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { onBothStores, type Answer, type TestServer } from '../support/server.ts'
import {
  entry,
  observation,
  patient,
  statuses,
  transact,
  unique,
  type TestEntry,
} from './bundles.ts'

/** What an entry of a random transaction does to the patient of its own number, 0 to 5. */
type Step = { readonly kind: 'put' | 'delete' | 'find' | 'conditional'; readonly gender: string }

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom<Step['kind']>('put', 'delete', 'find', 'conditional'),
    gender: fc.constantFrom('male', 'female'),
  }),
  { minLength: 1, maxLength: 6 },
)

function entryOf({ kind, gender }: Step, name: string): TestEntry {
  const resource = patient(name, { gender })
  if (kind === 'put') return entry(`PUT Patient/${name}`, { ...resource, id: name })
  if (kind === 'delete') return entry(`DELETE Patient/${name}`)
  const condition = `identifier=urn:test|${name}`
  return kind === 'find'
    ? entry('POST Patient', resource, { ifNoneExist: condition, fullUrl: `urn:uuid:${name}` })
    : entry(`PUT Patient?${condition}`, { ...resource, id: name }, { fullUrl: `urn:uuid:${name}` })
}

/** Genders by number, and how many observations refer to each: all that the transactions write. */
async function stateOf(server: TestServer, names: readonly string[]): Promise<unknown[]> {
  const state: unknown[] = []
  for (const name of names) {
    const { body } = await server.send(
      'GET',
      `/Patient?identifier=urn:test|${name}&_revinclude=Observation:subject`,
    )
    const resources = (body.entry ?? []).map((e: any) => e.resource)
    state.push([
      resources.filter((r: any) => r.resourceType === 'Patient').map((r: any) => r.gender),
      resources.filter((r: any) => r.resourceType === 'Observation').length,
    ])
  }
  return state
}

onBothStores('transaction, the order of its entries', (server) => {
  it('does not matter, whatever the entries are', async function () {
    this.timeout(120_000)
    const run = async (
      plan: readonly Step[],
      order: readonly number[],
      present: readonly boolean[],
    ) => {
      const names = plan.map(() => unique())
      for (const [i, name] of names.entries())
        if (present[i])
          await server().send(
            'PUT',
            `/Patient/${name}`,
            patient(name, { id: name, gender: 'other' }),
          )
      const entries = plan.flatMap((step, i) => {
        const one = entryOf(step, names[i]!)
        return one.fullUrl === undefined
          ? [one]
          : [one, entry('POST Observation', observation({ subject: { reference: one.fullUrl } }))]
      })
      const shuffled = entries
        .map((one, i) => ({ one, at: order[i % order.length]! * 100 + i }))
        .sort((a, b) => a.at - b.at)
        .map(({ one }) => one)
      const answer: Answer = await transact(server(), shuffled)
      const answered = shuffled.map((one, i) => {
        const at = entries.indexOf(one)
        return [at, statuses(answer)[i]] as const
      })
      answered.sort(([a], [b]) => a - b)
      return { status: answer.status, answered, state: await stateOf(server(), names) }
    }
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(fc.nat(9), { minLength: 12, maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        async (plan, order, present) => {
          const straight = await run(plan, [0], present)
          assert.equal(straight.status, 200)
          assert.deepEqual(await run(plan, order, present), straight)
        },
      ),
      { numRuns: 15 },
    )
  })

  it('holds for others at the same time: of two that exclude each other, one fails whole', async () => {
    const [a, b] = [unique(), unique()]
    for (const id of [a, b]) await server().send('PUT', `/Patient/${id}`, patient(id, { id }))
    const swap = (first: string, second: string, gender: string) =>
      transact(server(), [
        entry(`PUT Patient/${first}`, patient(first, { id: first, gender }), { ifMatch: 'W/"1"' }),
        entry(`PUT Patient/${second}`, patient(second, { id: second, gender }), {
          ifMatch: 'W/"1"',
        }),
      ])
    const answers = await Promise.all([swap(a, b, 'male'), swap(b, a, 'female')])
    assert.deepEqual(
      answers.map((x) => x.status).sort(),
      [200, 412],
      answers.map((x) => x.text).join('\n'),
    )
    const genders = await Promise.all(
      [a, b].map(async (id) => (await server().send('GET', `/Patient/${id}`)).body.gender),
    )
    assert.equal(genders[0], genders[1])
  })
})

onBothStores('transaction of 5,000 entries', (server) => {
  it('is taken: creates that refer to each other, conditions and updates', async function () {
    this.timeout(240_000)
    const run = unique()
    const entries: TestEntry[] = []
    for (let i = 0; i < 1250; i++) {
      const name = `${run}-${i}`
      const reference = { reference: `urn:uuid:${name}` }
      entries.push(
        entry('POST Observation', observation({ subject: reference })),
        entry('POST Patient', patient(name), { fullUrl: `urn:uuid:${name}` }),
        entry(`PUT Observation/${name}`, observation({ id: name, subject: reference })),
        entry(
          'POST Observation',
          observation({ subject: { reference: `Patient?identifier=urn:test|${name}` } }),
        ),
      )
    }
    const start = performance.now()
    const answer = await transact(server(), entries, { prefer: 'return=minimal' })
    const seconds = (performance.now() - start) / 1000
    assert.equal(answer.status, 200, answer.text.slice(0, 500))
    assert.deepEqual([...new Set(statuses(answer))], ['201 Created'])
    assert.equal(answer.body.entry.length, 5000)
    const found = await server().send(
      'GET',
      `/Patient?identifier=urn:test|${run}-77&_revinclude=Observation:subject`,
    )
    assert.equal(found.body.entry.length, 4)
    assert.ok(seconds < 120, `${seconds} s`)
  })
})
