// Links in a JSON Patch of a transaction. It comes as the data of a Binary, where rewriting by type can't look.
// https://hl7.org/fhir/R4/http.html#patch
// Must not touch anything but references: without a type, no other text can be told to be a link.
import { Buffer } from 'node:buffer'
import { parseLossless, stringify } from '../fhir/json.ts'
import type { BundleEntry } from './bundle-entry.ts'
import { resolveLink, type Targets } from './transaction-link.ts'

/** Rewrite the references that a patch adds, in place; a patch that can't be read is left for its processing to refuse. */
export function rewritePatch({ resource }: BundleEntry, targets: Targets): void {
  if (targets.size === 0 || resource?.resourceType !== 'Binary') return
  if (typeof resource.data !== 'string') return
  const text = Buffer.from(resource.data, 'base64').toString('utf8')
  if (!text.includes('reference')) return
  let operations: unknown
  try {
    operations = parseLossless(text, 'array')
  } catch {
    return
  }
  for (const operation of operations as { path?: unknown; value?: unknown }[]) {
    const { path, value } = Object(operation) as typeof operation
    if (typeof value === 'string' && typeof path === 'string' && path.endsWith('/reference'))
      operation.value = resolveLink(value, { targets, root: undefined }) ?? value
    else rewriteReferences(value, targets)
  }
  resource.data = Buffer.from(stringify(operations)).toString('base64')
}

function rewriteReferences(value: unknown, targets: Targets): void {
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value))
    if (name === 'reference' && typeof member === 'string')
      (value as Record<string, unknown>)[name] =
        resolveLink(member, { targets, root: undefined }) ?? member
    else rewriteReferences(member, targets)
}
