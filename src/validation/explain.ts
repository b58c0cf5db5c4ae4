// Says what is wrong with the structure of a resource, element by element, in words and with paths.
// https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/validation.html and
// https://hl7.org/fhir/R4/valueset-issue-type.html
// Must agree with schema.ts on what is valid (a test compares them); it is the slow pass, for what that refused.
import type { Issue } from '../errors.ts'
import type {
  Definitions,
  ElementDefinition,
  Property,
  TypeDefinition,
} from '../fhir/definitions.ts'
import { hasSibling, isExtended, isSibling } from './names.ts'
import { PRIMITIVES } from './primitive.ts'
import {
  codesOf,
  codingsOf,
  containedProblem,
  hasCoding,
  referencedType,
  targetsOf,
} from './rules.ts'
import { suggest } from './suggest.ts'
import { didYouMean, list, show, unknownName } from './wording.ts'
import { checkXhtml } from './xhtml.ts'

const MAX_ISSUES = 100

/** In lists longer than this an item that the compiled pass finds fine is not walked: most of them are. */
const LONG_LIST = 20

type Values = Readonly<Record<string, unknown>>

/**
 * @param type the resource type that is expected; any if undefined
 * @param isFine the compiled pass, for a value of a type; without it everything is walked
 * @returns at most 100 issues, all of severity error; paths are FHIRPath limited to names and indexes, so that
 *   `valueQuantity` of an Observation is `Observation.value`
 */
export function explain(
  definitions: Definitions,
  resource: unknown,
  type?: string,
  isFine: (type: string, value: unknown) => boolean = () => false,
): readonly Issue[] {
  const issues: Issue[] = []

  const report = (code: string, path: string, diagnostics: string): void => {
    if (issues.length < MAX_ISSUES) {
      issues.push({
        severity: 'error',
        code,
        diagnostics,
        ...(path === '' ? {} : { expression: [path] }),
      })
    }
  }

  /** `path` of the resource itself; '' for the outermost one, whose type gives it. */
  const walkResource = (value: unknown, path: string, expected?: string): void => {
    if (!isObject(value)) {
      return report(
        'structure',
        path || (expected ?? ''),
        `A resource is an object; here is ${show(value)}`,
      )
    }
    const name = value.resourceType
    if (typeof name !== 'string') {
      const found = name === undefined ? '' : `; here is ${show(name)}`
      return report(
        'structure',
        path || (expected ?? ''),
        `A resource has a string resourceType${found}`,
      )
    }
    if (!definitions.isResourceType(name)) {
      const abstract = definitions.types.get(name)?.kind === 'resource'
      return report(
        'structure',
        path || (expected ?? ''),
        abstract
          ? `${name} is abstract: a resource has one of the types that are based on it`
          : `R4 has no resource type ${show(name)}${didYouMean(name, definitions.resourceTypes)}`,
      )
    }
    if (expected !== undefined && name !== expected) {
      return report(
        'structure',
        path || name,
        `The resourceType is ${name}, where ${expected} is expected`,
      )
    }
    const definition = definitions.types.get(name)
    if (definition) walkObject(value, definition, path || name)
  }

  const walkObject = (value: Values, type: TypeDefinition, path: string): void => {
    const properties = definitions.properties(type.name)
    const suggested = walkNames(value, type, properties, path)
    for (const element of type.elements) {
      const present = spellings(element, properties).filter((name) => has(value, name))
      if (present.length > 1) {
        report(
          'structure',
          path,
          `${element.name}[x] is one value, of one type; here are ${present.join(' and ')}`,
        )
      } else if (present.length === 0 && element.min > 0 && !suggested.has(element.name)) {
        const name = element.choice ? `${element.name}[x]` : element.name
        report('required', path, `${type.name} must have ${name}`)
      }
      for (const name of present) {
        const property = properties.get(name)
        if (property) walkProperty(value, property, `${path}.${element.name}`)
      }
    }
    if (type.name === 'Extension') walkExtension(value, path)
  }

  /** Reports what is unknown, and gives the elements that were probably meant. */
  const walkNames = (
    value: Values,
    type: TypeDefinition,
    properties: ReadonlyMap<string, Property>,
    path: string,
  ): ReadonlySet<string> => {
    const suggested = new Set<string>()
    let content = type.kind === 'resource'
    for (const name of Object.keys(value)) {
      if (name !== 'id' || isSibling(type.name)) content = true
      if (properties.has(name) || (name === 'resourceType' && type.kind === 'resource')) continue
      // A hundred thousand names would each be looked for in vain.
      if (issues.length >= MAX_ISSUES) continue
      if (name.startsWith('_')) {
        const property = properties.get(name.slice(1))
        if (property && hasSibling(property)) continue
        if (property) {
          report(
            'structure',
            path,
            `${show(name)} is not allowed: only a primitive element has such a sibling`,
          )
          continue
        }
      }
      const choice = type.elements.find((one) => one.choice && name.startsWith(one.name))
      const meant = suggest(name, properties.keys())
      if (meant !== undefined) suggested.add(properties.get(meant)?.element.name ?? meant)
      else if (choice) suggested.add(choice.name)
      report('structure', path, unknownName(name, type, choice, meant))
    }
    if (!content) {
      const what =
        Object.keys(value).length === 0
          ? 'An element must not be empty'
          : 'An element must have more than an id'
      report('invariant', path, what)
    }
    return suggested
  }

  const walkExtension = (value: Values, path: string): void => {
    const hasValue = Object.keys(value).some((name) => /^_?value[A-Z]/.test(name))
    if (hasValue !== (value.extension !== undefined)) return
    report(
      'invariant',
      path,
      hasValue
        ? 'An extension has either a value or extensions, not both (ext-1)'
        : 'An extension must have a value or extensions (ext-1)',
    )
  }

  const walkProperty = (owner: Values, property: Property, path: string): void => {
    const value = owner[property.name]
    const sibling = hasSibling(property) ? owner[`_${property.name}`] : undefined
    if (property.array) walkArray(value, sibling, property, path)
    else if (Array.isArray(value) && value !== undefined) {
      report('structure', path, `${property.name} is a single value, not an array`)
    } else walkSingle(value, sibling, property, path)
  }

  const walkSingle = (value: unknown, sibling: unknown, property: Property, path: string): void => {
    if (value !== undefined) walkItem(value, property, path)
    if (sibling === undefined) return
    walkSibling(sibling, `_${property.name}`, path)
    if (
      value === undefined &&
      isObject(sibling) &&
      Object.keys(sibling).length > 0 &&
      !isExtended(sibling)
    ) {
      report('invariant', path, `${property.name} has neither a value nor an extension`)
    }
  }

  const walkSibling = (sibling: unknown, name: string, path: string): void => {
    const element = definitions.types.get('Element')
    if (!isObject(sibling)) {
      report(
        'structure',
        path,
        `${name} is an object with id and extension; here is ${show(sibling)}`,
      )
    } else if (element) walkObject(sibling, element, path)
  }

  const walkArray = (value: unknown, sibling: unknown, property: Property, path: string): void => {
    const { name, element } = property
    for (const [what, array] of [
      [name, value],
      [`_${name}`, sibling],
    ] as const) {
      if (array !== undefined && !Array.isArray(array)) {
        return report(
          'structure',
          path,
          `${what} is an array, also for one value; here is ${show(array)}`,
        )
      }
      if (array?.length === 0) {
        return report('structure', path, `${what} is empty: leave out what has no values`)
      }
    }
    const values = value as readonly unknown[] | undefined
    const siblings = sibling as readonly unknown[] | undefined
    if (values && siblings && siblings.length > values.length) {
      return report(
        'structure',
        path,
        `_${name} has a place for each value, which are ${values.length}; here are ${siblings.length} places`,
      )
    }
    const count = (values ?? siblings ?? []).length
    if (count > element.max)
      report('structure', path, `At most ${element.max} are allowed; here are ${count}`)
    if (count < element.min)
      report('required', path, `At least ${element.min} are required; here are ${count}`)
    for (let i = 0; i < count && issues.length < MAX_ISSUES; i += 1) {
      const one = values?.[i] ?? undefined
      const other = siblings?.[i] ?? undefined
      const place = `${path}[${i}]`
      if (one === undefined && other === undefined) {
        report(
          'structure',
          place,
          hasSibling(property)
            ? `null stands for a value only where _${name} has an extension in its place`
            : 'null is not allowed',
        )
      } else if (count <= LONG_LIST || !standsAlone(property) || !isFine(property.type.name, one)) {
        walkSingle(one, other, property, place)
      }
    }
  }

  const walkItem = (value: unknown, property: Property, path: string): void => {
    const { type, element, name } = property
    if (value === null)
      return report('structure', path, `${name} is null: leave out what has no value`)
    if (type.kind === 'primitive') return walkPrimitive(value, property, path)
    if (!isObject(value)) {
      const what = type.kind === 'backbone' ? 'an object' : `an object of type ${type.name}`
      return report('structure', path, `${name} is ${what}; here is ${show(value)}`)
    }
    if (type.name === 'Resource') {
      const problem = name === 'contained' ? containedProblem(value) : undefined
      if (problem) report(problem.code, path, problem.diagnostics)
      return walkResource(value, path)
    }
    const before = issues.length
    walkObject(value, type, path)
    if (issues.length > before) return
    const target = referencedType(definitions, value)
    const targets = targetsOf(element, type.name)
    if (targets && target !== undefined && !targets.includes(target)) {
      report('value', path, `${name} refers to ${list(targets)}; here is ${show(value.reference)}`)
    }
    const codings = codingsOf(definitions, element, type.name)
    if (codings && !hasCoding(value, codings)) {
      const all = [...codings].map(([system, codes]) => `${list(codes)} of ${system}`).join(', or ')
      report(
        'code-invalid',
        path,
        `${name} needs a coding with ${all} (${element.binding?.valueSet})`,
      )
    }
  }

  const walkPrimitive = (value: unknown, { type, element, name }: Property, path: string): void => {
    const primitive = PRIMITIVES[type.name]
    if (!primitive) return
    if (typeof value !== primitive.json) {
      const code = typeof value === 'object' ? 'structure' : 'value'
      return report(
        code,
        path,
        `${name} is a JSON ${primitive.json} (${type.name}); here is ${show(value)}`,
      )
    }
    if (type.name === 'xhtml') {
      const problem = checkXhtml(value as string)
      if (problem) report('value', path, `The narrative ${problem}`)
      return
    }
    const codes = codesOf(definitions, element, type.name)
    if (codes) {
      if (codes.includes(value as string)) return
      const hint = didYouMean(value as string, codes)
      return report(
        'code-invalid',
        path,
        `${show(value)} is not among ${list(codes)}${hint} (${element.binding?.valueSet})`,
      )
    }
    if (!primitive.test(value as never)) {
      report('value', path, `${show(value)} is not of type ${type.name}: ${primitive.expected}`)
    }
  }

  walkResource(resource, '', type)
  return issues
}

/** Whether the type of an item says all: nothing is asked of what it refers to or what it is coded with. */
const standsAlone = ({ type, element }: Property): boolean =>
  (type.kind === 'complex' || type.kind === 'backbone') &&
  type.name !== 'Reference' &&
  element.binding === undefined

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const has = (value: Values, name: string): boolean =>
  value[name] !== undefined || value[`_${name}`] !== undefined

function spellings(
  element: ElementDefinition,
  properties: ReadonlyMap<string, Property>,
): readonly string[] {
  if (!element.choice) return [element.name]
  return element.types
    .map(({ code }) => element.name + code.charAt(0).toUpperCase() + code.slice(1))
    .filter((name) => properties.has(name))
}
