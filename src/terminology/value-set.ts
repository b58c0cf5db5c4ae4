// Which codes a value set has: its definition carried out on the code systems that are known.
// https://hl7.org/fhir/R4/valueset.html#compositions
// Must not leave out what it can't tell: a filter or a system that isn't known makes the expansion fail, with words.
import { fail } from '../errors.ts'
import { hierarchyOf } from './hierarchy.ts'
import type { Finder } from './finder.ts'
import { hasCodes } from './meaning.ts'
import { isInParts, outlineOf } from './parts.ts'
import type {
  CodeSystem,
  ComposePart,
  Concept,
  Contained,
  Filter,
  Property,
  ValueSet,
} from './resource.ts'

/** Codes by code system; `'all'` of one whose codes aren't known here (LOINC as a whole). */
export type Expansion = ReadonlyMap<string, ReadonlySet<string> | 'all'>

/** Value sets inside value sets at most. */
const DEEPEST = 20

/** The value sets around, and those that are expanded: each is once, however many ways lead to it. */
type Way = { readonly within: readonly string[]; readonly done: Map<string, Expansion> }

/** What finds the parts of a value set. */
export type SetFinder = Pick<Finder, 'codeSystem' | 'valueSet' | 'fragments'>

/**
 * The codes of a value set that is named.
 * @param at the parameter as an error names it
 * @throws Failure `parameter` when it isn't known or can't be expanded
 */
export async function codesIn(
  name: string,
  at: string,
  finder: SetFinder,
  way: Way = { within: [], done: new Map() },
): Promise<Expansion> {
  const before = way.done.get(name)
  if (before !== undefined) return before
  const valueSet = await finder.valueSet(name)
  if (valueSet === undefined)
    throw fail('parameter', `There is no value set ${name} here, neither stored nor of FHIR R4`, at)
  const codes = await codesOfSet(valueSet, name, at, finder, way)
  way.done.set(name, codes)
  return codes
}

/**
 * The codes of a value set that is at hand.
 * @param name the value set as an error names it
 * @param at the parameter as an error names it
 * @throws Failure `parameter` when it can't be expanded, or names a value set that isn't known
 */
export async function codesOfSet(
  valueSet: ValueSet,
  name: string,
  at: string,
  finder: SetFinder,
  { within, done }: Way = { within: [], done: new Map() },
): Promise<Expansion> {
  const refuse = (why: string): Error =>
    fail('parameter', `The value set ${name} can not be expanded: ${why}`, at)
  if (within.includes(name) || within.length > DEEPEST) throw refuse('it includes itself')
  const { compose, expansion } = valueSet
  if (compose === undefined) {
    if (expansion === undefined) throw refuse('it has neither a definition nor an expansion')
    return contained(expansion.contains ?? [])
  }
  const all = new Map<string, ReadonlySet<string> | 'all'>()
  for (const part of compose.include) merge(all, await partOf(part))
  for (const part of compose.exclude ?? []) {
    for (const [system, codes] of await partOf(part)) {
      const from = all.get(system)
      if (from === undefined) continue
      if (codes === 'all') all.delete(system)
      else all.set(system, (from === 'all' ? await everyCode(system) : from).difference(codes))
    }
  }
  return all

  async function partOf({
    system,
    version,
    concept,
    filter,
    valueSet: others,
  }: ComposePart): Promise<Expansion> {
    let part: Expansion | undefined
    if (system !== undefined) {
      part = new Map([[system, await codesOf(system, version, concept, filter ?? [])]])
    }
    // Within one part, the system and each value set restrict one another.
    for (const other of others ?? []) {
      const codes = await codesIn(other, at, finder, { within: [...within, name], done })
      part = part === undefined ? codes : intersection(part, codes)
    }
    return part ?? new Map()
  }

  async function everyCode(url: string): Promise<ReadonlySet<string>> {
    const system = await finder.codeSystem(url)
    if (!hasCodes(system) || system.content !== 'complete')
      throw refuse(`it excludes codes of ${url}, whose codes are not here`)
    return new Set(hierarchyOf(await outlineOf(system, new Set(), finder)).codes.keys())
  }

  async function codesOf(
    url: string,
    version: string | undefined,
    concept: ComposePart['concept'],
    filters: readonly Filter[],
  ): Promise<ReadonlySet<string> | 'all'> {
    if (concept !== undefined && concept.length > 0) return new Set(concept.map(({ code }) => code))
    const pinned = version === undefined ? undefined : await finder.codeSystem(`${url}|${version}`)
    const system = pinned ?? (await finder.codeSystem(url))
    if (!hasCodes(system)) {
      if (filters.length === 0) return 'all'
      throw refuse(`it selects from ${url}, whose codes are not here`)
    }
    if (filters.length === 0) {
      if (isInParts(system)) return 'all'
      return system.content === 'complete' ? new Set(hierarchyOf(system).codes.keys()) : 'all'
    }
    const outline = await outlineOf(system, new Set(filters.map((f) => f.property)), finder)
    let codes: ReadonlySet<string> | undefined
    for (const one of filters) {
      const selected = filtered(outline, one)
      if (selected === undefined)
        throw refuse(`its filter "${one.property} ${one.op}" is not supported`)
      codes = codes === undefined ? selected : codes.intersection(selected)
    }
    return codes ?? new Set()
  }
}

function merge(all: Map<string, ReadonlySet<string> | 'all'>, part: Expansion): void {
  for (const [system, codes] of part) {
    const known = all.get(system)
    if (codes === 'all' || known === 'all') all.set(system, 'all')
    else all.set(system, known === undefined ? codes : known.union(codes))
  }
}

function intersection(one: Expansion, other: Expansion): Expansion {
  const both = new Map<string, ReadonlySet<string> | 'all'>()
  for (const [system, codes] of one) {
    const more = other.get(system)
    if (more === undefined) continue
    both.set(system, codes === 'all' ? more : more === 'all' ? codes : codes.intersection(more))
  }
  return both
}

function contained(list: readonly Contained[]): Expansion {
  const all = new Map<string, Set<string>>()
  const left = [...list]
  for (const { system = '', code, abstract, contains } of left) {
    if (code !== undefined && abstract !== true) {
      const codes = all.get(system)
      if (codes === undefined) all.set(system, new Set([code]))
      else codes.add(code)
    }
    left.push(...(contains ?? []))
  }
  return all
}

/** Codes that a filter selects; undefined for one that isn't supported (a regular expression may never end). */
export function filtered(
  system: CodeSystem,
  { property, op, value }: Filter,
): ReadonlySet<string> | undefined {
  const { codes, below, above, children, parents } = hierarchyOf(system)
  const all = (): ReadonlySet<string> => new Set(codes.keys())
  const listed = new Set(value.split(',').map((code) => code.trim()))
  if (property === 'concept' || property === 'code') {
    const under = below(value) ?? new Set<string>()
    switch (op) {
      case 'is-a':
        return under
      case 'descendent-of':
        return under.difference(new Set([value]))
      case 'is-not-a':
        return all().difference(under)
      case 'generalizes':
        return above(value) ?? new Set()
      case '=':
        return all().intersection(new Set([value]))
      case 'in':
        return all().intersection(listed)
      case 'not-in':
        return all().difference(listed)
      default:
        return undefined
    }
  }
  if (property === 'parent' && op === '=') return children.get(value) ?? new Set()
  if (property === 'child' && op === '=') return parents.get(value) ?? new Set()
  const having = (test: (values: readonly string[]) => boolean): ReadonlySet<string> =>
    new Set(
      [...codes.values()].filter((one) => test(valuesOf(one, property))).map((one) => one.code),
    )
  if (op === '=') return having((values) => values.includes(value))
  if (op === 'in') return having((values) => values.some((one) => listed.has(one)))
  if (op === 'exists' && value === 'true') return having((values) => values.length > 0)
  if (op === 'exists' && value === 'false') return having((values) => values.length === 0)
  return undefined
}

const valuesOf = ({ property }: Concept, name: string): readonly string[] =>
  (property ?? []).filter(({ code }) => code === name).map(textOf)

const textOf = (property: Property): string => {
  const { valueCode, valueString, valueBoolean, valueInteger, valueDateTime, valueCoding } =
    property
  return String(
    valueCode ??
      valueString ??
      valueBoolean ??
      valueInteger ??
      valueDateTime ??
      valueCoding?.code ??
      '',
  )
}
