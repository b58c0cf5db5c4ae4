// Words in Latin or Cyrillic letters read as Korean ones: which keys of Hangul (hangul.ts) they may be the beginning of.
// The spellings are those of passports, not of one scheme: Young, Hyun, Soo, Hee, Woo beside the official ones.
// Must not read what is no Korean word: then there is no key, and nothing is looked up.
import { single } from './hangul.ts'

/** Tried in order at each place, the first that fits is taken. `^` is the end of what was read, `$` the end of the word. */
type Rule = readonly [pattern: RegExp, readings: readonly string[]]

const rules = (table: readonly (readonly [pattern: string, ...readings: string[]])[]): Rule[] =>
  table.map(([pattern, ...readings]) => [new RegExp(pattern, 'y'), readings])

const LATIN = rules([
  ['shi(?=[nmk])', 'si'],
  ['shi$', 'sin', 'sim', 'sik'],
  ['ch(?=ung)', 'ch', 'j'],
  ['ch', 'ch'],
  ['ng(?=[aeiouyw])', 'ng', 'nk'],
  ['ng', 'ng'],
  ['[kg]+', 'k'],
  ['[pb]+', 'p'],
  ['[lr]+', 'l'],
  ['s+(?!h)', 's'],
  ['j+', 'j'],
  ['d+', 'd'],
  ['t+', 't'],
  ['m+', 'm'],
  ['n+', 'n'],
  ['wha', 'hwa'],
  ['h', 'h'],
  ['x', 'ks'],
  ['yeo', 'yeo'],
  ['you(?=n)', 'yeo', 'yu'],
  ['you', 'yu', 'yeo', 'you'],
  ['yoo', 'yu'],
  ['yu(?=ng)', 'yeo', 'yu'],
  ['(?<=[hkgpbm])yu(?=n|$)', 'yeo', 'yu'],
  ['yu', 'yu'],
  ['y(?=[aeo])', 'y'],
  ['yi?', 'i'],
  ['eui', 'ui'],
  ['(?<=h)(?:ee(?!un)|i)', 'ui', 'i'],
  ['ee(?!un)', 'i'],
  ['ui', 'ui'],
  ['woo|wu', 'u'],
  ['weo', 'wo'],
  ['wee', 'wi'],
  ['w(?=[aeio])', 'w'],
  ['oi', 'oe', 'oi'],
  ['oo', 'u'],
  ['ou(?=n)', 'eo', 'u'],
  ['ou$', 'ou'],
  ['ou', 'u', 'ou'],
  ['eu', 'eu'],
  ['eo', 'eo'],
  ['(?<=s|ch)u(?=[nkl]|$)', 'u', 'eo'],
  ['u(?=ng)', 'u', 'eo'],
  ['(?<=j)u(?=n?$)', 'u', 'eo'],
  ['[aeiou]', '&'],
])

const CYRILLIC = rules([
  ['дж|чж', 'j'],
  ['кх', 'k', 'kh'],
  ['[кг]+', 'k'],
  ['пх', 'p', 'ph'],
  ['[пб]+', 'p'],
  ['тх', 't', 'th'],
  ['тт', 'd'],
  ['т', 'd', 't'],
  ['д', 'd'],
  ['с+', 's'],
  ['ш(?=и)', 's'],
  ['чх', 'ch'],
  ['чч', 'j'],
  ['ч', 'j', 'ch'],
  ['[лр]+ь?', 'l'],
  ['м+', 'm'],
  ['нъ', 'ng'],
  ['нн', 'n', 'ngn'],
  ['н(?=.)', 'n', 'ng'],
  ['н', 'n'],
  ['хв(?=а)', 'hw'],
  ['х', 'h'],
  ['ва', 'wa'],
  ['во', 'wo'],
  ['в[еэ]', 'oe', 'we'],
  ['ви', 'wi'],
  ['ый', 'ui'],
  ['йе', 'ye'],
  ['йя', 'yae'],
  ['(?<=х)и', 'i', 'ui'],
  ['[ий]', 'i'],
  ['а', 'a'],
  ['я', 'ya'],
  ['о', 'o', 'eo'],
  ['ё', 'yeo', 'yo'],
  ['е', 'e', 'ye'],
  ['э', 'ae', 'e'],
  ['у', 'u'],
  ['ю', 'yu'],
  ['ы', 'eu'],
])

const MOST = 16

function readings(word: string, table: readonly Rule[]): readonly string[] {
  let found = ['']
  for (let at = 0; at < word.length;) {
    let length = 0
    for (const [pattern, ways] of table) {
      pattern.lastIndex = at
      const read = pattern.exec(word)?.[0]
      if (read === undefined) continue
      length = read.length
      const most = found.length * ways.length > MOST ? 1 : ways.length
      const forms = found
      found = ways
        .slice(0, most)
        .flatMap((way) => forms.map((form) => form + (way === '&' ? read : way)))
      break
    }
    if (length === 0) return []
    at += length
  }
  return [...new Set(found.map(single))]
}

/**
 * Keys of Hangul that a word of a query may be the beginning of, sixteen at most; none when it can't be Korean.
 * @param word of one script, lower case, letters only; й and ё as they are
 */
export const koreanKeys = (word: string, script: 'latin' | 'cyrillic'): readonly string[] =>
  word === '' ? [] : readings(word, script === 'latin' ? LATIN : CYRILLIC)
