// Names in Cyrillic letters, Russian and Kazakh, as the keys of their Latin forms.
// ICAO Doc 9303 part 3 section 6 B; Kazakh letters as passports write them. https://hl7.org/fhir/R4/search.html#string
// Must not be shown to anybody as a transliteration: a key has lost what the schemes disagree about.
import { latinKey, LONG } from './latin.ts'

const LETTERS = new Map(
  'аa бb вv гg дd еe жzh зz иi йi кk лl мm нn оo пp рr сs тt уu фf хh цts чch шsh щsh ъ ыi ь эe юiu яia әa ғg қk ұu үu һh іi ґg єe'
    .split(' ')
    .map((pair) => [pair.charAt(0), pair.slice(1)]),
)

/** Letters that are written in two ways: Өтегенов is Otegenov and, by way of Russian, Utegenov. */
const OPEN = new Map<string, readonly string[]>([
  ['ө', ['o', 'u']],
  ['ң', ['n', 'ng']],
])

const MOST = 4

/**
 * Keys of a word in Cyrillic letters, four at most; none but one without the letters that are open.
 * @param word folded as by foldString, so that ё is е and й is и
 */
export function cyrillicKeys(word: string): readonly string[] {
  let forms = ['']
  for (const letter of word) {
    const open = OPEN.get(letter)
    if (open !== undefined && forms.length < MOST)
      forms = open.flatMap((latin) => forms.map((form) => form + latin))
    else {
      const latin = open?.[0] ?? LETTERS.get(letter) ?? letter
      forms = forms.map((form) => form + latin)
    }
  }
  return [...new Set(forms.map(latinKey))]
}

/** Letters that some write in a way that is none of the key's: Julia for Юлия, Janar for Жанар, Cvetaeva for Цветаева. */
const RARE: readonly (readonly [pattern: RegExp, latin: string])[] = [
  [/^i(?=[aou])/, 'j'],
  [/zh/, 'j'],
  [/ts/, 'c'],
]

/** Keys that a word of a query may stand at: its own, and one for a letter that is written in a rarer way. */
export function cyrillicForms(word: string): readonly string[] {
  const keys = cyrillicKeys(word)
  if (word.length < LONG) return keys
  const rare = RARE.find(([pattern]) => pattern.test(keys[0] ?? ''))
  return rare === undefined ? keys : [...keys, (keys[0] ?? '').replace(...rare)]
}
