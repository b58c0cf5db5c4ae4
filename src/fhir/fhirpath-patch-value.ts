// The value that a FHIRPath Patch gives, as the JSON of the element that it is for.
// https://hl7.org/fhir/R4/fhirpatch.html
// Must not check more than the data type: validation/ checks the whole result.

import { fail } from '../errors.ts'
import type { Definitions, Property } from './definitions.ts'
import type { PatchValue } from './fhirpath-patch-operation.ts'
import { addTo } from './fhirpath-patch-place.ts'
import type { Cell, Json } from './fhirpath-patch-place.ts'
import { decimalText } from './json.ts'

/**
 * The property of `type` that `name` means for this value: `deceased` (or `deceased[x]`) with a boolean is
 * `deceasedBoolean`.
 * @throws Failure `invalid`
 */
export function propertyFor(
  type: string,
  name: string,
  value: PatchValue,
  definitions: Definitions,
): Property {
  const properties = definitions.properties(type)
  const named = properties.get(name)
  if (named !== undefined) return named
  const stem = name.replace(/\[x\]$/, '')
  const chosen = properties.get(value.kind === 'datatype' ? `${stem}${value.datatype}` : stem)
  if (chosen?.element.choice === true && chosen.element.name === stem) return chosen
  const choice = [...properties.values()].some(
    ({ element }) => element.choice && element.name === stem,
  )
  throw fail(
    'invalid',
    choice
      ? `the value is of a type that "${stem}" in ${type} cannot have`
      : `there is no element "${name.slice(0, 64)}" in ${type}`,
  )
}

/** The value as it stands in the property; fails `invalid` where the data type is another one. */
export function valueFor(value: PatchValue, property: Property, definitions: Definitions): Cell {
  const { name, type } = property
  if (value.kind === 'resource') {
    if (type.kind !== 'resource' || !isObject(value.resource)) {
      throw fail('invalid', `"${name}" cannot be a resource`)
    }
    return { value: value.resource, sibling: null }
  }
  if (value.kind === 'parts') {
    if (type.kind === 'primitive' || type.kind === 'resource') {
      throw fail('invalid', `"${name}" cannot be made of parts`)
    }
    const object: Json = {}
    for (const part of value.parts) {
      const inner = propertyFor(type.name, part.name, part.value, definitions)
      const cell = valueFor(part.value, inner, definitions)
      addTo({ object, type: type.name }, inner, cell, definitions)
    }
    return { value: object, sibling: null }
  }
  if (type.kind === 'primitive') {
    if (value.value !== undefined && !isPrimitive(value.value)) {
      throw fail('invalid', `"${name}" must be a ${type.name}, not a ${value.datatype}`)
    }
    return { value: value.value ?? null, sibling: value.sibling ?? null }
  }
  if (type.kind === 'backbone' || type.kind === 'resource') {
    const form = type.kind === 'backbone' ? 'parts' : 'a resource'
    throw fail('invalid', `"${name}" must be given as ${form}`)
  }
  const fits =
    type.name === value.datatype || (type.base === 'Quantity' && value.datatype === 'Quantity')
  if (!fits || !isObject(value.value)) {
    throw fail('invalid', `"${name}" must be a ${type.name}, not a ${value.datatype}`)
  }
  return { value: value.value, sibling: null }
}

const isPrimitive = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || decimalText(value) !== undefined

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
