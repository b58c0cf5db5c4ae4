// The places of elements in the JSON of a resource, and what a patch does there.
// https://hl7.org/fhir/R4/json.html (arrays, `_name` siblings, null padding)
// Must keep a primitive's value and what stands in its `_name` together, and leave neither empty arrays nor objects.

import { fail } from '../errors.ts'
import type { Definitions, Property } from './definitions.ts'
import type { Steps } from './fhirpath.ts'
import type { Resource } from './message.ts'

export type Json = Record<string, unknown>

/** One element: its value, and for a primitive its id and extensions; null where there is none. */
export type Cell = { readonly value: unknown; readonly sibling: unknown }

/** An object that has elements, and its type. */
export type Holder = { readonly object: Json; readonly type: string }

/** Where an element stands: a property of a holder; `index` where it repeats. */
export type Place = {
  readonly holder: Holder
  readonly property: Property
  readonly index: number | undefined
}

/** The places along the steps, the last one being the element itself. Fails `invalid` where the type has no such element. */
export function placesAlong(resource: Resource, steps: Steps, definitions: Definitions): Place[] {
  const places: Place[] = []
  let holder: Holder = { object: resource, type: resource.resourceType }
  for (const { name, index } of steps) {
    const property = presentProperty(holder, name, definitions)
    if (property === undefined)
      throw fail('invalid', `there is no element "${name}" in ${holder.type}`)
    const place = { holder, property, index: property.array ? index : undefined }
    places.push(place)
    holder = holderAt(place)
  }
  return places
}

/** The property by which an element stands in the object: for the choice `deceased` it may be `deceasedBoolean`. */
export function presentProperty(
  { object, type }: Holder,
  name: string,
  definitions: Definitions,
): Property | undefined {
  const properties = definitions.properties(type)
  const named = properties.get(name)
  if (named !== undefined) return named
  for (const key of Object.keys(object)) {
    const property = properties.get(key.startsWith('_') ? key.slice(1) : key)
    if (property?.element.choice === true && property.element.name === name) return property
  }
  return undefined
}

/** The object that holds the elements of the element at a place; for a primitive the one in `_name`, made if absent. */
export function holderAt(place: Place): Holder {
  const { value, sibling } = cellAt(place)
  if (place.property.type.kind === 'primitive') {
    return { object: isObject(sibling) ? sibling : {}, type: 'Element' }
  }
  if (!isObject(value)) throw fail('invalid', 'the path selects no element')
  const type =
    place.property.type.kind === 'resource'
      ? String(value['resourceType'])
      : place.property.type.name
  return { object: value, type }
}

export function cellAt({ holder: { object }, property: { name }, index }: Place): Cell {
  const at = (value: unknown): unknown =>
    index === undefined ? value : Array.isArray(value) ? (value as unknown[])[index] : undefined
  return { value: at(object[name]) ?? null, sibling: at(object[`_${name}`]) ?? null }
}

/** The elements of a repeating property, each with its sibling. */
export function cellsOf(object: Json, { name }: Property): Cell[] {
  const values = listOf(object[name])
  const siblings = listOf(object[`_${name}`])
  return Array.from({ length: Math.max(values.length, siblings.length) }, (_, i) => ({
    value: values[i] ?? null,
    sibling: siblings[i] ?? null,
  }))
}

/** Writes the elements back; a list without any goes away altogether. */
export function setCells(object: Json, { name }: Property, cells: readonly Cell[]): void {
  setOrDelete(
    object,
    name,
    cells.map((cell) => cell.value),
  )
  setOrDelete(
    object,
    `_${name}`,
    cells.map((cell) => cell.sibling),
  )
}

const setOrDelete = (object: Json, key: string, list: readonly unknown[]): void => {
  if (list.some((item) => item !== null)) object[key] = list
  else delete object[key]
}

/** Writes one element; null takes away value or sibling. */
export function setCell({ holder: { object }, property, index }: Place, cell: Cell): void {
  if (index === undefined) {
    for (const [key, item] of [
      [property.name, cell.value],
      [`_${property.name}`, cell.sibling],
    ] as const) {
      if (item === null) delete object[key]
      else object[key] = item
    }
    return
  }
  const cells = cellsOf(object, property)
  cells[index] = cell
  setCells(object, property, cells)
}

/** Takes the last place's element away, and every element around it that has nothing else. */
export function removeAt(places: readonly Place[]): void {
  const place = places.at(-1)
  if (place === undefined) return
  const { holder, property, index } = place
  if (index === undefined) {
    setCell(place, { value: null, sibling: null })
  } else {
    setCells(holder.object, property, cellsOf(holder.object, property).toSpliced(index, 1))
  }
  const around = places.slice(0, -1)
  const outer = around.at(-1)
  if (outer === undefined || Object.keys(holder.object).length > 0) return
  const { value } = cellAt(outer)
  if (outer.property.type.kind === 'primitive' && value !== null) {
    setCell(outer, { value, sibling: null })
  } else {
    removeAt(around)
  }
}

/** Puts an element where another stands; a choice may change its name, and keeps its place in the order. */
export function replaceAt(place: Place, property: Property, cell: Cell): void {
  const { object, type } = place.holder
  if (property.name !== place.property.name) {
    const old = place.property.name
    const entries = Object.entries(object)
    for (const [key] of entries) delete object[key]
    let done = false
    for (const [key, item] of entries) {
      if (key !== old && key !== `_${old}`) object[key] = item
      else if (!done) {
        setCell({ holder: { object, type }, property, index: undefined }, cell)
        done = true
      }
    }
    return
  }
  setCell(place, cell)
}

/** Adds an element: at the end where it repeats, otherwise where there is none yet. */
export function addTo(
  { object, type }: Holder,
  property: Property,
  cell: Cell,
  definitions: Definitions,
): void {
  if (property.array) {
    setCells(object, property, [...cellsOf(object, property), cell])
    return
  }
  const present = presentProperty({ object, type }, property.element.name, definitions) ?? property
  if (object[present.name] !== undefined || object[`_${present.name}`] !== undefined) {
    throw fail('invalid', `there is "${present.name}" already, and it does not repeat`)
  }
  setCell({ holder: { object, type }, property, index: undefined }, cell)
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
