// Contract of conditions: each kind of leaf with each operation, against expectations by hand.
// https://hl7.org/fhir/R4/search.html; the meaning of each stands in src/search/plan.ts.
import assert from 'node:assert/strict'
import { FOREVER, UNBOUNDED, type Entry } from '../../../src/search/entry.ts'
import { ALL, NONE, type Comparator, type Condition } from '../../../src/search/plan.ts'
import type { Store } from '../../../src/store/store.ts'
import * as make from './resource.ts'

const MG: [string, string, string] = ['http://unitsofmeasure.org', 'mg/dL', 'mg/dl']
const MMOL: [string, string, string] = ['http://unitsofmeasure.org', 'mmol/L', 'mmol/L']
const LOCAL: [string, string, string] = ['', '', 'mg/dL']

/** Resources by id, with their entries. All leaves are tried on all of them. */
const RESOURCES: Readonly<Record<string, readonly Entry[]>> = {
  none: [],
  t1: [make.token('t', 'a', 'urn:s'), make.token('t', 'b', '')],
  t2: [make.token('t', 'a', 'urn:other'), make.token('t2', 'b', 'urn:s')],
  t3: [make.token('t', 'b', 'urn:s')],
  s1: [make.string('s', 'kim min', 'Kim Min'), make.string('s', 'lee')],
  s2: [make.string('s', 'kimchi', 'KIMCHI'), make.string('s2', 'akim')],
  s3: [make.string('s', '김민수'), make.string('s', 'minkim')],
  d1: [make.date('d', 100, 200)],
  d2: [make.date('d', 150, 151)],
  d3: [make.date('d', -FOREVER, 120), make.date('d2', 100, 200)],
  d4: [make.date('d', 180, FOREVER)],
  d5: [make.date('d', 50, 60), make.date('d', 300, 400)],
  n1: [make.number('n', 5)],
  n2: [make.number('n', 5.4), make.number('n', 0.1)],
  n3: [make.number('n', 4, 6)],
  n4: [make.number('n', -UNBOUNDED, 3)],
  q1: [make.quantity('q', 130, MG)],
  q2: [make.quantity('q', 7, MMOL)],
  q3: [make.quantity('q', 130, LOCAL)],
  q4: [make.quantity('q', 120, MG, 0, 140)],
  r1: [make.reference('r', 'Patient', 'x')],
  r2: [make.reference('r', 'Group', 'x'), make.reference('r2', 'Patient', 'y')],
  r3: [make.reference('r', '', 'http://elsewhere/Patient/x')],
  u1: [make.uri('u', 'http://a/b')],
  u2: [make.uri('u', 'http://a/b/c')],
  u3: [make.uri('u', 'http://a/bc')],
  u4: [make.uri('u', 'urn:oid:1.2')],
  u5: [make.uri('u', 'urn:oid:1.2:3')],
  u6: [make.uri('u', 'http://a')],
  g1: [
    make.token('code', 'sys', 'c', 0),
    make.quantity('value', 120, MG, 0),
    make.token('code', 'dia', 'c', 1),
    make.quantity('value', 80, MG, 1),
  ],
  g2: [
    make.token('code', 'sys', 'c', 2),
    make.quantity('value', 80, MG, 2),
    make.token('code', 'sys', 'd', 2),
    make.token('code', 'dia', 'c', 3),
    make.quantity('value', 120, MG, 3),
  ],
  g3: [make.token('code', 'sys', 'c'), make.quantity('value', 120, MG)],
  g4: [make.token('code', 'sys', 'c'), make.token('code', 'x', '', 5)],
}

const on = (condition: Condition, ...ids: string[]) => [condition, ids] as const
const token = (of: { paths?: string[]; system?: string; code?: string }, ...ids: string[]) =>
  on({ kind: 'token', paths: ['t'], ...of }, ...ids)
const text = (op: string, value: string, ...ids: string[]) =>
  on({ kind: 'string', paths: ['s'], op, value } as Condition, ...ids)
const day = (op: Comparator, low: number, high: number, ...ids: string[]) =>
  on({ kind: 'date', paths: ['d'], op, low, high }, ...ids)
const count = (op: Comparator, low: number, high: number, ...ids: string[]) =>
  on({ kind: 'number', paths: ['n'], op, low, high }, ...ids)
const amount = (
  op: Comparator,
  low: number,
  high: number,
  of: { system?: string; code?: string },
  ...ids: string[]
) => on({ kind: 'quantity', paths: ['q'], op, low, high, ...of }, ...ids)
const link = (of: { paths?: string[]; type?: string; id: string }, ...ids: string[]) =>
  on({ kind: 'reference', paths: ['r'], ...of }, ...ids)
const address = (op: string, value: string, ...ids: string[]) =>
  on({ kind: 'uri', paths: ['u'], op, value } as Condition, ...ids)

const sys: Condition & { kind: 'token' } = { kind: 'token', paths: ['code'], code: 'sys' }
const above100: Condition & { kind: 'quantity' } = {
  kind: 'quantity',
  paths: ['value'],
  op: 'gt',
  low: 100,
  high: 100,
  code: 'mg/dL',
}
const isA: Condition = { kind: 'token', paths: ['t'], code: 'a' }

const CASES: readonly (readonly [Condition, readonly string[]])[] = [
  token({}, 't1', 't2', 't3'),
  token({ code: 'a' }, 't1', 't2'),
  token({ code: 'A' }),
  token({ system: 'urn:s', code: 'a' }, 't1'),
  token({ system: '', code: 'b' }, 't1'),
  token({ system: 'urn:s' }, 't1', 't3'),
  token({ system: '' }, 't1'),
  token({ system: 'urn:s', code: 'b' }, 't3'),
  token({ paths: ['t', 't2'], system: 'urn:s', code: 'b' }, 't2', 't3'),
  token({ paths: ['unknown'], code: 'a' }),
  token({ paths: [] }),

  text('starts', 'kim', 's1', 's2'),
  text('starts', 'kimc', 's2'),
  text('starts', '김', 's3'),
  text('starts', '', 's1', 's2', 's3'),
  text('contains', 'im', 's1', 's2', 's3'),
  text('contains', '민', 's3'),
  text('contains', 'm m', 's1'),
  text('equals', 'lee', 's1'),
  text('equals', 'kim'),
  text('exact', 'Kim Min', 's1'),
  text('exact', 'kim min'),

  day('eq', 100, 200, 'd1', 'd2'),
  day('eq', 150, 151, 'd2'),
  day('eq', 101, 200, 'd2'),
  day('ne', 100, 200, 'd3', 'd4', 'd5'),
  day('gt', 100, 200, 'd4', 'd5'),
  day('gt', 199, 200, 'd4', 'd5'),
  day('gt', 100, 199, 'd1', 'd4', 'd5'),
  day('lt', 100, 200, 'd3', 'd5'),
  day('lt', 101, 200, 'd1', 'd3', 'd5'),
  day('ge', 100, 200, 'd1', 'd2', 'd4', 'd5'),
  day('le', 100, 200, 'd1', 'd2', 'd3', 'd5'),
  day('sa', 100, 150, 'd2', 'd4', 'd5'),
  day('sa', 100, 181, 'd5'),
  day('eb', 120, 130, 'd3', 'd5'),
  day('eb', 119, 130, 'd5'),
  day('ap', 119, 151, 'd1', 'd2', 'd3'),
  day('ap', 60, 100, 'd3'),

  count('eq', 4.5, 5.5, 'n1', 'n2'),
  count('eq', 5, 5.4, 'n1'),
  count('eq', 4, 6.5, 'n1', 'n2', 'n3'),
  count('ne', 4.5, 5.5, 'n2', 'n3', 'n4'),
  count('gt', 5, 5, 'n2', 'n3'),
  count('ge', 5, 5, 'n1', 'n2', 'n3'),
  count('lt', 4, 4, 'n2', 'n4'),
  count('le', 4, 4, 'n2', 'n3', 'n4'),
  count('sa', 4, 4, 'n1', 'n2'),
  count('eb', 5, 5, 'n2', 'n4'),
  count('ap', 5.3, 5.5, 'n2', 'n3'),
  count('ap', 6, 7, 'n3'),

  amount('eq', 129.5, 130.5, {}, 'q1', 'q3'),
  amount('eq', 129.5, 130.5, { system: MG[0], code: 'mg/dL' }, 'q1'),
  amount('eq', 129.5, 130.5, { code: 'mg/dL' }, 'q1', 'q3'),
  amount('eq', 129.5, 130.5, { code: 'mg/dl' }, 'q1'),
  amount('eq', 129.5, 130.5, { system: '', code: 'mg/dL' }),
  amount('gt', 6, 6, { system: MG[0], code: 'mmol/L' }, 'q2'),
  amount('ge', 130, 130, { system: MG[0], code: 'mg/dL' }, 'q1', 'q4'),
  amount('lt', 130, 130, {}, 'q2', 'q4'),
  amount('le', 130, 130, { code: 'mg/dL' }, 'q1', 'q3', 'q4'),
  amount('sa', 119, 119, { code: 'mg/dL' }, 'q1', 'q3', 'q4'),
  amount('eb', 131, 131, { code: 'mg/dL' }, 'q1', 'q3'),
  amount('ne', 129.5, 130.5, { code: 'mg/dL' }, 'q4'),
  amount('ap', 140, 150, {}, 'q4'),

  link({ type: 'Patient', id: 'x' }, 'r1'),
  link({ id: 'x' }, 'r1', 'r2'),
  link({ type: '', id: 'http://elsewhere/Patient/x' }, 'r3'),
  link({ type: 'Patient', id: 'y' }),
  link({ paths: ['r', 'r2'], type: 'Patient', id: 'y' }, 'r2'),
  link({ type: 'Patient', id: 'unknown' }),

  address('equals', 'http://a/b', 'u1'),
  address('equals', 'http://a/B'),
  address('below', 'http://a/b', 'u1', 'u2'),
  address('below', 'http://a', 'u1', 'u2', 'u3', 'u6'),
  address('below', 'http://a/b/', 'u2'),
  address('below', 'urn:oid:1.2', 'u4', 'u5'),
  address('above', 'http://a/b/c', 'u1', 'u2', 'u6'),
  address('above', 'http://a/bc/d', 'u3', 'u6'),
  address('above', 'urn:oid:1.2:3:4', 'u4', 'u5'),
  address('above', 'http://other'),

  on({ kind: 'present', entry: 'token', paths: ['t'] }, 't1', 't2', 't3'),
  on({ kind: 'present', entry: 'string', paths: ['t'] }),
  on({ kind: 'present', entry: 'string', paths: ['s2', 'unknown'] }, 's2'),
  on({ kind: 'present', entry: 'date', paths: ['d2'] }, 'd3'),
  on({ kind: 'present', entry: 'number', paths: ['n'] }, 'n1', 'n2', 'n3', 'n4'),
  on({ kind: 'present', entry: 'quantity', paths: ['q'] }, 'q1', 'q2', 'q3', 'q4'),
  on({ kind: 'present', entry: 'reference', paths: ['r2'] }, 'r2'),
  on({ kind: 'present', entry: 'uri', paths: ['u'] }, 'u1', 'u2', 'u3', 'u4', 'u5', 'u6'),

  on({ kind: 'together', of: [sys] }, 'g1', 'g2', 'g3', 'g4'),
  on({ kind: 'together', of: [sys, above100] }, 'g1', 'g3'),
  on({ kind: 'together', of: [{ ...sys, code: 'dia' }, above100] }, 'g2'),
  on({ kind: 'together', of: [sys, { ...sys, system: 'd' }] }, 'g2'),
  on({ kind: 'together', of: [sys, { ...sys, code: 'dia' }] }),
  on({ kind: 'together', of: [sys, { ...above100, op: 'le' }] }, 'g2'),
  on(
    {
      kind: 'not',
      of: {
        kind: 'or',
        of: [
          { kind: 'together', of: [sys, above100] },
          { kind: 'not', of: sys },
        ],
      },
    },
    'g2',
    'g4',
  ),

  on(NONE),
  on(ALL, ...Object.keys(RESOURCES)),
  on({ kind: 'not', of: ALL }),
  on({ kind: 'not', of: NONE }, ...Object.keys(RESOURCES)),
  on(
    { kind: 'not', of: isA },
    ...Object.keys(RESOURCES).filter((id) => id !== 't1' && id !== 't2'),
  ),
  on({ kind: 'and', of: [isA, { kind: 'token', paths: ['t2'] }] }, 't2'),
  on({ kind: 'and', of: [isA, { kind: 'not', of: { kind: 'token', paths: ['t2'] } }] }, 't1'),
  on({ kind: 'and', of: [isA, { kind: 'token', paths: ['t'], code: 'b' }] }, 't1'),
  on({ kind: 'and', of: [isA, NONE] }),
  on({ kind: 'and', of: [ALL, isA, { kind: 'and', of: [isA] }] }, 't1', 't2'),
  on(
    { kind: 'or', of: [isA, { kind: 'reference', paths: ['r'], id: 'x' }] },
    'r1',
    'r2',
    't1',
    't2',
  ),
  on({ kind: 'or', of: [NONE, { kind: 'or', of: [isA, NONE] }] }, 't1', 't2'),
  on(
    {
      kind: 'or',
      of: [
        { kind: 'and', of: [isA, { kind: 'present', entry: 'token', paths: ['t2'] }] },
        { kind: 'not', of: { kind: 'not', of: { kind: 'id', ids: ['none', 'u1'] } } },
      ],
    },
    'none',
    't2',
    'u1',
  ),
  on(
    {
      kind: 'or',
      of: [
        { kind: 'token', paths: ['t'], system: 'urn:s', code: 'a' },
        { kind: 'token', paths: ['t'], system: 'urn:s', code: 'b' },
        { kind: 'token', paths: ['t2'], system: '', code: 'a' },
        { kind: 'reference', paths: ['r'], type: 'Group', id: 'x' },
        { kind: 'reference', paths: ['r'], type: 'Patient', id: 'y' },
        { kind: 'uri', paths: ['u'], op: 'equals', value: 'http://a' },
        { kind: 'string', paths: ['s'], op: 'equals', value: 'lee' },
        { kind: 'string', paths: ['s'], op: 'exact', value: 'KIMCHI' },
        { kind: 'string', paths: ['s'], op: 'starts', value: '김' },
      ],
    },
    ...['r2', 's1', 's2', 's3', 't1', 't3', 'u6'],
  ),
  on({ kind: 'id', ids: ['t1', 'unknown', 's1'] }, 's1', 't1'),
  on({ kind: 'id', ids: [] }),
  on({ kind: 'id', ids: ['t1', 's1'], type: 'Basic' }, 's1', 't1'),
  on({ kind: 'id', ids: ['t1', 's1'], type: 'Patient' }),
  on({ kind: 'and', of: [isA, { kind: 'id', ids: ['t1', 's1'] }] }, 't1'),
]

export function conditions(store: () => Store): void {
  before(async () => {
    const changes = Object.entries(RESOURCES).map(([id, entries]) => make.put('Basic', id, entries))
    assert.equal((await store().commit(changes)).ok, true)
    // What is deleted or was overwritten must never be found.
    await store().commit([
      make.put('Basic', 'gone', Object.values(RESOURCES).flat()),
      make.put('Basic', 'none', Object.values(RESOURCES).flat(), 'before'),
    ])
    await store().commit([make.remove('Basic', 'gone'), make.put('Basic', 'none', [], 'after')])
  })

  for (const [condition, ids] of CASES)
    it(`${JSON.stringify(condition)} finds ${ids.length > 6 ? String(ids.length) : `[${ids.join(' ')}]`}`, async () => {
      assert.deepEqual(await make.matching(store(), condition), ids.toSorted())
      assert.equal(await store().count(make.plan(condition)), ids.length)
    })

  it('searches the types of the plan only', async () => {
    await store().commit([make.put('Group', 't1', RESOURCES.t1), make.put('Group', 'o', [])])
    const find = (types: string[] | undefined) =>
      store()
        .search(make.plan(isA, { types }))
        .then(({ matches }) => matches.map(({ type, id }) => `${type}/${id}`).sort())
    assert.deepEqual(await find(['Group']), ['Group/t1'])
    assert.deepEqual(await find(['Group', 'Basic']), ['Basic/t1', 'Basic/t2', 'Group/t1'])
    assert.deepEqual(await find(undefined), ['Basic/t1', 'Basic/t2', 'Group/t1'])
    assert.deepEqual(await find(['Unknown']), [])
    assert.deepEqual(await find([]), [])
    assert.deepEqual(await make.matching(store(), ALL, ['Group']), ['o', 't1'])
    await store().commit([make.remove('Group', 't1'), make.remove('Group', 'o')])
  })

  it('compares the time of the last change as an instant', async () => {
    const t = (await store().read('Basic', 'none'))?.updated ?? 0
    const holds = async (op: Comparator, low: number, high: number) => {
      const where: Condition = {
        kind: 'and',
        of: [
          { kind: 'id', ids: ['none'] },
          { kind: 'updated', op, low, high },
        ],
      }
      return (await make.matching(store(), where)).length === 1
    }
    const all: Comparator[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap']
    for (const [low, high, ...held] of [
      [t, t + 1, 'eq', 'ge', 'le', 'ap'],
      [t - 5, t + 5, 'eq', 'ge', 'le', 'ap'],
      [t - 5, t, 'ne', 'gt', 'ge', 'sa'],
      [t + 1, t + 5, 'ne', 'lt', 'le', 'eb'],
      [-FOREVER, FOREVER, 'eq', 'ge', 'le', 'ap'],
    ] as const)
      for (const op of all)
        assert.equal(
          await holds(op, low, high),
          (held as readonly string[]).includes(op),
          `${op} [${String(low - t)}, ${String(high - t)})`,
        )
  })
}
