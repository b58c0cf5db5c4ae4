// Whether a JSON value is a value of a FHIR primitive type.
// https://hl7.org/fhir/R4/datatypes.html#primitive
// Some of the specification's own regular expressions take exponential time (base64Binary) or let 31 February pass:
// the tests here are linear and know the calendar. Must not know elements or paths.
import { MAX_STRING } from '../fhir/limits.ts'
import type { MessageKey } from '../words/message.ts'
import { checkXhtml } from './xhtml.ts'

export type Primitive = {
  readonly json: 'string' | 'number' | 'boolean'
  /** Called with values of that JSON type only. */
  readonly test: (value: never) => boolean
  /** What a message says is allowed. */
  readonly expected: MessageKey
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
  expected: 'form-string',
} as const
const uri = { json: 'string', test: isUri, expected: 'form-uri' } as const

/** By name of the type; all 20 of R4. */
export const PRIMITIVES: Readonly<Record<string, Primitive>> = {
  base64Binary: { json: 'string', test: isBase64, expected: 'form-base64Binary' },
  boolean: { json: 'boolean', test: () => true, expected: 'form-boolean' },
  canonical: uri,
  code: {
    json: 'string',
    test: (value: string) => isString(value) && /^\S+(?:\s\S+)*$/.test(value),
    expected: 'form-code',
  },
  date: {
    json: 'string',
    test: dated(DATE),
    expected: 'form-date',
  },
  dateTime: {
    json: 'string',
    test: dated(DATE_TIME),
    expected: 'form-dateTime',
  },
  decimal: {
    json: 'number',
    test: Number.isFinite,
    expected: 'form-decimal',
  },
  id: {
    json: 'string',
    test: matching(/^[A-Za-z0-9\-.]{1,64}$/),
    expected: 'form-id',
  },
  instant: {
    json: 'string',
    test: dated(INSTANT),
    expected: 'form-instant',
  },
  integer: { json: 'number', test: isInteger(-2147483648), expected: 'form-integer' },
  markdown: text,
  oid: {
    json: 'string',
    test: matching(/^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/),
    expected: 'form-oid',
  },
  positiveInt: {
    json: 'number',
    test: isInteger(1),
    expected: 'form-positiveInt',
  },
  string: text,
  time: {
    json: 'string',
    test: matching(new RegExp(`^${TIME}$`)),
    expected: 'form-time',
  },
  unsignedInt: {
    json: 'number',
    test: isInteger(0),
    expected: 'form-unsignedInt',
  },
  uri,
  url: uri,
  uuid: {
    json: 'string',
    test: matching(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
    expected: 'form-uuid',
  },
  xhtml: {
    json: 'string',
    test: (value: string) => checkXhtml(value) === undefined,
    expected: 'form-xhtml',
  },
}
