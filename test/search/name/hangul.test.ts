import assert from 'node:assert/strict'
import fc from 'fast-check'
import { cyrillicSpelling, hangulKey, latinSpellings } from '../../../src/search/name/hangul.ts'
import { romanise } from '../../../src/search/name/romanise.ts'
import { isFound, SURNAMES, SYLLABLES } from './room.ts'

/** Spellings of family names in passports; the first one is the usual one. */
const FAMILIES: readonly (readonly [hangul: string, ...spellings: string[]])[] = [
  ['김', 'Kim', 'Gim', 'Ким'],
  ['이', 'Lee', 'Yi', 'I', 'Rhee', 'Ли', 'Ri'],
  ['박', 'Park', 'Bak', 'Pak', 'Пак'],
  ['최', 'Choi', 'Choe', 'Цой', 'Tsoy'],
  ['정', 'Jung', 'Jeong', 'Chung', 'Тен', 'Чон'],
  ['강', 'Kang', 'Gang', 'Кан'],
  ['조', 'Cho', 'Jo', 'Чо'],
  ['윤', 'Yoon', 'Yun', 'Youn', 'Юн'],
  ['임', 'Lim', 'Im', 'Yim', 'Rim', 'Лим', 'Им'],
  ['신', 'Shin', 'Sin', 'Шин', 'Син'],
  ['우', 'Woo', 'U', 'У'],
  ['황', 'Hwang', 'Whang', 'Хван'],
  ['권', 'Kwon', 'Gwon', 'Квон'],
  ['허', 'Heo', 'Hur', 'Хо'],
  ['유', 'Yoo', 'Yu', 'You', 'Ю'],
  ['남궁', 'Namgung', 'Namkoong'],
]

/** Spellings of given names. */
const GIVEN: readonly (readonly [hangul: string, ...spellings: string[]])[] = [
  ['민수', 'Minsu', 'Min-su', 'Min Su', 'Minsoo', 'Min-Soo', 'Минсу', 'Мин Су'],
  ['영희', 'Yeonghui', 'Younghee', 'Young-hee', 'Yung Hee', 'Ёнхи'],
  ['지현', 'Jihyeon', 'Jihyun', 'Ji-hyun', 'Jeehyun', 'Чихён'],
  ['승호', 'Seungho', 'Seung-ho', 'Сынхо'],
  ['준영', 'Junyeong', 'Joonyoung', 'Jun-young', 'Чунён'],
  ['경수', 'Gyeongsu', 'Kyungsoo', 'Kyeongsu', 'Кёнсу'],
  ['성철', 'Seongcheol', 'Sungchul', 'Сончхоль'],
  ['은우', 'Eunu', 'Eunwoo', 'Eun Woo', 'Ыну'],
  ['정희', 'Jeonghui', 'Junghee', 'Chung-hee'],
  ['선희', 'Seonhui', 'Sunhee', 'Sun Hee'],
  ['빛나', 'Bitna'],
  ['알렉세이', 'Aleksei', 'Алексей', 'Alexei'],
]

describe('search/name/hangul', () => {
  for (const [hangul, ...spellings] of FAMILIES)
    for (const other of spellings) {
      it(`${hangul} and ${other}, a family name`, () => {
        assert.ok(isFound({ family: hangul, given: ['빛나'] }, other), 'from the other')
        assert.ok(isFound({ text: `${hangul}민수` }, other), 'from the other, in a text')
        assert.ok(isFound({ family: other, given: ['Bitna'] }, hangul), 'the other')
        assert.ok(isFound({ text: `${other} Bitna` }, hangul), 'the other, in a text')
        const keys = romanise(hangul, 'family')
        assert.ok(romanise(other, 'family').some((key) => keys.includes(key)))
      })
    }

  for (const [hangul, ...spellings] of GIVEN)
    for (const other of spellings) {
      it(`${hangul} and ${other}`, () => {
        assert.ok(isFound({ family: '탁', given: [hangul] }, other), 'from the other')
        assert.ok(isFound({ family: 'Tak', given: [other] }, hangul), 'the other')
      })
    }

  it('finds a whole name however it is divided', () => {
    const names: readonly Readonly<Record<string, unknown>>[] = [
      { family: '김', given: ['민수'] },
      { family: '김', given: ['민수'], text: '김민수' },
      { text: '김민수' },
      { text: '김 민수' },
      { family: 'Kim', given: ['Minsu'] },
      { family: 'Kim', given: ['Min', 'Su'] },
      { family: 'KIM', given: ['MIN-SU'] },
      { family: 'Kim', given: ['Min Soo'] },
      { text: 'Kim Min-su' },
      { text: 'Kim Min Su' },
      { text: 'Min-soo Kim' },
      { family: 'Ким', given: ['Минсу'] },
      { text: 'Ким Мин Су' },
    ]
    const queries = [
      '김민수',
      '김민',
      '김 민수',
      'Kim Minsu',
      'Kim Min-su',
      'Minsu Kim',
      'Ким Минсу',
    ]
    const divided = names[5]
    for (const name of names)
      for (const query of name === divided ? ['김민', 'Kim Min'] : queries)
        assert.ok(isFound(name, query), `${JSON.stringify(name)} by ${query}`)
  })

  it('takes a syllable for a letter', () => {
    assert.ok(!isFound({ family: '기민' }, '김'))
    assert.ok(!isFound({ family: '김' }, '기'))
    assert.ok(!isFound({ given: ['임수'] }, '이'))
    assert.ok(!isFound({ given: ['민아'] }, '미나'))
  })

  it('takes one syllable for a whole word in other letters', () => {
    assert.ok(!isFound({ family: 'Ivanov' }, '이'))
    assert.ok(!isFound({ family: 'Kimberley' }, '김'))
    assert.ok(!isFound({ family: 'Parker' }, '박'))
    assert.ok(isFound({ family: 'Park' }, '박'))
  })

  it('is found by every spelling that the rules give', () => {
    const syllable = fc.constantFrom(...SYLLABLES)
    fc.assert(
      fc.property(fc.constantFrom(...SURNAMES), syllable, syllable, (family, one, other) => {
        const given = one + other
        for (const latin of latinSpellings(given)) {
          assert.ok(isFound({ family, given: [given] }, latin), `${given} by ${latin}`)
          assert.ok(isFound({ family: 'Tak', given: [latin] }, given), `${latin} by ${given}`)
        }
        const cyrillic = cyrillicSpelling(given)
        assert.ok(isFound({ family, given: [given] }, cyrillic), `${given} by ${cyrillic}`)
        assert.ok(isFound({ family: 'Tak', given: [cyrillic] }, given), `${cyrillic} by ${given}`)
        const whole = { family: romanise(family, 'family')[0], given: [latinSpellings(given)[0]] }
        assert.ok(isFound(whole, family + given), `${JSON.stringify(whole)} by ${family}${given}`)
      }),
      { numRuns: 300 },
    )
  })

  it('finds few others: of 900 names, those that begin alike', () => {
    const names = SYLLABLES.slice(0, 30).flatMap((a) => SYLLABLES.slice(0, 30).map((b) => a + b))
    let hits = 0
    let wrong = 0
    for (const name of names.filter((_, i) => i % 9 === 0)) {
      const latin = latinSpellings(name)[0] ?? ''
      for (const other of names) {
        if (!isFound({ given: [other] }, latin)) continue
        hits++
        if (!latinSpellings(other).some((form) => form.startsWith(latin))) wrong++
      }
    }
    assert.ok(hits > 100 && wrong / hits < 0.15, `${wrong} of ${hits}`)
  })

  it('spells syllable by syllable, without sound changes', () => {
    assert.equal(latinSpellings('빛나')[0], 'bitna')
    assert.equal(latinSpellings('신라')[0], 'sinra')
    assert.equal(cyrillicSpelling('민수'), 'минсу')
    assert.equal(cyrillicSpelling('지현'), 'чихён')
    assert.equal(hangulKey('박'), 'pak')
  })
})
