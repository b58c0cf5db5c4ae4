// Contract of the newest of each group: what a store finds in its index is what the definition says.
// https://hl7.org/fhir/R4/operation-observation-lastn.html
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Entry } from '../../../src/search/entry.ts'
import { allOf } from '../../../src/search/filter.ts'
import { compareLatest, type LatestBy } from '../../../src/search/latest.ts'
import type { Condition } from '../../../src/search/plan.ts'
import type { Store } from '../../../src/store/store.ts'
import * as make from './resource.ts'

const BY: Omit<LatestBy, 'max'> = {
  subject: ['Observation.subject'],
  code: ['Observation.code'],
  text: ['Observation.code:text'],
  date: ['Observation.effective'],
}
const HAS: Condition = { kind: 'token', paths: ['Observation.category'], code: 'vital' }

type Sample = {
  readonly subject: string | undefined
  readonly codes: readonly string[]
  readonly text: string | undefined
  readonly time: number | undefined
  readonly vital: boolean
}

const sample: fc.Arbitrary<Sample> = fc.record({
  subject: fc.constantFrom('a', 'a', 'a', 'b', undefined),
  codes: fc.array(fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8'), { maxLength: 2 }),
  text: fc.constantFrom(undefined, 'Text', 'text', 't e x t'),
  // Without a date the order is that of writing, which is another on each run.
  time: fc.integer({ min: 0, max: 9 }),
  vital: fc.boolean(),
})

const entriesOf = ({ subject, codes, text, time, vital }: Sample): Entry[] => [
  ...(subject === undefined ? [] : [make.reference('Observation.subject', 'Patient', subject)]),
  ...codes.map((code) => make.token('Observation.code', code, code < '3' ? 'urn:s' : 'urn:t')),
  ...(codes.length === 0 && text !== undefined ? [make.token('Observation.code', '')] : []),
  ...(text === undefined ? [] : [make.string('Observation.code:text', text.toLowerCase(), text)]),
  ...(time === undefined ? [] : [make.date('Observation.effective', time, time + 1)]),
  ...(vital ? [make.token('Observation.category', 'vital')] : []),
]

/** Ids by the definition: groups grow by whatever shares a code, until nothing changes. */
function expectedOf(all: readonly (Sample & { readonly id: string })[], max: number): string[] {
  const groups: { subject: string | undefined; names: Set<string>; ids: Set<string> }[] = []
  for (const one of all) {
    const names = one.codes.length > 0 ? one.codes : [`text ${one.text}`]
    groups.push({ subject: one.subject, names: new Set(names), ids: new Set([one.id]) })
  }
  for (let changed = true; changed;) {
    changed = false
    for (const group of groups)
      for (const other of groups) {
        if (group === other || group.subject !== other.subject || other.ids.size === 0) continue
        if (group.ids.size === 0 || ![...group.names].some((name) => other.names.has(name)))
          continue
        for (const name of other.names) group.names.add(name)
        for (const id of other.ids) group.ids.add(id)
        other.ids.clear()
        changed = true
      }
  }
  const timeOf = new Map(all.map(({ id, time }) => [id, time!]))
  return groups.flatMap(({ ids }) => {
    const newest = [...ids].sort((a, b) => timeOf.get(b)! - timeOf.get(a)!)
    const last = newest[max - 1]
    return last === undefined ? newest : newest.filter((id) => timeOf.get(id)! >= timeOf.get(last)!)
  })
}

export function latest(store: () => Store): void {
  it('is what the definition says, of each group', async () => {
    let round = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(sample, { maxLength: 30 }),
        fc.constantFrom(1, 2, 5),
        async (samples, max) => {
          const name = `l${++round}-`
          const all = samples.map((one, i) => ({ ...one, id: `${name}${i}` }))
          const mine = make.token('Observation.round', name)
          await store().commit(
            all.map((one) => make.put('Observation', one.id, [...entriesOf(one), mine])),
          )
          const ofRound: Condition = { kind: 'token', paths: ['Observation.round'], code: name }
          for (const where of [ofRound, allOf([ofRound, HAS])]) {
            const found = await store().latest(make.plan(where, { types: ['Observation'] }), {
              ...BY,
              max,
            })
            const among: typeof all = where === ofRound ? all : all.filter(({ vital }) => vital)
            assert.deepEqual(found.map(({ id }) => id).sort(), expectedOf(among, max).sort())
            const times = found.map(({ time }) => time!)
            assert.deepEqual(
              times,
              times.toSorted((a, b) => b - a),
            )
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  it('puts what has no date behind, that which was written last first', async () => {
    const of = (id: string, more: Entry[] = []) =>
      make.put('Basic', id, [make.token('Basic.code', id.slice(0, 1), 'urn:u'), ...more])
    await store().commit([of('u1'), of('v1')])
    await new Promise((resolve) => setTimeout(resolve, 5))
    await store().commit([of('u2'), of('v2', [make.date('Basic.created', 1, 2)])])
    const found = await store().latest(
      make.plan({ kind: 'token', paths: ['Basic.code'], system: 'urn:u' }, { types: ['Basic'] }),
      { subject: [], code: ['Basic.code'], text: [], date: ['Basic.created'], max: 1 },
    )
    assert.deepEqual(
      [...found].sort(compareLatest).map(({ id }) => id),
      ['v2', 'u2'],
    )
  })

  it('finds nothing of what was never there', async () => {
    const by = { subject: ['x'], code: ['never'], text: [], date: [], max: 1 }
    assert.deepEqual(await store().latest(make.plan(undefined, { types: ['Never'] }), by), [])
  })
}
