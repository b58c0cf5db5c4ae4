// $convert-unit: a value in another unit, with the factor and where it comes from. An operation of our own.
// profiles/ieum/OperationDefinition-convert-unit.json; https://hl7.org/fhir/R4/operations.html
// Must not guess: between mass and amount it converts only what a LOINC code names.
import type { Context } from '../context.ts'
import { fail, Failure } from '../errors.ts'
import { numberFrom, stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import { ANALYTES } from '../terminology/analyte.ts'
import { convertDecimal } from '../terminology/decimal.ts'
import { checkUnit, UCUM } from '../terminology/ucum.ts'
import { conversion, LOINC, type Conversion } from '../terminology/units.ts'
import { spelled } from '../terminology/unit-spelling.ts'
import { inputOf, type Input } from './input.ts'

/**
 * `GET [base]/$convert-unit?value=130&from=mg/dL&to=mmol/L&code=http://loinc.org|2345-7`, or Parameters posted.
 * @throws Failure 400 for a value or a unit that is none, 422 where there is no way between the units
 */
export async function convertUnit(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const input = inputOf(request, context)
  const value = required(input, 'value')
  const from = unitOf(input, 'from')
  const to = unitOf(input, 'to')
  const loinc = loincOf(input)
  const way = conversion(from, to, loinc)
  if (way === undefined) throw noWay(from, to, loinc)
  const digits = convertDecimal(value, way)
  if (digits === undefined) {
    throw fail('parameter', `value is a decimal such as 5.4, not "${value.slice(0, 80)}"`, 'value')
  }
  const parameter = [
    {
      name: 'result',
      valueQuantity: { value: numberFrom(digits), unit: to, system: UCUM, code: to },
    },
    { name: 'exact', valueDecimal: exactOf(Number(value), way) },
    { name: 'factor', valueDecimal: way.factor },
    ...(way.offset === 0 ? [] : [{ name: 'offset', valueDecimal: way.offset }]),
    { name: 'source', valueString: way.source },
    ...(way.analyte === undefined ? [] : [{ name: 'analyte', valueString: way.analyte.name }]),
    ...codeOf(to, way),
  ]
  return { status: 200, headers: {}, body: stringify({ resourceType: 'Parameters', parameter }) }
}

function required(input: Input, name: string): string {
  const value = input.text(name)
  if (value !== undefined && value !== '') return value
  throw fail('parameter', `${name} is needed, as in value=130&from=mg/dL&to=mmol/L`, name)
}

function unitOf(input: Input, name: string): string {
  const text = required(input, name)
  const checked = checkUnit(text)
  if (checked.ok) return text
  const meant = spelled(text)
  if (meant !== undefined) return meant
  const right = checked.suggestion === undefined ? '' : `; did you mean ${checked.suggestion}?`
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  throw fail('parameter', `"${shown}" is not a unit of UCUM: ${checked.why}${right}`, name)
}

/** `http://loinc.org|2345-7`, a bare code of LOINC, or a Coding. */
function loincOf(input: Input): string | undefined {
  const coding = input.value<{ readonly system?: string; readonly code?: string }>('code', 'Coding')
  const text =
    coding === undefined ? input.text('code') : `${coding.system ?? ''}|${coding.code ?? ''}`
  if (text === undefined || text === '') return undefined
  const bar = text.lastIndexOf('|')
  const system = bar < 0 ? LOINC : text.slice(0, bar)
  if (system === LOINC) return text.slice(bar + 1)
  throw fail(
    'parameter',
    `What is measured is known by codes of ${LOINC}, not of "${system.slice(0, 80)}"`,
    'code',
  )
}

/** The code of what is measured in that kind of unit: LOINC has one for each. */
function codeOf(to: string, { analyte }: Conversion): object[] {
  if (analyte === undefined) return []
  const { si, conventional } = analyte
  const form = conversion(to, si.unit) === undefined ? conventional : si
  return [{ name: 'code', valueCoding: { system: LOINC, code: form.loinc } }]
}

function noWay(from: string, to: string, loinc: string | undefined): Failure {
  const known = ANALYTES.filter(
    ({ conventional, si }) =>
      conversion(from, to, conventional.loinc) !== undefined ||
      conversion(from, to, si.loinc) !== undefined,
  )
  const codes = known.map(({ name, conventional }) => `${conventional.loinc} (${name})`).join(', ')
  const right =
    known.length === 0
      ? `${from} and ${to} are not of one kind`
      : `that hangs on what is measured: code may be ${codes}`
  const what = loinc === undefined ? '' : ` of ${loinc.slice(0, 80)}`
  return new Failure('invalid', [
    {
      severity: 'error',
      code: 'not-supported',
      diagnostics: `There is no sure way from ${from} to ${to}${what}: ${right}`,
      expression: [loinc === undefined ? 'to' : 'code'],
    },
  ])
}

const exactOf = (value: number, { factor, offset }: Conversion): number =>
  Number((value * factor + offset).toPrecision(12))
