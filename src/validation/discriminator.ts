// Discriminators: how a value shows which slice it belongs to.
// https://hl7.org/fhir/R4/profiling.html#discriminator
// Must not report anything: a value that doesn't belong is no error by itself.
import type { Property } from '../fhir/definitions.ts'
import { isSame } from '../fhir/path-value.ts'
import { typeCode, typeOfUrl, type Discriminator } from '../fhir/structure-definition.ts'
import { resolveIn } from './resolve.ts'
import { passes, type Scope } from './scope.ts'
import type { Node } from './tree.ts'
import { hasPattern, valueOf } from './value-match.ts'
import type { Workshop } from './workshop.ts'

export type Matcher = (value: unknown, property: Property, scope: Scope) => boolean

/** A value on the way of a discriminator, with its type as far as that is known. */
type Found = { readonly value: unknown; readonly type: string | undefined }

/**
 * @returns undefined if the slice can't be told by discriminators, so that only what it demands tells it
 */
export function matcherOf(
  slice: Node,
  name: string,
  discriminators: readonly Discriminator[] | undefined,
  workshop: Workshop,
): { readonly matches: Matcher; readonly what: string | undefined } | undefined {
  if (discriminators === undefined || discriminators.length === 0) return undefined
  const tests: Matcher[] = []
  const words: string[] = []
  for (const { type, path } of discriminators) {
    const steps = stepsOf(path)
    if (steps === undefined) return undefined
    const nodes = follow([slice], steps, workshop)
    const test = testOf(type, path, nodes, name, workshop)
    if (test === undefined) {
      // One of several that says nothing of this slice leaves it to the others.
      if (discriminators.length > 1) continue
      return undefined
    }
    if (test.what !== undefined) words.push(`${path}: ${test.what}`)
    const read = reader(steps, workshop)
    tests.push((value, property, scope) =>
      test.matches(read({ value, type: property.type.name }, scope), scope),
    )
  }
  if (tests.length === 0) return undefined
  return {
    matches: (value, property, scope) => tests.every((test) => test(value, property, scope)),
    what: words.length === 0 ? undefined : words.join(', '),
  }
}

type Step =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'extension'; readonly url: string }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'resolve' }

const STEP =
  /^(?:extension\('([^']*)'\)|ofType\((\w+)\)|(resolve\(\))|(\$this)|([A-Za-z_]\w*(?:\[x\])?))(?:\.|$)/

function stepsOf(path: string): readonly Step[] | undefined {
  const steps: Step[] = []
  for (let rest = path; rest !== '';) {
    const found = STEP.exec(rest)
    if (found === null) return undefined
    const [whole, url, type, resolves, , name] = found
    if (url !== undefined) steps.push({ kind: 'extension', url })
    else if (type !== undefined) steps.push({ kind: 'type', type })
    else if (resolves !== undefined) steps.push({ kind: 'resolve' })
    else if (name !== undefined) steps.push({ kind: 'member', name: name.replace(/\[x\]$/, '') })
    rest = rest.slice(whole.length)
  }
  return steps
}

/** The nodes that steps lead to, slices of a sliced element among them. */
function follow(
  nodes: readonly Node[],
  steps: readonly Step[],
  workshop: Workshop,
): readonly Node[] {
  const { snapshots, find } = workshop
  let at = nodes
  for (const step of steps) {
    at = at.flatMap((node) => {
      switch (step.kind) {
        case 'member': {
          const children = snapshots.childrenOf(node)
          const child = children.get(step.name) ?? children.get(`${step.name}[x]`)
          return child === undefined ? [] : [child, ...child.slices.values()]
        }
        case 'extension': {
          const child = snapshots.childrenOf(node).get('extension')
          return [...(child?.slices.values() ?? [])].filter(
            (slice) => extensionUrl(slice, workshop) === step.url,
          )
        }
        case 'type':
          return node.element.type?.some((one) => typeCode(one) === step.type) ? [node] : []
        case 'resolve':
          return (node.element.type ?? [])
            .flatMap(({ targetProfile }) => targetProfile ?? [])
            .flatMap((url) => {
              const structure = find(url)
              return structure === undefined ? [] : [snapshots.of(structure)]
            })
      }
    })
  }
  return at
}

function extensionUrl(slice: Node, { snapshots }: Workshop): unknown {
  const url = snapshots.childrenOf(slice).get('url')
  return (url && valueOf(url.element, 'fixed')) ?? slice.element.type?.[0]?.profile?.[0]
}

type Test = {
  readonly matches: (found: readonly Found[], scope: Scope) => boolean
  readonly what: string | undefined
}

function testOf(
  type: string,
  path: string,
  nodes: readonly Node[],
  name: string,
  workshop: Workshop,
): Test | undefined {
  switch (type) {
    case 'value':
    case 'pattern':
      return valueTest(nodes, workshop)
    case 'exists': {
      const [node] = nodes
      if (node === undefined) return undefined
      if (node.element.max === '0')
        return { matches: (found) => found.length === 0, what: 'absent' }
      if ((node.element.min ?? 0) > 0)
        return { matches: (found) => found.length > 0, what: 'present' }
      return undefined
    }
    case 'type':
      return typeTest(path, nodes, name)
    case 'profile':
      return profileTest(nodes, workshop)
    default:
      return undefined
  }
}

/** By a fixed value, a pattern or the codes of a required binding of the element itself, or by those of what is inside. */
function valueTest(nodes: readonly Node[], workshop: Workshop): Test | undefined {
  const tests: ((value: unknown) => boolean)[] = []
  const words: string[] = []
  for (const node of nodes) {
    const test = contentTest(node, workshop)
    if (test === undefined) continue
    tests.push(test)
    const shown = valueOf(node.element, 'fixed') ?? valueOf(node.element, 'pattern')
    if (shown !== undefined) words.push(JSON.stringify(shown).slice(0, 200))
  }
  if (tests.length === 0) return undefined
  return {
    matches: (found) => found.some(({ value }) => tests.some((test) => test(value))),
    what: words.length === 0 ? undefined : words.join(' or '),
  }
}

function contentTest(node: Node, workshop: Workshop): ((value: unknown) => boolean) | undefined {
  const { element } = node
  const fixed = valueOf(element, 'fixed')
  if (fixed !== undefined) return (value) => isSame(value, fixed)
  const pattern = valueOf(element, 'pattern')
  if (pattern !== undefined) return (value) => hasPattern(value, pattern)
  const { binding } = element
  if (binding?.strength === 'required' && binding.valueSet !== undefined) {
    const { valueSet } = binding
    return (value) => isBound(value, valueSet, workshop)
  }
  const parts: ((value: unknown) => boolean)[] = []
  for (const child of node.children.values()) {
    const options = [child, ...child.slices.values()].flatMap(
      (one) => contentTest(one, workshop) ?? [],
    )
    if (options.length === 0) continue
    parts.push((value) => {
      const inside = (value as Record<string, unknown> | undefined)?.[child.name]
      const values: readonly unknown[] = Array.isArray(inside) ? inside : [inside]
      return values.some((one) => one !== undefined && options.some((test) => test(one)))
    })
  }
  return parts.length === 0 ? undefined : (value) => parts.every((test) => test(value))
}

function isBound(value: unknown, valueSet: string, { membership }: Workshop): boolean {
  if (typeof value === 'string') return membership.has(valueSet, undefined, value) !== false
  if (typeof value !== 'object' || value === null) return false
  const { coding, system, code } = value as Record<string, unknown>
  if (Array.isArray(coding))
    return coding.some((one) => isBound(one, valueSet, { membership } as Workshop))
  return (
    typeof code === 'string' &&
    membership.has(valueSet, typeof system === 'string' ? system : '', code) !== false
  )
}

function typeTest(path: string, nodes: readonly Node[], name: string): Test | undefined {
  const types = new Set(
    nodes.flatMap((node) =>
      node.element.type === undefined ? [node.name] : node.element.type.map((one) => typeCode(one)),
    ),
  )
  // A slice that is named after its property has that type, whatever it leaves open.
  if (path === '$this' && types.size > 1) {
    const named = [...types].filter((type) => name.toLowerCase().endsWith(type.toLowerCase()))
    if (named.length > 0) {
      types.clear()
      for (const type of named) types.add(type)
    }
  }
  if (types.size === 0) return undefined
  return {
    matches: (found) =>
      found.some(({ value, type }) => {
        const { resourceType } = (value ?? {}) as { resourceType?: string }
        return types.has(resourceType ?? type ?? '')
      }),
    what: [...types].join(' or '),
  }
}

function profileTest(nodes: readonly Node[], workshop: Workshop): Test | undefined {
  const profiles = nodes.flatMap((node) =>
    (node.element.type ?? []).flatMap((one) => one.profile ?? []),
  )
  if (profiles.length === 0) return undefined
  return {
    matches: (found, scope) =>
      found.some(({ value }) => profiles.some((url) => conforms(url, value, scope, workshop))),
    what: profiles.join(' or '),
  }
}

function conforms(url: string, value: unknown, scope: Scope, workshop: Workshop): boolean {
  const { resourceType } = (value ?? {}) as { resourceType?: string }
  const structure = workshop.find(url)
  if (resourceType !== undefined && structure !== undefined && structure.type !== resourceType)
    return false
  if (typeOfUrl(url) === resourceType && resourceType !== undefined) return true
  const check = workshop.profileCheck(url)
  return check !== undefined && passes(check, value, scope)
}

/** Values at the end of the steps. */
function reader(
  steps: readonly Step[],
  workshop: Workshop,
): (start: Found, scope: Scope) => readonly Found[] {
  return (start, scope) => {
    let at: readonly Found[] = start.value === undefined ? [] : [start]
    for (const step of steps) at = at.flatMap((found) => readStep(found, step, scope, workshop))
    return at
  }
}

function readStep(
  { value, type }: Found,
  step: Step,
  scope: Scope,
  { definitions }: Workshop,
): readonly Found[] {
  const owner = value as Record<string, unknown>
  switch (step.kind) {
    case 'member': {
      if (typeof value !== 'object' || value === null) return []
      const known = (owner.resourceType as string | undefined) ?? type
      const found: Found[] = []
      for (const property of definitions.properties(known ?? '').values()) {
        if (property.element.name !== step.name) continue
        const inside = owner[property.name]
        const values: readonly unknown[] = Array.isArray(inside) ? inside : [inside]
        for (const one of values)
          if (one !== undefined && one !== null)
            found.push({ value: one, type: property.type.name })
      }
      return found
    }
    case 'extension': {
      const { extension } = (value ?? {}) as { extension?: readonly { url?: unknown }[] }
      return (Array.isArray(extension) ? (extension as { url?: unknown }[]) : [])
        .filter(({ url }) => url === step.url)
        .map((one) => ({ value: one, type: 'Extension' }))
    }
    case 'type':
      return type === step.type ? [{ value, type }] : []
    case 'resolve': {
      const reference = typeof value === 'string' ? value : owner.reference
      const target = typeof reference === 'string' ? resolveIn(scope, reference) : undefined
      if (target !== undefined) return [{ value: target, type: target.resourceType }]
      // The type is in the reference, if nothing else of the target is.
      const named =
        typeof reference === 'string' ? /([A-Z][A-Za-z]+)\/[^/]+$/.exec(reference)?.[1] : undefined
      return named === undefined ? [] : [{ value: { resourceType: named }, type: named }]
    }
  }
}
