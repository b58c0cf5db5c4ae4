// Contract of pages: whatever others write between two of them, what stays as it is comes once, and once only.
// https://hl7.org/fhir/R4/http.html#paging
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Entry } from '../../../src/search/entry.ts'
import { matches } from '../../../src/search/match.ts'
import type { Condition, SortKey } from '../../../src/search/plan.ts'
import type { Change, Store } from '../../../src/store/store.ts'
import * as make from './resource.ts'

const TYPE = 'Observation'
const at = (name: string): string => `${TYPE}.${name}`
/** Enough for a store to take a large set's way. */
const COUNT = 400
const MOVING = 40

const entries: fc.Arbitrary<Entry[]> = fc
  .record({
    code: fc.constantFrom('a', 'b'),
    day: fc.option(fc.nat(30), { nil: undefined }),
    value: fc.option(fc.nat(20), { nil: undefined }),
    name: fc.constantFrom('kim', 'lee', 'kimchi', '김', ''),
    subject: fc.nat(4),
  })
  .map(({ code, day, value, name, subject }) => [
    make.token(at('code'), code, 'urn:s'),
    ...(day === undefined ? [] : [make.date(at('date'), day, day + 1)]),
    ...(value === undefined ? [] : [make.number(at('value'), value)]),
    ...(name === '' ? [] : [make.string(at('name'), name)]),
    make.reference(at('subject'), 'Patient', `p${subject}`),
  ])

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .constantFrom('a', 'b')
    .map((code): Condition => ({ kind: 'token', paths: [at('code')], system: 'urn:s', code })),
  fc
    .nat(30)
    .map((low): Condition => ({ kind: 'date', paths: [at('date')], op: 'ge', low, high: low + 1 })),
  fc
    .nat(20)
    .map((low): Condition => ({ kind: 'number', paths: [at('value')], op: 'lt', low, high: low })),
  fc
    .constantFrom('k', '김')
    .map((value): Condition => ({ kind: 'string', paths: [at('name')], op: 'starts', value })),
  fc.nat(4).map((i): Condition => ({
    kind: 'reference',
    paths: [at('subject')],
    type: 'Patient',
    id: `p${i}`,
  })),
)
const condition: fc.Arbitrary<Condition> = fc.oneof(
  leaf,
  fc.record({
    kind: fc.constantFrom('and', 'or'),
    of: fc.array(leaf, { maxLength: 2 }),
  }),
  leaf.map((of): Condition => ({ kind: 'not', of })),
)

const key: fc.Arbitrary<SortKey> = fc
  .tuple(
    fc.constantFrom(
      { by: 'id' as const },
      { by: 'updated' as const },
      { by: 'date' as const, paths: [at('date')] },
      { by: 'number' as const, paths: [at('value')] },
      { by: 'string' as const, paths: [at('name')] },
      { by: 'token' as const, paths: [at('code')] },
      { by: 'reference' as const, paths: [at('subject')] },
    ),
    fc.boolean(),
  )
  .map(([by, descending]) => ({ ...by, descending }))

/** Undefined deletes. */
const write = fc.tuple(fc.nat(MOVING), fc.option(entries, { nil: undefined, freq: 2 }))

export function paging(store: () => Store): void {
  const idOf = (i: number): string => `m${String((i * 7) % MOVING)}`
  let fixed = new Map<string, Entry[]>()
  const moving = new Map<string, Entry[]>()
  /** A text that is as it was would write nothing. */
  let note = 1

  before(async () => {
    const all = fc.sample(entries, { numRuns: COUNT, seed: 1 })
    fixed = new Map(all.map((one, i) => [`f${String(i * 31).padStart(5, '0')}`, one]))
    const put = [...fixed].map(([id, one]) => make.put(TYPE, id, one))
    assert.ok((await store().commit(put)).ok)
  })

  it('neither skip nor repeat, whatever is created, changed and deleted between them', () =>
    fc.assert(
      fc.asyncProperty(
        condition,
        fc.array(key, { maxLength: 2 }),
        fc.integer({ min: 20, max: 150 }),
        fc.array(fc.array(write, { maxLength: 4 }), { minLength: 1, maxLength: 6 }),
        async (where, sort, count, writes) => {
          const stayed = new Map([...fixed, ...moving])
          let turn = 0
          const between = async (): Promise<void> => {
            const changes = new Map<string, Change>()
            for (const [i, made] of writes[turn++ % writes.length]!) {
              const id = idOf(i)
              stayed.delete(id)
              if (made === undefined) moving.delete(id)
              else moving.set(id, made)
              changes.set(
                id,
                made === undefined ? make.remove(TYPE, id) : make.put(TYPE, id, made, ++note),
              )
            }
            if (changes.size > 0) assert.ok((await store().commit([...changes.values()])).ok)
          }
          const found = await make.pages(
            store(),
            make.plan(where, { types: [TYPE], sort, count }),
            between,
          )
          const ids = found.flatMap((page) => make.idsOf(page.matches))
          const seen = ids.filter((id) => stayed.has(id))
          const expected = [...stayed].flatMap(([id, one]) =>
            matches({ type: TYPE, id, updated: 0, entries: one }, where) ? [id] : [],
          )
          assert.deepEqual(seen.toSorted(), expected.sort())
          // An order by id is one that no change moves anything in.
          if (sort[0]?.by === 'id') assert.equal(new Set(ids).size, ids.length)
          for (const page of found.slice(0, -1)) assert.ok(page.matches.length > 0)
        },
      ),
      // A store over a network is slow; what a run leaves out, another one tries.
      { numRuns: 25, interruptAfterTimeLimit: 4000 },
    ))
}
