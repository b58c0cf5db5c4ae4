// What a condition costs: leaves that no index holds as a whole value count, whatever stands around them.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { MAX_COMPARED, MAX_COMPARED_TOGETHER } from '../../src/fhir/limits.ts'
import { comparisonsOf, requireAffordable } from '../../src/search/cost.ts'
import type { Condition, Leaf } from '../../src/search/plan.ts'

const PATHS = ['Observation.x']
const date: Leaf = { kind: 'date', paths: PATHS, op: 'eq', low: 0, high: 1 }
const number: Leaf = { kind: 'number', paths: PATHS, op: 'eq', low: 0, high: 1 }
const string: Leaf = { kind: 'string', paths: PATHS, op: 'starts', value: 'kim' }
const token: Leaf = { kind: 'token', paths: PATHS, code: 'a' }
const whole: Leaf = { kind: 'uri', paths: PATHS, op: 'equals', value: 'urn:a' }
const below: Leaf = { kind: 'uri', paths: PATHS, op: 'below', value: 'urn:a' }
const id: Condition = { kind: 'id', ids: ['a'] }

const or = (of: readonly Condition[]): Condition => ({ kind: 'or', of })
const and = (of: readonly Condition[]): Condition => ({ kind: 'and', of })
const many = (count: number, leaf: Condition): Condition[] => Array<Condition>(count).fill(leaf)
const cost = (c: Condition): number => comparisonsOf(c, '?x')

describe('search/cost', () => {
  const costs: readonly (readonly [string, Condition, number])[] = [
    ['a date', date, 1],
    ['a number', number, 1],
    ['a part of a string', string, 1],
    ['an instant', { kind: 'updated', op: 'ge', low: 0, high: 1 }, 1],
    ['a code', token, 0],
    ['an id', id, 0],
    ['whether there is an entry', { kind: 'present', entry: 'date', paths: PATHS }, 0],
    ['a whole URI, looked up by itself', whole, 0.2],
    ['a part of a URI', below, 1],
    ['a thousand codes', or(many(1000, token)), 0],
    ['as many dates as a list may have', or(many(MAX_COMPARED, date)), MAX_COMPARED],
    ['five times as many URIs', or(many(5 * MAX_COMPARED, whole)), MAX_COMPARED],
    ['lists one after the other', and([or(many(150, date)), or(many(150, string))]), 300],
    ['what must not be', { kind: 'not', of: or(many(7, date)) }, 7],
    ['what must be another', { kind: 'other', of: string }, 1],
    ['parts of a composite', { kind: 'together', of: [token, number, date] }, 2],
    ['the end of a chain', { kind: 'refers', paths: PATHS, types: ['Patient'], where: date }, 1],
    ['the end of _has', { kind: 'referred', paths: PATHS, types: ['Patient'], where: string }, 1],
  ]
  for (const [what, condition, comparisons] of costs)
    it(`${what}: ${String(comparisons)}`, () =>
      assert.ok(Math.abs(cost(condition) - comparisons) < 1e-6, String(cost(condition))))

  for (const [what, condition] of [
    ['dates', or(many(MAX_COMPARED + 1, date))],
    ['URIs', or(many(5 * MAX_COMPARED + 6, whole))],
    ['lists within a list', or([or(many(MAX_COMPARED, date)), string])],
    [
      'dates at the end of a chain',
      { kind: 'refers', paths: PATHS, types: ['Patient'], where: or(many(300, date)) },
    ],
    ['what must not be', and([id, { kind: 'not', of: or(many(300, string)) }])],
  ] satisfies [string, Condition][])
    it(`refuses a list of too many: ${what}`, () =>
      assert.throws(() => cost(condition), { kind: 'too-costly' }))

  it('is the sum of its parts, however they are put together', () => {
    const leaves = fc.array(fc.constantFrom(date, number, string, token, below, id), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(leaves, leaves, (a, b) => {
        const sum = [...a, ...b].reduce((all, leaf) => all + cost(leaf), 0)
        assert.equal(cost(and([or(a), { kind: 'not', of: and(b) }])), sum)
        assert.equal(cost(or([and(a), or(b)])), sum)
      }),
      { numRuns: 200 },
    )
  })

  it('is affordable up to a bound for all parameters together', () => {
    requireAffordable(0)
    requireAffordable(MAX_COMPARED_TOGETHER)
    assert.throws(() => requireAffordable(MAX_COMPARED_TOGETHER + 0.2), { kind: 'too-costly' })
  })
})
