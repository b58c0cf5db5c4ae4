import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseSearch, splitEscaped, unescape } from '../../src/search/parse.ts'
import { query } from './room.ts'

describe('search/parse', () => {
  it('takes names apart, and keeps filters and results in the order sent', () => {
    const { filters, results } = parseSearch(
      query(
        '_sort=-date&subject:Patient.name:exact=Kim&_include:iterate=a&code=a,b\\,c&_has:Observation:patient:code=x&_id=1',
      ),
    )
    assert.deepEqual(
      filters.map(({ name, steps, values }) => ({ name, steps, values })),
      [
        {
          name: 'subject:Patient.name:exact',
          steps: [
            { code: 'subject', modifier: 'Patient' },
            { code: 'name', modifier: 'exact' },
          ],
          values: ['Kim'],
        },
        { name: 'code', steps: [{ code: 'code' }], values: ['a', 'b\\,c'] },
        {
          name: '_has:Observation:patient:code',
          steps: [{ code: '_has', modifier: 'Observation:patient:code' }],
          values: ['x'],
        },
        { name: '_id', steps: [{ code: '_id' }], values: ['1'] },
      ],
    )
    assert.deepEqual(
      results.map(({ name, steps }) => [name, steps[0]?.modifier]),
      [
        ['_sort', undefined],
        ['_include:iterate', 'iterate'],
      ],
    )
  })

  const splits: readonly (readonly [text: string, expected: readonly string[]])[] = [
    ['', ['']],
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    ['a\\,b,c', ['a\\,b', 'c']],
    ['a\\\\,b', ['a\\\\', 'b']],
    [',', ['', '']],
    ['a\\', ['a\\']],
  ]
  for (const [text, expected] of splits) {
    it(`splits "${text}"`, () => assert.deepEqual(splitEscaped(text, ','), expected))
  }

  it('gives back what was escaped, whatever it is', () => {
    // What has a meaning, in every mixture.
    const unit = fc.constantFrom(',', '|', '$', '\\', 'a', '가', '😀')
    const escape = (text: string): string => text.replace(/[,|$\\]/g, '\\$&')
    fc.assert(
      fc.property(fc.array(fc.string({ unit }), { minLength: 1, maxLength: 8 }), (texts) => {
        const joined = texts.map(escape).join(',')
        assert.deepEqual(splitEscaped(joined, ',').map(unescape), texts)
      }),
    )
  })
})
