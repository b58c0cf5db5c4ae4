// R4's own rules for a type, beyond its structure: invariants, bindings, limits, references, what is inside.
// https://hl7.org/fhir/R4/validation.html
// Must not repeat what schema.ts has proved: names, types, cardinality, primitive values, codes that can be enumerated.
import type { Property } from '../fhir/definitions.ts'
import type { Element } from '../fhir/structure-definition.ts'
import { bindingCheck, codingCheck, isAbsolute } from './binding.ts'
import { constraintCheck } from './constraint.ts'
import { baseCheck, expressionCheck } from './definition.ts'
import { limitsCheck } from './limits.ts'
import { message } from '../words/message.ts'
import { nationalIdentifierProblem } from './national-identifier.ts'
import { referenceCheck, resolvedTypeCheck } from './reference.ts'
import { targetsOf } from './rules.ts'
import { report, type Check } from './scope.ts'
import type { Node } from './tree.ts'
import type { Workshop } from './workshop.ts'
import { hintOf, show } from './wording.ts'

type Child = { readonly property: Property; readonly check: Check }

/** @param type a resource type, a datatype or the path of a backbone element */
export function typeRules(type: string, workshop: Workshop): Check {
  const { definitions } = workshop
  const node = workshop.nodeOf(type)
  const children = new Map<string, Child>()
  for (const property of definitions.properties(type).values()) {
    const { name, element } = property
    const child = node?.children.get(element.choice ? `${element.name}[x]` : element.name)
    const check = all(valueChecks(type, property, child, workshop))
    if (check !== undefined) children.set(name, { property, check })
    if (property.type.kind === 'primitive' && name !== 'id')
      children.set(`_${name}`, { property, check: workshop.typeCheck('Element') })
  }
  const own = [
    nativeCheck(type, workshop),
    constraintCheck(node?.element.constraint, type, undefined, definitions),
  ].filter((one) => one !== undefined)
  return walk(own, children)
}

const walk =
  (own: readonly Check[], children: ReadonlyMap<string, Child>): Check =>
  (value, scope) => {
    // A place in an array of primitives that has no extension.
    if (value === null) return
    for (const check of own) check(value, scope)
    const { path } = scope
    for (const name in value as object) {
      const child = children.get(name)
      if (child === undefined) continue
      const { property, check } = child
      const inside = (value as Record<string, unknown>)[name]
      path.push(property)
      if (Array.isArray(inside)) {
        for (const [i, item] of inside.entries()) {
          if (item === null) continue
          path.push(i)
          check(item, scope)
          path.pop()
        }
      } else check(inside, scope)
      path.pop()
    }
  }

function valueChecks(
  owner: string,
  { name, element, type }: Property,
  node: Node | undefined,
  workshop: Workshop,
): readonly (Check | undefined)[] {
  if (type.name === 'Resource')
    return [workshop.resourceCheck(name === 'contained' ? 'contained' : 'entry')]
  if (type.name === 'Extension') {
    const nested = owner === 'Extension' ? 'nested' : 'extension'
    return [workshop.extensionCheck(name === 'modifierExtension' ? 'modifier' : nested)]
  }
  const inside = type.kind === 'primitive' ? undefined : workshop.typeCheck(type.name)
  // The element of a backbone element is the root of its type.
  if (node === undefined || node.name === '' || type.kind === 'backbone') return [inside]
  const targets = targetsOf(element, type.name)
  return [
    ...elementChecks(node.element, type.name, workshop),
    targets === undefined ? undefined : resolvedTypeCheck(targets, element.name),
    inside,
  ]
}

function elementChecks(
  element: Element,
  type: string,
  workshop: Workshop,
): readonly (Check | undefined)[] {
  const { definitions, membership } = workshop
  const { binding, constraint } = element
  const name = element.path.slice(element.path.lastIndexOf('.') + 1)
  const isProved =
    binding?.valueSet !== undefined &&
    binding.strength === 'required' &&
    definitions.codings(binding.valueSet) !== undefined
  const profiles = element.type?.find(({ code }) => code === type)?.profile ?? []
  return [
    limitsCheck(element, undefined, name, undefined),
    binding === undefined || isProved
      ? undefined
      : bindingCheck(binding, name, type, undefined, membership),
    constraintCheck(constraint, type, undefined, definitions),
    ...(profiles.length === 1 ? profiles.map((one) => workshop.profileCheck(one)) : []),
  ]
}

/** What R4 says of a type in words, and what would be slow as FHIRPath. */
function nativeCheck(type: string, workshop: Workshop): Check | undefined {
  const { unitProblem, membership } = workshop
  switch (type) {
    case 'Coding':
      return codingCheck(membership)
    case 'Reference':
      return referenceCheck
    case 'Bundle':
      return workshop.bundleCheck
    case 'SampledData':
      return sampledDataCheck
    case 'Identifier':
      return identifierCheck
    case 'StructureDefinition':
      return baseCheck(workshop.find)
    case 'ElementDefinition.constraint':
      return expressionCheck
    case 'Age':
    case 'Count':
    case 'Distance':
    case 'Duration':
    case 'Quantity':
      return unitProblem === undefined
        ? undefined
        : (value, scope) => {
            const { system, code } = value as { system?: unknown; code?: unknown }
            if (system !== 'http://unitsofmeasure.org' || typeof code !== 'string') return
            const problem = unitProblem(code)
            if (problem === undefined) return
            // What people write, and everybody understands, is in R4's own examples, too.
            const severity = problem.meant === undefined ? 'error' : 'warning'
            const { why, meant } = problem
            const params = { found: show(code), why, hint: hintOf(meant) }
            report(scope, severity, 'code-invalid', message('unit', params))
          }
    default:
      return undefined
  }
}

/** https://hl7.org/fhir/R4/datatypes.html#SampledData: E, U and L stand for error, below and above the limits. */
const SAMPLES =
  /^(?:[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?|[EUL])(?: (?:[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?|[EUL]))*$/

const sampledDataCheck: Check = (value, scope) => {
  const { data } = value as { data?: unknown }
  if (typeof data === 'string' && !SAMPLES.test(data.trim().replace(/\s+/g, ' ')))
    report(scope, 'error', 'value', message('sampled-data', { found: show(data) }), 'data')
}

const identifierCheck: Check = (value, scope) => {
  const { system, value: number } = value as { system?: unknown; value?: unknown }
  if (typeof system !== 'string') return
  if (!isAbsolute(system)) {
    const params = { type: 'Identifier', found: show(system) }
    report(scope, 'error', 'value', message('system-relative', params), 'system')
  } else if (typeof number === 'string') {
    const wrong = nationalIdentifierProblem(system, number)
    if (wrong === undefined) return
    report(scope, wrong.severity, 'value', wrong.message, 'value')
  }
}

function all(checks: readonly (Check | undefined)[]): Check | undefined {
  const made = checks.filter((one) => one !== undefined)
  const [only] = made
  if (made.length <= 1) return only
  return (value, scope) => {
    for (const check of made) check(value, scope)
  }
}
