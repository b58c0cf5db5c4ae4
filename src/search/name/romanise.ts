// A family or given name in any of three scripts as keys in Latin letters, by which names can be compared across them.
// Revised Romanization and passport customs for Hangul, ICAO Doc 9303 and its forerunners for Cyrillic.
// Must not be shown to anybody as a transliteration: keys have lost what the schemes disagree about.
import { foldString } from '../string.ts'
import { cyrillicKeys } from './cyrillic.ts'
import { hangulSpellings } from './hangul.ts'
import { latinKeys } from './latin.ts'
import { surnameSpellings } from './surname.ts'
import { joined, wordsOf } from './word.ts'

/**
 * Two names may be the same when they have a key in common: 이, Lee, Rhee and Ли as family names, 민수, Min-su and Минсу,
 * Юрий, Yuri and Iurii. The first key is the most usual one. A key is lower-case letters; there are sixteen at most, and
 * none for Hanja, for scripts that aren't read, and for a name that mixes scripts.
 * @param name one family name, or one or more given names, in any case
 */
export function romanise(name: string, part: 'family' | 'given' = 'given'): readonly string[] {
  const one = joined(wordsOf(foldString(name)))
  switch (one?.script) {
    case 'latin':
      return latinKeys(one.folded)
    case 'cyrillic':
      return cyrillicKeys(one.folded)
    case 'hangul':
      return part === 'family' ? surnameSpellings(one.folded) : hangulSpellings(one.folded)
    case undefined:
      return []
  }
}
