// Search type reference: who is referred to, here or elsewhere; and `id`, `Type/id`, URL of a query.
// https://hl7.org/fhir/R4/search.html#reference and https://hl7.org/fhir/R4/references.html
// Must not resolve anything: a reference is text, its target may not exist.
import { fail } from '../errors.ts'
import type { Emit, MakeLeaves, Settings } from './emit.ts'
import { fieldsOf, pathBeside, shown, textOf } from './emit.ts'
import type { Entry, IndexPath } from './entry.ts'
import { unescape } from './parse.ts'
import { pushIdentifier, tokenLeaves } from './token.ts'

const ID = /^[A-Za-z0-9\-.]{1,64}$/
const LOCAL = /^([A-Z][A-Za-z]*)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/
const HISTORY = /\/_history\/[A-Za-z0-9\-.]{1,64}$/
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/

/** Who a reference points to: `type` is '' for what isn't here, and `id` its URL then. */
export type Pointer = { readonly type: string; readonly id: string }

/** The target of `Patient/1`, `Patient/1/_history/3`, a URL of ours, or of any other text. */
export function pointerOf(reference: string, settings: Settings): Pointer {
  let rest = reference
  for (const base of settings.bases) {
    if (reference.startsWith(base)) {
      rest = reference.slice(base.length)
      break
    }
  }
  const local = LOCAL.exec(rest)
  if (local?.[1] !== undefined && local[2] !== undefined && settings.isResourceType(local[1])) {
    return { type: local[1], id: local[2] }
  }
  return { type: '', id: reference.replace(HISTORY, '') }
}

const push = (out: Entry[], path: IndexPath, group: number, type: string, id: string): void => {
  out.push({ kind: 'reference', path, group, type, id })
}

// A contained resource, or one known by its identifier only, is there (`:missing=false`) but can't be found by reference.
const emitReference: Emit = (value, path, group, out, settings) => {
  const fields = fieldsOf(value)
  if (!fields) return
  if (fields['identifier'] !== undefined) {
    pushIdentifier(fields['identifier'], pathBeside(path, 'identifier'), group, out)
  }
  const reference = textOf(fields['reference'])
  if (reference === undefined || reference.startsWith('#')) {
    push(out, path, group, '', '')
    return
  }
  const { type, id } = pointerOf(reference, settings)
  push(out, path, group, type, id)
}

const emitCanonical: Emit = (value, path, group, out) => {
  const canonical = textOf(value)
  if (canonical === undefined) return
  if (canonical.startsWith('#')) {
    push(out, path, group, '', '')
    return
  }
  push(out, path, group, '', canonical)
  const bar = canonical.indexOf('|')
  if (bar > 0) push(out, path, group, '', canonical.slice(0, bar))
}

const emitResource: Emit = (value, path, group, out) => {
  const resource = fieldsOf(value)
  const type = textOf(resource?.['resourceType'])
  const id = textOf(resource?.['id'])
  if (type !== undefined && id !== undefined) push(out, path, group, type, id)
}

/** By element type. */
export const REFERENCE_EMITS: Readonly<Record<string, Emit>> = {
  Reference: emitReference,
  canonical: emitCanonical,
  uri: emitCanonical,
  url: emitCanonical,
  Resource: emitResource,
}

export type ReferenceQuery = { readonly type?: string; readonly id: string }

/** `id` (no type), `Type/id`, a URL or a canonical (type ''), unescaped; undefined when it is none of these. */
export function parseReference(text: string, settings: Settings): ReferenceQuery | undefined {
  if (ID.test(text)) return { id: text }
  const pointer = pointerOf(text, settings)
  if (pointer.type !== '' || SCHEME.test(text)) return pointer
  return undefined
}

/**
 * The modifier is a resource type, or `identifier` with a token as value. A parameter limited to one type (`patient`) gives it to an id
 * without type.
 */
export const referenceLeaves: MakeLeaves = ({ paths, text, modifier, targets, at, settings }) => {
  if (modifier === 'identifier') {
    const beside = paths.map((path) => ({ ...path, path: pathBeside(path.path, 'identifier') }))
    return tokenLeaves({ paths: beside, text, targets, at, settings })
  }
  const query = parseReference(unescape(text), settings)
  if (query === undefined) {
    const right = 'an id, Type/id, or an absolute URL'
    throw fail('parameter', `${shown(text)} is not a reference: expected ${right}`, at)
  }
  if (modifier !== undefined && query.type !== undefined && query.type !== modifier) {
    throw fail('parameter', `${shown(text)} does not refer to a ${modifier}`, at)
  }
  const byType = new Map<string | undefined, Set<IndexPath>>()
  for (const path of paths) {
    const allowed = path.targets ?? targets
    const type = query.type ?? modifier ?? (allowed.length === 1 ? allowed[0] : undefined)
    // What a path filters out is not there for this parameter, though other parameters find it.
    if (type !== undefined && type !== '' && path.targets && !path.targets.includes(type)) continue
    const known = byType.get(type)
    if (known) known.add(path.path)
    else byType.set(type, new Set([path.path]))
  }
  return [...byType].map(([type, names]) => ({
    kind: 'reference',
    paths: [...names],
    ...(type === undefined ? {} : { type }),
    id: query.id,
  }))
}
