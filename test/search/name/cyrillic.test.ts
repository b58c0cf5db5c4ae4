import assert from 'node:assert/strict'
import fc from 'fast-check'
import { cyrillicKeys } from '../../../src/search/name/cyrillic.ts'
import { romanise } from '../../../src/search/name/romanise.ts'
import { foldString } from '../../../src/search/string.ts'
import { isFound, KAZAKH, RUSSIAN } from './room.ts'

/** How schemes write each letter: ICAO and GOST R 52535.1, older passports, press and libraries. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  а: ['a'],
  б: ['b'],
  в: ['v'],
  г: ['g'],
  д: ['d'],
  е: ['e', 'ye'],
  ё: ['e', 'yo'],
  ж: ['zh'],
  з: ['z'],
  и: ['i'],
  й: ['i', 'y', 'j'],
  к: ['k'],
  л: ['l'],
  м: ['m'],
  н: ['n'],
  о: ['o'],
  п: ['p'],
  р: ['r'],
  с: ['s'],
  т: ['t'],
  у: ['u'],
  ф: ['f'],
  х: ['kh', 'h'],
  ц: ['ts', 'tc', 'c'],
  ч: ['ch'],
  ш: ['sh'],
  щ: ['shch', 'sch'],
  ъ: ['', "'"],
  ы: ['y'],
  ь: ['', "'"],
  э: ['e'],
  ю: ['iu', 'yu', 'ju'],
  я: ['ia', 'ya', 'ja'],
  ә: ['a'],
  ғ: ['g', 'gh'],
  қ: ['k', 'q'],
  ң: ['n', 'ng'],
  ө: ['o', 'u'],
  ұ: ['u'],
  ү: ['u'],
  һ: ['h'],
  і: ['i'],
}

const VOWELS = 'аеёиоуыэюяәөұүі'

/** A name in Latin letters, each in one of the ways of the schemes. */
const spelled = (name: string): fc.Arbitrary<string> => {
  const letters = [...name.toLowerCase()]
  return fc
    .tuple(
      ...letters.map((letter, i) => {
        const ways = WAYS[letter] ?? [letter]
        const before = letters[i - 1] ?? ''
        // Е is ye at the beginning and behind vowels and ь; ё is yo anywhere.
        const isYe = letter === 'е' && i > 0 && !`${VOWELS}ьъ`.includes(before)
        return fc.constantFrom(...(isYe ? ['e'] : ways))
      }),
    )
    .filter((parts) => parts.filter((part) => part === 'c' || part.startsWith('j')).length < 2)
    .map((parts) => parts.join(''))
}

describe('search/name/cyrillic', () => {
  const cases: readonly (readonly [name: string, ...latin: string[]])[] = [
    ['Юрий', 'Yuri', 'Yuriy', 'Yury', 'Iurii', 'Jurij'],
    ['Юлия', 'Yuliya', 'Yulia', 'Iuliia', 'Julia'],
    ['Наталья', 'Natalia', 'Natalya', "Natal'ya"],
    ['Щербакова', 'Shcherbakova', 'Scherbakova'],
    ['Цветаева', 'Tsvetaeva', 'Tsvetayeva', 'Tcvetaeva', 'Cvetaeva'],
    ['Алексеев', 'Alekseev', 'Alekseyev', 'Alexeev', 'Alexeyev'],
    ['Соловьёв', 'Solovev', 'Solovyov', 'Soloviev', 'Solovyev'],
    ['Хрущёв', 'Khrushchev', 'Khrushchyov', 'Hruschev'],
    ['Ельцин', 'Eltsin', 'Yeltsin'],
    ['Қасымов', 'Kasymov', 'Kassymov', 'Qasymov'],
    ['Өтегенов', 'Otegenov', 'Utegenov', 'Өтегенов', 'Утегенов'],
    ['Төлегенова', 'Tolegenova', 'Tulegenova', 'Тулегенова'],
    ['Ғабдуллин', 'Gabdullin', 'Ghabdullin', 'Габдуллин'],
    ['Әсел', 'Asel', 'Assel', 'Асель'],
    ['Ысқақова', 'Yskakova', 'Iskakova', 'Искакова'],
    ['Жанар', 'Zhanar', 'Janar'],
    ['Нұрлан', 'Nurlan', 'Нурлан'],
  ]
  for (const [name, ...others] of cases)
    for (const other of others) {
      it(`${name} and ${other}`, () => {
        assert.ok(isFound({ family: name }, other), 'from the other')
        assert.ok(isFound({ family: other }, name), 'the other')
        assert.ok(romanise(name).some((key) => romanise(other).includes(key)))
      })
    }

  it('is found by every spelling, and by its beginning', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...RUSSIAN, ...KAZAKH)
          .chain((name) => fc.tuple(fc.constant(name), spelled(name))),
        ([name, latin]) => {
          assert.ok(isFound({ family: name }, latin), `${name} by ${latin}`)
          assert.ok(isFound({ text: `Ким ${name}` }, latin), `${name} in a text by ${latin}`)
        },
      ),
      { numRuns: 600 },
    )
  })

  it('keeps apart what sounds unlike', () => {
    for (const [one = '', other = ''] of [
      ['Галина', 'Kalina'],
      ['Бекова', 'Pekova'],
      ['Олег', 'Uleg'],
      ['Анна', 'Andrei'],
      ['Лидия', 'Lee'],
      ['Жанар', 'Yanar'],
    ])
      assert.ok(!isFound({ family: one }, other), `${one} by ${other}`)
  })

  it('makes few keys, each of letters that can be typed', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі]{1,40}$/), (name) => {
        const keys = cyrillicKeys(foldString(name))
        assert.ok(keys.length >= 1 && keys.length <= 4)
        for (const key of keys) assert.match(key, /^[a-z]*$/)
      }),
    )
  })
})
