// One part of a name, with all by which it can be compared with the same part in another script.
// https://hl7.org/fhir/R4/datatypes.html#HumanName
// Must not know how names are transliterated: search/name/ does.
import { hangulKey } from '../../search/name/hangul.ts'
import { koreanKeys } from '../../search/name/korean.ts'
import { romanise } from '../../search/name/romanise.ts'
import { surnameKeys } from '../../search/name/surname.ts'
import { joined, wordsOf, type Script } from '../../search/name/word.ts'
import { foldString } from '../../search/string.ts'
import { isNear } from './near.ts'
import { FAMILY_SHARES, WEIGHTS } from './weights.ts'

export type Part = {
  readonly folded: string
  readonly script: Script | undefined
  /** In Latin letters. */
  readonly keys: readonly string[]
  /** As Hangul: its own, or those that it may be a spelling of. */
  readonly hangul: readonly string[]
  /** The keys without the ending that tells a woman's name from her brother's. */
  readonly stems: readonly string[]
  /** Its consonants, as far as Hangul tells them apart. */
  readonly sound: string
}

export type Likeness = 'same' | 'close' | 'sound' | 'initial' | 'different'

const KEPT = 32_768
const kept = new Map<string, Part>()

/** Longer ones are no names. */
const LONGEST = 80

/** @param kind of a family name there are spellings that no rule gives */
export function partOf(whole: string, kind: 'family' | 'given'): Part {
  const text = whole.slice(0, LONGEST)
  const known = kept.get(kind + text)
  if (known !== undefined) return known
  const part = made(text, kind)
  if (kept.size >= KEPT) kept.clear()
  kept.set(kind + text, part)
  return part
}

function made(text: string, kind: 'family' | 'given'): Part {
  const folded = foldString(text)
  const one = joined(wordsOf(folded))
  if (one?.script === undefined)
    return { folded, script: undefined, keys: [], hangul: [], stems: [], sound: '' }
  const { script } = one
  // 아 is Ah in passports, and 오 Oh.
  const bare = script === 'latin' ? one.folded.replace(/([ao])h(?![aeiou])/g, '$1') : one.folded
  const keys = [
    ...new Set([...romanise(text, kind), ...(bare === one.folded ? [] : romanise(bare, kind))]),
  ]
  const heard = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}]+/gu, '')
  const hangul =
    script === 'hangul'
      ? [hangulKey(one.folded)]
      : [
          ...koreanKeys(script === 'latin' ? bare : heard, script),
          ...(kind === 'family' ? keys.flatMap((key) => surnameKeys(key)) : []),
        ]
  const stems = [...new Set(keys.map((key) => key.replace(FEMININE, '$1$2')))]
  return { folded: one.folded, script, keys, hangul, stems, sound: soundOf(keys[0] ?? '') }
}

const FEMININE = /(ov|ev|in|sk)(?:aia|aya|aja|a)$|(ov|ev|in|sk)(?:ii|iy|i)$/

// Hangul has one letter for b and v, p and f, r and l; z, j, ch and ts are written with two or three that change places.
const SOUNDS: readonly (readonly [RegExp, string])[] = [
  [/shch|sh/g, 's'],
  [/tch|ch|ts|zh|dz|[zj]/g, 'c'],
  [/[bvf]/g, 'p'],
  [/[gq]/g, 'k'],
  [/d/g, 't'],
  [/r/g, 'l'],
  [/ng/g, 'n'],
  [/[aeiouyw]/g, ''],
  [/(.)\1+/g, '$1'],
]

const soundOf = (key: string): string =>
  SOUNDS.reduce((text, [pattern, to]) => text.replace(pattern, to), key)

/** Whether two lists have something in common. */
export const meet = (one: readonly string[], other: readonly string[]): boolean =>
  one.some((key) => other.includes(key))

/** Keys beyond these are rare ways to write it. */
const USUAL = 3

/** How alike two parts of the same kind are. */
export function likeness(one: Part, other: Part): Likeness {
  if (one.folded === other.folded) return 'same'
  if (one.script === 'hangul' && other.script === 'hangul')
    return isNear(one.folded.normalize('NFD'), other.folded.normalize('NFD'))
      ? 'close'
      : 'different'
  if (meet(one.keys, other.keys) || meet(one.hangul, other.hangul)) return 'same'
  if (one.folded.length === 1 || other.folded.length === 1)
    return meet(one.keys.map(first), other.keys.map(first)) ? 'initial' : 'different'
  const isForeign = (one.script === 'hangul') !== (other.script === 'hangul')
  if (isForeign) return one.sound.length > 1 && one.sound === other.sound ? 'sound' : 'different'
  const [many, others] = [Math.min(one.keys.length, USUAL), Math.min(other.keys.length, USUAL)]
  for (let i = 0; i < many; i++)
    for (let j = 0; j < others; j++) if (isNear(one.keys[i]!, other.keys[j]!)) return 'close'
  return 'different'
}

const first = (key: string): string => key.slice(0, 1)

const SHARES = new Map<string, number>()
for (const [hangul, share] of Object.entries(FAMILY_SHARES))
  for (const key of romanise(hangul, 'family'))
    SHARES.set(key, Math.max(share, SHARES.get(key) ?? 0))

/** The share of people who have a family name, by the keys that both have. */
export function shareOf(one: Part, other: Part): number {
  let share: number = WEIGHTS.family.share
  for (const key of one.keys)
    if (other.keys.includes(key)) share = Math.max(share, SHARES.get(key) ?? 0)
  if (one.folded === other.folded || share > WEIGHTS.family.share) return share
  return Math.max(share, ...one.keys.map((key) => SHARES.get(key) ?? 0))
}
