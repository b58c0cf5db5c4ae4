// A result of a kit → an Observation. profiles/ieum/StructureDefinition-ieum-observation-kit.json
// https://hl7.org/fhir/R4/observation.html
// Must not convert: a value keeps the unit and the digits in which the device gave it.
import { numberFrom } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { fitUnit, KIT_CODES, measuredBy, type Measured } from './analyte.ts'
import { localCodes, LOINC } from './coding-system.ts'
import type { Problems } from './refused.ts'
import type { Concept, ResultPart, Run, Value } from './run.ts'

const UCUM = 'http://unitsofmeasure.org'
const HL7 = 'http://terminology.hl7.org/CodeSystem'
export const IEUM = 'http://ieum.example/fhir/StructureDefinition'

/** What of an Observation the result itself says. */
export type Judged = {
  readonly measured: Measured
  readonly resource: Resource
}

/** @returns undefined where something is wrong, which is a problem then */
export function observationOf(
  result: ResultPart,
  run: Run,
  problems: Problems,
  now: number,
): Judged | undefined {
  const measured = measuredBy(result.code.codes)
  if (measured === undefined) {
    problems.add(
      103,
      result.code.place,
      `What was measured is not known: give a LOINC code (LN) that kits have, or one of ${KIT_CODES}`,
    )
    return undefined
  }
  if (result.time === undefined)
    problems.add(101, result.timePlace, 'When it was measured is missing')
  // A clock that is wrong by years puts a result before or behind all others.
  else if (Date.parse(result.time) > now + DAY)
    problems.add(
      102,
      result.timePlace,
      'The time is in the future: the clock of the device is wrong',
    )
  const unit = unitOf(result, measured, problems)
  const value = valueOf(result, run, measured, unit, problems)
  const coded = [
    { system: LOINC, code: unit?.loinc ?? measured.loinc },
    ...result.code.codes
      .filter(({ system }) => system !== LOINC)
      .map(({ system, code }) => ({ system: system ?? localCodes(run.sender), code })),
  ]
  return {
    measured,
    resource: {
      resourceType: 'Observation',
      ...(measured.inSample ? { meta: { profile: [`${IEUM}/ieum-observation-kit`] } } : {}),
      status: result.status,
      category: [
        { coding: [{ system: `${HL7}/observation-category`, code: categoryOf(measured) }] },
      ],
      code: { coding: coded, text: result.code.text || measured.name || measured.loinc },
      ...(result.time === undefined ? {} : { effectiveDateTime: result.time }),
      issued: result.issued ?? run.sent ?? new Date(now).toISOString(),
      ...value,
      ...(result.flags.length === 0 ? {} : { interpretation: result.flags.map(flagOf) }),
      ...(result.notes.length === 0 ? {} : { note: result.notes.map((text) => ({ text })) }),
      ...(result.method === undefined ? {} : { method: { text: result.method } }),
      ...rangeOf(result, unit?.ucum),
    },
  }
}

const DAY = 86_400_000

const categoryOf = ({ inSample, loinc }: Measured): string =>
  inSample ? 'laboratory' : loinc === '59408-5' ? 'vital-signs' : 'procedure'

type Unit = { readonly loinc: string; readonly ucum: string | undefined }

function unitOf(
  { value, unit, unitPlace }: ResultPart,
  measured: Measured & { readonly isLocal: boolean },
  problems: Problems,
): Unit | undefined {
  if (value === undefined || value.kind === 'text' || value.kind === 'concept') return undefined
  if (unit === '' && !measured.isPure) {
    // A number of what has none usually: an index, a titre.
    if (measured.unit === undefined || value.kind === 'ratio') return undefined
    problems.add(101, unitPlace, `A unit is missing, such as ${measured.unit}`)
    return undefined
  }
  const fit = fitUnit(unit, measured)
  if (fit.ok) return { loinc: fit.loinc, ucum: fit.unit }
  problems.add(103, unitPlace, fit.why)
  return undefined
}

const ABSENT = (code: string) => ({
  dataAbsentReason: { coding: [{ system: `${HL7}/data-absent-reason`, code }] },
})

function valueOf(
  result: ResultPart,
  run: Run,
  measured: Measured,
  unit: Unit | undefined,
  problems: Problems,
): object {
  const { value, status, valuePlace } = result
  if (value === undefined) {
    if (status === 'cancelled') return ABSENT('error')
    if (status === 'entered-in-error') return ABSENT('unknown')
    if (status === 'registered') return ABSENT('temp-unknown')
    problems.add(101, valuePlace, 'The value is missing; a run that failed has the status X')
    return {}
  }
  const quantity = (digits: string, comparator?: string): object => ({
    value: numberFrom(digits),
    ...(comparator === undefined ? {} : { comparator }),
    ...(result.unit === '' && unit?.ucum === undefined ? {} : { unit: result.unit || unit?.ucum }),
    ...(unit?.ucum === undefined ? {} : { system: UCUM, code: unit.ucum }),
  })
  switch (value.kind) {
    case 'quantity':
      return { valueQuantity: quantity(value.digits, value.comparator) }
    case 'range':
      return { valueRange: { low: quantity(value.low), high: quantity(value.high) } }
    case 'ratio':
      return {
        valueRatio: {
          numerator: { value: numberFrom(value.numerator) },
          denominator: { value: numberFrom(value.denominator) },
        },
      }
    case 'concept':
      return { valueCodeableConcept: conceptOf(value.concept, run.sender) }
    case 'text':
      return textOf(value, result, measured, problems)
  }
}

/** What strips and cassettes say. */
const QUALITATIVE =
  /^(neg(ative)?|pos(itive)?|trace|tr|norm(al)?|non-?reactive|reactive|(not )?detected|invalid|indeterminate|±|\+\/-|[-–]|\+{1,4}|[1-4]\+|отр\p{L}*\.?|пол\p{L}*\.?|следы|норма|теріс|оң|음성|양성|미량|정상)$/iu

function textOf(
  { text }: Extract<Value, { kind: 'text' }>,
  { valuePlace }: ResultPart,
  { unit }: Measured,
  problems: Problems,
): object {
  if (QUALITATIVE.test(text)) return { valueCodeableConcept: { text } }
  if (unit === undefined) return { valueString: text }
  problems.add(102, valuePlace, `A number in ${unit} is expected here`)
  return {}
}

export const conceptOf = ({ codes, text }: Concept, sender: string): object => ({
  ...(codes.length === 0
    ? {}
    : {
        coding: codes.map(({ system, code }) => ({ system: system ?? localCodes(sender), code })),
      }),
  ...(text === '' ? (codes.length === 0 ? { text: '?' } : {}) : { text }),
})

/** Codes of HL7 table 0078 that mean the same in FHIR. */
const FLAGS = new Set([
  ...['L', 'H', 'LL', 'HH', '<', '>', 'N', 'A', 'AA', 'U', 'D', 'B', 'W', 'S', 'R', 'I', 'MS'],
  ...['VS', 'POS', 'NEG', 'IND', 'DET', 'ND', 'RR', 'WR', 'NR', 'LU', 'HU', 'QCF', 'TOX', 'IE'],
])

const flagOf = (flag: string): object =>
  FLAGS.has(flag)
    ? { coding: [{ system: `${HL7}/v3-ObservationInterpretation`, code: flag }] }
    : { text: flag }

function rangeOf({ range, unit }: ResultPart, ucum: string | undefined): object {
  if (range === undefined) return {}
  const limit = (digits: string): object => ({
    value: numberFrom(digits),
    ...(unit === '' && ucum === undefined ? {} : { unit: unit || ucum }),
    ...(ucum === undefined ? {} : { system: UCUM, code: ucum }),
  })
  return {
    referenceRange: [
      {
        ...(range.low === undefined ? {} : { low: limit(range.low) }),
        ...(range.high === undefined ? {} : { high: limit(range.high) }),
        text: range.text,
      },
    ],
  }
}
