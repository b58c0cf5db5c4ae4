// What a name in a query means: what begins with it as it is written, and what is the same name in another script.
// https://hl7.org/fhir/R4/search.html#string
// Must not take Hangul apart for Hangul (김 finds no 기민), nor find half a word where one syllable was asked for.
import { namesOf, pathBeside } from '../emit.ts'
import type { IndexPath } from '../entry.ts'
import { unescape } from '../parse.ts'
import type { ParameterPath } from '../path.ts'
import type { Condition, Leaf } from '../plan.ts'
import { foldString } from '../string.ts'
import { cyrillicForms } from './cyrillic.ts'
import { NAME_PART } from './entries.ts'
import { hangulSpellings } from './hangul.ts'
import { koreanKeys } from './korean.ts'
import { latinKeys } from './latin.ts'
import { otherSurnames, splitName, surnameKeys, surnameSpellings } from './surname.ts'
import { joined, wordsOf } from './word.ts'
import type { Word } from './word.ts'

type Paths = {
  readonly plain: readonly IndexPath[]
  readonly latin: readonly IndexPath[]
  readonly hangul: readonly IndexPath[]
}

const beside = (paths: readonly IndexPath[], script: 'latin' | 'hangul'): readonly IndexPath[] =>
  paths.map((path) => pathBeside(path, script))

const kept = new WeakMap<readonly ParameterPath[], Paths & { readonly isWhole: boolean }>()

/** Paths of names among those of a parameter. */
function pathsOf(from: readonly ParameterPath[]): Paths & { readonly isWhole: boolean } {
  let known = kept.get(from)
  if (known === undefined) {
    const isWhole = from.some(({ types }) => types.includes('HumanName'))
    const plain = namesOf(from.filter((path) => isName(path)))
    known = { plain, latin: beside(plain, 'latin'), hangul: beside(plain, 'hangul'), isWhole }
    kept.set(from, known)
  }
  return known
}

const isName = ({ types }: ParameterPath): boolean =>
  types.includes('HumanName') || types.includes(NAME_PART)

/** Whether a parameter is about names of people. */
export const isAboutNames = (paths: readonly ParameterPath[]): boolean => paths.some(isName)

/** Longer texts are no names; they are looked for as they are written. */
const MOST_WORDS = 6
const LONGEST = 80
const MOST_SURNAMES = 6

/** Comparisons that a list of names may become in all; the names behind are looked for as they are written. */
const MOST_FORMS = 120

/**
 * What finds names beside what begins with them as they are written: forms of the first ones, as many as can be afforded.
 * @param values still escaped
 */
export function otherScripts(
  from: readonly ParameterPath[],
  values: readonly string[],
): readonly Condition[] {
  const found: Condition[] = []
  let left = MOST_FORMS
  for (const value of values) {
    const forms = otherForms(from, unescape(value))
    left -= forms.reduce((sum, form) => sum + sizeOf(form), 0)
    if (left < 0) break
    found.push(...forms)
  }
  return found
}

const sizeOf = (form: Condition): number =>
  form.kind === 'and' || form.kind === 'or' ? form.of.reduce((sum, one) => sum + sizeOf(one), 0) : 1

function otherForms(from: readonly ParameterPath[], text: string): readonly Condition[] {
  const folded = foldString(text)
  const paths = pathsOf(from)
  const words = wordsOf(folded)
  if (words.length === 0 || words.length > MOST_WORDS || folded.length > LONGEST) return []
  const heard = wordsOf(text.normalize('NFC').toLowerCase()).map((word) => word.folded)
  const one = joined(words)
  const found: Condition[] =
    one === undefined ? [] : [...formsOf(one, heard.join(''), paths, folded)]
  if (!paths.isWhole) return found
  if (words.length > 1) {
    if (one?.script === 'hangul') found.push(starts(paths.plain, one.folded))
    const each = words.map((word, i) =>
      any([starts(paths.plain, word.folded), ...formsOf(word, heard[i] ?? '', paths)]),
    )
    found.push({ kind: 'and', of: each })
  }
  const split = one?.script === 'hangul' ? splitName(one.folded) : undefined
  if (split !== undefined) {
    const [family, given] = split
    found.push({ kind: 'and', of: [surname(family, paths), givenName(given, paths)] })
  }
  return found
}

function formsOf(word: Word, heard: string, paths: Paths, asked = word.folded): readonly Leaf[] {
  const { folded, script } = word
  switch (script) {
    case undefined:
      return []
    case 'hangul':
      return fromHangul(folded, paths)
    case 'latin': {
      // One letter begins too much to be read as another.
      const keys = folded.length > 1 ? latinKeys(folded) : [folded]
      return [
        ...keys.map((key) => {
          if (key === asked) return starts(paths.latin, key)
          // Lee is li, which Lim begins with.
          const test = key.length < SHORT ? equals : starts
          return test([...paths.plain, ...paths.latin], key)
        }),
        ...toHangul(koreanKeys(folded, 'latin'), surnameKeys(folded), paths),
        ...sameSurname(otherSurnames(folded, script), paths),
      ]
    }
    case 'cyrillic': {
      const keys = cyrillicForms(folded)
      return [
        ...keys.map((key) => starts([...paths.plain, ...paths.latin], key)),
        ...toHangul(koreanKeys(heard, 'cyrillic'), keys.flatMap(surnameKeys), paths),
        ...sameSurname(otherSurnames(keys[0] ?? '', script), paths),
      ]
    }
  }
}

/** Hangul names that begin with one of the keys, or are the family name. */
function toHangul(
  keys: readonly string[],
  surnames: readonly string[],
  { hangul }: Paths,
): readonly Leaf[] {
  const begins = keys.filter((key) => !keys.some((k) => k !== key && key.startsWith(k)))
  const names = surnames.filter((name) => !begins.some((key) => name.startsWith(key)))
  return [
    ...begins.map((key) => starts(hangul, key)),
    ...[...new Set(names)].slice(0, MOST_SURNAMES).map((name) => equals(hangul, name)),
  ]
}

const sameSurname = (keys: readonly string[], { plain, latin }: Paths): readonly Leaf[] =>
  keys.slice(0, MOST_SURNAMES).map((key) => equals([...plain, ...latin], key))

/** A key of fewer letters that differs from the word is taken as a whole word. */
const SHORT = 3

/** Letters that are enough to look for what begins with them. */
const ENOUGH = 4

/** Names in other letters that Hangul may be written as; a syllable alone is a whole word there. */
function fromHangul(folded: string, { plain, latin, hangul }: Paths): readonly Leaf[] {
  const at = [...plain, ...latin]
  const written = starts(hangul, folded)
  if (folded.length === 1)
    return [written, ...surnameSpellings(folded).map((key) => equals(at, key))]
  const others = hangulSpellings(folded).map((key) =>
    key.length < ENOUGH ? equals(at, key) : starts(at, key),
  )
  return [written, ...others]
}

const surname = (family: string, { plain, latin, hangul }: Paths): Condition =>
  any([
    equals([...plain, ...hangul], family),
    ...surnameSpellings(family).map((key) => equals([...plain, ...latin], key)),
  ])

const givenName = (given: string, { plain, latin, hangul }: Paths): Condition =>
  any([
    starts([...plain, ...hangul], given),
    ...hangulSpellings(given).map((key) =>
      key.length < 2 ? equals([...plain, ...latin], key) : starts([...plain, ...latin], key),
    ),
  ])

const any = (of: readonly Leaf[]): Condition =>
  of.length === 1 && of[0] ? of[0] : { kind: 'or', of }

const starts = (paths: readonly IndexPath[], value: string): Leaf => ({
  kind: 'string',
  paths,
  op: 'starts',
  value,
})

const equals = (paths: readonly IndexPath[], value: string): Leaf => ({
  kind: 'string',
  paths,
  op: 'equals',
  value,
})
