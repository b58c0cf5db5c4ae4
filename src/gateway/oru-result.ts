// OBX → one result. HL7 v2, chapter 7: OBX, SN; https://build.fhir.org/ig/HL7/v2-to-fhir (status, flags)
// Must not round: digits stay as they were sent.
import { identifierSystem } from './coding-system.ts'
import type { Segment } from './er7.ts'
import { notesOf, placeOf, type Observed, type Order, type Reading } from './oru-reading.ts'
import { numberOf, rangeOf } from './number.ts'
import type { Concept, DevicePart, ResultPart, Value } from './run.ts'

/** Of OBX-11 (HL7 table 0085). */
const STATUSES: Readonly<Record<string, string>> = {
  ...{ F: 'final', U: 'final', C: 'corrected', P: 'preliminary', R: 'preliminary' },
  ...{ S: 'preliminary', I: 'registered', X: 'cancelled', N: 'cancelled' },
  ...{ D: 'entered-in-error', W: 'entered-in-error' },
}

export function resultOf(
  { obx, notes, parts }: Observed,
  { obr }: Order,
  sample: number | undefined,
  reading: Reading,
): ResultPart {
  const { reader, problems, time } = reading
  const at = (field: number): string => placeOf(obx, field)
  const code = reading.concept(obx, 3)
  if (code === undefined) problems.add(101, at(3), 'What was measured is missing')
  const status = statusOf(obx, obr, reading)
  const range = reader.whole(obx, 7)
  const issued = time(obx, 19) ?? time(obr, 22) ?? time(reading.msh, 7)
  const key = keyOf(obx, obr, reading)
  const method = reader.text(obx, 17, 2) || reader.text(obx, 17)
  const read = rangeOf(range)
  return {
    place: `OBX[${String(obx.sequence)}]`,
    code: code ?? { codes: [], text: '', place: at(3) },
    value: valueOf(obx, status, reading),
    valuePlace: at(5),
    unit: unitOf(obx, reading),
    unitPlace: at(6),
    flags: reader.repetitions(obx, 8).map((flag) => flag(1)),
    ...(read === undefined ? {} : { range: read }),
    status: status ?? '',
    statusPlace: at(11),
    time: (time(obx, 14) ?? time(obr, 7))?.text,
    timePlace: at(14),
    ...(issued?.isInstant === true ? { issued: issued.text } : {}),
    device: deviceOf(obx, parts, reading),
    sample,
    ...(key === undefined ? {} : { key }),
    ...(method === '' ? {} : { method }),
    notes: notesOf(notes, reading),
  }
}

function statusOf(obx: Segment, obr: Segment, { reader, problems }: Reading): string | undefined {
  const letter = reader.text(obx, 11)
  // Some devices give it once, for all results of an order.
  const given = letter || reader.text(obr, 25)
  if (given === '')
    problems.add(101, placeOf(obx, 11), 'Whether the result is final is missing (F, P, C, X …)')
  else if (letter !== '' && !Object.hasOwn(STATUSES, letter))
    problems.add(103, placeOf(obx, 11), 'The status of a result is a code of HL7 table 0085')
  return Object.hasOwn(STATUSES, given) ? STATUSES[given] : undefined
}

function unitOf(obx: Segment, { reader }: Reading): string {
  const [id, text] = [reader.text(obx, 6), reader.text(obx, 6, 2)]
  return id || text
}

/** By which a correction finds it: its own number (OBX-21), or the filler's number, what was measured and its sub-id. */
function keyOf(obx: Segment, obr: Segment, { reader }: Reading): string | undefined {
  const own = reader.text(obx, 21)
  if (own !== '') return encodeURIComponent(own)
  const filler = reader.text(obr, 3)
  if (filler === '') return undefined
  const what = [filler, reader.text(obx, 3), reader.text(obx, 4)]
  return what.map(encodeURIComponent).join('/')
}

/** The instance that measured (OBX-18, in later versions PRT-10), or what sent the message. */
function deviceOf(
  obx: Segment,
  parts: readonly Segment[],
  { reader, msh, sender }: Reading,
): DevicePart {
  const prt = parts.find((part) => reader.text(part, 10) !== '')
  const [segment, field] = prt === undefined ? [obx, 18] : [prt, 10]
  const serial = reader.text(segment, field)
  if (serial === '') {
    const name = reader.text(msh, 3)
    const id = reader.text(msh, 3, 2)
    return { place: placeOf(msh, 3), serial: id || name, ...(name === '' ? {} : { name }) }
  }
  const [namespace, id, kind] = [2, 3, 4].map((part) => reader.text(segment, field, part)) as [
    string,
    string,
    string,
  ]
  return {
    place: placeOf(segment, field),
    serial,
    ...(namespace === '' ? {} : { name: namespace, model: namespace }),
    ...(id === '' ? {} : { system: identifierSystem({ namespace: '', id, kind }, '', sender) }),
  }
}

const NUMBER_FORM = 'A number is written as in 12.5'

function valueOf(obx: Segment, status: string | undefined, reading: Reading): Value | undefined {
  const { reader, problems } = reading
  const type = reader.text(obx, 2)
  const wrong = (text: string): undefined => {
    problems.add(102, placeOf(obx, 5), text)
    return undefined
  }
  if (reader.repetitions(obx, 5).length === 0 || reader.whole(obx, 5) === '""') return undefined
  if (reader.repetitions(obx, 5).length > 1 && type !== 'TX' && type !== 'FT')
    return wrong('A result has one value')
  // Where there is none, devices fill in dashes.
  if (status === 'cancelled') return undefined
  switch (type) {
    case 'NM': {
      const number = numberOf(reader.text(obx, 5))
      if (number?.comparator === undefined && number !== undefined)
        return { kind: 'quantity', digits: number.digits }
      return wrong(`${NUMBER_FORM}; with a sign such as < the type is SN`)
    }
    case 'SN':
      return structured(obx, reading)
    case 'ST':
    case 'TX':
    case 'FT':
    case 'IS':
    case 'ID': {
      const text = reader.whole(obx, 5)
      const number = numberOf(text)
      return number === undefined
        ? { kind: 'text', text }
        : { kind: 'quantity', digits: number.digits, ...signOf(number) }
    }
    case 'CE':
    case 'CWE':
    case 'CNE':
    case 'CF': {
      const concept: Concept | undefined = reading.concept(obx, 5)
      return concept === undefined ? undefined : { kind: 'concept', concept }
    }
    case '':
      problems.add(101, placeOf(obx, 2), 'The type of the value is missing')
      return undefined
    default:
      problems.add(103, placeOf(obx, 2), 'Values are of type NM, SN, ST, TX, FT, CE or CWE here')
      return undefined
  }
}

const signOf = ({ comparator }: { readonly comparator?: string }) =>
  comparator === undefined ? {} : { comparator }

/** SN: comparator^number^separator^number. */
function structured(obx: Segment, { reader, problems }: Reading): Value | undefined {
  const [sign, first, separator, second] = [1, 2, 3, 4].map((part) =>
    reader.text(obx, 5, part),
  ) as [string, string, string, string]
  const wrong = (component: number, text: string): undefined => {
    problems.add(102, placeOf(obx, 5, component), text)
    return undefined
  }
  const one = numberOf(first)
  if (one === undefined || one.comparator !== undefined) return wrong(2, NUMBER_FORM)
  if (!['', '=', '<', '<=', '>', '>='].includes(sign))
    return wrong(1, 'The sign before a number is one of < <= > >= and =')
  if (separator === '' || (separator === '.' && second !== '')) {
    const digits = separator === '.' ? `${one.digits}.${second}` : one.digits
    if (numberOf(digits) === undefined) return wrong(4, NUMBER_FORM)
    return {
      kind: 'quantity',
      digits,
      ...(sign === '' || sign === '=' ? {} : { comparator: sign }),
    }
  }
  const two = numberOf(second)
  if (two === undefined || two.comparator !== undefined || sign !== '') return wrong(4, NUMBER_FORM)
  if (separator === '-') return { kind: 'range', low: one.digits, high: two.digits }
  if (separator === ':' || separator === '/')
    return { kind: 'ratio', numerator: one.digits, denominator: two.digits }
  return wrong(3, 'Between two numbers stands one of - : /')
}
