// The elements of a StructureDefinition as a tree: children below elements, slices beside the element that they slice.
// https://hl7.org/fhir/R4/elementdefinition.html#path and #id
// Must not rely on ids: paths, slice names and the order of the list say the same.
import type { Element } from '../fhir/structure-definition.ts'

export type Node = {
  /** The last part of the path: `value[x]`. */
  readonly name: string
  element: Element
  readonly children: Map<string, Node>
  /** By slice name; those of a re-slice are `outer/inner` and stand beside the outer one. */
  readonly slices: Map<string, Node>
}

export const nodeOf = (name: string, element: Element): Node => ({
  name,
  element,
  children: new Map(),
  slices: new Map(),
})

const lastPart = (path: string): string => path.slice(path.lastIndexOf('.') + 1)
const parentPath = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')))

/**
 * @param elements of a snapshot or a differential; what a differential leaves out between is filled in as empty
 * @returns the root, undefined for an empty list
 */
export function treeOf(elements: readonly Element[]): Node | undefined {
  const [first] = elements
  if (first === undefined) return undefined
  const rootPath = first.path.split('.', 1)[0] ?? first.path
  const root = nodeOf(rootPath, { path: rootPath })
  /** The node that a path meant last: children follow the element, or slice, that they belong to. */
  const current = new Map<string, Node>([[rootPath, root]])
  const forget = (path: string): void => {
    for (const key of current.keys()) if (key.startsWith(`${path}.`)) current.delete(key)
  }
  const nodeAt = (path: string): Node => {
    const known = current.get(path)
    if (known !== undefined) return known
    const parent = nodeAt(parentPath(path))
    const name = lastPart(path)
    let node = parent.children.get(name)
    if (node === undefined) {
      node = nodeOf(name, { path })
      parent.children.set(name, node)
    }
    current.set(path, node)
    return node
  }
  for (const element of elements) {
    const { path, sliceName } = element
    if (path === rootPath) {
      root.element = element
      continue
    }
    if (!path.startsWith(`${rootPath}.`)) continue
    const parent = nodeAt(parentPath(path))
    const name = lastPart(path)
    let plain = parent.children.get(name)
    if (plain === undefined) {
      plain = nodeOf(name, { path })
      parent.children.set(name, plain)
    }
    forget(path)
    if (sliceName === undefined) {
      plain.element = element
      current.set(path, plain)
    } else {
      const slice = nodeOf(name, element)
      plain.slices.set(sliceName, slice)
      current.set(path, slice)
    }
  }
  return root
}

/** A copy that shares the elements, which nobody changes. */
export function copyOf(node: Node): Node {
  return {
    name: node.name,
    element: node.element,
    children: copies(node.children),
    slices: copies(node.slices),
  }
}

export const copies = (nodes: ReadonlyMap<string, Node>): Map<string, Node> =>
  new Map([...nodes].map(([name, node]) => [name, copyOf(node)]))

/** The list that a snapshot is: each element, what is below it, then its slices in the same way; with paths and ids. */
export function listOf(root: Node): Element[] {
  const list: Element[] = []
  const visit = (node: Node, path: string, id: string): void => {
    list.push({ ...node.element, path, id })
    for (const child of node.children.values())
      visit(child, `${path}.${child.name}`, `${id}.${child.name}`)
    for (const [name, slice] of node.slices) visit(slice, path, `${id}:${name}`)
  }
  visit(root, root.name, root.name)
  return list
}
