// A JSON Pointer, judged against a document before anything is changed by it.
// https://www.rfc-editor.org/rfc/rfc6901
// Must not reach what is not the document's own: no inherited property, no length of a string or an array.

export type Target = {
  /** Whether there is a value at the pointer. */
  readonly exists: boolean
  /** Whether a value could be added there: an object's member, or an index up to an array's length, or `-`. */
  readonly addable: boolean
  readonly value: unknown
}

const SYNTAX = /^(?:\/(?:[^~/]|~[01])*)*$/

/** Names that would touch the machinery of objects. No element of FHIR has one of them. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype'])

export const isPointer = (text: unknown): text is string =>
  typeof text === 'string' && SYNTAX.test(text)

/** The decoded names and indexes of a pointer: `/name/0` → `['name', '0']`. */
export const tokensOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))

/** What a pointer finds in a document. */
export function locate(document: unknown, pointer: string): Target {
  let value = document
  let exists = true
  let addable = true
  for (const token of tokensOf(pointer)) {
    if (!exists || typeof value !== 'object' || value === null || RESERVED.has(token)) {
      return { exists: false, addable: false, value: undefined }
    }
    if (Array.isArray(value)) {
      const index = /^(?:0|[1-9]\d*)$/.test(token)
        ? Number(token)
        : token === '-'
          ? value.length
          : NaN
      exists = index < value.length
      addable = index <= value.length
      value = exists ? (value as unknown[])[index] : undefined
    } else {
      exists = Object.hasOwn(value, token)
      addable = true
      value = exists ? (value as Record<string, unknown>)[token] : undefined
    }
  }
  return { exists, addable, value }
}
