// A report in words of one language: names of items, numbers and dates as people write them, and the conclusion.
// Must not decide anything: bands, flags and reasons come as they are.
import type { CodeableConcept, Coding } from '../../terminology/resource.ts'
import { LOINC } from '../../terminology/units.ts'
import { UCUM } from '../../terminology/ucum.ts'
import type { Language } from '../../words/language.ts'
import { REPORT_WORDS } from '../../words/report.ts'
import type { Amount } from './measure.ts'
import { BAND, BASE, ITEM } from './programme.ts'
import type { Before, Bounded, Part, Row } from './row.ts'
import { termsOf, type Terms } from './terms.ts'
import type { Finder } from '../../terminology/finder.ts'
import type { Fields } from './visit.ts'

export const JUDGEMENT = `${BASE}/CodeSystem/checkup-judgement`
export const COMPARISON = `${BASE}/CodeSystem/checkup-comparison`
export const REPORT_TYPE = `${BASE}/CodeSystem/report-type`
export const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation'
export const GENDER = 'http://hl7.org/fhir/administrative-gender'

/** Items by which high blood pressure and diabetes are looked for. */
const CHRONIC = new Set(['bp', 'fasting-glucose'])

/** Judgements of the whole: as on the printed form, more than one box may be ticked. */
export function judgementsOf(rows: readonly Row[]): readonly string[] {
  const judged = rows.filter(({ band }) => band !== undefined)
  const suspected = judged.filter(({ band }) => band === 'suspected')
  if (suspected.length > 0) {
    const isChronic = ({ item }: Row): boolean => CHRONIC.has(item ?? '')
    return [
      ...(suspected.some((row) => !isChronic(row)) ? ['suspected'] : []),
      ...(suspected.some(isChronic) ? ['suspected-chronic'] : []),
    ]
  }
  if (judged.some(({ band }) => band === 'normal-b')) return ['normal-b']
  return judged.length === 0 ? [] : ['normal-a']
}

/** Names of all that rows speak of. */
export function termsFor(rows: readonly Row[], finder: Finder): Promise<Terms> {
  const of = (system: string, codes: readonly string[]): Coding[] =>
    codes.map((code) => ({ system, code }))
  const parts = rows.flatMap((row) => row.parts)
  const units = parts.flatMap(({ shown, received, normal }) =>
    [shown?.unit, received?.unit, normal?.low?.unit].filter((unit) => unit !== undefined),
  )
  return termsOf(
    [
      ...of(BAND, ['normal-a', 'normal-b', 'suspected', 'not-judged']),
      ...of(JUDGEMENT, ['normal-a', 'normal-b', 'suspected', 'suspected-chronic']),
      ...of(REPORT_TYPE, ['korean-checkup']),
      ...of(GENDER, ['male', 'female', 'other', 'unknown']),
      ...of(COMPARISON, COMPARISONS),
      ...of(
        ITEM,
        rows.flatMap(({ item }) => item ?? []),
      ),
      ...of(
        INTERPRETATION,
        parts.flatMap(({ flag }) => flag ?? []),
      ),
      ...of(
        LOINC,
        parts.flatMap(({ measure }) => measure.loinc ?? []),
      ),
      ...of(UCUM, units),
      ...parts
        .flatMap(({ coded, before }) => [coded, before?.coded])
        .flatMap((one) => one?.coding ?? []),
    ],
    finder,
  )
}

const COMPARISONS = ['', '-systolic', '-diastolic']
  .flatMap((of) => [`previous${of}`, `difference${of}`])
  .concat('previous-date')

/** What to call a row. */
export function rowName(row: Row, terms: Terms, language: Language): string {
  if (row.item !== undefined) return terms.name({ system: ITEM, code: row.item }, language)
  const [part] = row.parts
  const { of, loinc } = part!.measure
  const coding = { system: LOINC, code: loinc ?? '' }
  if (loinc !== undefined && terms.knows(coding, language)) return terms.name(coding, language)
  const code = (of['code'] ?? {}) as CodeableConcept
  return (
    code.text ?? code.coding?.find(({ display }) => display !== undefined)?.display ?? loinc ?? '?'
  )
}

/** The conclusion of a report, a sentence for each thing. */
export function conclusionOf(rows: readonly Row[], terms: Terms, language: Language): string {
  const words = REPORT_WORDS[language]
  const named = (band: string): string =>
    rows
      .filter((row) => row.band === band)
      .map((row) => rowName(row, terms, language))
      .join(', ')
  const judgements = judgementsOf(rows)
  const left = rows
    .filter(({ reason }) => reason !== undefined)
    .map((row) => `${rowName(row, terms, language)} (${words.reasons[row.reason!] ?? ''})`)
  const names = judgements.map((code) => terms.name({ system: JUDGEMENT, code }, language))
  return [
    judgements.length === 0 ? words.nothing : words.overall(names.join('; ')),
    ...[named('suspected')].filter((text) => text !== '').map(words.suspected),
    ...[named('normal-b')].filter((text) => text !== '').map(words.borderline),
    ...(left.length === 0 ? [] : [words.notJudged(left.join('; '))]),
    ...judgements.map((code) => words.advice[code] ?? ''),
  ].join(' ')
}

/** Digits as a language writes them. */
export const numeral = (digits: string, language: Language): string => {
  const text = digits.replace(/^-/, '−')
  return language === 'ru' || language === 'kk' ? text.replace('.', ',') : text
}

export const unitName = (unit: string, terms: Terms, language: Language): string =>
  terms.name({ system: UCUM, code: unit, display: unit.replaceAll(/[{}]/g, '') }, language)

const isUnitless = (unit: string): boolean => unit === '1' || unit === '{score}'

/** `5,6 ммоль/л` */
export function amountText(amount: Amount, terms: Terms, language: Language): string {
  const number = `${amount.comparator ?? ''}${numeral(amount.digits, language)}`
  return isUnitless(amount.unit) ? number : `${number} ${unitName(amount.unit, terms, language)}`
}

/** A result in words: its name in the language, else as it came. */
export function codedText(
  { coding = [], text }: CodeableConcept,
  terms: Terms,
  language: Language,
): string {
  const known = coding.find((one) => terms.knows(one, language))
  return known === undefined
    ? (text ?? coding[0]?.display ?? coding[0]?.code ?? '')
    : terms.name(known, language)
}

/** The values of a row: `118/76 mmHg`. */
export function resultText(row: Row, terms: Terms, language: Language): string {
  return valuesText(row.parts, terms, language)
}

export function valuesText(
  parts: readonly Pick<Part | Before, 'shown' | 'coded'>[],
  terms: Terms,
  language: Language,
): string {
  const amounts = parts.flatMap(({ shown }) => shown ?? [])
  if (amounts.length > 1 && amounts.length === parts.length) {
    const numbers = amounts.map(
      ({ digits, comparator = '' }) => `${comparator}${numeral(digits, language)}`,
    )
    return `${numbers.join('/')} ${unitName(amounts[0]!.unit, terms, language)}`
  }
  if (amounts[0] !== undefined) return amountText(amounts[0], terms, language)
  const [coded] = parts.flatMap((part) => part.coded ?? [])
  return coded === undefined ? '–' : codedText(coded, terms, language)
}

/** What came, where the report shows other units. */
export const receivedText = (row: Row, terms: Terms, language: Language): string | undefined => {
  const converted = row.parts.filter(({ shown, received }) => shown?.unit !== received?.unit)
  if (converted.length === 0) return undefined
  return converted.map(({ received }) => amountText(received!, terms, language)).join(', ')
}

export function normalText(row: Row, language: Language): string {
  return row.parts
    .map(({ normal }) => (normal === undefined ? '' : rangeText(normal, language)))
    .filter((text) => text !== '')
    .join(' / ')
}

function rangeText({ low, high }: { low?: Bounded; high?: Bounded }, language: Language): string {
  const text = (bound: Bounded): string => numeral(bound.digits, language)
  if (low !== undefined && high !== undefined) return `${text(low)}–${text(high)}`
  if (high !== undefined) return `${high.open ? '<' : '≤'} ${text(high)}`
  return low === undefined ? '' : `${low.open ? '>' : '≥'} ${text(low)}`
}

export function beforeText(row: Row, terms: Terms, language: Language): string {
  const before = row.parts.flatMap((part) => part.before ?? [])
  if (before.length === 0) return ''
  return `${valuesText(before, terms, language)} (${dateText(before[0]!.at)})`
}

/** `+4/−2` */
export function changeText(row: Row, language: Language): string {
  const signed = (digits: string): string =>
    Number(digits) > 0 ? `+${numeral(digits, language)}` : numeral(digits, language)
  const changes = row.parts.flatMap(({ before }) => before?.difference ?? [])
  return changes.length === row.parts.length ? changes.map(signed).join('/') : ''
}

export function flagText(row: Row, terms: Terms, language: Language): string {
  const flags = [...new Set(row.parts.flatMap(({ flag }) => flag ?? []))]
  const names = flags.map((code) => terms.name({ system: INTERPRETATION, code }, language))
  return names.join(' / ')
}

export function bandText(row: Row, terms: Terms, language: Language): string {
  const code = row.band ?? (row.reason === undefined ? undefined : 'not-judged')
  if (code === undefined) return ''
  const name = terms.name({ system: BAND, code }, language)
  const reason = row.reason === undefined ? '' : REPORT_WORDS[language].reasons[row.reason]
  return reason === '' || reason === undefined ? name : `${name}: ${reason}`
}

/** The day of a date or dateTime: it means the same in every language. */
export const dateText = (date: string): string => date.slice(0, 10)

const SCRIPTS: Readonly<Record<Language, RegExp>> = {
  en: /\p{Script=Latin}/u,
  ko: /\p{Script=Hangul}/u,
  ru: /\p{Script=Cyrillic}/u,
  kk: /\p{Script=Cyrillic}/u,
}

/** A person's name in the script that the reader reads, else the first that there is. */
export function personName(patient: Fields | undefined, language: Language): string {
  const names = ((patient?.['name'] ?? []) as readonly Fields[]).map((name) => {
    const { text, family, given } = name
    if (typeof text === 'string') return text
    return [family, ...((given ?? []) as readonly unknown[])]
      .filter((part) => typeof part === 'string')
      .join(' ')
  })
  return names.find((name) => SCRIPTS[language].test(name)) ?? names[0] ?? ''
}
