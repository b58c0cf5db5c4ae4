// JSON text to values and back, with decimals that keep their digits: 1.50 stays 1.50.
// https://hl7.org/fhir/R4/json.html (precision: https://hl7.org/fhir/R4/datatypes.html#decimal)
// Two readings: plain numbers for checking and indexing, lossless for whatever is written out again.
// Must not put text of the input or of the engine's own messages into an answer.

import { fail, Failure } from '../errors.ts'
import { atOnce, type Stepwise } from '../turn.ts'
import { findDuplicateKey, placeOf, survey, syntaxProblem } from './json-syntax.ts'
import {
  MAX_DEPTH,
  MAX_DEPTH_INSIDE,
  MAX_ELEMENTS,
  MAX_EXPONENT,
  MAX_NUMBER_LENGTH,
} from './limits.ts'

/** A number kept as its source text; made by JSON.rawJSON, frozen, without a prototype. */
export type RawNumber = { readonly rawJSON: string }

declare global {
  interface JSON {
    rawJSON(text: string): RawNumber
    isRawJSON(value: unknown): value is RawNumber
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown
  }
}

// Whether a number may stand in the text that JSON.stringify(JSON.parse(text)) would write differently: an exponent,
// a fraction that ends in 0, minus zero, a fraction that starts with six zeros, more than 15 digits. Strings may match
// as well (that costs time only: no UUID does, be it 12e3-…); a number in an object or array never escapes, since one of `:[,` stands before it.
const LOSSY =
  /[:[,][ \t\n\r]*(?:-0[\s,}\]]|-?(?:0|[1-9]\d*)(?:\.\d+)?[eE][+-]?\d+[\s,}\]]|-?(?:0|[1-9]\d*)\.\d*0[\s,}\]]|-?0\.0{6}|-?(?=[\d.]{16})(?:0|[1-9]\d*)(?:\.\d+)?[\s,}\]])/

// Text that needs a look at every string: a key __proto__ (perhaps escaped), an escaped NUL or surrogate.
const SUSPICIOUS = /__proto__|\\u(?:00[05-7]|[dD][89a-fA-F])/

/**
 * JSON text to a value; numbers are JavaScript numbers and may lose digits. For checking and indexing.
 * @throws Failure `malformed` that names line and column, also for a top level of another kind
 */
export function parseJson(text: string, top: 'object' | 'array' = 'object'): unknown {
  return parse(text, top, undefined)
}

/**
 * JSON text to a value in which every number whose digits would change is a {@link RawNumber}. For what is stored
 * or sent: {@link stringify} writes the same digits again.
 * @throws Failure `malformed` that names line and column, also for a top level of another kind
 */
export function parseLossless(text: string, top: 'object' | 'array' = 'object'): unknown {
  return parse(text, top, isLossy(text) ? keepDigits : undefined)
}

/**
 * Both readings of one text, for a caller that checks the plain and writes out the lossless one. They are the very same
 * value when no number would lose digits, as in most texts: whoever changes one of them must know.
 * For what comes from outside: besides, each key must stand once in its object.
 * @throws Failure `malformed` as {@link parseJson}, also with the FHIRPath of a key that stands twice
 */
export function parseBoth(text: string): { readonly plain: unknown; readonly exact: unknown } {
  const plain = parse(text, 'object', undefined, true)
  return { plain, exact: isLossy(text) ? parse(text, 'object', keepFitDigits) : plain }
}

/**
 * {@link parseLossless} for what comes from outside, each key of which must stand once in its object.
 * @throws Failure `malformed` as {@link parseBoth}
 */
export function parseIncoming(text: string, top: 'object' | 'array' = 'object'): unknown {
  return parse(text, top, isLossy(text) ? keepFitDigits : undefined, true)
}

/** Compact JSON text; numbers from {@link parseLossless} have their own digits. */
export const stringify = (value: unknown): string => JSON.stringify(value)

/** JSON text for people, two spaces a level. */
export const stringifyPretty = (value: unknown): string => JSON.stringify(value, null, 2)

/** The digits of a number, plain or raw; undefined for whatever is not a number. */
export function decimalText(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  return JSON.isRawJSON(value) ? value.rawJSON : undefined
}

/** A number from its digits: plain where JavaScript writes the same digits, raw otherwise. */
export function numberFrom(digits: string): number | RawNumber {
  const value = Number(digits)
  return String(value) === digits ? value : JSON.rawJSON(digits)
}

/**
 * Why a number can't be kept: one that no double comes near would be in no index, or in a wrong place of it. Undefined
 * if it can.
 */
export function numberProblem(digits: string): string | undefined {
  if (digits.length > MAX_NUMBER_LENGTH)
    return `A number may have ${MAX_NUMBER_LENGTH} characters; here is one of ${digits.length}`
  const at = digits.search(/e/i)
  const value = Number(digits)
  const fits =
    Number.isFinite(value) &&
    (at < 0 || Math.abs(Number(digits.slice(at + 1))) <= MAX_EXPONENT) &&
    (value !== 0 || !/[1-9]/.test(at < 0 ? digits : digits.slice(0, at)))
  return fits
    ? undefined
    : 'A number must be one that a double comes near: with an exponent from -324 to 308'
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

const keepDigits: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && source !== undefined && source !== String(value)
    ? JSON.rawJSON(source)
    : value

/** Whether JavaScript would write a number of the text with other digits; at times also when it wouldn't. */
export const isLossy = (text: string): boolean => LOSSY.test(text)

/** For JSON.parse: numbers keep their digits. @throws Failure `malformed` for those that can't be kept */
export const keepFitDigits: Reviver = (_key, value, { source }) => {
  if (typeof value !== 'number' || source === undefined || source === String(value)) return value
  const problem = numberProblem(source)
  if (problem !== undefined) throw fail('malformed', problem, undefined, 'value')
  return JSON.rawJSON(source)
}

function parse(
  source: string,
  top: 'object' | 'array',
  reviver: Reviver | undefined,
  incoming: boolean = false,
): unknown {
  const text = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source
  // The reviver and JSON.stringify are recursive, and so is much of what reads the value.
  const maxDepth = incoming ? MAX_DEPTH : MAX_DEPTH_INSIDE
  const surveyed = incoming || text.length > 2 * maxDepth ? survey(text, maxDepth) : undefined
  if (surveyed !== undefined && surveyed.depth > maxDepth) throw tooDeep()
  if (incoming && surveyed !== undefined && surveyed.values > MAX_ELEMENTS) throw tooManyValues()
  let value: unknown
  try {
    value = reviver === undefined ? (JSON.parse(text) as unknown) : JSON.parse(text, reviver)
  } catch (error) {
    throw error instanceof Failure ? error : atOnce(syntaxFailure(text))
  }
  // As many keys as there are names in the text: none of them stood twice.
  if (incoming && surveyed !== undefined && keysIn(value) !== surveyed.keys)
    throw atOnce(duplicateFailure(text))
  requireTop(value, top)
  if (isSuspicious(text)) inspect(value)
  return value
}

export const tooDeep = () =>
  fail('malformed', `The JSON is nested more than ${MAX_DEPTH} levels deep`)

export const tooManyValues = () =>
  fail('too-large', `The JSON has more than ${MAX_ELEMENTS} values`)

/** @throws Failure `malformed` for a value of another kind */
export function requireTop(value: unknown, top: 'object' | 'array'): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value) !== (top === 'array')) {
    throw fail('malformed', `The JSON must be ${top === 'array' ? 'an array' : 'an object'}`)
  }
}

/** What to say of text that isn't JSON. */
export function* syntaxFailure(text: string): Stepwise<Failure> {
  const { offset, expected } = yield* syntaxProblem(text)
  const { line, column } = placeOf(text, offset)
  return fail('malformed', `The JSON is not valid at line ${line}, column ${column}: ${expected}`)
}

/** Keys of all objects in a value without raw numbers. */
export function keysIn(value: unknown): number {
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) count += keysIn(item)
  } else if (!JSON.isRawJSON(value)) {
    for (const key in value as object) {
      count++
      const item = (value as Record<string, unknown>)[key]
      if (typeof item === 'object' && item !== null) count += keysIn(item)
    }
  }
  return count
}

/** What to say of text in which a key stands twice in one object. */
export function* duplicateFailure(text: string): Stepwise<Failure> {
  const found = yield* findDuplicateKey(text)
  if (found === undefined) return fail('malformed', 'The JSON has a name twice in one object')
  const { path, line, column } = found
  const at = path.length > 200 ? undefined : path
  return fail(
    'malformed',
    `The JSON has a name for the second time in one object at line ${line}, column ${column}`,
    at,
  )
}

/** Whether the strings in the text need a look. */
export const isSuspicious = (text: string): boolean => SUSPICIOUS.test(text)

/** @throws Failure `malformed` for a string or a key that can't be kept, with its place */
export function inspect(value: unknown, path: string = ''): void {
  if (typeof value === 'string') {
    checkString(value, path)
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => inspect(item, `${path}[${index}]`))
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key === '__proto__') {
        throw fail('malformed', 'An element cannot have the name __proto__', path || undefined)
      }
      checkString(key, path)
      inspect(item, path === '' ? key : `${path}.${key}`)
    }
  }
}

function checkString(text: string, path: string): void {
  const at = path === '' ? undefined : path
  if (text.includes('\0')) throw fail('malformed', 'A string contains the character NUL', at)
  if (!text.isWellFormed()) {
    throw fail('malformed', 'A string contains half of a surrogate pair', at)
  }
}
