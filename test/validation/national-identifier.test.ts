import assert from 'node:assert/strict'
import { individualNumber, policyNumber, residentNumber, snils } from '../../seed/identifier.ts'
import { nationalIdentifierProblem } from '../../src/validation/national-identifier.ts'
import { textOf } from '../../src/words/message.ts'

const RRN = 'https://mois.go.kr/rrn'
const IIN = 'http://ieum.example/fhir/sid/pid/kz/iin'
const SNILS = 'https://fhir.ru/ig/core/systems/snils'
const ENP = 'urn:oid:1.2.643.2.69.1.1.1.6.228'
const INN = 'https://fhir.ru/ig/core/systems/inn'
const BY = 'http://ieum.example/fhir/sid/pid/by/id'

/** `ok`, or the severity and the beginning of what is said. */
const judged = (system: string, value: string): string => {
  const issue = nationalIdentifierProblem(system, value)
  if (issue === undefined) return 'ok'
  const said = textOf(issue.message)
  assert.ok(!said.includes(value), 'the number is not repeated')
  return `${issue.severity}: ${said}`
}

describe('national identifiers', () => {
  const cases: readonly (readonly [system: string, value: string, said: RegExp])[] = [
    [RRN, '971013-9019902', /^ok$/],
    [RRN, '9710139019902', /^ok$/],
    [RRN, '971013-9019903', /^warning: The check digit/],
    [RRN, '251301-3000000', /^error: It begins with 251301, which is no date/],
    [RRN, '990230-1000000', /^error: .*no date/],
    [RRN, '97-1013', /^error: This is no Korean resident registration number: one has 13 digits/],
    [RRN, '000101-5000003', /^ok$/],
    [IIN, '990101100000', /^ok$/],
    [IIN, '990101200017', /^ok$/],
    [IIN, '061211600012', /^ok$/],
    [IIN, '990101100001', /^error: The check digit/],
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit): [string, string, RegExp] => [
      IIN,
      `99010110010${digit}`,
      /^error: The check/,
    ]),
    [SNILS, '112-233-445 95', /^ok$/],
    [SNILS, '112-233-445 96', /^error: The check digit/],
    [SNILS, '999-999-989 00', /^ok$/],
    [SNILS, '900-000-068 00', /^ok$/],
    [SNILS, '900-000-059 00', /^ok$/],
    [SNILS, '001-001-998 77', /^ok$/],
    [ENP, '9900000000000002', /^ok$/],
    [ENP, '1234567890123452', /^ok$/],
    [ENP, '1234567890123453', /^warning: The check digit/],
    [INN, '500100732259', /^ok$/],
    [INN, '500100732258', /^warning: The check digit/],
    [BY, '0000000A000PB2', /^ok$/],
    [BY, '0000000A000PB3', /^warning: The check digit/],
    [BY, '1010100A000PB3', /^ok$/],
    ['http://ieum.example/fhir/sid/pid/kg/pin', '31234567890123', /^warning: This is no Kyrgyz/],
    ['http://ieum.example/fhir/sid/pid/am/psn', '0123456789', /^warning: This is no Armenian/],
    ['http://www.hl7korea.or.kr/Identifier/hira-krnpi', '11100000', /^ok$/],
    ['urn:hospital', 'anything', /^ok$/],
  ]
  for (const [system, value, said] of cases)
    it(`${system} ${value}`, () => assert.match(judged(system, value), said))

  it('takes every number of the demonstration network', () => {
    for (let n = 0; n < 50; n++) {
      const date = `19${50 + (n % 40)}-0${1 + (n % 9)}-1${n % 10}`
      assert.equal(judged(RRN, residentNumber(date, 'female', n % 10)), 'ok')
      assert.equal(judged(IIN, individualNumber(date, 'male', n % 5)), 'ok')
      assert.equal(judged(SNILS, snils(n)), 'ok')
      assert.equal(judged(ENP, policyNumber(n)), 'ok')
    }
  })
})
