// What was measured of a newborn, found in the record: values by hour of age, what stands for each LOINC code.
// profiles/ieum/StructureDefinition-ieum-observation-newborn.json; https://hl7.org/fhir/R4/observation.html
// Must not show what was taken back, nor put a value into a unit of which it isn't sure.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { decimalText, numberFrom, parseLossless } from '../fhir/json.ts'
import type { FhirRequest, Resource } from '../fhir/message.ts'
import { convertDecimal } from '../terminology/decimal.ts'
import { UCUM } from '../terminology/ucum.ts'
import { conversion, LOINC, ucumOf } from '../terminology/units.ts'

export type Method = 'serum' | 'transcutaneous' | 'blood'

/** Codes of profiles/ieum/ValueSet-newborn-observations.json, by what the summary says of them. */
export const BIRTH: Readonly<Record<string, string>> = {
  '8339-4': 'birthWeight',
  '89269-5': 'birthLength',
  '8290-9': 'birthHeadCircumference',
  '11884-4': 'gestationalAge',
  '18185-9': 'gestationalAge',
}
export const APGAR: Readonly<Record<string, number>> = {
  ...{ '9272-6': 1, '9273-4': 2, '9274-2': 5, '9271-8': 10 },
}
export const BILIRUBIN: Readonly<Record<string, Method>> = {
  '1975-2': 'serum',
  '14631-6': 'serum',
  '58941-6': 'transcutaneous',
  '42719-5': 'blood',
}
export const GROWTH: Readonly<Record<string, string>> = {
  '29463-7': 'weight',
  '8306-3': 'length',
  '9843-4': 'headCircumference',
  '8287-5': 'headCircumference',
}
export const VITAL: Readonly<Record<string, string>> = {
  '8867-4': 'heartRate',
  '9279-1': 'respiratoryRate',
  '59408-5': 'oxygenSaturation',
  '2708-6': 'oxygenSaturation',
  '8310-5': 'temperature',
  '8328-7': 'temperature',
}

const CODES = [BIRTH, APGAR, BILIRUBIN, GROWTH, VITAL].flatMap((table) => Object.keys(table))

export type Quantity = {
  /** A decimal as JSON has it. */
  readonly digits: string
  readonly comparator?: string
  /** UCUM. */
  readonly unit: string
}

export type Measured = {
  /** Of LOINC, one of the above. */
  readonly code: string
  /** `Observation/id`. */
  readonly reference: string
  readonly status: string
  /** A FHIR dateTime. */
  readonly time: string
  /** ms since 1970; undefined where the time of day isn't known. */
  readonly instant: number | undefined
  readonly quantity: Quantity
}

/** More of one child in its first weeks is no record that a summary could be made of. */
const MOST = 5000

/** What has a value and counts, the oldest first. @throws Failure 403 for too many */
export async function measuredOf(
  patient: string,
  request: FhirRequest,
  context: Context,
): Promise<readonly Measured[]> {
  const token = CODES.map((code) => `${LOINC}|${code}`).join(',')
  const { plan } = context.plan(
    'Observation',
    [
      ['patient', patient],
      ['code', token],
      ['status:not', 'entered-in-error'],
    ],
    { strict: true },
  )
  const found: Measured[] = []
  for (let cursor: string | undefined, read = 0; ;) {
    const page = await context.store.search(
      { ...plan, count: 500, ...(cursor === undefined ? {} : { cursor }) },
      request,
    )
    for (const { text } of page.matches) {
      const measured = measuredIn(parseLossless(text ?? '{}') as Resource)
      if (measured !== undefined) found.push(measured)
    }
    read += page.matches.length
    cursor = page.next
    if (cursor === undefined) break
    if (read >= MOST)
      throw fail('too-costly', `A summary is made of ${String(MOST)} Observations at most`)
  }
  return found.sort(
    (a, b) => (a.instant ?? 0) - (b.instant ?? 0) || (a.reference < b.reference ? -1 : 1),
  )
}

type Coded = { readonly coding?: readonly { readonly system?: string; readonly code?: string }[] }

const TIMED = /T\d{2}:\d{2}/

function measuredIn(observation: Resource): Measured | undefined {
  const { status, code, valueQuantity, valueInteger, effectiveDateTime } = observation as {
    status?: string
    code?: Coded
    valueQuantity?: Readonly<Record<string, unknown>>
    valueInteger?: unknown
    effectiveDateTime?: string
  } & Resource
  const known = code?.coding?.find(
    (one) => one.system === LOINC && one.code !== undefined && CODES.includes(one.code),
  )?.code
  if (known === undefined || effectiveDateTime === undefined || status === 'cancelled')
    return undefined
  const digits = decimalText(valueQuantity?.['value'] ?? valueInteger)
  if (digits === undefined) return undefined
  const text = (name: string): string | undefined => {
    const found = valueQuantity?.[name]
    return typeof found === 'string' ? found : undefined
  }
  const comparator = text('comparator')
  return {
    code: known,
    reference: `Observation/${observation.id ?? ''}`,
    status: status ?? '',
    time: effectiveDateTime,
    instant: TIMED.test(effectiveDateTime) ? Date.parse(effectiveDateTime) : undefined,
    quantity: {
      digits,
      unit:
        valueQuantity === undefined
          ? '{score}'
          : (ucumOf(text('system'), text('code'), text('unit')) ?? ''),
      ...(comparator === undefined ? {} : { comparator }),
    },
  }
}

/** The digits in another unit; undefined where there is no sure way. @param loinc what is measured, as terminology/analyte.ts has it */
export function inUnit({ digits, unit }: Quantity, to: string, loinc?: string): string | undefined {
  if (unit === to) return digits
  const way = conversion(unit, to, loinc)
  return way === undefined ? undefined : convertDecimal(digits, way)
}

/** A Quantity of FHIR. */
export const quantityOf = (digits: string, unit: string, comparator?: string): object => ({
  value: numberFrom(digits),
  ...(comparator === undefined ? {} : { comparator }),
  ...(unit === '' ? {} : { unit, system: UCUM, code: unit }),
})
