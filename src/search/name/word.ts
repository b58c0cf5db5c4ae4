// The words of a name, each with the script that it is written in.
// https://hl7.org/fhir/R4/datatypes.html#HumanName
// Must not judge a language: Latin letters may be anybody's.
import { isHangul } from './hangul.ts'

export type Script = 'hangul' | 'cyrillic' | 'latin'

/** `folded` without hyphens and apostrophes; `script` undefined for Hanja and whatever else isn't read. */
export type Word = { readonly folded: string; readonly script: Script | undefined }

const CYRILLIC = /^[\p{Script=Cyrillic}]+$/u
const LATIN = /^[\p{Script=Latin}\p{N}]+$/u
const MARKS = /[^\p{L}\p{M}\p{N}]+/gu

const scriptOf = (word: string): Script | undefined => {
  if (isHangul(word)) return 'hangul'
  if (LATIN.test(word)) return 'latin'
  return CYRILLIC.test(word) ? 'cyrillic' : undefined
}

/** @param folded as by foldString */
export const wordsOf = (folded: string): readonly Word[] =>
  folded
    .split(' ')
    .map((word) => word.replace(MARKS, ''))
    .filter((word) => word !== '')
    .map((word) => ({ folded: word, script: scriptOf(word) }))

/** Several words as one, when they are of one script: Min Su is Minsu. */
export function joined(words: readonly Word[]): Word | undefined {
  const [first] = words
  if (first === undefined || words.some(({ script }) => script !== first.script)) return undefined
  return { folded: words.map(({ folded }) => folded).join(''), script: first.script }
}
