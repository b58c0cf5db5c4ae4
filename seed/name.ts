// One HumanName per script, all official, told apart by the two standard extensions: how the name is
// represented (alphabet, syllables, ideographs) and in which language. Latin forms of Russian names
// follow ICAO Doc 9303; Korean and Kazakh ones can't be derived and are given with the person.
// https://hl7.org/fhir/R4/datatypes.html#HumanName

import type { HumanName } from 'fhir/r4.js'

const REPRESENTATION = 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation'
const LANGUAGE = 'http://hl7.org/fhir/StructureDefinition/language'

// Upper-case letters whose Latin form has two letters get only their first in upper case.
const ICAO = new Map([['ь', '']])
const pairs =
  'аa бb вv гg дd еe ёe жzh зz иi йi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъie ыy эe юiu яia'
for (const pair of pairs.split(' ')) ICAO.set(pair.charAt(0), pair.slice(1))

/** A Russian word in the Latin letters of a passport. */
export function icao(word: string): string {
  const lower = Array.from(word.toLowerCase(), (letter) => ICAO.get(letter) ?? letter).join('')
  return lower.charAt(0).toUpperCase() + lower.slice(1)
}

function name(
  representation: 'ABC' | 'SYL' | 'IDE',
  language: string,
  text: string,
  family: string,
  given: string[],
): HumanName {
  return {
    extension: [
      { url: REPRESENTATION, valueCode: representation },
      { url: LANGUAGE, valueCode: language },
    ],
    use: 'official',
    text,
    family,
    given,
  }
}

/** Korean writing puts no space between a Korean family name and the given name. */
export function hangul(family: string, given: string, space = ''): HumanName {
  return name('SYL', 'ko', family + space + given, family, [given])
}

export function hanja(family: string, given: string): HumanName {
  return name('IDE', 'ko', family + given, family, [given])
}

export function latin(family: string, ...given: string[]): HumanName {
  return name('ABC', 'en', [family, ...given].join(' '), family, given)
}

export function kazakh(family: string, ...given: string[]): HumanName {
  return name('ABC', 'kk', [family, ...given].join(' '), family, given)
}

export function russian(family: string, ...given: string[]): HumanName {
  return name('ABC', 'ru', [family, ...given].join(' '), family, given)
}

/** A Russian name and its Latin form. */
export function russianAndLatin(family: string, ...given: string[]): HumanName[] {
  return [russian(family, ...given), latin(icao(family), ...given.map(icao))]
}
