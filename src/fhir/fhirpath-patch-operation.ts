// One operation of a FHIRPath Patch, read from its parameter.
// https://hl7.org/fhir/R4/fhirpatch.html
// Must not look at the resource: what an operation means there is decided in fhirpath-patch.ts.

import { fail } from '../errors.ts'

/** A value as a part gives it: of a data type, as a resource, or as parts for a type that has no name. */
export type PatchValue =
  | {
      readonly kind: 'datatype'
      /** As in `valueQuantity`: `Quantity`, `Boolean`. */
      readonly datatype: string
      readonly value: unknown
      /** What stands in `_valueBoolean`. */
      readonly sibling: unknown
    }
  | { readonly kind: 'resource'; readonly resource: unknown }
  | { readonly kind: 'parts'; readonly parts: readonly NamedValue[] }

export type NamedValue = { readonly name: string; readonly value: PatchValue }

export type PatchOperation =
  | {
      readonly type: 'add'
      readonly path: string
      readonly name: string
      readonly value: PatchValue
    }
  | {
      readonly type: 'insert'
      readonly path: string
      readonly index: number
      readonly value: PatchValue
    }
  | { readonly type: 'delete'; readonly path: string }
  | { readonly type: 'replace'; readonly path: string; readonly value: PatchValue }
  | {
      readonly type: 'move'
      readonly path: string
      readonly source: number
      readonly destination: number
    }

const PARTS: Readonly<Record<string, readonly string[]>> = {
  add: ['path', 'name', 'value'],
  insert: ['path', 'index', 'value'],
  delete: ['path'],
  replace: ['path', 'value'],
  move: ['path', 'source', 'destination'],
}

/**
 * @param parameter one `Parameters.parameter`, as `parseLossless` gave it
 * @param index its number from 0, for the failure
 * @throws Failure `malformed`
 */
export function readOperation(parameter: unknown, index: number): PatchOperation {
  const refuse = (reason: string): Error =>
    fail(
      'malformed',
      `Operation ${index} of the FHIRPath Patch ${reason}`,
      `Parameters.parameter[${index}]`,
    )
  if (!isObject(parameter) || parameter['name'] !== 'operation') {
    throw refuse('must be a parameter with the name "operation"')
  }
  const parts = new Map<string, Record<string, unknown>>()
  for (const part of listOf(parameter['part'])) {
    const name = isObject(part) ? part['name'] : undefined
    if (!isObject(part) || typeof name !== 'string') throw refuse('has a part without a name')
    if (parts.has(name)) throw refuse(`has the part "${name.slice(0, 64)}" twice`)
    parts.set(name, part)
  }
  const text = (name: string): string => {
    const value = parts.get(name) === undefined ? undefined : datatypeOf(parts.get(name))?.value
    if (typeof value !== 'string') throw refuse(`needs a part "${name}" with a string`)
    return value
  }
  const number = (name: string): number => {
    const value = datatypeOf(parts.get(name))?.value
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
      throw refuse(`needs a part "${name}" with an integer from 0`)
    }
    return value
  }
  const value = (): PatchValue => {
    const read = valueOf(parts.get('value'))
    if (read === undefined) throw refuse('needs a part "value" with a value, a resource or parts')
    return read
  }

  const type = text('type')
  const allowed = PARTS[type]
  if (allowed === undefined || !Object.hasOwn(PARTS, type)) {
    throw refuse('needs a type: add, insert, delete, replace or move')
  }
  for (const name of parts.keys()) {
    if (name !== 'type' && !allowed.includes(name)) {
      throw refuse(`(${type}) has a part "${name.slice(0, 64)}", which it cannot have`)
    }
  }
  const path = text('path')
  switch (type) {
    case 'add':
      return { type, path, name: text('name'), value: value() }
    case 'insert':
      return { type, path, index: number('index'), value: value() }
    case 'replace':
      return { type, path, value: value() }
    case 'move':
      return { type, path, source: number('source'), destination: number('destination') }
    default:
      return { type: 'delete', path }
  }
}

function valueOf(part: unknown): PatchValue | undefined {
  if (!isObject(part)) return undefined
  const datatype = datatypeOf(part)
  if (datatype !== undefined) return { kind: 'datatype', ...datatype }
  if (part['resource'] !== undefined) return { kind: 'resource', resource: part['resource'] }
  const parts: NamedValue[] = []
  for (const inner of listOf(part['part'])) {
    const name = isObject(inner) ? inner['name'] : undefined
    const value = valueOf(inner)
    if (typeof name !== 'string' || value === undefined) return undefined
    parts.push({ name, value })
  }
  return parts.length === 0 ? undefined : { kind: 'parts', parts }
}

function datatypeOf(
  part: unknown,
): { datatype: string; value: unknown; sibling: unknown } | undefined {
  if (!isObject(part)) return undefined
  for (const key of Object.keys(part)) {
    const datatype = /^_?value([A-Z]\w*)$/.exec(key)?.[1]
    if (datatype !== undefined) {
      return { datatype, value: part[`value${datatype}`], sibling: part[`_value${datatype}`] }
    }
  }
  return undefined
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
