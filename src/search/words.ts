// Text as words, for the full text: folded as strings are, and split the same way in resources and in queries.
// https://hl7.org/fhir/R4/search.html#text
// Must not know a language: no stems, no stop words; what all readers compare is what is made here.
import { foldString } from './string.ts'

/** Letters, digits and their marks; Hangul by itself, since particles and endings follow Latin words and numbers, too. */
const WORD =
  /[\p{Script=Hangul}][\p{Script=Hangul}\p{M}]*|(?:(?!\p{Script=Hangul})[\p{L}\p{N}])(?:(?!\p{Script=Hangul})[\p{L}\p{N}\p{M}])*/gu
const PLAIN = /^[\x20-\x7e]*$/
const PLAIN_WORD = /[a-z0-9]+/g

/** Characters of a word; what is longer is no word, and its beginning stands for it. */
const LONGEST = 64

// The same codes, displays and units come again and again.
const KEPT = 16_384
const KEPT_LENGTH = 128
const kept = new Map<string, readonly string[]>()
const NO_WORDS: readonly string[] = []

/**
 * The words of a text, folded, in order.
 * @example wordsOf('HbA1c가 5.4 %') // ['hba1c', '가', '5', '4']
 */
export function wordsOf(text: string): readonly string[] {
  const known = kept.get(text)
  if (known !== undefined) return known
  const words = split(text)
  if (text.length <= KEPT_LENGTH) {
    if (kept.size >= KEPT) kept.clear()
    kept.set(text, words)
  }
  return words
}

function split(text: string): readonly string[] {
  const found = PLAIN.test(text)
    ? text.toLowerCase().match(PLAIN_WORD)
    : foldString(text).match(WORD)
  if (found === null) return NO_WORDS
  return found.map((word) => (word.length > LONGEST ? [...word].slice(0, LONGEST).join('') : word))
}

const HANGUL = /^\p{Script=Hangul}/u

/** Whether a word is Korean: what follows a noun there (혈압이, 혈압을) is written in one with it. */
export const isHangul = (word: string): boolean => HANGUL.test(word)

/** Two neighbours as one item of the index, by which phrases are found. */
export const pairOf = (first: string, second: string): string => `${first} ${second}`
