// Where references may point to: the type, and, where the target is at hand, its profile; and how they may point there.
// https://hl7.org/fhir/R4/references.html
// Must not look outside of what is validated.
import type { Definitions } from '../fhir/definitions.ts'
import type { Resource } from '../fhir/message.ts'
import type { ElementType, FindStructure } from '../fhir/structure-definition.ts'
import { typeOfUrl } from '../fhir/structure-definition.ts'
import { message } from '../words/message.ts'
import { containedIn, resolveIn } from './resolve.ts'
import { referencedType } from './rules.ts'
import { passes, report, type Check, type Scope } from './scope.ts'
import { list, show } from './wording.ts'

const literalOf = (value: unknown): string | undefined => {
  const { reference } = value as { reference?: unknown }
  return typeof reference === 'string' ? reference : undefined
}

/** A Reference by itself: its form, and that what it says is contained is there. */
export const referenceCheck: Check = (value, scope) => {
  const literal = literalOf(value)
  if (literal === undefined) return
  if (literal.startsWith('#')) {
    if (containedIn(scope.root, literal.slice(1)) === undefined)
      report(scope, 'error', 'not-found', message('reference-dangling', { found: show(literal) }))
  } else if (/\s/.test(literal)) {
    report(scope, 'error', 'value', message('reference-form', { found: show(literal) }))
  }
}

/** Resource types that a Reference may point to, checked where only the target itself says its type. */
export const resolvedTypeCheck =
  (targets: readonly string[], element: string): Check =>
  (value, scope) => {
    const literal = literalOf(value)
    if (literal === undefined || !/^(#.|urn:)/.test(literal)) return
    const found = resolveIn(scope, literal)?.resourceType
    if (found !== undefined && !targets.includes(found)) {
      const params = { element, targets: list(targets), found: show(literal) }
      report(scope, 'error', 'value', message('target', params))
    }
  }

export type TargetOptions = {
  readonly definitions: Definitions
  readonly find: FindStructure
  readonly profileCheck: (profile: string) => Check | undefined
}

/** Profiles upon the targets of references on one way: they refer to one another in circles. */
const DEEPEST = 3

/** `targetProfile` and `aggregation` of a profile. */
export function targetCheck(
  { targetProfile = [], aggregation = [] }: ElementType,
  element: string,
  profile: string | undefined,
  { definitions, find, profileCheck }: TargetOptions,
): Check {
  const targets = targetProfile.map((url) => ({ url, type: find(url)?.type ?? typeOfUrl(url) }))
  // One that isn't known may be of any type.
  const open =
    targets.length === 0 || targets.some(({ type }) => type === undefined || type === 'Resource')
  const types = [...new Set(targets.flatMap(({ type }) => type ?? []))]
  return (value, scope) => {
    const literal = literalOf(value)
    if (literal === undefined) return
    const target = resolveIn(scope, literal)
    if (aggregation.length > 0 && !aggregation.includes(wayOf(literal, target))) {
      const params = { element, allowed: list(aggregation), found: show(literal), profile }
      report(scope, 'error', 'value', message('aggregation', params))
    }
    if (open) return
    const type = target?.resourceType ?? referencedType(definitions, value)
    if (type === undefined) return
    const fitting = targets.filter((one) => one.type === type)
    if (fitting.length === 0) {
      const params = { element, targets: list(types), found: show(literal), profile }
      report(scope, 'error', 'value', message('target', params))
    } else if (target !== undefined && scope.depth < DEEPEST) {
      if (!fitting.some(({ url }) => conforms(url, target, scope))) {
        const urls = list(fitting.map(({ url }) => url))
        const params = { element, targets: urls, found: show(literal), profile }
        report(scope, 'error', 'value', message('target-profile', params))
      }
    }
  }

  function conforms(url: string, target: Resource, scope: Scope): boolean {
    if (typeOfUrl(url) === target.resourceType) return true
    const check = profileCheck(url)
    const root = (scope.root.contained as unknown[] | undefined)?.includes(target)
      ? scope.root
      : target
    if (check === undefined) return true
    // Only here: a slice is told as deep as what is then demanded of it.
    const depth = scope.depth + 1
    return passes(check, target, { ...scope, resource: target, root, depth })
  }
}

function wayOf(literal: string, target: Resource | undefined): string {
  if (literal.startsWith('#')) return 'contained'
  return target === undefined ? 'referenced' : 'bundled'
}
