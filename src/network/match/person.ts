// What a Patient says about who it is, taken apart once.
// https://hl7.org/fhir/R4/patient.html
// Must not trust a shape: what is to be matched need not be a whole Patient.
import { contactOf, type Contact } from './contact.ts'
import { numberOf, type Numbered } from './identifier.ts'
import { nameOf, type Name } from './name.ts'

export type Person = {
  readonly names: readonly Name[]
  readonly numbers: readonly Numbered[]
  readonly birthDate: string | undefined
  /** Undefined for `unknown` and `other`, which say nothing. */
  readonly gender: 'male' | 'female' | undefined
  readonly contact: Contact
  /** Which of several born together. */
  readonly ofBirth: number | undefined
}

/** More of a kind say no more. */
const MOST = 12

const some = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]).slice(0, MOST) : []

const DATE = /^\d{4}(-\d\d){0,2}$/

/** @param resource a Patient, or a part of one */
export function personOf(resource: Readonly<Record<string, unknown>>): Person {
  const { birthDate, gender, multipleBirthInteger } = resource
  let contact: Contact | undefined
  return {
    names: some(resource.name)
      .map(nameOf)
      .filter((name) => name !== undefined),
    numbers: some(resource.identifier)
      .map(numberOf)
      .filter((number) => number !== undefined),
    birthDate: typeof birthDate === 'string' && DATE.test(birthDate) ? birthDate : undefined,
    gender: gender === 'male' || gender === 'female' ? gender : undefined,
    // Mostly nobody asks: the name has said enough.
    get contact() {
      return (contact ??= contactOf(resource))
    },
    ofBirth: typeof multipleBirthInteger === 'number' ? multipleBirthInteger : undefined,
  }
}

/** Whether it says anything by which somebody could be found. */
export const isTelling = ({ names, numbers, birthDate, contact }: Person): boolean =>
  names.length > 0 ||
  numbers.length > 0 ||
  birthDate !== undefined ||
  contact.phones.length > 0 ||
  contact.mails.length > 0
