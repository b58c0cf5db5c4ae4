// https://hl7.org/fhir/R4/search.html#text
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { narrativeTexts } from '../../src/search/narrative.ts'
import { wordsOf } from '../../src/search/words.ts'
import { cpuTimeOf } from '../support/time.ts'

describe('search/words', () => {
  const splits: readonly (readonly [text: string, ...words: string[]])[] = [
    ['Systolic blood-pressure, 120 mm[Hg]', 'systolic', 'blood', 'pressure', '120', 'mm', 'hg'],
    ['Глюкоза (натощак): Ёлка', 'глюкоза', 'натощак', 'елка'],
    ['қан қысымы, ҚАНТ ДИАБЕТІ', 'қан', 'қысымы', 'қант', 'диабеті'],
    ['혈압이 높고 HbA1c가 7.5%입니다', '혈압이', '높고', 'hba1c', '가', '7', '5', '입니다'],
    ['Núñez naïve ﬁn ㎎', 'nunez', 'naive', 'fin', 'mg'],
    ['— … !?'],
  ]
  for (const [text, ...words] of splits)
    it(`${text} → ${words.join(' ')}`, () => {
      assert.deepEqual(wordsOf(text), words)
    })

  it('gives the same words again for what it gave', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const words = wordsOf(text)
        assert.deepEqual(wordsOf(words.join(' ')), words)
        for (const word of words) assert.doesNotMatch(word, /[\s"*():_]/)
      }),
    ))

  it('cuts what is no word, whether it stands in a text or in a query', () => {
    assert.deepEqual(wordsOf('a'.repeat(500)), wordsOf('a'.repeat(501)))
  })
})

describe('search/narrative', () => {
  it('gives the texts of blocks, without what is markup', () => {
    const div =
      '<div xmlns="http://www.w3.org/1999/xhtml" title="no"><p>glu<b>co</b>se &lt; 5&#46;4 &amp;c</p><!-- <p>no</p> -->' +
      '<table><tr><td>혈당</td><td>높음</td></tr></table></div>'
    assert.deepEqual(narrativeTexts(div), ['glucose < 5.4 &c', '혈당', '높음'])
  })

  it('takes time in proportion to the length, whatever the text', () => {
    for (const text of ['<', '&', '<!--', '<a ', '&#', '<b><', '-->'])
      assert.ok(cpuTimeOf(() => narrativeTexts(text.repeat(100_000))) < 2000, text)
  })
})
