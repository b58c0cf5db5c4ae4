// Numbers of a person, by whose register they are, and what it says when those of two records agree or don't.
// https://hl7.org/fhir/R4/datatypes.html#Identifier; check digits: validation/national-identifier.ts
// Must not take a number for a person's for life that isn't: passports are renewed.
import { nationalIdentifierProblem } from '../../validation/national-identifier.ts'
import { isOneSlip, isTransposed } from './near.ts'
import { WEIGHTS } from './weights.ts'

export type Numbered = {
  /** One name for the systems of one register; '' where none is said. */
  readonly system: string
  readonly kind: 'national' | 'passport' | 'local' | 'unnamed'
  /** Letters and digits alone. */
  readonly value: string
  /** Whether its check digit is wrong. */
  readonly isBroken: boolean
}

/** Registers that are known by several systems, and those that give a person one number for life. */
const NATIONAL: ReadonlyMap<string, string> = new Map([
  ['https://mois.go.kr/rrn', 'kr-rrn'],
  ['http://ieum.example/fhir/sid/pid/kz/iin', 'kz-iin'],
  ['https://fhir.ru/ig/core/systems/snils', 'ru-snils'],
  ['urn:oid:1.2.643.2.69.1.1.1.6.223', 'ru-snils'],
  ['urn:oid:1.2.643.100.3', 'ru-snils'],
  ['https://fhir.ru/ig/core/systems/oms', 'ru-enp'],
  ['https://fhir.ru/ig/core/systems/OMS', 'ru-enp'],
  ['urn:oid:1.2.643.2.69.1.1.1.6.228', 'ru-enp'],
  ['https://fhir.ru/ig/core/systems/inn', 'ru-inn'],
  ['http://ieum.example/fhir/sid/pid/by/id', 'by-id'],
  ['http://ieum.example/fhir/sid/pid/kg/pin', 'kg-pin'],
  ['http://ieum.example/fhir/sid/pid/am/psn', 'am-psn'],
])

const PASSPORT = /passport/i

/** Systems by which a number of the same register may be kept. */
export const systemsOf = (system: string): readonly string[] => {
  const register = NATIONAL.get(system)
  if (register === undefined) return [system]
  return [...NATIONAL].filter(([, name]) => name === register).map(([url]) => url)
}

/** @param value an Identifier, of which nothing is sure */
export function numberOf(value: unknown): Numbered | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { system, value: text } = value as Record<string, unknown>
  if (typeof text !== 'string') return undefined
  const bare = text.toUpperCase().replace(/[^\p{L}\p{N}]+/gu, '')
  if (bare === '') return undefined
  if (typeof system !== 'string' || system === '')
    return { system: '', kind: 'unnamed', value: bare, isBroken: false }
  const register = NATIONAL.get(system)
  if (register !== undefined) {
    const isBroken = nationalIdentifierProblem(system, text) !== undefined
    return { system: register, kind: 'national', value: bare, isBroken }
  }
  const kind = PASSPORT.test(system) ? 'passport' : 'local'
  return { system, kind, value: bare, isBroken: false }
}

export type NumberEvidence = {
  readonly bits: number
  /** A national number or a passport is the same. */
  readonly isIdentified: boolean
  /** A number that a person has one of is another one. */
  readonly isOther: boolean
}

/** Numbers of one person say little more together than the surest of them. */
const MOST_BITS = 26

export function compareNumbers(
  ones: readonly Numbered[],
  others: readonly Numbered[],
): NumberEvidence {
  const { identifier: weights } = WEIGHTS
  let [bits, isIdentified, isOther] = [0, false, false]
  for (const system of new Set(ones.map((one) => one.system))) {
    const own = ones.filter((one) => one.system === system)
    const theirs =
      system === ''
        ? others
        : others.filter((other) => other.system === system || other.system === '')
    if (theirs.length === 0) continue
    const pairs = own.flatMap((one) => theirs.map((other) => [one, other] as const))
    const { kind } = own[0]!
    const same = pairs.find(([one, other]) => one.value === other.value)
    if (same !== undefined) {
      if (same.some((one) => one.kind === 'unnamed')) {
        if (same[0].value.length >= LONG) bits += weights.unnamed
        continue
      }
      bits += weights[kind]
      isIdentified ||= kind !== 'local'
      continue
    }
    if (kind === 'unnamed' || theirs.every((other) => other.kind === 'unnamed')) continue
    // Two numbers whose check digits are right don't differ by a slip: that is what check digits are for.
    const slip = pairs.find(
      ([one, other]) =>
        one.value.length >= LONG && isSlip(one.value, other.value) && !isSound(one, other),
    )
    if (slip !== undefined) bits += kind === 'local' ? 0 : weights.typo
    else if (kind === 'local') bits += weights.otherLocal
    else if (kind === 'passport') bits += weights.otherPassport
    else if (pairs.every(([one, other]) => isSound(one, other))) {
      bits += weights.otherNational
      isOther = true
    } else bits += weights.otherBroken
  }
  return { bits: Math.min(bits, MOST_BITS), isIdentified, isOther }
}

const LONG = 7

const isSlip = (one: string, other: string): boolean =>
  one.length === other.length && (isOneSlip(one, other) || isTransposed(one, other))

/** Whether both pass a check; passports have none here. */
const isSound = (one: Numbered, other: Numbered): boolean =>
  one.kind === 'national' && !one.isBroken && !other.isBroken
