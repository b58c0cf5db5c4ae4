// Slices: which of the values of an element belongs to which, how many of each, in which order, and what they must be.
// https://hl7.org/fhir/R4/profiling.html#slicing
// Must not check a value both by its slice and by the element: a slice has all that the element has.
import type { Property } from '../fhir/definitions.ts'
import type { Slicing } from '../fhir/structure-definition.ts'
import { matcherOf, type Matcher } from './discriminator.ts'
import { message } from '../words/message.ts'
import { at, itemCheck, type Item, type ItemChecks, type Rules } from './profile.ts'
import { passes, report, type Scope } from './scope.ts'
import type { Node } from './tree.ts'
import { list } from './wording.ts'

type SliceCheck = (items: readonly Item[], checks: ItemChecks, scope: Scope) => void

type Slice = {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly matches: Matcher
  /** What values of the slice have in common, in words. */
  readonly what: string | undefined
  readonly checks: ItemChecks
  readonly inner: SliceCheck | undefined
}

/** @returns undefined for an element that isn't sliced */
export function sliceRules(
  node: Node,
  base: Node | undefined,
  properties: readonly Property[],
  rules: Rules,
): SliceCheck | undefined {
  return sliced(node, node.element.slicing, '', base, properties, rules, node.slices)
}

/** @param within the name of the slice that is sliced again, with a slash; '' for the element itself */
function sliced(
  node: Node,
  slicing: Slicing | undefined,
  within: string,
  base: Node | undefined,
  properties: readonly Property[],
  rules: Rules,
  all: ReadonlyMap<string, Node>,
): SliceCheck | undefined {
  const named = [...all].filter(
    ([name]) => name.startsWith(within) && !name.slice(within.length).includes('/'),
  )
  if (named.length === 0) return undefined
  const { rules: openness = 'open', ordered = false } = slicing ?? {}
  const element = node.name
  const slices = named.map(([name, slice]): Slice => {
    const checks = rules.itemRules(slice, base, properties)
    const found = matcherOf(slice, name, discriminators(node, slicing), rules.workshop)
    const matches: Matcher =
      found?.matches ??
      ((value, property, scope) =>
        (checks.get(property.name) ?? []).every((check) => passes(check, value, scope)))
    return {
      name,
      min: slice.element.min ?? 0,
      max:
        slice.element.max === undefined || slice.element.max === '*'
          ? Infinity
          : Number(slice.element.max),
      matches,
      what: found?.what,
      checks,
      inner: sliced(slice, slice.element.slicing, `${name}/`, base, properties, rules, all),
    }
  })
  const { profile } = rules
  const names = list(slices.map(({ name }) => name))

  return (items, checks, scope) => {
    const members = new Map<Slice, Item[]>()
    let last = -1
    let outside: Item | undefined
    for (const item of items) {
      if (checks.get(item.property.name) === undefined) continue
      const place = slices.findIndex((slice) => inside(slice, item, scope))
      const slice = slices[place]
      if (slice === undefined) {
        if (openness === 'closed')
          at(item, scope, () => {
            report(
              scope,
              'error',
              'structure',
              message('slice-closed', { element, slices: names, profile }),
            )
          })
        outside ??= item
        itemCheck(item, checks, scope)
        continue
      }
      if (openness === 'openAtEnd' && outside !== undefined) {
        at(outside, scope, () => {
          report(scope, 'error', 'structure', message('slice-end', { element, profile }))
        })
        outside = undefined
      }
      if (ordered && place < last)
        at(item, scope, () => {
          report(
            scope,
            'error',
            'structure',
            message('slice-order', { element, slice: slice.name, profile }),
          )
        })
      last = Math.max(last, place)
      const some = members.get(slice)
      if (some === undefined) members.set(slice, [item])
      else some.push(item)
    }
    for (const slice of slices) {
      const { name, min, max, what, inner } = slice
      const some = members.get(slice) ?? []
      const count = some.length
      const params = { element, slice: name, count, profile }
      if (count < min || count > max) {
        scope.path.push(properties[0] as Property)
        if (count < min)
          report(
            scope,
            'error',
            'required',
            message('slice-minimum', { ...params, least: min, what }),
          )
        else report(scope, 'error', 'structure', message('slice-maximum', { ...params, most: max }))
        scope.path.pop()
      }
      if (inner !== undefined && count > 0) inner(some, slice.checks, scope)
      else for (const item of some) itemCheck(item, slice.checks, scope)
    }
  }
}

function inside({ matches }: Slice, item: Item, scope: Scope): boolean {
  const { path } = scope
  const depth = path.length
  const found = matches(item.value, item.property, scope)
  path.length = depth
  return found
}

/** What tells slices apart where the profile leaves it out: extensions by url, choices by type. */
function discriminators(node: Node, slicing: Slicing | undefined): Slicing['discriminator'] {
  if (slicing?.discriminator !== undefined && slicing.discriminator.length > 0)
    return slicing.discriminator
  if (node.name === 'extension' || node.name === 'modifierExtension')
    return [{ type: 'value', path: 'url' }]
  if (node.name.endsWith('[x]')) return [{ type: 'type', path: '$this' }]
  return undefined
}
