// National identifiers of Korea and the states of the Eurasian Economic Union: their form and their check digits.
// https://hl7.org/fhir/R4/datatypes.html#Identifier; each rule names its own source.
// Must not refuse by a rule that some issued numbers break, nor hold sex or birth date against a number.

import { message, type Message, type MessageKey } from '../words/message.ts'

type Problem = { readonly severity: 'error' | 'warning'; readonly message: Message }
type Rule = {
  /** What is said of a value of another form. */
  readonly otherwise: MessageKey
  readonly form: RegExp
  /** How sure the form is. */
  readonly severity: 'error' | 'warning'
  /** Given the value without spaces and hyphens. */
  readonly check?: (digits: string) => Problem | undefined
}

const weighted = (text: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, i) => sum + Number(text[i]) * weight, 0)

const UP = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
const UP_FROM_THREE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]
const RESIDENT = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
const DOWN = [9, 8, 7, 6, 5, 4, 3, 2, 1]
const TAX_11 = [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]
const TAX_12 = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]

const wrongDigit = (severity: Problem['severity']): Problem => ({
  severity,
  message: message('check-digit'),
})

/** Since October 2020 the digits behind the first seven are random, also of people who were given another number. */
function resident(digits: string): Problem | undefined {
  const seventh = digits[6]!
  const century = '1256'.includes(seventh) ? 1900 : '3478'.includes(seventh) ? 2000 : 1800
  if (!isDate(century + Number(digits.slice(0, 2)), digits.slice(2, 4), digits.slice(4, 6)))
    return {
      severity: 'error',
      message: message('identifier-date', { digits: digits.slice(0, 6) }),
    }
  if (/[5-8]/.test(seventh)) return undefined
  const check = (11 - (weighted(digits, RESIDENT) % 11)) % 10
  return check === Number(digits[12])
    ? undefined
    : { severity: 'warning', message: message('check-digit-2020') }
}

const isDate = (year: number, month: string, day: string): boolean => {
  const date = new Date(Date.UTC(year, Number(month) - 1, Number(day)))
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
}

function kazakh(digits: string): Problem | undefined {
  let check = weighted(digits, UP) % 11
  if (check === 10) check = weighted(digits, UP_FROM_THREE) % 11
  return check === Number(digits[11]) ? undefined : wrongDigit('error')
}

/** Numbers up to 001-001-998 have no check digits. */
function snils(digits: string): Problem | undefined {
  if (Number(digits.slice(0, 9)) <= 1001998) return undefined
  const check = (weighted(digits, DOWN) % 101) % 100
  return check === Number(digits.slice(9)) ? undefined : wrongDigit('error')
}

/** Luhn, https://www.iso.org/standard/70484.html */
function policy(digits: string): Problem | undefined {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 1 : 2)
    sum += digit > 9 ? digit - 9 : digit
  }
  return sum % 10 === 0 ? undefined : wrongDigit('warning')
}

function taxpayer(digits: string): Problem | undefined {
  const first = (weighted(digits, TAX_11) % 11) % 10
  const second = (weighted(digits, TAX_12) % 11) % 10
  return first === Number(digits[10]) && second === Number(digits[11])
    ? undefined
    : wrongDigit('warning')
}

/** As in machine-readable travel documents: A = 10 … Z = 35, weights 7 3 1. https://www.icao.int/publications/pages/publication.aspx?docnum=9303 */
function belarusian(text: string): Problem | undefined {
  let sum = 0
  for (let i = 0; i < 13; i++) sum += parseInt(text[i]!, 36) * [7, 3, 1][i % 3]!
  return sum % 10 === Number(text[13]) ? undefined : wrongDigit('warning')
}

const OWN = 'http://ieum.example/fhir/sid/pid'
const SNILS: Rule = {
  otherwise: 'identifier-snils',
  form: /^\d{3}-?\d{3}-?\d{3}[ -]?\d{2}$/,
  severity: 'error',
  check: snils,
}
const POLICY: Rule = {
  otherwise: 'identifier-enp',
  form: /^\d{16}$/,
  severity: 'error',
  check: policy,
}

const RULES: ReadonlyMap<string, Rule> = new Map([
  [
    'https://mois.go.kr/rrn',
    {
      otherwise: 'identifier-rrn',
      form: /^\d{6}-?\d{7}$/,
      severity: 'error',
      check: resident,
    },
  ],
  [
    `${OWN}/kz/iin`,
    { otherwise: 'identifier-iin', form: /^\d{12}$/, severity: 'error', check: kazakh },
  ],
  ['https://fhir.ru/ig/core/systems/snils', SNILS],
  ['urn:oid:1.2.643.2.69.1.1.1.6.223', SNILS],
  ['urn:oid:1.2.643.100.3', SNILS],
  ['https://fhir.ru/ig/core/systems/oms', POLICY],
  ['https://fhir.ru/ig/core/systems/OMS', POLICY],
  ['urn:oid:1.2.643.2.69.1.1.1.6.228', POLICY],
  [
    'https://fhir.ru/ig/core/systems/inn',
    {
      otherwise: 'identifier-inn',
      form: /^\d{12}$/,
      severity: 'warning',
      check: taxpayer,
    },
  ],
  [
    `${OWN}/by/id`,
    {
      otherwise: 'identifier-by',
      form: /^[0-6]\d{6}[ABCHKEM]\d{3}(PB|BA|BI)\d$/,
      severity: 'warning',
      check: belarusian,
    },
  ],
  [
    `${OWN}/kg/pin`,
    {
      otherwise: 'identifier-kg',
      form: /^[12]\d{13}$/,
      severity: 'warning',
    },
  ],
  [
    `${OWN}/am/psn`,
    {
      otherwise: 'identifier-am',
      form: /^[1-9]\d{9}$/,
      severity: 'warning',
    },
  ],
  [
    'http://www.hl7korea.or.kr/Identifier/hira-krnpi',
    {
      otherwise: 'identifier-krnpi',
      form: /^(urn:oid:1\.2\.410\.100110\.10\.)?\d{8}$/,
      severity: 'warning',
    },
  ],
])

/**
 * What is wrong with the value of an Identifier of a system that is known; undefined when nothing is, or it isn't.
 * An error is given only where no number that was ever issued can look so. The number itself is not repeated.
 */
export function nationalIdentifierProblem(system: string, value: string): Problem | undefined {
  const rule = RULES.get(system)
  if (rule === undefined) return undefined
  return rule.form.test(value)
    ? rule.check?.(value.replaceAll(/[- ]/g, ''))
    : { severity: rule.severity, message: message(rule.otherwise) }
}
