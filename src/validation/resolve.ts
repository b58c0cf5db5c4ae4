// What a reference points to, as far as it is inside of what is validated: contained, or in the same Bundle.
// https://hl7.org/fhir/R4/references.html#contained and https://hl7.org/fhir/R4/bundle.html#references
// Must not look into a store or a network.
import type { Resource } from '../fhir/message.ts'
import type { Scope } from './scope.ts'

type Index = ReadonlyMap<string, Resource>

const indexes = new WeakMap<Resource, Index>()

/** @returns undefined for what isn't at hand */
export function resolveIn(scope: Scope, reference: string): Resource | undefined {
  if (reference.startsWith('#')) return containedIn(scope.root, reference.slice(1))
  if (scope.bundle === undefined) return undefined
  let index = indexes.get(scope.bundle)
  if (index === undefined) {
    index = indexOf(scope.bundle)
    indexes.set(scope.bundle, index)
  }
  return index.get(reference.replace(/\/_history\/.*$/, ''))
}

/** The contained resource with an id; '' is the container itself. */
export function containedIn(root: Resource, id: string): Resource | undefined {
  if (id === '') return root
  const { contained } = root
  if (!Array.isArray(contained)) return undefined
  return (contained as readonly Resource[]).find((one) => one.id === id)
}

function indexOf(bundle: Resource): Index {
  const index = new Map<string, Resource>()
  for (const entry of Array.isArray(bundle.entry) ? (bundle.entry as Entry[]) : []) {
    const { fullUrl, resource } = entry
    if (resource === undefined) continue
    if (typeof fullUrl === 'string') index.set(fullUrl, resource)
    if (resource.id !== undefined) index.set(`${resource.resourceType}/${resource.id}`, resource)
  }
  return index
}

type Entry = { readonly fullUrl?: unknown; readonly resource?: Resource }
