// Hangul syllables taken apart: their key for queries in other letters, and how people write them in Latin and Cyrillic ones.
// Revised Romanization syllable by syllable, without sound changes, as Korean passports have it; Kontsevich's system for Cyrillic.
// Must not be what a query in Hangul is compared with: there a syllable is a letter (search/string.ts).
import { cyrillicKeys } from './cyrillic.ts'
import { latinKey } from './latin.ts'

const FIRST = 19
const FIRST_SYLLABLE = 0xac00
const LAST_SYLLABLE = 0xd7a3
const MIDDLES = 21
const ENDS = 28

const ONSETS = 'g kk n d tt r m b pp s ss - j jj ch k t p h'
  .split(' ')
  .map((o) => o.replace('-', ''))
const VOWELS = 'a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i'.split(' ')
const CODAS = '- k k k n n n t l k m l l l p l m p p t t ng t t k t p t'
  .split(' ')
  .map((c) => c.replace('-', ''))

const CYRILLIC_ONSETS = 'к кк н т тт р м п пп с сс - ч чч чх кх тх пх х'
  .split(' ')
  .map((o) => o.replace('-', ''))
const VOICED: Readonly<Record<string, string>> = { к: 'г', т: 'д', п: 'б', ч: 'дж' }
const CYRILLIC_VOWELS = 'а э я йя о е ё йе о ва вэ ве ё у во ве ви ю ы ый и'.split(' ')
const CYRILLIC_CODAS = CODAS.map(
  (coda) => ({ '': '', k: 'к', n: 'н', t: 'т', l: 'ль', m: 'м', p: 'п', ng: 'н' })[coda] ?? '',
)

type Syllable = { readonly onset: number; readonly vowel: number; readonly coda: number }

const SYLLABLES = /^[\uac00-\ud7a3]+$/

/** Whether a text is Hangul syllables and nothing else. */
export const isHangul = (text: string): boolean => SYLLABLES.test(text)

function* syllablesOf(text: string): Generator<Syllable> {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < FIRST_SYLLABLE || code > LAST_SYLLABLE) continue
    const place = code - FIRST_SYLLABLE
    const onset = Math.floor(place / (MIDDLES * ENDS)) % FIRST
    yield { onset, vowel: Math.floor(place / ENDS) % MIDDLES, coda: place % ENDS }
  }
}

/** What passports write in several ways is one: ㄱ and ㅋ, ㅂ and ㅍ; a doubled consonant is a single one. */
const PLAIN: Readonly<Record<string, string>> = {
  g: 'k',
  kk: 'k',
  b: 'p',
  pp: 'p',
  tt: 'd',
  ss: 's',
  jj: 'j',
  r: 'l',
}

/** The key of Hangul, which korean.ts reads other letters as: 김민수 is kimminsu, 박 is pak, 이 is i. */
export function hangulKey(text: string): string {
  let key = ''
  for (const { onset, vowel, coda } of syllablesOf(text)) {
    const first = ONSETS[onset] ?? ''
    key += (PLAIN[first] ?? first) + (VOWELS[vowel] ?? '') + (CODAS[coda] ?? '')
  }
  return single(key)
}

/** Without doubled consonants: 알렉세이 and Aleksei meet. */
export const single = (key: string): string => key.replace(/([^aeiou])\1+/g, '$1')

const MOST = 12

/** Ways in which Hangul is written in Latin letters, the official one first; twelve at most. */
export function latinSpellings(text: string): readonly string[] {
  let forms = ['']
  for (const syllable of syllablesOf(text)) {
    const ways = spellings(syllable, /l$/.test(forms[0] ?? ''))
    const most = forms.length * ways.length > MOST ? 1 : ways.length
    forms = ways.slice(0, most).flatMap((way) => forms.map((form) => form + way))
  }
  return forms
}

function spellings({ onset, vowel, coda }: Syllable, isAfterL: boolean): readonly string[] {
  const first = ONSETS[onset] ?? ''
  const middle = VOWELS[vowel] ?? ''
  const last = CODAS[coda] ?? ''
  const whole = first + middle + last
  const special = SPECIAL[whole]
  if (special !== undefined) return special
  const onsets =
    first === 'g' ? ['g', 'k'] : first !== 'r' ? [first] : isAfterL ? ['r', 'l', ''] : ['r', 'l']
  const middles = middlesOf(first, middle, last)
  return onsets.flatMap((o) => middles.map((m) => o + m + last))
}

/** Young and Jung are written for ㅕ and ㅓ, Sun and Chul too; Hee for 희. */
function middlesOf(first: string, middle: string, last: string): readonly string[] {
  if (middle === 'eo' && (last === 'ng' || (/^(s|ch)$/.test(first) && /^[nkl]$/.test(last))))
    return ['eo', 'u']
  if (middle === 'yeo' && (last === 'ng' || (last === 'n' && /^[hgbpm]$/.test(first))))
    return ['yeo', 'yu']
  if (middle === 'ui' && first === 'h') return ['ui', 'i']
  if (middle === 'oe') return ['oe', 'oi']
  return [middle]
}

const SPECIAL: Readonly<Record<string, readonly string[]>> = {
  u: ['u', 'woo'],
  uk: ['uk', 'wook'],
  ui: ['ui', 'eui'],
  sin: ['sin', 'shin'],
  sim: ['sim', 'shim'],
  sik: ['sik', 'shik'],
  jeong: ['jeong', 'jung', 'chung'],
}

/** Hangul in Cyrillic letters: 민수 is минсу. */
export function cyrillicSpelling(text: string): string {
  let form = ''
  for (const { onset, vowel, coda } of syllablesOf(text)) {
    const first = CYRILLIC_ONSETS[onset] ?? ''
    const isVoiced = /[аэяоеёуюыийнмь]$/.test(form)
    if (onset === SILENT) form = form.replace(/ль$/, 'р')
    form += (isVoiced ? VOICED[first] : undefined) ?? first
    form += (CYRILLIC_VOWELS[vowel] ?? '') + (CYRILLIC_CODAS[coda] ?? '')
  }
  return form
}

const SILENT = 11

/** Keys of a word of Hangul written by rule in other letters, its Cyrillic form last. */
export const hangulSpellings = (hangul: string): readonly string[] => {
  const cyrillic = cyrillicSpelling(hangul).replace(/ё/g, 'е').replace(/й/g, 'и')
  const latin = latinSpellings(hangul).map(latinKey)
  // The key of ы is that of и, and 금 would be Kim.
  if (hangul.length === 1 && cyrillic.includes('ы')) return [...new Set(latin)]
  return [...new Set([...latin, ...cyrillicKeys(cyrillic)])]
}
