// Contract of meaning: on resources and conditions at random, a store finds what match.ts finds, in the right order.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Entry } from '../../../src/search/entry.ts'
import { fullText } from '../../../src/search/full-text.ts'
import { matches, type Candidate } from '../../../src/search/match.ts'
import type { Comparator, Condition, Leaf, WordsQuery } from '../../../src/search/plan.ts'
import type { Store } from '../../../src/store/store.ts'
import { atOnce } from '../../../src/turn.ts'
import * as make from './resource.ts'

const path = fc.constantFrom('p1', 'p2', 'p3')
const paths = fc.uniqueArray(path, { minLength: 1, maxLength: 3 })
const group = fc.constantFrom(0, 0, 1, 2)
const code = fc.constantFrom('a', 'b', 'A', 'mg')
const system = fc.constantFrom('', 'urn:s', 'urn:t')
const word = fc.constantFrom('kim', 'kimchi', 'akim', 'lee', '', '김민', '김', '🧪x', '🧪')
const point = fc.integer({ min: 0, max: 12 })
const half = fc.integer({ min: 0, max: 24 }).map((n) => n / 2)
/** A URL has no type, and an id has one. */
const target = fc.constantFrom(
  { type: 'Patient', id: '1' },
  { type: 'Patient', id: '2' },
  { type: 'Group', id: '1' },
  { type: '', id: 'http://x/y' },
  { type: '', id: 'http://x/z' },
)
const sought = fc.oneof(target, fc.record({ id: fc.constantFrom('1', '2', '3') }))
const address = fc
  .tuple(
    fc.constantFrom('http://a', 'urn:x', 'urn', 'http:'),
    fc.array(fc.constantFrom('/', ':', 'b', 'c/', 'c:d'), { maxLength: 4 }),
  )
  .map(([start, rest]) => start + rest.join(''))
const interval = fc
  .tuple(point, fc.integer({ min: 1, max: 6 }))
  .map(([low, length]) => [low, low + length] as const)

const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ kind: fc.constant('token'), path, group, system, code }),
  fc.record({ kind: fc.constant('string'), path, group, value: word, exact: word }),
  fc.tuple(path, group, interval).map(([p, g, [low, high]]) => make.date(p, low, high, g)),
  fc
    .tuple(path, group, half, half)
    .map(([p, g, x, y]) => make.number(p, Math.min(x, y), Math.max(x, y), g)),
  fc.tuple(path, group, half).map(([p, g, x]) => make.number(p, x, x, g)),
  fc
    .tuple(path, group, half, fc.constantFrom(0, 0, 0.5, 3), fc.tuple(system, code, code))
    .map(([p, g, x, more, unit]) => make.quantity(p, x, unit, g, x + more)),
  fc.tuple(path, group, target).map(([p, g, { type, id }]) => make.reference(p, type, id, g)),
  fc.record({ kind: fc.constant('uri'), path, group, value: address }),
)

const SPOKEN = ['blood', 'blo', 'глюкоза', '혈압이', '혈압', '7'] as const
const spoken = fc.constantFrom(...SPOKEN, 'blood 7', '혈압 blood')
const saying = fc.array(fc.constantFrom(...SPOKEN), { maxLength: 4 }).map((said) => said.join(' '))
const wordPaths = fc.uniqueArray(fc.constantFrom('Basic._text', 'Basic._content', 'p1'), {
  minLength: 1,
})

const comparator = fc.constantFrom<Comparator>('eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap')
/** Numbers have a range for eq, ne and ap only, as plan.ts says. */
const range = fc.tuple(comparator, half, fc.constantFrom(0.5, 1, 4)).map(([op, low, length]) => ({
  op,
  low,
  high: ['eq', 'ne', 'ap'].includes(op) ? low + length : low,
}))

const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record(
    { kind: fc.constant('token'), paths, system, code },
    { requiredKeys: ['kind', 'paths'] },
  ),
  fc.record({
    kind: fc.constant('string'),
    paths,
    op: fc.constantFrom('starts', 'contains', 'equals', 'exact'),
    value: word,
  }),
  fc
    .tuple(paths, comparator, interval)
    .map(([of, op, [low, high]]): Leaf => ({ kind: 'date', paths: of, op, low, high })),
  fc.tuple(paths, range).map(([of, numbers]): Leaf => ({ kind: 'number', paths: of, ...numbers })),
  fc
    .tuple(
      paths,
      range,
      fc.oneof(fc.constant({}), fc.record({ code }), fc.record({ system, code })),
    )
    .map(([of, numbers, unit]): Leaf => ({ kind: 'quantity', paths: of, ...numbers, ...unit })),
  fc.tuple(paths, sought).map(([of, what]): Leaf => ({ kind: 'reference', paths: of, ...what })),
  fc.record({
    kind: fc.constant('uri'),
    paths,
    op: fc.constantFrom('equals', 'below', 'above'),
    value: address,
  }),
)

const entryKind = fc.constantFrom(
  'token',
  'string',
  'date',
  'number',
  'quantity',
  'reference',
  'uri',
)

const { wordsQuery } = fc.letrec<{ wordsQuery: WordsQuery }>((tie) => ({
  wordsQuery: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ op: fc.constantFrom('is', 'starts'), word: spoken }),
    fc.record({
      op: fc.constantFrom('all', 'any'),
      of: fc.array(tie('wordsQuery'), { minLength: 1, maxLength: 3 }),
    }),
  ),
}))

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    leaf,
    fc.record({
      kind: fc.constant('together'),
      of: fc.array(leaf, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('words'), paths: wordPaths, of: wordsQuery }),
    fc.record({ kind: fc.constant('present'), entry: entryKind, paths }),
    fc.record({
      kind: fc.constant('type'),
      types: fc.uniqueArray(fc.constantFrom('Basic', 'Patient', 'Nothing')),
    }),
    fc.record({
      kind: fc.constantFrom('and', 'or'),
      of: fc.array(tie('condition'), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('not'), of: tie('condition') }),
  ),
}))

const SIZE = 60

export function agreement(store: () => Store): void {
  let candidates: Candidate[] = []

  before(async () => {
    // The words of the full text stand in the texts, where a store may find them itself.
    const said = fc.sample(
      fc.tuple(fc.array(entry, { maxLength: 12 }), saying, saying).map(([values, div, note]) => {
        const resource = { text: { div }, note }
        return {
          entries: [...values, ...atOnce(fullText({ resourceType: 'Basic', ...resource }))],
          rest: `,${JSON.stringify(resource).slice(1)}`,
        }
      }),
      SIZE,
    )
    const result = await store().commit(
      said.map(({ entries, rest }, i) => {
        const change = make.put('Basic', `r${String(i)}`, entries)
        return { ...change, content: { ...change.content, rest } }
      }),
    )
    assert.ok(result.ok)
    candidates = said.map(({ entries }, i) => ({
      type: 'Basic',
      id: `r${String(i)}`,
      updated: result.applied[i]?.current?.updated ?? 0,
      entries,
    }))
  })

  it('finds the same for conditions of every shape', () =>
    fc.assert(
      fc.asyncProperty(condition, async (where) => {
        const expected = candidates.filter((one) => matches(one, where)).map((one) => one.id)
        assert.deepEqual(
          await make.matching(store(), where),
          expected.sort(),
          JSON.stringify(where),
        )
      }),
      { numRuns: 400 },
    ))

  it('sorts and pages by keys of every kind', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ by: entryKind, paths, descending: fc.boolean() }), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.integer({ min: 5, max: 70 }),
        async (sort, count) => {
          const found = await make.pages(store(), make.plan(undefined, { sort: sort, count }))
          const ids = found.flatMap((page) => make.idsOf(page.matches))
          assert.deepEqual(ids.toSorted(), candidates.map((one) => one.id).sort())
          const rows = ids.map((one) => {
            const { entries } = candidates[Number(one.slice(1))] as Candidate
            return sort.map((key) => sortValue(entries, key))
          })
          rows.slice(1).forEach((row, i) => {
            assert.ok(inOrder(rows[i] ?? [], row, sort), JSON.stringify([sort, rows[i], row]))
          })
        },
      ),
      { numRuns: 60 },
    ))
}

type Key = { readonly by: string; readonly paths: readonly string[]; readonly descending: boolean }

function sortValue(entries: readonly Entry[], key: Key): string | number | undefined {
  const values = entries
    .filter((one) => one.kind === key.by && key.paths.includes(one.path))
    .map((one) => {
      if (one.kind === 'token') return one.code
      if (one.kind === 'reference') return one.id
      if (one.kind === 'words') return one.words[0] ?? ''
      return one.kind === 'string' || one.kind === 'uri' ? one.value : one.low
    })
    .sort(compare)
  return key.descending ? values.at(-1) : values[0]
}

/** Numbers by value, texts by code point. */
function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}

function inOrder(
  one: readonly (string | number | undefined)[],
  other: readonly (string | number | undefined)[],
  sort: readonly Key[],
): boolean {
  for (const [i, key] of sort.entries()) {
    const [a, b] = [one[i], other[i]]
    if (a === undefined && b === undefined) continue
    if (a === undefined || b === undefined) return b === undefined
    const order = compare(a, b)
    if (order !== 0) return key.descending ? order > 0 : order < 0
  }
  return true
}
