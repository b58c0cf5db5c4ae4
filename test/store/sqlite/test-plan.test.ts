// A resource that is known is tested by its own entries, however narrow SQLite thinks that a range of values is.
import assert from 'node:assert/strict'
import type { Condition, Leaf } from '../../../src/search/plan.ts'
import { test } from '../../../src/store/sqlite/compile.ts'
import { openDatabase } from '../../../src/store/sqlite/database.ts'

const paths = ['p']
const between = { low: 1, high: 2 } as const
const LEAVES: readonly Leaf[] = [
  { kind: 'token', paths, system: '', code: 'a' },
  { kind: 'token', paths, system: '' },
  { kind: 'string', paths, op: 'starts', value: 'a' },
  { kind: 'string', paths, op: 'contains', value: 'a' },
  { kind: 'string', paths, op: 'equals', value: 'a' },
  { kind: 'date', paths, op: 'eq', ...between },
  { kind: 'date', paths, op: 'ap', ...between },
  { kind: 'number', paths, op: 'eq', ...between },
  { kind: 'number', paths, op: 'gt', ...between },
  { kind: 'quantity', paths, op: 'eq', ...between },
  { kind: 'quantity', paths, op: 'lt', ...between, code: 'mg' },
  { kind: 'uri', paths, op: 'equals', value: 'urn:a' },
  { kind: 'uri', paths, op: 'below', value: 'urn:a' },
  { kind: 'uri', paths, op: 'above', value: 'urn:a:b:c' },
]
const CONDITIONS: readonly Condition[] = [
  ...LEAVES,
  ...LEAVES.map((of): Condition => ({ kind: 'other', of })),
  ...LEAVES.map((of): Condition => ({ kind: 'together', of: [LEAVES[0]!, of] })),
]

describe('a test of one resource', () => {
  const db = openDatabase(':memory:')
  before(() => db.paths.make('p'))
  after(() => db.raw.close())

  for (const condition of CONDITIONS)
    it(`looks for it by its key: ${JSON.stringify(condition)}`, () => {
      const { sql, values } = test(db, condition, 'r.pk')
      const plan = db.raw
        .prepare(`explain query plan select 1 from resource r where ${sql}`)
        .all(...values)
        .map(({ detail }) => String(detail))
      const entries = plan.filter((line) => /^SEARCH e\d?\b/.test(line))
      assert.ok(entries.length > 0 || sql === '0', plan.join('\n'))
      for (const line of entries) assert.match(line, /\bpk=\?/)
    })
})
