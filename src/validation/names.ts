// Which names may stand together in the JSON object of a type, decided in one pass over its keys.
// https://hl7.org/fhir/R4/json.html
// Must not judge values, except for how a primitive and its `_` sibling go together.
import type { Definitions, Property } from '../fhir/definitions.ts'

type Name = {
  /** The primitive that a `_` sibling belongs to. */
  readonly of: string | undefined
  /** The `_` sibling that a repeating primitive may have. */
  readonly sibling: string | undefined
  readonly array: boolean
  /** A bit for each element that has to be there, and each choice. */
  readonly bit: number
  readonly choice: boolean
  /** Counts as content: everything but the id of an element, and the resourceType. */
  readonly content: boolean
}

/**
 * @returns a function that says whether the object has known names only, one of each choice, what the type
 *   requires, something in it, and primitives that fit their siblings
 */
export function namesCheck(definitions: Definitions, type: string): (object: object) => boolean {
  const definition = definitions.types.get(type)
  const properties = definitions.properties(type)
  const names = new Map<string, Name>()
  const bits = new Map<string, number>()
  let required = 0
  for (const { name, min, choice } of definition?.elements ?? []) {
    if (min === 0 && !choice) continue
    const bit = 1 << bits.size
    if (bits.size > 30) throw new Error(`${type} has more required elements than bits`)
    bits.set(name, bit)
    if (min > 0) required |= bit
  }
  for (const property of properties.values()) {
    const { name, element, array } = property
    const primitive = hasSibling(property)
    const common = { array, bit: bits.get(element.name) ?? 0, choice: element.choice }
    names.set(name, {
      ...common,
      of: undefined,
      sibling: primitive && array ? `_${name}` : undefined,
      content: name !== 'id',
    })
    if (primitive) names.set(`_${name}`, { ...common, of: name, sibling: undefined, content: true })
  }
  const resource = definition?.kind === 'resource'
  if (resource) {
    names.set('resourceType', {
      of: undefined,
      sibling: undefined,
      array: false,
      bit: 0,
      choice: false,
      content: false,
    })
  }
  // ext-1: an extension has either a value or extensions.
  const valueBit = type === 'Extension' ? (bits.get('value') ?? 0) : 0

  return (object) => {
    const values = object as Record<string, unknown>
    let seen = 0
    let content = resource
    for (const key in values) {
      const name = names.get(key)
      if (name === undefined) return false
      if (name.content) content = true
      if (name.of !== undefined) {
        const value = values[name.of]
        if (value !== undefined) {
          if (name.array && !arePaired(value, values[key])) return false
          continue
        }
        if (name.array ? !arePaired(undefined, values[key]) : !isExtended(values[key])) return false
      } else if (name.sibling !== undefined && values[name.sibling] === undefined) {
        if (!arePaired(values[key], undefined)) return false
      }
      if (name.bit !== 0) {
        if (name.choice && (seen & name.bit) !== 0) return false
        seen |= name.bit
      }
    }
    if (valueBit !== 0 && (values.extension === undefined) === ((seen & valueBit) === 0))
      return false
    return content && (seen & required) === required
  }
}

/** Whether a property may have a sibling `_name`: primitives do, except those that are XML attributes or XHTML. */
export const hasSibling = ({ name, type, element }: Property): boolean =>
  type.kind === 'primitive' && !element.attribute && name !== 'id' && type.name !== 'xhtml'

/** Whether the sibling of an absent value says something: an extension. */
export const isExtended = (sibling: unknown): boolean =>
  typeof sibling === 'object' && sibling !== null && 'extension' in sibling

/** Whether each place of a repeating primitive has a value or an extension. */
function arePaired(values: unknown, siblings: unknown): boolean {
  if (values === undefined) {
    return Array.isArray(siblings) && siblings.length > 0 && siblings.every(isExtended)
  }
  if (!Array.isArray(values)) return false
  if (siblings === undefined) return !values.includes(null)
  // Siblings that end early are accepted: what is written there has its place all the same.
  return (
    Array.isArray(siblings) &&
    siblings.length <= values.length &&
    values.every((value, i) => value !== null || isExtended(siblings[i]))
  )
}
