// Whether a JSON value is a value of a FHIR primitive type.
// https://hl7.org/fhir/R4/datatypes.html#primitive
// Some of the specification's own regular expressions take exponential time (base64Binary) or let 31 February pass:
// the tests here are linear and know the calendar. Must not know elements or paths.
import { MAX_STRING } from '../fhir/limits.ts'
import { checkXhtml } from './xhtml.ts'

export type Primitive = {
  readonly json: 'string' | 'number' | 'boolean'
  /** Called with values of that JSON type only. */
  readonly test: (value: never) => boolean
  /** What a message says is allowed. */
  readonly expected: string
}

// And the two that are no characters, which XML can't hold.
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/
const VISIBLE = /\S/
const SPACE = /\s/

const isString = (value: string): boolean =>
  value.length <= MAX_STRING && VISIBLE.test(value) && !CONTROL.test(value) && value.isWellFormed()

const isUri = (value: string): boolean =>
  value !== '' &&
  value.length <= MAX_STRING &&
  !SPACE.test(value) &&
  !CONTROL.test(value) &&
  value.isWellFormed()

const matching = (pattern: RegExp) => (value: string) => pattern.test(value)

const isInteger = (low: number) => (value: number) =>
  Number.isInteger(value) && value >= low && value <= 2147483647

const YEAR = '(?!0000)\\d{4}'
const DAY = '(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])'
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?'
const ZONE = '(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))'
const DATE = new RegExp(`^${YEAR}(?:-(?:0[1-9]|1[0-2]|${DAY}))?$`)
const DATE_TIME = new RegExp(`^${YEAR}(?:-(?:0[1-9]|1[0-2]|${DAY}(?:T${TIME}${ZONE})?))?$`)
const INSTANT = new RegExp(`^${YEAR}-${DAY}T${TIME}${ZONE}$`)

const LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Whether the day of a date that has the right form exists. */
function dayExists(value: string): boolean {
  if (value.length < 10) return true
  const day = Number(value.slice(8, 10))
  if (day < 29) return true
  const month = Number(value.slice(5, 7))
  if (month !== 2 || day > 29) return day <= (LENGTHS[month - 1] ?? 0)
  const year = Number(value.slice(0, 4))
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

const dated = (pattern: RegExp) => (value: string) => pattern.test(value) && dayExists(value)

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

function isBase64(value: string): boolean {
  const packed = SPACE.test(value) ? value.replace(/\s+/g, '') : value
  return packed.length % 4 === 0 && BASE64.test(packed)
}

const text = {
  json: 'string',
  test: isString,
  expected: 'text of at most 1 MiB that is not empty and has no control characters',
} as const
const uri = { json: 'string', test: isUri, expected: 'a URI without spaces' } as const

/** By name of the type; all 20 of R4. */
export const PRIMITIVES: Readonly<Record<string, Primitive>> = {
  base64Binary: { json: 'string', test: isBase64, expected: 'base64' },
  boolean: { json: 'boolean', test: () => true, expected: 'true or false' },
  canonical: uri,
  code: {
    json: 'string',
    test: (value: string) => isString(value) && /^\S+(?:\s\S+)*$/.test(value),
    expected: 'a code without spaces at its ends or two together',
  },
  date: {
    json: 'string',
    test: dated(DATE),
    expected: 'a day that exists, a month or a year: YYYY, YYYY-MM or YYYY-MM-DD',
  },
  dateTime: {
    json: 'string',
    test: dated(DATE_TIME),
    expected: 'YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone (Z or +hh:mm)',
  },
  decimal: {
    json: 'number',
    test: Number.isFinite,
    expected: 'a decimal number',
  },
  id: {
    json: 'string',
    test: matching(/^[A-Za-z0-9\-.]{1,64}$/),
    expected: '1 to 64 characters out of A-Z, a-z, 0-9, "-" and "."',
  },
  instant: {
    json: 'string',
    test: dated(INSTANT),
    expected: 'YYYY-MM-DDThh:mm:ss with a time zone (Z or +hh:mm)',
  },
  integer: { json: 'number', test: isInteger(-2147483648), expected: 'a whole number of 32 bits' },
  markdown: text,
  oid: {
    json: 'string',
    test: matching(/^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/),
    expected: 'an OID as a URI: urn:oid:1.2.3',
  },
  positiveInt: {
    json: 'number',
    test: isInteger(1),
    expected: 'a whole number from 1 to 2147483647',
  },
  string: text,
  time: {
    json: 'string',
    test: matching(new RegExp(`^${TIME}$`)),
    expected: 'hh:mm:ss without a time zone',
  },
  unsignedInt: {
    json: 'number',
    test: isInteger(0),
    expected: 'a whole number from 0 to 2147483647',
  },
  uri,
  url: uri,
  uuid: {
    json: 'string',
    test: matching(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
    expected: 'a UUID as a URI in lower case: urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
  },
  xhtml: {
    json: 'string',
    test: (value: string) => checkXhtml(value) === undefined,
    expected:
      'a well-formed <div xmlns="http://www.w3.org/1999/xhtml"> of formatting elements only',
  },
}
