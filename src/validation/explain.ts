// Says what is wrong with the structure of a resource, element by element, in words and with paths.
// https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/validation.html and
// https://hl7.org/fhir/R4/valueset-issue-type.html
// Must agree with schema.ts on what is valid (a test compares them); it is the slow pass, for what that refused.
import { issueOf, type Issue } from '../errors.ts'
import type {
  Definitions,
  ElementDefinition,
  Property,
  TypeDefinition,
} from '../fhir/definitions.ts'
import { message, type Message } from '../words/message.ts'
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

  const report = (code: string, path: string, said: Message): void => {
    if (issues.length < MAX_ISSUES) issues.push(issueOf('error', code, said, path))
  }

  /** `path` of the resource itself; '' for the outermost one, whose type gives it. */
  const walkResource = (value: unknown, path: string, expected?: string): void => {
    if (!isObject(value)) {
      return report(
        'structure',
        path || (expected ?? ''),
        message('resource-object', { found: show(value) }),
      )
    }
    const name = value.resourceType
    if (typeof name !== 'string') {
      const said =
        name === undefined
          ? message('resource-untyped')
          : message('resource-type-form', { found: show(name) })
      return report('structure', path || (expected ?? ''), said)
    }
    if (!definitions.isResourceType(name)) {
      const abstract = definitions.types.get(name)?.kind === 'resource'
      return report(
        'structure',
        path || (expected ?? ''),
        abstract
          ? message('resource-abstract', { type: name })
          : message('resource-unknown', {
              found: show(name),
              hint: didYouMean(name, definitions.resourceTypes),
            }),
      )
    }
    if (expected !== undefined && name !== expected) {
      return report('structure', path || name, message('resource-other', { found: name, expected }))
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
          message('choice-several', { element: `${element.name}[x]`, found: present.join(', ') }),
        )
      } else if (present.length === 0 && element.min > 0 && !suggested.has(element.name)) {
        const name = element.choice ? `${element.name}[x]` : element.name
        report('required', path, message('required', { type: type.name, element: name }))
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
          report('structure', path, message('sibling-not-allowed', { found: show(name) }))
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
      const isEmpty = Object.keys(value).length === 0
      report('invariant', path, message(isEmpty ? 'element-empty' : 'element-only-id'))
    }
    return suggested
  }

  const walkExtension = (value: Values, path: string): void => {
    const hasValue = Object.keys(value).some((name) => /^_?value[A-Z]/.test(name))
    if (hasValue !== (value.extension !== undefined)) return
    report('invariant', path, message(hasValue ? 'extension-both' : 'extension-neither'))
  }

  const walkProperty = (owner: Values, property: Property, path: string): void => {
    const value = owner[property.name]
    const sibling = hasSibling(property) ? owner[`_${property.name}`] : undefined
    if (property.array) walkArray(value, sibling, property, path)
    else if (Array.isArray(value) && value !== undefined) {
      report('structure', path, message('single-array', { element: property.name }))
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
      report('invariant', path, message('valueless', { element: property.name }))
    }
  }

  const walkSibling = (sibling: unknown, name: string, path: string): void => {
    const element = definitions.types.get('Element')
    if (!isObject(sibling)) {
      report('structure', path, message('sibling-object', { name, found: show(sibling) }))
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
          message('array-single', { element: what, found: show(array) }),
        )
      }
      if (array?.length === 0) {
        return report('structure', path, message('array-empty', { element: what }))
      }
    }
    const values = value as readonly unknown[] | undefined
    const siblings = sibling as readonly unknown[] | undefined
    if (values && siblings && siblings.length > values.length) {
      return report(
        'structure',
        path,
        message('sibling-count', {
          name: `_${name}`,
          most: values.length,
          count: siblings.length,
        }),
      )
    }
    const count = (values ?? siblings ?? []).length
    if (count > element.max)
      report('structure', path, message('array-maximum', { most: element.max, count }))
    if (count < element.min)
      report('required', path, message('array-minimum', { least: element.min, count }))
    for (let i = 0; i < count && issues.length < MAX_ISSUES; i += 1) {
      const one = values?.[i] ?? undefined
      const other = siblings?.[i] ?? undefined
      const place = `${path}[${i}]`
      if (one === undefined && other === undefined) {
        report(
          'structure',
          place,
          hasSibling(property) ? message('null-sibling', { element: name }) : message('null-item'),
        )
      } else if (count <= LONG_LIST || !standsAlone(property) || !isFine(property.type.name, one)) {
        walkSingle(one, other, property, place)
      }
    }
  }

  const walkItem = (value: unknown, property: Property, path: string): void => {
    const { type, element, name } = property
    if (value === null) return report('structure', path, message('null', { element: name }))
    if (type.kind === 'primitive') return walkPrimitive(value, property, path)
    if (!isObject(value)) {
      const found = show(value)
      const said =
        type.kind === 'backbone'
          ? message('object-expected', { element: name, found })
          : message('object-of-type', { element: name, type: type.name, found })
      return report('structure', path, said)
    }
    if (type.name === 'Resource') {
      const problem = name === 'contained' ? containedProblem(value) : undefined
      if (problem) report(problem.code, path, message(problem.key))
      return walkResource(value, path)
    }
    const before = issues.length
    walkObject(value, type, path)
    if (issues.length > before) return
    const target = referencedType(definitions, value)
    const targets = targetsOf(element, type.name)
    if (targets && target !== undefined && !targets.includes(target)) {
      const params = { element: name, targets: list(targets), found: show(value.reference) }
      report('value', path, message('target', params))
    }
    const codings = codingsOf(definitions, element, type.name)
    if (codings && !hasCoding(value, codings)) {
      const allowed = [...codings].map(([system, codes]) => `${system}#${list(codes)}`).join('; ')
      const params = { element: name, allowed, valueSet: element.binding?.valueSet }
      report('code-invalid', path, message('coding', params))
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
        message('json-type', {
          element: name,
          json: primitive.json,
          type: type.name,
          found: show(value),
        }),
      )
    }
    if (type.name === 'xhtml') {
      const problem = checkXhtml(value as string)
      if (problem) report('value', path, message('narrative', { problem }))
      return
    }
    const codes = codesOf(definitions, element, type.name)
    if (codes) {
      if (codes.includes(value as string)) return
      const params = {
        found: show(value),
        allowed: list(codes),
        hint: didYouMean(value as string, codes),
        valueSet: element.binding?.valueSet,
      }
      return report('code-invalid', path, message('code', params))
    }
    if (!primitive.test(value as never)) {
      const expected = message(primitive.expected)
      report('value', path, message('form', { found: show(value), type: type.name, expected }))
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
