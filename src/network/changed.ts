// Which elements of a resource differ between two of its versions.
// Must not count id and meta, but for what meta says of the resource's kind and of how delicate it is.
import type { Resource } from '../fhir/message.ts'

/** Names of elements, those of meta as `meta.profile` and `meta.security`. */
export function changedOf(before: Resource, after: Resource): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  names.delete('id')
  names.delete('meta')
  const changed = [...names].filter((name) => differs(before[name], after[name]))
  for (const name of ['profile', 'security'] as const)
    if (differs(before.meta?.[name], after.meta?.[name])) changed.push(`meta.${name}`)
  return changed
}

const differs = (one: unknown, other: unknown): boolean =>
  JSON.stringify(inOrder(one)) !== JSON.stringify(inOrder(other))

/** The same value with its members in order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, inOrder(member)]),
  )
}
