// Contract of conditions that reach other resources: a store finds what match.ts finds, and a few decided by hand.
// https://hl7.org/fhir/R4/search.html#chaining; what each means stands in src/search/plan.ts.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Entry } from '../../../src/search/entry.ts'
import { matches, type Candidate, type Others } from '../../../src/search/match.ts'
import { ALL, type Condition } from '../../../src/search/plan.ts'
import type { Store } from '../../../src/store/store.ts'
import * as make from './resource.ts'

const TYPES = ['Patient', 'Group', 'Basic']
const type = fc.constantFrom(...TYPES)
const id = fc.integer({ min: 1, max: 12 }).map(String)
/** Paths that name a type, as those of resources do, and some that don't. */
const pathOf = (of: string) => fc.constantFrom('p1', 'p2', `${of}.link`, `${of}.code`)
const anyPath = fc.oneof(...TYPES.map(pathOf))
const paths = fc.uniqueArray(anyPath, { minLength: 1, maxLength: 3 })
const code = fc.constantFrom('a', 'b', 'c')

const entryOf = (of: string): fc.Arbitrary<Entry> =>
  fc.oneof(
    fc
      .tuple(pathOf(of), fc.oneof(type, fc.constant('')), id)
      .map(([path, to, target]) => make.reference(path, to, target)),
    fc.tuple(pathOf(of), type, id).map(([path, to, target]) => make.reference(path, to, target)),
    fc.tuple(pathOf(of), code).map(([path, value]) => make.token(path, value)),
    fc.tuple(pathOf(of), code).map(([path, value]) => make.string(path, value)),
  )

const resource = type.chain((of) =>
  fc.record({ type: fc.constant(of), id, entries: fc.array(entryOf(of), { maxLength: 5 }) }),
)
export const network = fc.uniqueArray(resource, {
  minLength: 12,
  maxLength: 30,
  selector: (one) => `${one.type}/${one.id}`,
})

const types = fc.uniqueArray(type, { minLength: 1, maxLength: 3 })
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ kind: fc.constant('token'), paths, code }),
  fc
    .tuple(paths, code)
    .map(([of, value]): Condition => ({ kind: 'string', paths: of, op: 'starts', value })),
  fc
    .tuple(paths, code)
    .map(([of, value]): Condition => ({ kind: 'string', paths: of, op: 'ends', value })),
  fc.record({ kind: fc.constant('reference'), paths, type, id }),
  fc.record({ kind: fc.constant('reference'), paths, id }),
  fc.record({ kind: fc.constant('id'), ids: fc.uniqueArray(id, { minLength: 1, maxLength: 4 }) }),
  fc
    .tuple(paths, fc.uniqueArray(fc.constantFrom('', ...TYPES)))
    .map(([of, to]): Condition => ({ kind: 'present', entry: 'reference', paths: of, types: to })),
  fc.tuple(paths, code).map(([of, value]): Condition => ({
    kind: 'other',
    of: { kind: 'token', paths: of, code: value },
  })),
  fc.tuple(paths, fc.option(type, { nil: undefined }), id).map(([of, to, value]): Condition => ({
    kind: 'other',
    of: { kind: 'reference', paths: of, id: value, ...(to === undefined ? {} : { type: to }) },
  })),
)

export const { condition } = fc.letrec<{ condition: Condition; link: Condition }>((tie) => ({
  link: fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('refers', 'referred'),
        paths,
        types,
        where: tie('condition'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record(
        {
          kind: fc.constant('shares'),
          path: anyPath,
          there: anyPath,
          types,
          where: tie('condition'),
        },
        { requiredKeys: ['kind', 'path', 'types', 'where'] },
      ),
    },
  ),
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('link'),
    tie('link'),
    fc.record({
      kind: fc.constantFrom('and', 'or'),
      of: fc.array(tie('condition'), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('not'), of: tie('condition') }),
  ),
}))

/** Those among which a condition is decided. */
export const among = (all: readonly Candidate[]): Others => ({
  resolve: (of, one) => all.find((other) => other.type === of && other.id === one),
  referrers: (_candidate, of) => all.filter((other) => of.includes(other.type)),
  sharers: (of) => all.filter((other) => of.includes(other.type)),
})

const name = (one: { readonly type: string; readonly id: string }): string =>
  `${one.type}/${one.id}`

export function chains(store: () => Store): void {
  let all: Candidate[] = []

  /** Make what is here be these resources; one of them is deleted again. */
  const fill = async (resources: readonly Omit<Candidate, 'updated'>[]): Promise<void> => {
    const changes = resources.map((one) => make.put(one.type, one.id, one.entries))
    assert.ok((await store().commit(changes)).ok)
    const [gone, ...rest] = resources
    if (gone === undefined) return
    await store().commit([make.remove(gone.type, gone.id)])
    all = rest.map((one) => ({ ...one, updated: 0 }))
  }
  const clear = async (): Promise<void> => {
    await store().commit(all.map((one) => make.remove(one.type, one.id)))
  }
  const found = async (where: Condition, of?: string[]): Promise<string[]> => {
    const result = await store().search(make.plan(where, { types: of, count: 1000 }))
    return result.matches.map(name).sort()
  }

  it('finds the same for chains of every shape', async function () {
    this.timeout(240_000)
    const shapes = fc.tuple(network, fc.array(condition, { minLength: 40, maxLength: 40 }))
    await fc.assert(
      fc.asyncProperty(shapes, async ([resources, conditions]) => {
        await fill(resources)
        try {
          for (const where of conditions) {
            const expected = all.filter((one) => matches(one, where, among(all))).map(name)
            assert.deepEqual(await found(where), expected.sort(), JSON.stringify(where))
            assert.equal(await store().count(make.plan(where)), expected.length)
            const some = expected.filter((one) => one.startsWith('Patient/'))
            assert.deepEqual(await found(where, ['Patient']), some, JSON.stringify(where))
          }
        } finally {
          await clear()
        }
      }),
      { numRuns: Number(process.env.CHAIN_RUNS ?? 10), endOnFailure: false },
    )
  })

  describe('by hand', () => {
    const patients = Array.from({ length: 400 }, (_, i) =>
      make.put('Patient', `p${i}`, [
        make.string('Patient.name', i < 300 ? 'kim' : 'lee'),
        make.token('Patient.identifier', String(i)),
      ]),
    )
    const observations = Array.from({ length: 800 }, (_, i) =>
      make.put('Observation', `o${i}`, [
        make.reference('Observation.subject', 'Patient', `p${i % 400}`),
        make.token('Observation.code', i % 2 === 0 ? 'even' : 'odd'),
        make.token('Observation.of', String(i % 200), i < 400 ? '' : 'urn:other'),
      ]),
    )
    before(async () => {
      await store().commit(patients)
      await store().commit(observations)
    })
    after(() =>
      store().commit([...patients, ...observations].map((c) => make.remove(c.type, c.id))),
    )

    const subject = (where: Condition): Condition => ({
      kind: 'refers',
      paths: ['Observation.subject'],
      types: ['Patient'],
      where,
    })
    const has = (where: Condition): Condition => ({
      kind: 'referred',
      paths: ['Observation.subject'],
      types: ['Observation'],
      where,
    })
    const named = (value: string): Condition => ({
      kind: 'string',
      paths: ['Patient.name'],
      op: 'starts',
      value,
    })
    const coded = (value: string): Condition => ({
      kind: 'token',
      paths: ['Observation.code'],
      code: value,
    })
    const identified = (value: string): Condition => ({
      kind: 'token',
      paths: ['Patient.identifier'],
      code: value,
    })
    const and = (...of: Condition[]): Condition => ({ kind: 'and', of })
    const alike = (where: Condition, at = 'Patient.identifier'): Condition => ({
      kind: 'shares',
      path: 'Observation.of',
      there: at,
      types: ['Patient'],
      where,
    })
    const cases: readonly (readonly [string, string, Condition, number])[] = [
      ['few patients', 'Observation', subject(identified('7')), 2],
      ['no patient', 'Observation', subject(identified('none')), 0],
      ['many patients', 'Observation', subject(named('kim')), 600],
      ['many patients and a code', 'Observation', and(subject(named('kim')), coded('odd')), 300],
      ['a patient by id', 'Observation', subject({ kind: 'id', ids: ['p3', 'p4', 'x'] }), 4],
      ['any patient', 'Observation', subject(ALL), 800],
      ['no such patient', 'Observation', { kind: 'not', of: subject(named('kim')) }, 200],
      ['many observations', 'Patient', has(coded('odd')), 200],
      ['one observation', 'Patient', has({ kind: 'id', ids: ['o5'] }), 1],
      ['observations of Lee', 'Patient', and(has(coded('odd')), named('lee')), 50],
      ['those like the one', 'Patient', has(subject(identified('9'))), 1],
      [
        'there and back again',
        'Observation',
        subject(has(and(coded('even'), subject(identified('8'))))),
        2,
      ],
      ['what few share', 'Observation', alike(identified('7')), 2],
      ['what nobody has', 'Observation', alike(identified('none')), 0],
      ['another path', 'Observation', alike(ALL, 'Patient.other'), 0],
      ['what many share', 'Observation', alike(named('kim')), 400],
      ['what few do not share', 'Observation', { kind: 'not', of: alike(identified('7')) }, 798],
      ['what is shared and odd', 'Observation', and(alike(ALL), coded('odd')), 200],
      ['what is shared of one', 'Observation', and(alike(ALL), { kind: 'id', ids: ['o5'] }), 1],
      [
        'what is shared of few, or a code',
        'Observation',
        { kind: 'or', of: [alike(identified('8')), coded('odd')] },
        402,
      ],
      [
        'what their subjects share',
        'Patient',
        has(and(coded('odd'), alike(and(identified('9'), named('kim'))))),
        2,
      ],
    ]
    for (const [title, of, where, expected] of cases)
      it(`${title}: ${expected}`, async () => {
        const plan = make.plan(where, { types: [of], count: 150 })
        const pages = await make.pages(store(), plan)
        const ids = pages.flatMap((page) => make.idsOf(page.matches))
        assert.equal(ids.length, expected)
        assert.equal(new Set(ids).size, expected)
        assert.equal(await store().count(plan), expected)
        const sort = [{ by: 'id' as const, descending: true }]
        const sorted = await make.pages(store(), { ...plan, sort })
        assert.deepEqual(
          sorted.flatMap((page) => make.idsOf(page.matches)),
          ids.toSorted().reverse(),
        )
      })
  })
}
