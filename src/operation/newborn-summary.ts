// Patient/[id]/$newborn-summary: what a neonatologist asks of the first days, by hour of age. An operation of our own.
// profiles/ieum/OperationDefinition-newborn-summary.json; docs/network.md, "Newborns"
// Must not judge growth: reference tables that may be handed on are not to be had, and it says so.
import type { Context } from '../context.ts'
import { fail, issueOf, plainIssue, type Issue } from '../errors.ts'
import { parseJson, stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { requirePresent } from '../interaction/read.ts'
import { shown } from '../search/emit.ts'
import { LOINC } from '../terminology/units.ts'
import { message, type MessageKey } from '../words/message.ts'
import { languageOf } from '../words/language.ts'
import { textOf } from '../words/message.ts'
import { inputOf, queryOf } from './input.ts'
import { bilirubinOf, LEAST_WEEKS, type Point, type Series } from './newborn-bilirubin.ts'
import {
  APGAR,
  BIRTH,
  GROWTH,
  inUnit,
  measuredOf,
  quantityOf,
  VITAL,
  type Measured,
} from './newborn-values.ts'

const KNOWN = ['hours', '_format', '_pretty']

/** The first 28 days. */
const NEWBORN_HOURS = 672

type Part = {
  readonly name: string
  readonly part?: readonly Part[]
  readonly [value: string]: unknown
}

/**
 * `GET|POST [base]/Patient/[id]/$newborn-summary?hours=672`.
 * @throws Failure 404 and 410 for who isn't there, 400 for a parameter that is none
 */
export async function newbornSummary(
  request: FhirRequest,
  context: Context,
): Promise<FhirResponse> {
  for (const [name] of queryOf(request, context))
    if (!KNOWN.includes(name))
      throw fail(
        'parameter',
        `$newborn-summary knows hours, not ${shown(name)}`,
        name.slice(0, 100),
      )
  const hours = inputOf(request, context).count('hours') ?? NEWBORN_HOURS
  if (hours < 1) throw fail('parameter', 'hours is a whole number from 1', 'hours')
  const id = request.path[1]!
  const version = await context.store.read('Patient', id)
  requirePresent(version, `Patient/${id}`)
  const patient = parseJson(version.text) as Resource
  const birth = birthOf(patient)
  const all = (await measuredOf(`Patient/${id}`, request, context)).filter(
    ({ instant, code }) =>
      code in BIRTH ||
      code in APGAR ||
      birth.instant === undefined ||
      instant === undefined ||
      instant - birth.instant <= hours * 3_600_000,
  )
  const weeks = weeksOf(all)
  const series = bilirubinOf(all, birth.instant, weeks)
  const parameter: Part[] = [
    { name: 'patient', valueReference: { reference: `Patient/${id}` } },
    ...(birth.text === undefined ? [] : [{ name: 'born', valueDateTime: birth.text }]),
    ...multipleOf(patient),
    ...atBirth(all),
    ...apgar(all),
    ...series.map(bilirubin),
    ...growth(all, birth.instant),
    ...vitals(all, birth.instant),
    { name: 'outcome', resource: outcomeOf(request, birth.instant, weeks, series) },
  ]
  return { status: 200, headers: {}, body: stringify({ resourceType: 'Parameters', parameter }) }
}

const BIRTH_TIME = 'http://hl7.org/fhir/StructureDefinition/patient-birthTime'

/** `instant`: only where the time of birth is known. */
function birthOf(patient: Resource): { readonly text?: string; readonly instant?: number } {
  const { birthDate, _birthDate: more } = patient as {
    birthDate?: string
    _birthDate?: { extension?: readonly { url: string; valueDateTime?: string }[] }
  } & Resource
  const time = more?.extension?.find(({ url }) => url === BIRTH_TIME)?.valueDateTime
  if (time?.includes('T') === true) return { text: time, instant: Date.parse(time) }
  return birthDate === undefined ? {} : { text: birthDate }
}

function multipleOf({ multipleBirthInteger, multipleBirthBoolean }: Resource): Part[] {
  if (typeof multipleBirthInteger === 'number')
    return [{ name: 'multipleBirth', valueInteger: multipleBirthInteger }]
  if (typeof multipleBirthBoolean === 'boolean')
    return [{ name: 'multipleBirth', valueBoolean: multipleBirthBoolean }]
  return []
}

/** The one that counts: measured rather than estimated, then the last. */
const latest = (all: readonly Measured[]): Measured | undefined => all.at(-1)

const weeksMeasured = (all: readonly Measured[]): Measured | undefined =>
  latest(all.filter(({ code }) => code === '18185-9')) ??
  latest(all.filter(({ code }) => code === '11884-4'))

function weeksOf(all: readonly Measured[]): number | undefined {
  const found = weeksMeasured(all)
  const weeks = found === undefined ? undefined : inUnit(found.quantity, 'wk')
  return weeks === undefined ? undefined : Number(weeks)
}

/** What stands for one Observation, wherever. */
const parts = (one: Measured, age?: number): Part[] => [
  { name: 'code', valueCoding: { system: LOINC, code: one.code } },
  { name: 'time', valueDateTime: one.time },
  ...(age === undefined ? [] : [{ name: 'ageHours', valueDecimal: age }]),
  {
    name: 'value',
    valueQuantity: quantityOf(one.quantity.digits, one.quantity.unit, one.quantity.comparator),
  },
  ...(one.status === 'final' ? [] : [{ name: 'status', valueCode: one.status }]),
  { name: 'observation', valueReference: { reference: one.reference } },
]

function atBirth(all: readonly Measured[]): Part[] {
  return [...new Set(Object.values(BIRTH))].flatMap((name) => {
    const found =
      name === 'gestationalAge'
        ? weeksMeasured(all)
        : latest(all.filter(({ code }) => BIRTH[code] === name))
    return found === undefined ? [] : [{ name, part: parts(found) }]
  })
}

function apgar(all: readonly Measured[]): Part[] {
  return Object.entries(APGAR)
    .sort(([, a], [, b]) => a - b)
    .flatMap(([code, minute]) => {
      const found = latest(all.filter((one) => one.code === code))
      if (found === undefined) return []
      return [{ name: 'apgar', part: [{ name: 'minute', valueInteger: minute }, ...parts(found)] }]
    })
}

const bilirubin = ({ method, points, peak, trend }: Series): Part => ({
  name: 'bilirubin',
  part: [
    { name: 'method', valueCode: method },
    ...points.map((point): Part => ({ name: 'point', part: pointParts(point) })),
    ...(peak === undefined
      ? []
      : [
          {
            name: 'peak',
            part: [
              ...(peak.age === undefined ? [] : [{ name: 'ageHours', valueDecimal: peak.age }]),
              { name: 'mass', valueQuantity: quantityOf(peak.mass!, 'mg/dL') },
              { name: 'observation', valueReference: { reference: peak.measured.reference } },
            ],
          },
        ]),
    ...(trend === undefined ? [] : [{ name: 'trend', valueCode: trend }]),
  ],
})

const pointParts = ({ measured, age, mass, moles, rate, isRapid }: Point): Part[] => {
  const { comparator } = measured.quantity
  const as = (name: string, digits: string | undefined, unit: string): Part[] =>
    digits === undefined ? [] : [{ name, valueQuantity: quantityOf(digits, unit, comparator) }]
  return [
    ...parts(measured, age),
    ...as('mass', mass, 'mg/dL'),
    ...as('moles', moles, 'umol/L'),
    ...(rate === undefined
      ? []
      : [
          { name: 'rate', valueQuantity: quantityOf(String(rate.mass), 'mg/dL/h') },
          { name: 'rateMoles', valueQuantity: quantityOf(String(rate.moles), 'umol/L/h') },
        ]),
    ...(isRapid === undefined ? [] : [{ name: 'rapidRise', valueBoolean: isRapid }]),
  ]
}

const ageOf = ({ instant }: Measured, born: number | undefined): number | undefined =>
  instant === undefined || born === undefined
    ? undefined
    : Math.round(((instant - born) / 3_600_000) * 10) / 10

/** Weights with what was lost or won since birth, lengths, heads. */
function growth(all: readonly Measured[], born: number | undefined): Part[] {
  const first = latest(all.filter(({ code }) => code === '8339-4'))
  const grams = first === undefined ? undefined : inUnit(first.quantity, 'g')
  return [...new Set(Object.values(GROWTH))]
    .flatMap((name) => all.filter(({ code }) => GROWTH[code] === name))
    .map((one) => {
      const now = GROWTH[one.code] === 'weight' ? inUnit(one.quantity, 'g') : undefined
      const isKnown = now !== undefined && grams !== undefined && Number(grams) > 0
      const change = isKnown ? (Number(now) / Number(grams) - 1) * 100 : undefined
      return {
        name: GROWTH[one.code]!,
        part: [
          ...parts(one, ageOf(one, born)),
          ...(change === undefined
            ? []
            : [{ name: 'changeSinceBirth', valueQuantity: quantityOf(change.toFixed(1), '%') }]),
        ],
      }
    })
}

/** The last of each. */
function vitals(all: readonly Measured[], born: number | undefined): Part[] {
  return [...new Set(Object.values(VITAL))].flatMap((name) => {
    const found = latest(all.filter(({ code }) => VITAL[code] === name))
    return found === undefined ? [] : [{ name, part: parts(found, ageOf(found, born)) }]
  })
}

/** What was left out, and why. */
function outcomeOf(
  { headers }: FhirRequest,
  born: number | undefined,
  weeks: number | undefined,
  series: readonly Series[],
): object {
  const language = languageOf(headers['accept-language'])
  const issues: Issue[] = []
  const say = (severity: 'information' | 'warning', key: MessageKey, at = ''): void => {
    issues.push(issueOf(severity, 'informational', message(key), at))
  }
  if (born === undefined) say('warning', 'newborn-no-birth-time', 'Patient.birthDate')
  if (series.some(({ points }) => points.some(({ isRapid }) => isRapid === true)))
    say('warning', 'newborn-rapid')
  if (series.length > 0 && (weeks === undefined || weeks < LEAST_WEEKS))
    say('information', 'newborn-early')
  if (series.length > 0) say('information', 'newborn-no-thresholds')
  say('information', 'newborn-no-percentiles')
  return {
    resourceType: 'OperationOutcome',
    ...(language === 'en' ? {} : { language }),
    issue: issues.map((issue) => ({
      ...plainIssue(issue),
      diagnostics: textOf(issue.message!, language),
    })),
  }
}
