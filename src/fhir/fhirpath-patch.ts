// FHIRPath Patch: operations as a Parameters resource, places as FHIRPath.
// https://hl7.org/fhir/R4/fhirpatch.html
// Must not change the resource it is given; whether the result is a valid resource is for validation/ to say.

import { Failure, fail } from '../errors.ts'
import type { Definitions } from './definitions.ts'
import { readOperation } from './fhirpath-patch-operation.ts'
import type { PatchOperation } from './fhirpath-patch-operation.ts'
import {
  addTo,
  cellAt,
  cellsOf,
  holderAt,
  placesAlong,
  removeAt,
  replaceAt,
  setCell,
  setCells,
} from './fhirpath-patch-place.ts'
import type { Cell, Holder, Place } from './fhirpath-patch-place.ts'
import { propertyFor, valueFor } from './fhirpath-patch-value.ts'
import { compileSelection, loadEngine } from './fhirpath.ts'
import type { Steps } from './fhirpath.ts'
import { parseJson, parseLossless, stringify } from './json.ts'
import { MAX_DEPTH, MAX_PATCH_MS } from './limits.ts'
import type { Resource } from './message.ts'
import type { Stepwise } from '../turn.ts'

const MAX_OPERATIONS = 1000

/**
 * The resource with the patch applied to a copy of it; decimals keep their digits. In steps, one for each operation,
 * between which others can have their turn.
 * @param resource as `parseLossless` gave it
 * @param parameters the patch, as `parseLossless` gave it
 * @throws Failure `malformed` for a patch or an expression that can't be read, `invalid` where it doesn't fit the
 *   resource; both name the operation's number from 0 and its path
 */
export function* fhirPathPatch(
  resource: Resource,
  parameters: Resource,
  definitions: Definitions,
): Stepwise<Resource> {
  const operations: unknown = parameters['parameter'] ?? []
  if (parameters.resourceType !== 'Parameters' || !Array.isArray(operations)) {
    throw fail('malformed', 'A FHIRPath Patch is a Parameters resource')
  }
  if (operations.length > MAX_OPERATIONS) {
    throw fail('too-large', `A FHIRPath Patch may have ${MAX_OPERATIONS} operations at most`)
  }
  const patch = operations.map(readOperation)
  // The engine reads plain numbers, the result has exact ones: every change is made in both.
  const text = stringify(resource)
  const exact = parseLossless(text) as Resource
  const plain = parseJson(text) as Resource
  loadEngine()
  let spent = 0
  for (const [index, operation] of patch.entries()) {
    try {
      if (spent > MAX_PATCH_MS)
        throw fail('too-costly', 'the patch takes too long; send it in parts')
      // CPU time: what else this machine does is no fault of the patch.
      const before = process.threadCpuUsage()
      const steps = select(operation, plain)
      for (const tree of [exact, plain]) apply(operation, steps, tree, tree === plain, definitions)
      const { user, system } = process.threadCpuUsage(before)
      spent += (user + system) / 1000
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const { type, path } = operation
      const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path
      throw fail(
        error.kind,
        `Operation ${index} of the FHIRPath Patch (${type}, path "${shown}"): ${error.message}`,
        `Parameters.parameter[${index}]`,
      )
    }
    yield
  }
  for (const name of ['resourceType', 'id'] as const) {
    if (exact[name] !== resource[name]) {
      throw fail('invalid', `A patch must not change ${name}`, `${resource.resourceType}.${name}`)
    }
  }
  return exact
}

/** The elements that the path selects: none or one, or several where the operation is on a list. */
function select({ type, path }: PatchOperation, resource: Resource): readonly Steps[] {
  const selected = compileSelection(path)(resource)
  if (selected.includes(undefined))
    throw fail('invalid', 'the path computes a value, it selects no element')
  const elements = selected as Steps[]
  if (elements.length === 0 && type !== 'delete') throw fail('invalid', 'the path selects nothing')
  if (elements.length > 1 && type !== 'insert' && type !== 'move') {
    throw fail('invalid', `the path selects ${elements.length} elements, it must select one`)
  }
  // Values can be as deep as any; the place must leave them room.
  if (elements.some((steps) => 2 * steps.length > MAX_DEPTH))
    throw fail('invalid', 'the path is too deep')
  if (elements[0]?.length === 0 && type !== 'add') {
    throw fail('invalid', 'the path selects the resource itself')
  }
  return elements
}

function apply(
  operation: PatchOperation,
  selected: readonly Steps[],
  tree: Resource,
  plain: boolean,
  definitions: Definitions,
): void {
  const places = selected.map((steps) => placesAlong(tree, steps, definitions))
  const place = places[0]?.at(-1)
  // A value may be changed by a later operation, so it is never the patch's own; and it must suit the tree.
  const copied = (cell: Cell): Cell => (plain ? parseJson : parseLossless)(stringify(cell)) as Cell

  if (operation.type === 'add') {
    const holder: Holder =
      place === undefined ? { object: tree, type: tree.resourceType } : holderAt(place)
    const property = propertyFor(holder.type, operation.name, operation.value, definitions)
    const cell = copied(valueFor(operation.value, property, definitions))
    addTo(holder, property, cell, definitions)
    // What stands beside a primitive may have been made for this.
    if (place?.property.type.kind === 'primitive') {
      setCell(place, { ...cellAt(place), sibling: holder.object })
    }
    return
  }
  if (place === undefined) return
  const { holder, property } = place
  switch (operation.type) {
    case 'delete':
      removeAt(places[0] ?? [])
      break
    case 'replace': {
      const name = property.element.choice ? property.element.name : property.name
      const next = propertyFor(holder.type, name, operation.value, definitions)
      replaceAt(place, next, copied(valueFor(operation.value, next, definitions)))
      break
    }
    case 'insert': {
      const cells = wholeList(places)
      within(operation.index, cells.length + 1, 'index')
      const cell = copied(valueFor(operation.value, property, definitions))
      setCells(holder.object, property, cells.toSpliced(operation.index, 0, cell))
      break
    }
    case 'move': {
      const cells = wholeList(places)
      within(operation.source, cells.length, 'source')
      within(operation.destination, cells.length, 'destination')
      const [moved] = cells.splice(operation.source, 1)
      if (moved !== undefined) cells.splice(operation.destination, 0, moved)
      setCells(holder.object, property, cells)
      break
    }
  }
}

/** The elements of the one list that the places make up, in full. */
function wholeList(places: readonly Place[][]): Cell[] {
  const last = places.flatMap((along) => along.at(-1) ?? [])
  const [first] = last
  if (first?.index === undefined) throw fail('invalid', 'the path selects no list')
  const { holder, property } = first
  const cells = cellsOf(holder.object, property)
  const one = last.every(
    (place) => place.holder.object === holder.object && place.property.name === property.name,
  )
  if (!one || last.length !== cells.length)
    throw fail('invalid', 'the path must select one whole list')
  return cells
}

function within(position: number, length: number, part: string): void {
  if (position >= length) throw fail('invalid', `the ${part} ${position} is not in the list`)
}
