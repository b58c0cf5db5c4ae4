// National identifiers that pass their check digit and that nobody can have:
// - KR resident number: the place digits are 99, which was never given to a place;
// - KZ IIN: serial 999x of the day, which no day reaches;
// - RU SNILS: 999-9xx-xxx, the end of the range, far above all numbers given out;
// - RU policy (ENP): region 00, which doesn't exist; passports: a number of zeros and a counter.
// Systems are the published ones; where a country has published none, a name of this project's.

import type { Identifier } from 'fhir/r4.js'

const V2_0203 = 'http://terminology.hl7.org/CodeSystem/v2-0203'

/** Names of this project's own: sid/{namespace}/{country}/{type}. */
export const SID = 'http://ieum.example/fhir/sid'

export const systems = {
  rrn: 'https://mois.go.kr/rrn',
  iin: `${SID}/pid/kz/iin`,
  snils: 'https://fhir.ru/ig/core/systems/snils',
  enp: 'urn:oid:1.2.643.2.69.1.1.1.6.228',
  hira: 'http://www.hl7korea.or.kr/Identifier/hira-krnpi',
  licence: 'http://www.hl7korea.or.kr/Identifier/mohw-md-license-id',
} as const

type Sex = 'male' | 'female'

const digits = (text: string): number[] => Array.from(text, Number)

function weighted(text: string, weights: number[]): number {
  return digits(text).reduce((sum, digit, i) => sum + digit * (weights[i] ?? 0), 0)
}

function six(birthDate: string): string {
  return birthDate.slice(2).replaceAll('-', '')
}

/** 13 digits. `n` (0-9) tells people of one sex born on one day apart. */
export function residentNumber(birthDate: string, sex: Sex, n: number): string {
  const century = birthDate < '2000' ? 1 : 3
  const body = `${six(birthDate)}${sex === 'male' ? century : century + 1}9999${n}`
  const sum = weighted(body, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5])
  return body + String((11 - (sum % 11)) % 10)
}

/** 12 digits; a body whose two passes both give 10 is skipped, as the rule says. */
export function individualNumber(birthDate: string, sex: Sex, n: number): string {
  const century = birthDate < '2000' ? 3 : 5
  for (let serial = 9999 - n; ; serial -= 5) {
    const body = `${six(birthDate)}${sex === 'male' ? century : century + 1}${serial}`
    let check = weighted(body, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11
    if (check === 10) check = weighted(body, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11
    if (check < 10) return body + String(check)
  }
}

/** 11 digits. */
export function snils(n: number): string {
  const body = `9999${String(n).padStart(5, '0')}`
  const check = (weighted(body, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100
  return body + String(check).padStart(2, '0')
}

/** 16 digits with a Luhn check digit. */
export function policyNumber(n: number): string {
  const body = `00${String(n).padStart(13, '0')}`
  const sum = digits(body)
    .toReversed()
    .reduce((total, digit, i) => {
      const doubled = i % 2 === 0 ? digit * 2 : digit
      return total + (doubled > 9 ? doubled - 9 : doubled)
    }, 0)
  return body + String((10 - (sum % 10)) % 10)
}

const passport = {
  KR: { country: 'KOR', prefix: 'M', length: 8 },
  RU: { country: 'RUS', prefix: '', length: 9 },
  KZ: { country: 'KAZ', prefix: 'N', length: 8 },
} as const

/** An identifier whose type is a code of HL7 table 0203. */
export function typed(
  code: string,
  display: string,
  text: string,
  system: string,
  value: string,
): Identifier {
  return {
    use: 'official',
    type: { coding: [{ system: V2_0203, code, display }], text },
    system,
    value,
  }
}

/** The national identifiers of a person; `n` is the person's number in the whole seed. */
export function national(
  country: 'KR' | 'RU' | 'KZ',
  birthDate: string,
  sex: Sex,
  n: number,
): Identifier[] {
  const id = 'National unique individual identifier'
  switch (country) {
    case 'KR':
      return [typed('NI', id, '주민등록번호', systems.rrn, residentNumber(birthDate, sex, n % 10))]
    case 'KZ':
      return [typed('NI', id, 'ЖСН / ИИН', systems.iin, individualNumber(birthDate, sex, n % 5))]
    case 'RU':
      return [
        typed('SB', 'Social Beneficiary Identifier', 'СНИЛС', systems.snils, snils(n)),
        {
          use: 'official',
          type: { text: 'Полис ОМС (ЕНП)' },
          system: systems.enp,
          value: policyNumber(n),
        },
      ]
  }
}

/** A passport: zeros and a counter, so no real one. */
export function passportOf(country: 'KR' | 'RU' | 'KZ', n: number): Identifier {
  const { country: alpha3, prefix, length } = passport[country]
  return typed(
    'PPN',
    'Passport number',
    'Passport',
    `http://hl7.org/fhir/sid/passport-${alpha3}`,
    prefix + String(n).padStart(length, '0'),
  )
}
