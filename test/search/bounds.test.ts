// Each bound of a query: what is just within it is taken, one more is refused with the bound and the name in words.
import assert from 'node:assert/strict'
import { Failure } from '../../src/errors.ts'
import {
  MAX_CHAIN,
  MAX_INCLUDES,
  MAX_NAMES,
  MAX_PARAMETERS,
  MAX_SORT_KEYS,
  MAX_VALUE_LENGTH,
  MAX_VALUES,
  MAX_VALUES_TOGETHER,
} from '../../src/fhir/limits.ts'
import type { Query } from '../../src/fhir/message.ts'
import { parseSearch } from '../../src/search/parse.ts'

const list = (count: number): string => Array.from({ length: count }, () => 'a').join(',')
const times = (count: number, name: string, value = 'a'): Query =>
  Array.from({ length: count }, () => [name, value] as const)
/** A chain of so many steps, the last of which is `name`. */
const chain = (steps: number): string =>
  [...Array<string>(steps - 1).fill('partof'), 'name'].join('.')
const has = (steps: number): string => `${'_has:Observation:subject:'.repeat(steps)}code`

/** What is bounded, a query for a size, the most, and what the refusal names. */
const BOUNDS: readonly (readonly [string, (size: number) => Query, number, string?])[] = [
  ['parameters', (n) => times(n, 'name'), MAX_PARAMETERS],
  ['parameters that say what to return', (n) => times(n, '_format'), MAX_PARAMETERS],
  ['alternatives of a parameter', (n) => [['code', list(n)]], MAX_VALUES, 'code'],
  [
    'alternatives of all parameters',
    (n) => [
      ['code', list(MAX_VALUES)],
      ['category', list(1)],
      ['status', list(n - MAX_VALUES - 1)],
    ],
    MAX_VALUES_TOGETHER,
  ],
  ['characters of a value', (n) => [['name', 'x'.repeat(n)]], MAX_VALUE_LENGTH, 'name'],
  [
    'characters of a value among others',
    (n) => [['name', `a,${'x'.repeat(n)},b`]],
    MAX_VALUE_LENGTH,
    'name',
  ],
  ['steps of a chain', (n) => [[chain(n), 'x']], MAX_CHAIN, chain(MAX_CHAIN + 1)],
  ['steps of _has', (n) => [[has(n), 'x']], MAX_CHAIN, has(MAX_CHAIN + 1).slice(0, 80)],
  ['keys of _sort', (n) => [['_sort', list(n)]], MAX_SORT_KEYS, '_sort'],
  ['keys of several _sort', (n) => times(n, '_sort'), MAX_SORT_KEYS, '_sort'],
  ['_elements', (n) => [['_elements', list(n)]], MAX_NAMES, '_elements'],
  ['_include', (n) => times(n, '_include', 'a:b'), MAX_INCLUDES, '_include'],
  [
    '_include and _revinclude together',
    (n) => [...times(n - 20, '_include', 'a:b'), ...times(20, '_revinclude:iterate', 'a:b')],
    MAX_INCLUDES,
    '_revinclude',
  ],
]

describe('search/bounds', () => {
  for (const [what, query, most, name] of BOUNDS)
    it(`${what}: ${String(most)}`, () => {
      parseSearch(query(most))
      assert.throws(
        () => parseSearch(query(most + 1)),
        (error) => {
          assert.ok(error instanceof Failure)
          assert.equal(error.kind, 'too-costly')
          assert.match(error.message, new RegExp(` may have ${String(most)} `))
          assert.deepEqual(
            error.issues[0]?.expression,
            name === undefined ? undefined : [`?${name}`],
          )
          return true
        },
      )
    })

  it('a long list of short values is no long value', () => {
    parseSearch([['name', Array.from({ length: 9000 }, () => 'abcdefgh').join(',')]])
  })

  it('a name that is repeated in a refusal is cut', () => {
    const name = `${'x'.repeat(100)}.${chain(MAX_CHAIN)}`
    assert.throws(() => parseSearch([[name, 'x']]), { message: /^x{80} may have/ })
  })
})
