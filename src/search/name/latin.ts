// Names in Latin letters, folded so that the usual ways to write one name meet: Yuriy, Iurii and Jurij; Tsoy and Tsoi.
// ICAO Doc 9303 part 3 section 6, GOST R 52535.1 and what passports said before; https://hl7.org/fhir/R4/search.html#string
// Must not fold what is told apart in every scheme (b and p, o and u): a key serves prefixes, so it must stay readable.

const STEPS: readonly (readonly [pattern: RegExp, to: string])[] = [
  [/[^\p{L}\p{N}]+/gu, ''],
  [/ø/g, 'o'],
  [/ł/g, 'l'],
  [/ı/g, 'i'],
  [/x/g, 'ks'],
  [/q/g, 'k'],
  [/w/g, 'v'],
  // But for 지유, which is no 지우.
  [/(?<!i)y|y(?![uo])/g, 'i'],
  [/j(?![aeiou])/g, 'i'],
  [/s(?:h?ch|hc$)/g, 'sh'],
  [/tch/g, 'ch'],
  [/kh/g, 'h'],
  [/(?<!n)gh/g, 'g'],
  [/^rh/g, 'r'],
  [/ph/g, 'f'],
  [/ck/g, 'k'],
  [/t[cz](?!h)/g, 'ts'],
  [/o[ou]/g, 'u'],
  // Before ie and ee are read: ия is iia and iya, ее is ee, eye and eie.
  [/i+/g, 'i'],
  [/ie/g, 'e'],
  // Ё is e, io and yo; Korean 효 and 교 are not.
  [/(?<![gk]|(?<![cs])h)io/g, 'e'],
  [/ee/g, 'i'],
  [/i+/g, 'i'],
  [/s+/g, 's'],
]

/**
 * The key of a word in Latin letters.
 * @param word folded as by foldString; spaces, hyphens and apostrophes are dropped
 */
export const latinKey = (word: string): string =>
  STEPS.reduce((text, [pattern, to]) => text.replace(pattern, to), word)

/** Readings of the letters that schemes disagree about: j is й, ж or the English one, c is ц or к. */
const OPEN: readonly (readonly [pattern: RegExp, readings: readonly string[]])[] = [
  [/j(?=[aou])/, ['j', 'i', 'zh']],
  [/j/, ['j', 'zh']],
  [/c(?![hk])/, ['c', 'ts']],
]

/** The beginning of a word says too little for the rarer readings. */
export const LONG = 4

/** Keys that a word of a query may mean, that of latinKey first; four at most. */
export function latinKeys(word: string): readonly string[] {
  const found = new Set([latinKey(word)])
  if (word.length < LONG) return [...found]
  for (const [pattern, readings] of OPEN) {
    const at = word.search(pattern)
    if (at < 0) continue
    for (const key of readings) found.add(latinKey(word.slice(0, at) + key + word.slice(at + 1)))
    break
  }
  return [...found]
}
