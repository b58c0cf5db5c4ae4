// JSON Patch on a resource, digits of decimals included.
// https://hl7.org/fhir/R4/http.html#patch and https://www.rfc-editor.org/rfc/rfc6902
// Must not change the resource it is given, and must not let a patch of a few bytes make a result of many.

import { applyPatch } from 'rfc6902'
import type { Operation } from 'rfc6902'
import { fail } from '../errors.ts'
import type { Kind } from '../errors.ts'
import { parseIncoming } from './json.ts'
import { MAX_DEPTH } from './limits.ts'
import { depthOf, fromLossless, sameValue, sizeOf, toLossless } from './json-patch-value.ts'
import { isPointer, locate, tokensOf } from './json-pointer.ts'
import type { Resource } from './message.ts'

const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test']
const MAX_OPERATIONS = 1000
/** Copies may add this many times the size of the resource and the patch together, and never more than the bytes. */
const MAX_COPIED_TIMES = 16
const MAX_COPIED_BYTES = 5_000_000
/** Moves make nothing grow, but each takes time in proportion to what it moves. */
const MAX_MOVED_BYTES = 16_000_000

type Root = { document?: unknown }

/**
 * The resource with the patch applied to a copy of it; both keep the digits of their decimals.
 * @param resource as `parseLossless` gave it
 * @param patchText a JSON array of operations
 * @throws Failure `malformed` for text that is no patch, `too-large` for too many operations or too much copied,
 *   `invalid` where a path isn't there, a test fails, or type or id would change; with the operation's number from 0
 */
export function applyJsonPatch(resource: Resource, patchText: string): Resource {
  const operations = parseIncoming(patchText, 'array') as unknown[]
  if (operations.length > MAX_OPERATIONS) {
    throw fail('too-large', `A JSON Patch may have ${MAX_OPERATIONS} operations at most`)
  }
  const patch = operations.map(checkOperation)
  // The document hangs in an object, so that the pointer "" has a parent as well.
  const root: Root = { document: fromLossless(resource) }
  const bounds = {
    copyable: Math.min(
      MAX_COPIED_BYTES,
      MAX_COPIED_TIMES * (sizeOf(root.document) + patchText.length),
    ),
    movable: MAX_MOVED_BYTES,
    depth: depthOf(root.document),
  }
  patch.forEach((operation, index) => apply(root, operation, index, bounds))
  const result = toLossless(root.document) as Resource | undefined
  if (typeof result !== 'object' || result === null || Array.isArray(result)) {
    throw fail('invalid', 'The patch leaves no resource')
  }
  for (const name of ['resourceType', 'id'] as const) {
    if (result[name] !== resource[name]) {
      throw fail('invalid', `A patch must not change ${name}`, `${resource.resourceType}.${name}`)
    }
  }
  return result
}

type Checked = {
  readonly op: string
  readonly path: string
  readonly from: string
  readonly value: unknown
}

function checkOperation(operation: unknown, index: number): Checked {
  const refuse = (reason: string): Error =>
    fail('malformed', `Operation ${index} of the JSON Patch ${reason}`)
  if (typeof operation !== 'object' || operation === null || Array.isArray(operation)) {
    throw refuse('is not an object')
  }
  const { op, path, from, value } = operation as Record<string, unknown>
  if (typeof op !== 'string' || !OPERATIONS.includes(op)) {
    throw refuse('needs an "op": add, remove, replace, move, copy or test')
  }
  if (!isPointer(path)) {
    throw refuse('needs a "path" that is a JSON Pointer, as in "/name/0/family"')
  }
  const needsFrom = op === 'move' || op === 'copy'
  if (needsFrom && !isPointer(from)) {
    throw refuse('needs a "from" that is a JSON Pointer, as in "/name/0/family"')
  }
  if (['add', 'replace', 'test'].includes(op) && !Object.hasOwn(operation, 'value')) {
    throw refuse('needs a "value"')
  }
  return { op, path, from: needsFrom ? (from as string) : '', value: fromLossless(value) }
}

type Bounds = { copyable: number; movable: number; depth: number }

function apply(
  root: Root,
  { op, path, from, value }: Checked,
  index: number,
  bounds: Bounds,
): void {
  const refuse = (reason: string, kind: Kind = 'invalid'): Error =>
    fail(kind, `Operation ${index} of the JSON Patch (${op}) ${reason}`)
  const existing = (pointer: string): unknown => {
    const target = locate(root, `/document${pointer}`)
    if (!target.exists) throw refuse(`finds nothing at "${shown(pointer)}"`)
    return target.value
  }
  const run = (operation: Operation): void => {
    if (applyPatch(root, [operation])[0] !== null) throw refuse('cannot be applied')
  }
  // An upper bound of the depth, kept by arithmetic: walking the document for every operation would cost too much.
  const deepen = (levels: number): void => {
    bounds.depth = Math.max(bounds.depth, tokensOf(path).length + levels)
    if (bounds.depth > MAX_DEPTH) throw refuse(`could nest deeper than ${MAX_DEPTH} levels`)
  }
  const add = (added: unknown): void => {
    if (!locate(root, `/document${path}`).addable) {
      throw refuse(`can add nothing at "${shown(path)}"`)
    }
    run({ op: 'add', path: `/document${path}`, value: added })
  }

  if (op === 'test') {
    if (!sameValue(existing(path), value)) throw refuse(`finds another value at "${shown(path)}"`)
  } else if (op === 'remove') {
    existing(path)
    run({ op, path: `/document${path}` })
  } else if (op === 'add') {
    deepen(depthOf(value))
    add(value)
  } else if (op === 'replace') {
    existing(path)
    deepen(depthOf(value))
    run({ op, path: `/document${path}`, value })
  } else {
    const moved = existing(from)
    deepen(bounds.depth - tokensOf(from).length)
    if (op === 'move') {
      if (path.startsWith(`${from}/`)) throw refuse('would move a value into itself')
      bounds.movable -= sizeOf(moved)
      if (bounds.movable < 0) throw refuse('moves more than is allowed', 'too-large')
      // Removed first and then added, as the RFC has it: the path counts without what was removed.
      run({ op: 'remove', path: `/document${from}` })
    } else {
      bounds.copyable -= sizeOf(moved)
      if (bounds.copyable < 0) throw refuse('copies more than is allowed', 'too-large')
    }
    add(moved)
  }
}

/** A pointer from the input, short enough for an answer. */
const shown = (pointer: string): string =>
  pointer.length > 100 ? `${pointer.slice(0, 100)}…` : pointer
