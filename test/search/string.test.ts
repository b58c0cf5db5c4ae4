import assert from 'node:assert/strict'
import fc from 'fast-check'
import { foldString } from '../../src/search/string.ts'
import { entriesAt, finds } from './room.ts'

describe('search/string', () => {
  describe('folding', () => {
    const cases: readonly (readonly [text: string, folded: string])[] = [
      ['Müller', 'muller'],
      ['Straße', 'strasse'],
      ['STRASSE', 'strasse'],
      ['STRAẞE', 'strasse'],
      ['José  da\tSilva ', 'jose da silva'],
      ['Ångström', 'angstrom'],
      ['Nguyễn', 'nguyen'],
      ['ﬁeld', 'field'],
      ['Ｋｉｍ', 'kim'],
      ['Şükrü İnanır', 'sukru inanir'],
      ['Фёдоров', 'федоров'],
      ['Федоров', 'федоров'],
      ['Андрей', 'андреи'],
      ['Әбдіров', 'әбдіров'],
      ['ҒАБДУЛЛИН', 'ғабдуллин'],
      ['Қайрат Өтегенов Ұлы Һ Ң Ү', 'қаират өтегенов ұлы һ ң ү'],
      ['Ысқақов', 'ысқақов'],
      ['김민준', '김민준'],
      ['김민준'.normalize('NFD'), '김민준'],
      ['Ὀδυσσεύς', 'οδυσσευσ'],
      ['が', 'が'],
      ['मुंबई', 'मुंबई'],
      ['👩‍⚕️ Ok', '👩‍⚕️ ok'],
      ['x\u00a0y', 'x y'],
    ]
    for (const [text, folded] of cases) {
      it(`${text} → ${folded}`, () => assert.equal(foldString(text), folded))
    }

    it('keeps the letters of Kazakh apart from those they resemble', () => {
      for (const pair of ['әа', 'ғг', 'қк', 'ңн', 'өо', 'ұу', 'үу', 'ұү', 'һх', 'іи', 'іi']) {
        const [one = '', other = ''] = pair
        assert.notEqual(foldString(one), foldString(other), pair)
      }
    })

    it('does not take a syllable for the beginning of another', () => {
      assert.ok(!foldString('임').startsWith(foldString('이')))
      assert.ok(!foldString('임'.normalize('NFD')).startsWith(foldString('이'.normalize('NFD'))))
    })

    it('is the same for every normal form and case, and stable when repeated', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), (text) => {
          const folded = foldString(text)
          assert.equal(foldString(folded), folded)
          assert.equal(foldString(text.normalize('NFD')), folded)
          assert.equal(foldString(text.normalize('NFC')), folded)
          assert.equal(folded.normalize('NFC'), folded)
        }),
        { numRuns: 2000 },
      )
      fc.assert(
        fc.property(fc.stringMatching(/^[A-Za-zÀ-ÿА-яёЁӘәҒғҚқҢңӨөҰұҮүҺһІі가-힣 ]*$/), (text) => {
          assert.equal(foldString(text.toUpperCase()), foldString(text.toLowerCase()))
        }),
      )
    })
  })

  describe('names', () => {
    const patient = {
      resourceType: 'Patient',
      name: [
        { text: '김민준', family: '김', given: ['민준'] },
        { family: 'Фёдорова', given: ['Наталья', 'Ольга'], prefix: ['Dr.'], suffix: ['PhD'] },
        { family: 'Müller-Lüdenscheidt', given: ['José'] },
        { family: 'Әбдіров' },
      ],
    }
    const cases: readonly (readonly [query: string, found: boolean])[] = [
      ['name=김', true],
      ['name=김민', true],
      ['name=민준', true],
      ['name=기', false],
      ['name=ㄱ', false],
      ['name=федор', true],
      ['name=ФЁДОР', true],
      ['name=ольга', true],
      ['name=дорова', false],
      ['name:contains=дорова', true],
      ['name=muller', true],
      ['name=MÜLLER', true],
      ['name:contains=lüden', true],
      ['name=dr', true],
      ['name=phd', true],
      ['name=әбд', true],
      ['name=абд', true],
      ['name:exact=Müller-Lüdenscheidt', true],
      ['name:exact=Mu\u0308ller-Lu\u0308denscheidt', true],
      ['name:exact=muller-ludenscheidt', false],
      ['name:exact=Müller', false],
      ['family=김', true],
      ['family=민준', false],
      ['given=jose', true],
      ['given=김', false],
      ['name=kim,федор', true],
      ['name=kim', true],
      ['name=park', false],
      ['name=김&name=jose', true],
      ['name=김&name=park', false],
      ['name:missing=false', true],
      ['address:missing=true', true],
      ['address:missing=false', false],
    ]
    for (const [text, found] of cases) {
      it(`${text} ${found ? 'finds' : 'does not find'}`, () => {
        assert.equal(finds(patient, text), found)
      })
    }
  })

  it('makes one entry of each part of an address, equal ones once', () => {
    const address = {
      use: 'home',
      line: ['ул. Мира 1', 'кв. 2'],
      city: 'Алматы',
      state: 'Алматы',
      postalCode: '050000',
      country: 'KZ',
    }
    const found = entriesAt({ resourceType: 'Patient', address: [address] }, 'Patient.address')
    assert.deepEqual(
      found.map((entry) => entry.kind === 'string' && entry.exact),
      ['ул. Мира 1', 'кв. 2', 'Алматы', '050000', 'KZ'],
    )
  })
})
