// Which codes of a code system lie under which: nested concepts, and the properties that name parents and children.
// https://hl7.org/fhir/R4/codesystem.html#hierarchy
// Must not take a grouping for a kind: what is nested in a system of another meaning is not subsumed.
import type { CodeSystem, Concept } from './resource.ts'

export type Hierarchy = {
  /** In the order of the code system. */
  readonly codes: ReadonlyMap<string, Concept>
  /** The code and all that it subsumes; undefined when there is no such code. */
  readonly below: (code: string) => ReadonlySet<string> | undefined
  /** The code and all that subsume it. */
  readonly above: (code: string) => ReadonlySet<string> | undefined
  readonly children: ReadonlyMap<string, ReadonlySet<string>>
  readonly parents: ReadonlyMap<string, ReadonlySet<string>>
}

type Links = Map<string, Set<string>>

const PARENT = new Set(['subsumedBy', 'parent'])

const kept = new WeakMap<CodeSystem, Hierarchy>()

/** Made once for each code system. */
export function hierarchyOf(system: CodeSystem): Hierarchy {
  const before = kept.get(system)
  if (before !== undefined) return before
  const codes = new Map<string, Concept>()
  const children: Links = new Map()
  const parents: Links = new Map()
  const link = (parent: string, child: string): void => {
    add(children, parent, child)
    add(parents, child, parent)
  }
  const isKind = (system.hierarchyMeaning ?? 'is-a') === 'is-a'
  // A list of what is left, since a chain of concepts may be deeper than the stack.
  const left = (system.concept ?? []).map((concept) => ({
    concept,
    under: undefined as string | undefined,
  }))
  for (const { concept, under } of left) {
    const { code, property, concept: nested } = concept
    codes.set(code, concept)
    if (under !== undefined && isKind) link(under, code)
    for (const { code: name, valueCode } of property ?? []) {
      if (valueCode === undefined) continue
      if (PARENT.has(name)) link(valueCode, code)
      else if (name === 'child') link(code, valueCode)
    }
    for (const child of nested ?? []) left.push({ concept: child, under: code })
  }
  const hierarchy: Hierarchy = {
    codes,
    children,
    parents,
    below: (code) => (codes.has(code) ? reach(code, children) : undefined),
    above: (code) => (codes.has(code) ? reach(code, parents) : undefined),
  }
  kept.set(system, hierarchy)
  return hierarchy
}

function add(links: Links, from: string, to: string): void {
  const known = links.get(from)
  if (known === undefined) links.set(from, new Set([to]))
  else known.add(to)
}

function reach(code: string, links: Links): ReadonlySet<string> {
  const found = new Set([code])
  for (const one of found) for (const next of links.get(one) ?? []) found.add(next)
  return found
}
