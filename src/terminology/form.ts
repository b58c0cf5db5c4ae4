// What a code of a system whose codes aren't here must look like, so that a typing error is found without them.
// https://hl7.org/fhir/R4/terminologies-systems.html
// Must not say that a code exists: only that it can't.
import { message, type Message, type MessageKey } from '../words/message.ts'

/** @returns what is wrong with the form of a code; undefined when nothing is, or the system isn't known */
export function formIssue(system: string, code: string): Message | undefined {
  const rule = FORMS.get(system)
  if (rule === undefined || rule.isFormed(code)) return undefined
  return message('code-form', { found: JSON.stringify(code), system, like: message(rule.like) })
}

type Form = { readonly like: MessageKey; readonly isFormed: (code: string) => boolean }

const matching =
  (pattern: RegExp) =>
  (code: string): boolean =>
    pattern.test(code)

/** LOINC's check digit, https://loinc.org/kb/users-guide/loinc-check-digit (Luhn, as in ISO/IEC 7812-1). */
const isLoinc = (code: string): boolean => {
  const parts = /^([0-9]{1,8})-([0-9])$/.exec(code)
  // Parts, answers and groups have a digit of another making.
  if (parts === null) return /^(LP|LA|LL|LG|MTHU)[0-9]{1,8}-[0-9]$/.test(code)
  let sum = 0
  const digits = parts[1]!
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 2 : 1)
    sum += digit > 9 ? digit - 9 : digit
  }
  return (10 - (sum % 10)) % 10 === Number(parts[2])
}

// Verhoeff's dihedral check, https://confluence.ihtsdotools.org/display/DOCRELFMT/Appendix+B%3A+Check+Digit+Computation
const D5 = Array.from({ length: 10 }, (_, i) =>
  Array.from({ length: 10 }, (_, j) =>
    i < 5
      ? j < 5
        ? (i + j) % 5
        : ((i + j - 5) % 5) + 5
      : j < 5
        ? ((i - j) % 5) + 5
        : (i - j + 5) % 5,
  ),
)
const TURN = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

const isSnomed = (code: string): boolean => {
  // An expression of several concepts has a grammar of its own.
  if (/^[0-9]+[^0-9].*[0-9]/.test(code) && /[:+=]/.test(code)) return true
  if (!/^[1-9][0-9]{5,17}$/.test(code)) return false
  // The digit before the check digit says what the id is of: a concept of the core or of an extension.
  if (!'01'.includes(code.at(-3)!) || code.at(-2) !== '0') return false
  let check = 0
  for (let i = 0; i < code.length; i++) {
    let digit = Number(code[code.length - 1 - i])
    for (let turns = i % 8; turns > 0; turns--) digit = TURN[digit]!
    check = D5[check]![digit]!
  }
  return check === 0
}

const FORMS: ReadonlyMap<string, Form> = new Map([
  ['http://loinc.org', { like: 'code-loinc', isFormed: isLoinc }],
  ['http://snomed.info/sct', { like: 'code-snomed', isFormed: isSnomed }],
  [
    'http://hl7.org/fhir/sid/icd-10',
    {
      like: 'code-icd10',
      isFormed: matching(/^[A-Z][0-9]{2}(\.[0-9A-Z]{1,4})?[*†+]?(-[A-Z][0-9]{2}(\.[0-9])?)?$/),
    },
  ],
  [
    'urn:iso:std:iso:3166',
    {
      like: 'code-country',
      isFormed: matching(/^([A-Z]{2,3}|[0-9]{3})$/),
    },
  ],
  ['urn:iso:std:iso:4217', { like: 'code-currency', isFormed: matching(/^[A-Z]{3}$/) }],
  [
    'urn:ietf:bcp:47',
    {
      like: 'code-language',
      isFormed: matching(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/),
    },
  ],
  [
    'urn:ietf:bcp:13',
    {
      like: 'code-media-type',
      isFormed: matching(/^[\w.+-]+\/[\w.+-]+(\s*;\s*[\w.-]+=("[^"]*"|[\w.+-]+))*$/),
    },
  ],
])
