// What a profile demands beyond the types of R4, compiled once: only where it differs is anything checked.
// https://hl7.org/fhir/R4/profiling.html
// Must not repeat what type-rules.ts and schema.ts check for every resource.
import type { Property } from '../fhir/definitions.ts'
import {
  typeCode,
  typeOfUrl,
  type Constraint,
  type Element,
  type ElementType,
  type StructureDefinition,
} from '../fhir/structure-definition.ts'
import { isSame } from '../fhir/path-value.ts'
import { bindingCheck } from './binding.ts'
import { constraintCheck } from './constraint.ts'
import { limitsCheck } from './limits.ts'
import { message } from '../words/message.ts'
import { targetCheck } from './reference.ts'
import { passes, report, type Check, type Scope } from './scope.ts'
import { sliceRules } from './slice.ts'
import { ProfileError } from './snapshot.ts'
import type { Node } from './tree.ts'
import type { Workshop } from './workshop.ts'
import { list } from './wording.ts'

/** One value of an element: of a primitive there may be only its extensions, under `sibling`. */
export type Item = {
  readonly value: unknown
  readonly property: Property
  readonly index: number | undefined
}

/** The checks of the values of an element, by the property that holds them; undefined for a type that isn't allowed. */
export type ItemChecks = ReadonlyMap<string, readonly Check[] | undefined>

/** @throws ProfileError for one that can't be used */
export function profileRules(structure: StructureDefinition, workshop: Workshop): Check {
  const { url, type } = structure
  const root = workshop.snapshots.of(structure)
  const base = workshop.nodeOf(type)
  if (base === undefined) throw new ProfileError(`${type} is not a type of R4`)
  const rules = createRules(url, workshop)
  return together(rules.valueRules(root, base, type))
}

export type Rules = {
  readonly profile: string
  readonly workshop: Workshop
  /** Of a node against the node that R4 has in its place, for values of a type. */
  valueRules(node: Node, base: Node | undefined, type: string): readonly Check[]
  /** For each property that may hold an element. */
  itemRules(node: Node, base: Node | undefined, properties: readonly Property[]): ItemChecks
}

function createRules(profile: string, workshop: Workshop): Rules {
  const { definitions, membership } = workshop

  const valueRules = (node: Node, base: Node | undefined, type: string): readonly Check[] => {
    const { element } = node
    const name = nameOf(element)
    const { binding } = element
    const changedBinding =
      binding !== undefined && !isSame(binding, base?.element.binding) ? binding : undefined
    return [
      limitsCheck(element, base?.element, name, profile),
      changedBinding && bindingCheck(changedBinding, name, type, profile, membership),
      typeCheck(element, base?.element, name, type),
      constraintCheck(added(element, base?.element), type, profile, definitions),
      childrenCheck(node, base, type),
    ].filter((one) => one !== undefined)
  }

  /** Constraints that R4 doesn't have there; those of the base profile come with the name of the profile that is checked. */
  const added = (element: Element, base: Element | undefined): readonly Constraint[] => {
    const known = new Set(base?.constraint?.map(({ key }) => key))
    return (element.constraint ?? []).filter(
      ({ key }) => !known.has(key) && !isOfType(key, element),
    )
  }

  /** Snapshots repeat the invariants of an element's type, which are checked with the type. */
  const isOfType = (key: string, element: Element): boolean =>
    (element.type ?? []).some((one) =>
      workshop.nodeOf(typeCode(one))?.element.constraint?.some((other) => other.key === key),
    )

  /** Profiles on the type of an element, and the targets of references. */
  const typeCheck = (
    element: Element,
    base: Element | undefined,
    name: string,
    type: string,
  ): Check | undefined => {
    const own = (element.type ?? []).filter((one) => typeCode(one) === type)
    const before = (base?.type ?? []).filter((one) => typeCode(one) === type)
    if (own.length === 0 || isSame(own, before)) return undefined
    const checks: Check[] = []
    const targets = merged(own)
    if (type === 'Reference' && !sameTargets(targets, merged(before))) {
      const profileCheck = workshop.profileCheck
      checks.push(
        targetCheck(targets, name, profile, { definitions, find: workshop.find, profileCheck }),
      )
    }
    // Extensions are checked by their urls, wherever they stand.
    const profiles = own.flatMap((one) => one.profile ?? [])
    if (
      profiles.length > 0 &&
      type !== 'Extension' &&
      !isSame(
        profiles,
        before.flatMap((one) => one.profile ?? []),
      )
    )
      checks.push(conformsCheck(profiles, name))
    return checks.length === 0 ? undefined : together(checks)
  }

  const conformsCheck = (profiles: readonly string[], name: string): Check => {
    const checks = profiles
      .filter(
        (one) => typeOfUrl(one) === undefined || workshop.find(one)?.derivation === 'constraint',
      )
      .map((one) => workshop.profileCheck(one))
    // The type itself, or one that isn't known, has nothing to say.
    if (checks.length < profiles.length || checks.includes(undefined)) return () => {}
    const [only, ...others] = checks
    if (only !== undefined && others.length === 0) return only
    return (value, scope) => {
      if (checks.some((check) => check !== undefined && passes(check, value, scope))) return
      const params = { element: name, profiles: list(profiles), profile }
      report(scope, 'error', 'value', message('conforms', params))
    }
  }

  const childrenCheck = (node: Node, base: Node | undefined, type: string): Check | undefined => {
    if (node.children.size === 0) return undefined
    const isInline = definitions.types.get(type)?.kind === 'backbone'
    const bases = isInline
      ? (workshop.nodeOf(type)?.children ?? base?.children)
      : workshop.nodeOf(type)?.children
    const checks: ElementCheck[] = []
    for (const child of node.children.values()) {
      const check = elementCheck(child, bases?.get(child.name), type)
      if (check !== undefined) checks.push(check)
    }
    if (checks.length === 0) return undefined
    return (value, scope) => {
      if (typeof value !== 'object' || value === null) return
      for (const check of checks) check(value as Record<string, unknown>, scope)
    }
  }

  const elementCheck = (
    node: Node,
    base: Node | undefined,
    owner: string,
  ): ElementCheck | undefined => {
    const stem = node.name.replace(/\[x\]$/, '')
    const properties = [...definitions.properties(owner).values()].filter(
      ({ element }) => element.name === stem,
    )
    if (properties.length === 0) return undefined
    const min = node.element.min ?? 0
    const max = maxOf(node.element)
    const least = min > (base?.element.min ?? 0) ? min : 0
    const most = max < maxOf(base?.element) ? max : Infinity
    const checks = itemRules(node, base, properties)
    const slices = sliceRules(node, base, properties, rules)
    const isIdle = [...checks.values()].every((one) => one?.length === 0)
    if (least === 0 && most === Infinity && isIdle && slices === undefined) return undefined
    const params = { element: nameOf(node.element), profile }
    const allowed = list((node.element.type ?? []).map((one) => typeCode(one)))
    return (value, scope) => {
      const items = itemsOf(value, properties)
      const count = items.length
      if (count < least)
        report(scope, 'error', 'required', message('minimum', { ...params, least, count }))
      if (count === 0 && slices === undefined) return
      const { path } = scope
      if (count > most) {
        path.push(properties[0] as Property)
        report(scope, 'error', 'structure', message('maximum', { ...params, most, count }))
        path.pop()
        if (most === 0) return
      }
      for (const item of items) {
        if (checks.get(item.property.name) === undefined) {
          const found = item.property.type.name
          at(item, scope, () => {
            report(scope, 'error', 'structure', message('type', { ...params, found, allowed }))
          })
        }
      }
      if (slices === undefined) for (const item of items) itemCheck(item, checks, scope)
      else if (count > 0 || least === 0) slices(items, checks, scope)
    }
  }

  const itemRules = (
    node: Node,
    base: Node | undefined,
    properties: readonly Property[],
  ): ItemChecks => {
    const types = node.element.type?.map((one) => typeCode(one))
    const before = base?.element.type?.map((one) => typeCode(one))
    const isNarrowed = types !== undefined && before !== undefined && types.length < before.length
    return new Map(
      properties.map((property) => {
        const { name, type } = property
        if (isNarrowed && !types.includes(type.name)) return [name, undefined]
        if (type.name === 'Resource') return [name, inner(node)]
        return [name, valueRules(node, base, type.name)]
      }),
    )
  }

  /** A resource of a type of its own: an entry of a Bundle, a contained one. */
  const inner = (node: Node): readonly Check[] => {
    const types = node.element.type ?? []
    if (types.every(({ code, profile: profiles }) => code === 'Resource' && profiles === undefined))
      return []
    const allowed = types.map(({ code }) => code)
    const name = nameOf(node.element)
    const perType = new Map(
      types.map((one) => [
        one.code,
        one.profile === undefined ? undefined : conformsCheck(one.profile, name),
      ]),
    )
    const children = new Map(types.map(({ code }) => [code, childrenCheck(node, undefined, code)]))
    return [
      (value, scope) => {
        const { resourceType } = value as { resourceType: string }
        const code = allowed.includes(resourceType) ? resourceType : 'Resource'
        if (!allowed.includes(code)) {
          const params = { element: name, found: resourceType, allowed: list(allowed), profile }
          report(scope, 'error', 'structure', message('type', params))
          return
        }
        const outer = { resource: scope.resource, root: scope.root }
        scope.resource = value as Scope['resource']
        if (name !== 'contained') scope.root = scope.resource
        perType.get(code)?.(value, scope)
        children.get(code)?.(value, scope)
        scope.resource = outer.resource
        scope.root = outer.root
      },
    ]
  }

  const rules: Rules = { profile, workshop, valueRules, itemRules }
  return rules
}

type ElementCheck = (owner: Readonly<Record<string, unknown>>, scope: Scope) => void

/** The last name of the path, as in `value[x]`. */
const nameOf = ({ path }: Element): string => path.slice(path.lastIndexOf('.') + 1)

const maxOf = (element: Element | undefined): number => {
  const max = element?.max
  return max === undefined || max === '*' ? Infinity : Number(max)
}

/** The targets of several types of one code. */
function merged(types: readonly ElementType[]): ElementType {
  const targetProfile = types.flatMap((one) => one.targetProfile ?? [])
  const aggregation = types.flatMap((one) => one.aggregation ?? [])
  return { code: 'Reference', targetProfile, aggregation }
}

const sameTargets = (one: ElementType, other: ElementType): boolean =>
  isSame([one.targetProfile, one.aggregation], [other.targetProfile, other.aggregation])

/** All values of an element, a primitive with extensions only among them. */
export function itemsOf(
  owner: Readonly<Record<string, unknown>>,
  properties: readonly Property[],
): readonly Item[] {
  const items: Item[] = []
  for (const property of properties) {
    const value = owner[property.name]
    const sibling = owner[`_${property.name}`]
    if (Array.isArray(value) || Array.isArray(sibling)) {
      const values = (value ?? []) as readonly unknown[]
      const length = Math.max(values.length, (sibling as unknown[] | undefined)?.length ?? 0)
      for (let index = 0; index < length; index += 1)
        items.push({ value: values[index] ?? undefined, property, index })
    } else if (value !== undefined || sibling !== undefined)
      items.push({ value, property, index: undefined })
  }
  return items
}

/** Runs with the scope at an item. */
export function at(item: Item, scope: Scope, run: () => void): void {
  scope.path.push(item.property)
  if (item.index !== undefined) scope.path.push(item.index)
  run()
  if (item.index !== undefined) scope.path.pop()
  scope.path.pop()
}

export function itemCheck(item: Item, checks: ItemChecks, scope: Scope): void {
  const some = checks.get(item.property.name)
  if (some === undefined || some.length === 0) return
  at(item, scope, () => {
    for (const check of some) check(item.value, scope)
  })
}

const together =
  (checks: readonly Check[]): Check =>
  (value, scope) => {
    for (const check of checks) check(value, scope)
  }
