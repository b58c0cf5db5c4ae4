// Index entries of a resource: one walk over it, laid out once for each type from its search parameters.
// https://hl7.org/fhir/R4/searchparameter.html#SearchParameter.expression
// Must not throw on odd content: what hasn't the shape that its type says yields nothing.
import { Failure } from '../errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import type { Resource } from '../fhir/message.ts'
import { containedEntries } from './contained.ts'
import { fieldsOf, pathBeside } from './emit.ts'
import type { Emit, Settings } from './emit.ts'
import type { Entry, IndexPath } from './entry.ts'
import { fullText } from './full-text.ts'
import { emitOf } from './kinds.ts'
import { createSearchParameters, type SearchParameters } from './parameters.ts'
import type { ParameterPath, Segment } from './path.ts'
import { counterpart } from './quantity.ts'
import { recordEntries } from './record.ts'
import { createSettings } from './settings.ts'
import type { SearchOptions } from './settings.ts'
import { typeOfShape } from './shape.ts'
import { atOnce, type Stepwise } from '../turn.ts'

export type ExtractOptions = SearchOptions & {
  /** A FHIRPath engine, for expressions that go beyond expression.ts; without, those yield no entries. */
  readonly evaluate?: (expression: string, resource: Resource) => readonly unknown[]
  /** Entries that are no search parameter's. */
  readonly beside?: (resource: Resource, settings: Settings) => readonly Entry[]
}

type Leaving = { readonly emit: Emit; readonly path: IndexPath }
type Node = {
  readonly leaving: Leaving[]
  readonly properties: Inward[]
  readonly filters: {
    readonly names: readonly string[]
    readonly equals: string
    readonly node: Node
  }[]
}
type Inward = {
  readonly name: string
  readonly index: number
  readonly grouped: boolean
  readonly node: Node
}
type Walk = {
  readonly root: Node
  readonly beyond: readonly ParameterPath[]
  /** Where the codes stand that say what is measured, by the path of a canonical quantity. */
  readonly measured: ReadonlyMap<IndexPath, readonly IndexPath[]>
}

/** The steps to a resource's entries, without duplicates, in no promised order. Resources of unknown types have none. */
export type Extractor = {
  readonly all: (resource: Resource) => Stepwise<Entry[]>
  /** All but the words of the full text. */
  readonly values: (resource: Resource) => Stepwise<Entry[]>
}

/** @see Extractor */
export function createExtractor(
  parameters: SearchParameters,
  definitions: Definitions,
  options: ExtractOptions = {},
): Extractor {
  const settings = createSettings(definitions, options)
  const walks = new Map<string, Walk>()
  // Whose record something is in must not hang on parameters that somebody added.
  const standard = createSearchParameters(definitions)
  const ownEntries = function* (resource: Resource): Stepwise<Entry[]> {
    let found = walks.get(resource.resourceType)
    if (found === undefined) {
      found = layOut(resource.resourceType, parameters)
      walks.set(resource.resourceType, found)
    }
    const out: Entry[] = []
    yield* walkInSteps(found.root, resource, out, settings)
    for (const { path, kind, expression } of found.beyond) {
      for (const value of evaluated(options.evaluate, expression ?? '', resource)) {
        const type = typeOfShape(value, kind)
        if (type !== undefined) emitOf(kind, type)?.(value, path, 0, out, settings)
      }
    }
    yield* addCounterparts(out, found.measured, settings)
    return out
  }
  const values = function* (resource: Resource): Stepwise<Entry[]> {
    const out = yield* ownEntries(resource)
    if (resource.contained !== undefined)
      for (const entry of containedEntries(resource, (inner) => atOnce(ownEntries(inner))))
        out.push(entry)
    const entries = yield* withoutDuplicates(out)
    for (const entry of recordEntries(resource, entries, standard, definitions)) entries.push(entry)
    for (const entry of options.beside?.(resource, settings) ?? []) entries.push(entry)
    return entries
  }
  const all = function* (resource: Resource): Stepwise<Entry[]> {
    const entries = yield* values(resource)
    for (const entry of yield* fullText(resource)) entries.push(entry)
    return entries
  }
  return { all, values }
}

// What has no unit that is known has no counterpart either.
function* addCounterparts(
  out: Entry[],
  measured: Walk['measured'],
  { units }: Settings,
): Stepwise<void> {
  if (units === undefined || measured.size === 0) return
  const quantities = out.filter(
    (entry): entry is Entry & { kind: 'quantity' } =>
      entry.kind === 'quantity' && entry.code !== '' && measured.has(entry.path),
  )
  if (quantities.length === 0) return
  // By group, since there may be as many of one as of the other.
  const tokens = new Map<Entry['group'], (Entry & { kind: 'token' })[]>()
  for (const entry of out) {
    if (entry.kind !== 'token') continue
    const beside = tokens.get(entry.group)
    if (beside === undefined) tokens.set(entry.group, [entry])
    else beside.push(entry)
  }
  for (const [i, entry] of quantities.entries()) {
    if (i % STEP === STEP - 1) yield
    const codes = measured.get(entry.path) ?? []
    for (const code of tokens.get(entry.group) ?? []) {
      if (!codes.includes(code.path)) continue
      const to = units.counterpart(code.system, code.code, entry.code)
      if (to !== undefined) out.push(counterpart(entry, to))
    }
  }
}

/** A composite parameter reads a quantity together with the code of what it measures. */
function measuredBy(type: string, parameters: SearchParameters): Walk['measured'] {
  const found = new Map<IndexPath, Set<IndexPath>>()
  for (const { composite } of parameters.forType(type).values()) {
    for (const { parts } of composite ?? []) {
      const codes = parts.find((part) => part.type === 'token' && part.outside !== true)
      for (const part of parts) {
        if (part.type !== 'quantity' || codes === undefined) continue
        for (const { path } of part.paths) {
          const key = pathBeside(path, 'canonical')
          const known = found.get(key) ?? new Set()
          for (const { path: code } of codes.paths) known.add(code)
          found.set(key, known)
        }
      }
    }
  }
  return new Map([...found].map(([path, codes]) => [path, [...codes]]))
}

// An expression that can't be evaluated on some resource is no reason to refuse the resource.
function evaluated(
  evaluate: ExtractOptions['evaluate'],
  expression: string,
  resource: Resource,
): readonly unknown[] {
  try {
    return evaluate?.(expression, resource) ?? []
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
}

/** Items after which work stops for others. */
const STEP = 200

/** The walk from the root: what makes a resource large is an array there. */
function* walkInSteps(
  root: Node,
  resource: Resource,
  out: Entry[],
  settings: Settings,
): Stepwise<void> {
  leave(root, resource, 0, out, settings)
  for (const property of root.properties) {
    const child = resource[property.name]
    if (!Array.isArray(child) || child.length <= STEP)
      walkProperty(property, child, 0, out, settings)
    else
      for (let from = 0; from < child.length; from += STEP) {
        walkItems(property, child, from, Math.min(child.length, from + STEP), 0, out, settings)
        yield
      }
  }
}

function walk(node: Node, value: unknown, group: number, out: Entry[], settings: Settings): void {
  leave(node, value, group, out, settings)
  if (node.properties.length === 0 || typeof value !== 'object' || value === null) return
  for (const property of node.properties)
    walkProperty(
      property,
      (value as Readonly<Record<string, unknown>>)[property.name],
      group,
      out,
      settings,
    )
}

/** What a value says by itself, and by the ways behind its filters. */
function leave(node: Node, value: unknown, group: number, out: Entry[], settings: Settings): void {
  for (const { emit, path } of node.leaving) emit(value, path, group, out, settings)
  if (node.filters.length === 0 || typeof value !== 'object' || value === null) return
  for (const { names, equals, node: next } of node.filters)
    if (hasText(value, names, 0, equals)) walk(next, value, group, out, settings)
}

function walkProperty(
  property: Inward,
  child: unknown,
  group: number,
  out: Entry[],
  settings: Settings,
): void {
  if (child === undefined || child === null) return
  if (Array.isArray(child)) walkItems(property, child, 0, child.length, group, out, settings)
  else if (property.index <= 0) walk(property.node, child, group, out, settings)
}

function walkItems(
  { index, grouped, node }: Inward,
  items: readonly unknown[],
  from: number,
  to: number,
  group: number,
  out: Entry[],
  settings: Settings,
): void {
  for (let at = from; at < to; at++) {
    const item = items[at]
    if (item === undefined || item === null || (index >= 0 && index !== at)) continue
    walk(node, item, grouped ? at : group, out, settings)
  }
}

function hasText(value: unknown, names: readonly string[], at: number, equals: string): boolean {
  if (Array.isArray(value)) return value.some((item) => hasText(item, names, at, equals))
  const name = names[at]
  return name === undefined
    ? value === equals
    : hasText(fieldsOf(value)?.[name], names, at + 1, equals)
}

const emptyNode = (): Node => ({ leaving: [], properties: [], filters: [] })

function layOut(type: string, parameters: SearchParameters): Walk {
  const root = emptyNode()
  const contexts = parameters.contexts(type)
  const beyond = new Map<string, ParameterPath>()
  for (const path of pathsOfType(type, parameters)) {
    if (path.expression !== undefined) {
      beyond.set(`${path.kind} ${path.path}`, path)
      continue
    }
    for (const route of path.routes) {
      const node = follow(root, route.segments, type, contexts)
      const emit = path.truth === undefined ? emitOf(path.kind, route.type) : emitTruth(path.truth)
      if (emit === undefined) continue
      const isNew = !node.leaving.some((one) => one.path === path.path && one.emit === emit)
      if (isNew) node.leaving.push({ emit, path: path.path })
    }
  }
  return { root, beyond: [...beyond.values()], measured: measuredBy(type, parameters) }
}

/** Every path that the parameters of a type read; one path may come several times. */
export function* pathsOfType(type: string, parameters: SearchParameters): Generator<ParameterPath> {
  for (const { paths, composite } of parameters.forType(type).values()) {
    yield* paths
    for (const branch of composite ?? []) for (const part of branch.parts) yield* part.paths
  }
}

function follow(
  root: Node,
  segments: readonly Segment[],
  type: string,
  contexts: ReadonlySet<string>,
): Node {
  let node = root
  let name = type
  for (const segment of segments) {
    const next = emptyNode()
    if (segment.kind === 'where') {
      const { names, equals } = segment
      const known = node.filters.find((f) => f.equals === equals && f.names.join() === names.join())
      if (!known) node.filters.push({ names, equals, node: next })
      node = known?.node ?? next
    } else {
      name += `.${segment.name}`
      const index = segment.index ?? -1
      const known = node.properties.find((p) => p.name === segment.name && p.index === index)
      if (!known) {
        node.properties.push({ name: segment.name, index, grouped: contexts.has(name), node: next })
      }
      node = known?.node ?? next
    }
  }
  return node
}

const emitTruth =
  (names: readonly string[]): Emit =>
  (value, path, group, out) => {
    const fields = fieldsOf(value)
    const truth = names.some((name) => fields?.[name] !== undefined && fields[name] !== false)
    out.push({ kind: 'token', path, group, system: '', code: String(truth) })
  }

// Comparing each with each is cheaper than keys as long as there are few.
const FEW = 48

function* withoutDuplicates(entries: Entry[]): Stepwise<Entry[]> {
  if (entries.length <= FEW) {
    const kept: Entry[] = []
    for (const entry of entries) {
      let known = false
      for (const other of kept) {
        if (other.path === entry.path && isEqual(other, entry)) {
          known = true
          break
        }
      }
      if (!known) kept.push(entry)
    }
    return kept
  }
  const kept = new Map<string, Entry>()
  for (const [i, entry] of entries.entries()) {
    if (i % STEP === STEP - 1) yield
    const key = JSON.stringify(entry)
    if (!kept.has(key)) kept.set(key, entry)
  }
  return [...kept.values()]
}

function isEqual(a: Entry, b: Entry): boolean {
  if (a.group !== b.group) return false
  if (a.kind === 'token') return b.kind === 'token' && a.code === b.code && a.system === b.system
  if (a.kind === 'string') return b.kind === 'string' && a.exact === b.exact
  if (a.kind === 'reference') return b.kind === 'reference' && a.id === b.id && a.type === b.type
  if (a.kind === 'uri') return b.kind === 'uri' && a.value === b.value
  // There is one for each path.
  if (a.kind === 'words' || b.kind === 'words') return a === b
  if (a.kind !== b.kind || a.low !== b.low || a.high !== b.high) return false
  if (a.kind !== 'quantity' || b.kind !== 'quantity') return true
  return a.system === b.system && a.code === b.code && a.unit === b.unit
}
