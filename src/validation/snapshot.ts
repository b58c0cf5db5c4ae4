// The snapshot of a StructureDefinition as a tree: its own, or made from its differential and what it is based on.
// https://hl7.org/fhir/R4/profiling.html#snapshot
// Must not follow a cycle, nor accept a differential that names an element which the base doesn't have.
import {
  typeCode,
  typeUrl,
  type Element,
  type FindStructure,
  type StructureDefinition,
} from '../fhir/structure-definition.ts'
import { mergeElement } from './snapshot-merge.ts'
import { copies, copyOf, nodeOf, treeOf, type Node } from './tree.ts'

/** Why a definition can't be used; the words are for whoever wrote it. */
export class ProfileError extends Error {}

export type Snapshots = {
  /** @throws ProfileError */
  of(structure: StructureDefinition): Node
  /** The children of a node, from its type or what it refers to if it has none of its own. @throws ProfileError */
  childrenOf(node: Node): ReadonlyMap<string, Node>
  /** When something that others are based on changed. */
  forget(): void
}

/** Profiles upon profiles at most. */
const DEEPEST = 50

/** @param find by canonical URL */
export function createSnapshots(find: FindStructure): Snapshots {
  let made = new WeakMap<StructureDefinition, Node>()

  const require = (canonical: string, by: string): StructureDefinition => {
    const found = find(canonical)
    if (found === undefined)
      throw new ProfileError(`${by} needs ${canonical}, which is not known here`)
    return found
  }

  const snapshotOf = (structure: StructureDefinition, above: readonly string[]): Node => {
    const kept = made.get(structure)
    if (kept !== undefined) return kept
    const { url, snapshot, differential, baseDefinition } = structure
    if (above.includes(url) || above.length > DEEPEST)
      throw new ProfileError(`${url} is based on itself, or on too many others`)
    let node: Node | undefined
    if (snapshot !== undefined && snapshot.element.length > 0) node = treeOf(snapshot.element)
    else {
      const changes = treeOf(differential?.element ?? [])
      if (baseDefinition === undefined) node = changes
      else {
        const base = snapshotOf(require(baseDefinition, url), [...above, url])
        node = generate(structure, base, changes, [...above, url])
      }
    }
    if (node === undefined)
      throw new ProfileError(`${url} has neither a snapshot nor a differential`)
    made.set(structure, node)
    return node
  }

  const generate = (
    structure: StructureDefinition,
    base: Node,
    changes: Node | undefined,
    above: readonly string[],
  ): Node => {
    const { url, type, derivation } = structure
    const root: Node = { ...copyOf(base), name: base.name }
    const renamed = base.name === type ? root : { ...root, name: type }
    const mayAdd = derivation === 'specialization'
    if (changes === undefined) return renamed

    const merge = (node: Node, change: Node): void => {
      node.element = mergeElement(node.element, change.element)
      if (change.children.size > 0) open(node, above)
      for (const [name, child] of change.children) {
        const own = node.children.get(name)
        if (own !== undefined) merge(own, child)
        else if (!mergeShorthand(node, name, child)) {
          if (!mayAdd)
            throw new ProfileError(
              `${url} constrains ${change.element.path}.${name}, which its base does not have`,
            )
          const added = nodeOf(name, child.element)
          node.children.set(name, added)
          merge(added, child)
        }
      }
      for (const [name, slice] of change.slices) mergeSlice(node, name, slice)
    }

    const mergeSlice = (node: Node, name: string, change: Node): void => {
      let slice = node.slices.get(name)
      if (slice === undefined) {
        const outer = node.slices.get(name.slice(0, Math.max(0, name.lastIndexOf('/'))))
        const template = outer ?? node
        const { slicing: _slicing, ...element } = template.element
        slice = {
          name: node.name,
          element: { ...element, sliceName: name, min: 0 },
          children: copies(template.children),
          slices: new Map(),
        }
        node.slices.set(name, slice)
      }
      merge(slice, change)
    }

    /** `valueQuantity` for `value[x]`: the choice has that type and no other, which has what is said here. */
    const mergeShorthand = (parent: Node, name: string, change: Node): boolean => {
      for (const node of parent.children.values()) {
        if (!node.name.endsWith('[x]')) continue
        const stem = node.name.slice(0, -3)
        const type = node.element.type?.find(({ code }) => name === stem + capital(code))
        if (type === undefined) continue
        if (node.slices.has(name)) merge(node.slices.get(name) as Node, change)
        else if (change.element.sliceName !== undefined || node.element.slicing !== undefined) {
          mergeSlice(node, name, { ...change, element: narrowed(change.element, [type]) })
        } else {
          node.element = narrowed(node.element, [type])
          merge(node, { ...change, element: { ...change.element, path: node.element.path } })
        }
        return true
      }
      return false
    }

    merge(renamed, changes)
    return renamed
  }

  const narrowed = (element: Element, type: NonNullable<Element['type']>): Element => ({
    ...element,
    type: element.type?.length === 1 ? element.type : type,
  })

  /** Gives a node the children of its type as its own, to be constrained. */
  const open = (node: Node, above: readonly string[]): void => {
    if (node.children.size > 0) return
    for (const [name, child] of copies(childrenOf(node, above))) node.children.set(name, child)
  }

  const childrenOf = (node: Node, above: readonly string[]): ReadonlyMap<string, Node> => {
    if (node.children.size > 0) return node.children
    const { contentReference, type, path } = node.element
    if (contentReference !== undefined) {
      const target = contentReference.slice(contentReference.indexOf('#') + 1)
      const owner = snapshotOf(require(typeUrl(target.split('.', 1)[0] ?? ''), path), above)
      const found = target
        .split('.')
        .slice(1)
        .reduce<Node | undefined>((at, name) => at?.children.get(name), owner)
      if (found === undefined)
        throw new ProfileError(`${path} refers to ${target}, which does not exist`)
      return found.children
    }
    const [only, ...others] = type ?? []
    if (only === undefined) return new Map()
    if (others.length > 0 && others.some(({ code }) => code !== only.code))
      return snapshotOf(require(typeUrl('Element'), path), above).children
    const profile = others.length === 0 && only.profile?.length === 1 ? only.profile[0] : undefined
    const structure =
      (profile === undefined ? undefined : find(profile)) ?? require(typeUrl(typeCode(only)), path)
    return snapshotOf(structure, above).children
  }

  return {
    of: (structure) => snapshotOf(structure, []),
    childrenOf: (node) => childrenOf(node, []),
    forget: () => {
      made = new WeakMap()
    },
  }
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
