// Search type uri: URIs as they are; `:below` and `:above` follow their hierarchy.
// https://hl7.org/fhir/R4/search.html#uri
// Must not fold or normalise: URIs are compared exactly, case and slash included.
import type { Emit, MakeLeaves } from './emit.ts'
import { namesOf, textOf } from './emit.ts'
import { unescape } from './parse.ts'

const emitUri: Emit = (value, path, group, out) => {
  const uri = textOf(value)
  if (uri !== undefined) out.push({ kind: 'uri', path, group, value: uri })
}

// A profile is looked for with and without the version that a resource may name.
const emitCanonical: Emit = (value, path, group, out, settings) => {
  emitUri(value, path, group, out, settings)
  if (typeof value !== 'string') return
  const bar = value.indexOf('|')
  if (bar > 0) out.push({ kind: 'uri', path, group, value: value.slice(0, bar) })
}

/** By element type. */
export const URI_EMITS: Readonly<Record<string, Emit>> = {
  uri: emitUri,
  url: emitUri,
  canonical: emitCanonical,
  oid: emitUri,
  uuid: emitUri,
}

/**
 * Whether `uri` is `parent` or lies under it: what follows begins at a `/` (in a urn at a `:`).
 * @example isUnder('http://a/b/c', 'http://a/b') // true; 'http://a/bc' isn't
 */
export function isUnder(uri: string, parent: string): boolean {
  if (!uri.startsWith(parent)) return false
  if (uri.length === parent.length) return true
  const separator = separatorOf(parent)
  return parent.endsWith(separator) || uri[parent.length] === separator
}

/** What parts the levels of a URI: `:` in a urn, `/` elsewhere. */
export const separatorOf = (uri: string): ':' | '/' =>
  uri.toLowerCase().startsWith('urn:') ? ':' : '/'

/** Everything that a URI is under, itself among it: a store without a tree of URIs asks for these. */
export function parentsOf(uri: string): string[] {
  const found = [uri]
  for (let i = 0; i < uri.length; i++)
    if (uri[i] === '/' || uri[i] === ':') found.push(uri.slice(0, i), uri.slice(0, i + 1))
  return [...new Set(found)].filter((parent) => isUnder(uri, parent))
}

export const uriLeaves: MakeLeaves = ({ paths, text, modifier }) => [
  {
    kind: 'uri',
    paths: namesOf(paths),
    op: modifier === 'below' || modifier === 'above' ? modifier : 'equals',
    value: unescape(text),
  },
]
