// Telephones, mail and addresses of a person, compared in whatever form they are written.
// https://hl7.org/fhir/R4/datatypes.html#ContactPoint and #Address
// Must not weigh them as the person's own: a family shares them.
import { romanise } from '../../search/name/romanise.ts'
import { foldString } from '../../search/string.ts'
import { WEIGHTS } from './weights.ts'

export type Contact = {
  /** The last digits of telephones, which are the same with and without the code of the country. */
  readonly phones: readonly string[]
  readonly mails: readonly string[]
  readonly places: readonly Place[]
}

type Place = {
  readonly postalCode: string | undefined
  /** Keys of the city in Latin letters. */
  readonly city: readonly string[]
  /** Words and numbers of the lines. */
  readonly line: ReadonlySet<string>
}

const TELLING = 8

/** More of a kind say no more. */
const MOST = 12

/** @param resource a Patient, of which nothing is sure */
export function contactOf(resource: Readonly<Record<string, unknown>>): Contact {
  const phones: string[] = []
  const mails: string[] = []
  for (const { system, value } of objects(resource.telecom)) {
    if (typeof value !== 'string') continue
    if (value.includes('@')) mails.push(value.trim().toLowerCase())
    else if (system === undefined || system === 'phone' || system === 'sms' || system === 'fax') {
      const digits = value.replace(/\D+/g, '')
      if (digits.length >= TELLING) phones.push(digits.slice(-TELLING))
    }
  }
  return { phones, mails, places: objects(resource.address).map(placeOf) }
}

function placeOf({ postalCode, city, line, text }: Readonly<Record<string, unknown>>): Place {
  const lines = (Array.isArray(line) ? (line as unknown[]) : [text]).filter(
    (one): one is string => typeof one === 'string',
  )
  const code = typeof postalCode === 'string' ? postalCode.replace(/\W+/g, '') : ''
  return {
    // Zeros stand for none.
    postalCode: /[1-9a-z]/i.test(code) ? code.toLowerCase() : undefined,
    city: typeof city === 'string' ? cityKeys(city) : [],
    line: new Set(
      lines
        .flatMap((one) => foldString(one).split(/[^\p{L}\p{M}\p{N}]+/u))
        .filter((word) => word.length > 1 || /\d/.test(word))
        .map((word) => (/\d/.test(word) ? word : (romanise(word)[0] ?? word))),
    ),
  }
}

/** Without what says that it is a city. */
const cityKeys = (city: string): readonly string[] =>
  romanise(city.replace(/(?:특별시|광역시|특별자치시|시)$|^(?:г\.|город|қ\.)\s*|-si$/giu, ''))

const objects = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  (Array.isArray(value) ? (value as unknown[]).slice(0, MOST) : []).filter(
    (one): one is Readonly<Record<string, unknown>> => typeof one === 'object' && one !== null,
  )

/** Bits of what two records say about how and where to reach somebody. */
export function compareContacts(one: Contact, other: Contact): number {
  const { telecom, household } = WEIGHTS
  const bits =
    agreeing(one.phones, other.phones, telecom.phone, telecom.different) +
    agreeing(one.mails, other.mails, telecom.mail, telecom.different) +
    placesOf(one.places, other.places)
  return Math.min(bits, household)
}

function agreeing(
  ones: readonly string[],
  others: readonly string[],
  same: number,
  different: number,
): number {
  if (ones.length === 0 || others.length === 0) return 0
  return ones.some((one) => others.includes(one)) ? same : different
}

function placesOf(ones: readonly Place[], others: readonly Place[]): number {
  let best: number | undefined
  for (const one of ones)
    for (const other of others) {
      const bits = samePlace(one, other)
      if (best === undefined || bits > best) best = bits
    }
  return best ?? 0
}

function samePlace(one: Place, other: Place): number {
  const { postalCode, line, city, different } = WEIGHTS.address
  const isCity = one.city.some((key) => other.city.includes(key))
  const isCode = one.postalCode !== undefined && one.postalCode === other.postalCode
  const shared = [...one.line].filter((word) => other.line.has(word)).length
  const isLine = shared > 1 && shared * 2 > Math.min(one.line.size, other.line.size)
  if (isCode) return postalCode + (isLine ? line : 0)
  if (isCity) return city + (isLine ? line : 0)
  return one.city.length > 0 && other.city.length > 0 ? different : 0
}
