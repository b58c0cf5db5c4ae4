// Which names may stand in the JSON object of a type, and what each of them counts for.
// https://hl7.org/fhir/R4/json.html
// Must not judge values, except for how a primitive and its `_` sibling go together.
import type { Definitions, Property } from '../fhir/definitions.ts'

export type Name = {
  /** The primitive that a `_` sibling belongs to. */
  readonly of: string | undefined
  /** The `_` sibling that a repeating primitive may have. */
  readonly sibling: string | undefined
  readonly array: boolean
  /** A bit for each element that has to be there, and each choice; 0 for others. */
  readonly bit: number
  readonly choice: boolean
}

export type Names = {
  readonly names: ReadonlyMap<string, Name>
  /** The bits that have to be seen. */
  readonly required: number
  /** An extension has either a value or extensions (ext-1): the bit of its value. 0 for other types. */
  readonly valueBit: number
  /** An id is not enough for an element, except for the sibling of a primitive, which has its value elsewhere. */
  readonly idSuffices: boolean
}

/** The names of a type without `resourceType`, primitives with their siblings. */
export function namesOf(definitions: Definitions, type: string): Names {
  const names = new Map<string, Name>()
  const bits = new Map<string, number>()
  let required = 0
  for (const { name, min, choice } of definitions.types.get(type)?.elements ?? []) {
    if (min === 0 && !choice) continue
    if (bits.size > 30) throw new Error(`${type} has more required elements than a number has bits`)
    const bit = 1 << bits.size
    bits.set(name, bit)
    if (min > 0) required |= bit
  }
  for (const property of definitions.properties(type).values()) {
    const { name, element, array } = property
    const common = { array, bit: bits.get(element.name) ?? 0, choice: element.choice }
    const sibling = hasSibling(property) ? `_${name}` : undefined
    names.set(name, { ...common, of: undefined, sibling: array ? sibling : undefined })
    if (sibling !== undefined) names.set(sibling, { ...common, of: name, sibling: undefined })
  }
  const valueBit = type === 'Extension' ? (bits.get('value') ?? 0) : 0
  return { names, required, valueBit, idSuffices: isSibling(type) }
}

/** Whether a property may have a sibling `_name`: primitives do, except those that are XML attributes or XHTML. */
export const hasSibling = ({ name, type, element }: Property): boolean =>
  type.kind === 'primitive' && !element.attribute && name !== 'id' && type.name !== 'xhtml'

/** Whether a type is that of the `_` siblings of primitives. */
export const isSibling = (type: string): boolean => type === 'Element'

/** Whether the sibling of an absent value says something: an extension. */
export const isExtended = (sibling: unknown): boolean =>
  typeof sibling === 'object' && sibling !== null && 'extension' in sibling

/** Whether each place of a repeating primitive has a value or an extension. */
export function arePaired(values: unknown, siblings: unknown): boolean {
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
