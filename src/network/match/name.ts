// The names of a person, taken apart, and how alike those of two records are.
// https://hl7.org/fhir/R4/datatypes.html#HumanName; patronymics stand behind the first given name.
// Must not ask for one order: who writes a name abroad often has it the other way round.
import { splitName } from '../../search/name/surname.ts'
import { foldString } from '../../search/string.ts'
import { isOneSlip } from './near.ts'
import { likeness, meet, partOf, shareOf, type Likeness, type Part } from './part.ts'
import { WEIGHTS } from './weights.ts'

export type Name = {
  readonly family: Part | undefined
  /** All given names as one word, the patronymic not among them. */
  readonly given: Part | undefined
  /** The first of several. */
  readonly first: Part | undefined
  /** Keys of the father's name in it. */
  readonly patronymic: readonly string[]
  /** Family and given name in each other's place. */
  readonly turned?: Name
}

export type NameEvidence = {
  readonly bits: number
  readonly family: Likeness | 'missing'
  readonly given: Likeness | 'partial' | 'missing'
}

const PATRONYMIC =
  /^(.{2,}?)(?:ович|евич|ич|овна|евна|ична|улы|ұлы|қызы|кызы|оглы|yevich|evich|ovich|jevich|evic|ovic|ich|yevna|evna|ovna|jevna|ichna|uly|kyzy|qyzy|ogly)$/u

/** Characters of one. */
const LONGEST = 80

/** Words of a name beyond these say nothing more. */
const MOST = 8

/** @param value a HumanName, of which nothing is sure */
export function nameOf(value: unknown): Name | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { family, given, text } = value as Record<string, unknown>
  const givens = (Array.isArray(given) ? (given as unknown[]) : []).filter(isWord)
  if (isWord(family) || givens.length > 0) return made(isWord(family) ? family : undefined, givens)
  if (!isWord(text)) return undefined
  const words = text
    .slice(0, MOST * LONGEST)
    .trim()
    .split(/[\s,]+/)
  if (words.length > 1) return made(words[0], words.slice(1))
  const split = splitName(foldString(text.slice(0, LONGEST)))
  return split === undefined ? made(text, []) : made(split[0], [split[1]])
}

const isWord = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

function made(family: string | undefined, givens: readonly string[]): Name {
  const name = ordered(family, givens)
  const { own, patronymic } = name
  let turned: Name | undefined
  return {
    ...name,
    get turned() {
      const first = own.length === 0 ? undefined : own.join(' ')
      turned ??= { ...ordered(first, family === undefined ? [] : [family]), patronymic }
      return turned
    },
  }
}

function ordered(
  family: string | undefined,
  givens: readonly string[],
): Name & { readonly own: readonly string[] } {
  const words = givens
    .slice(0, MOST)
    .flatMap((given) => given.slice(0, LONGEST).trim().split(/\s+/))
    .slice(0, MOST)
  const fathers = words.filter((word, i) => i > 0 && PATRONYMIC.test(foldString(word)))
  const own = words.filter((word) => !fathers.includes(word))
  return {
    own,
    family: family === undefined ? undefined : partOf(family, 'family'),
    given: own.length === 0 ? undefined : partOf(own.join(' '), 'given'),
    first: own.length < 2 ? undefined : partOf(own[0]!, 'given'),
    patronymic: fathers.flatMap((word) => {
      const stem = PATRONYMIC.exec(foldString(word))?.[1]
      return stem === undefined ? [] : partOf(stem, 'given').keys
    }),
  }
}

/** The likeness that says most, of all pairs of names; undefined when one of the records has none. */
export function compareNames(
  ones: readonly Name[],
  others: readonly Name[],
): NameEvidence | undefined {
  // Romanised, two Hangul names may be one; where both are there, they decide.
  const isKorean = ({ given }: Name): boolean => given?.script === 'hangul'
  const decide = ones.some(isKorean) && others.some(isKorean)
  let best: NameEvidence | undefined
  for (const one of ones)
    for (const other of others) {
      if (decide && !(isKorean(one) && isKorean(other))) continue
      const found = compare(one, other)
      if (best === undefined || found.bits > best.bits) best = found
    }
  return best
}

function compare(one: Name, other: Name): NameEvidence {
  const straight = aligned(one, other)
  if (straight.family === 'same' && straight.given === 'same') return straight
  let best = straight
  for (const found of [
    one.turned && aligned(one.turned, other),
    other.turned && aligned(one, other.turned),
  ]) {
    if (found === undefined) continue
    const bits = found.bits + WEIGHTS.swappedNames
    if (bits > best.bits) best = { ...found, bits }
  }
  return best
}

function aligned(one: Name, other: Name): NameEvidence {
  const family = familyOf(one.family, other.family)
  const given = givenOf(one, other)
  return {
    family: family.likeness,
    given,
    bits: family.bits + bitsOf(given, one, other) + fatherOf(one, other),
  }
}

function bitsOf(given: NameEvidence['given'], one: Name, other: Name): number {
  if (given === 'missing') return 0
  const isHangul = [one, other].some((name) => name.given?.script === 'hangul')
  return WEIGHTS.given[given === 'same' && isHangul ? 'hangul' : given]
}

function familyOf(
  one: Part | undefined,
  other: Part | undefined,
): { readonly likeness: Likeness | 'missing'; readonly bits: number } {
  if (one === undefined || other === undefined) return { likeness: 'missing', bits: 0 }
  const { m, close, sound, different } = WEIGHTS.family
  const same = (): number => Math.log2(m / shareOf(one, other))
  const found = likeness(one, other)
  if (found === 'same') return { likeness: found, bits: same() }
  if (meet(one.stems, other.stems)) return { likeness: 'same', bits: same() - 1 }
  if (found === 'close') return { likeness: found, bits: close }
  if (found === 'sound') return { likeness: found, bits: sound }
  return { likeness: 'different', bits: different }
}

function givenOf(one: Name, other: Name): NameEvidence['given'] {
  if (one.given === undefined || other.given === undefined) return 'missing'
  const whole = likeness(one.given, other.given)
  // Of two names in several words each, the second counts: Seong Hee is no Seong Gyeong.
  const isPart = (one.first === undefined) !== (other.first === undefined)
  if (whole === 'same' || !isPart) return whole
  const firsts = likeness(one.first ?? one.given, other.first ?? other.given)
  if (firsts === 'same') return 'partial'
  return whole === 'different' ? firsts : whole
}

function fatherOf({ patronymic: one }: Name, { patronymic: other }: Name): number {
  const { same, close, different } = WEIGHTS.patronymic
  if (one.length === 0 || other.length === 0) return 0
  if (one.some((key) => other.includes(key))) return same
  // Dmitrievich and Dmitrevich, Ilich: what is left of the father's name differs by its last vowel.
  return one.some((key) => other.some((another) => isOneSlip(key, another))) ? close : different
}
