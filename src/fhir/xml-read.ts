// A tree of XML elements to the JSON form of a resource, by the definitions of its type.
// https://hl7.org/fhir/R4/xml.html and https://hl7.org/fhir/R4/json.html (arrays, `_name` siblings, null padding)
// Must not judge cardinality or values beyond what the JSON form needs: validation/ does.

import { fail } from '../errors.ts'
import type { Definitions, Property, TypeDefinition } from './definitions.ts'
import { numberFrom, numberProblem } from './json.ts'
import type { Resource } from './message.ts'
import { FHIR_NAMESPACE, XHTML_NAMESPACE, parseXml } from './xml-parse.ts'
import type { XmlElement } from './xml-parse.ts'

type Json = Record<string, unknown>

const NUMBERS = new Set(['decimal', 'integer', 'positiveInt', 'unsignedInt'])
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * FHIR XML to a resource as `parseLossless` would give it; elements keep the order of the text.
 * @throws Failure `malformed` with line and column, and with a FHIRPath where the element is known
 */
export function xmlToResource(text: string, definitions: Definitions): Resource {
  const root = parseXml(text)
  return readResource(root, root.name, definitions)
}

function readResource(element: XmlElement, path: string, definitions: Definitions): Resource {
  if (!definitions.isResourceType(element.name)) {
    throw refuse(element, path, `"${shown(element.name)}" is not a resource type of FHIR R4`)
  }
  const resource: Resource = { resourceType: element.name }
  readChildren(element, resource, element.name, path, definitions)
  readAttributes(element, resource, element.name, path, definitions)
  return resource
}

/** Every child of `element` into `into`, which has the type `type`. */
function readChildren(
  element: XmlElement,
  into: Json,
  type: string,
  path: string,
  definitions: Definitions,
): void {
  if (element.children.length === 0) return
  const properties = definitions.properties(type)
  for (const child of element.children) {
    const property = properties.get(child.name)
    if (property === undefined || property.element.attribute) {
      throw refuse(child, path, `There is no element "${shown(child.name)}" in ${type}`)
    }
    const xhtml = property.type.name === 'xhtml'
    if (xhtml !== (child.xhtml !== undefined)) {
      const namespace = xhtml ? XHTML_NAMESPACE : FHIR_NAMESPACE
      throw refuse(child, path, `The element "${child.name}" must be in the namespace ${namespace}`)
    }
    const list = into[property.name] ?? into[`_${property.name}`]
    if (list !== undefined && !property.array) {
      throw refuse(child, `${path}.${child.name}`, 'The element stands more than once')
    }
    const at = property.array
      ? `${path}.${child.name}[${Array.isArray(list) ? list.length : 0}]`
      : `${path}.${child.name}`
    if (xhtml) into[property.name] = child.xhtml
    else if (property.type.kind === 'primitive')
      readPrimitive(child, into, property, at, definitions)
    else place(into, property, readComplex(child, property.type, at, definitions))
  }
}

function readComplex(
  element: XmlElement,
  type: TypeDefinition,
  path: string,
  definitions: Definitions,
): Json {
  if (type.kind === 'resource') {
    const inner = element.children[0]
    if (inner === undefined || element.children.length > 1 || inner.xhtml !== undefined) {
      throw refuse(element, path, 'The element must hold one resource')
    }
    for (const name in element.attributes) throw refuseAttribute(element, path, name)
    return readResource(inner, path, definitions)
  }
  const value: Json = {}
  readAttributes(element, value, type.name, path, definitions)
  readChildren(element, value, type.name, path, definitions)
  if (Object.keys(value).length === 0) throw refuse(element, path, 'The element is empty')
  return value
}

function readAttributes(
  element: XmlElement,
  into: Json,
  type: string,
  path: string,
  definitions: Definitions,
): void {
  for (const name in element.attributes) {
    if (definitions.properties(type).get(name)?.element.attribute !== true) {
      throw refuseAttribute(element, path, name)
    }
    into[name] = element.attributes[name]
  }
}

/** A primitive into its place: the value under its name, id and extensions under `_name`, nulls where one is missing. */
function readPrimitive(
  element: XmlElement,
  into: Json,
  property: Property,
  path: string,
  definitions: Definitions,
): void {
  const { id, value: text, ...others } = element.attributes
  for (const name in others) throw refuseAttribute(element, path, name)
  const value = text === undefined ? null : typed(element, text, property.type.name, path)
  let sibling: Json | null = id === undefined ? null : { id }
  if (element.children.length > 0) {
    sibling ??= {}
    for (const child of element.children) {
      if (child.name !== 'extension') {
        throw refuse(
          child,
          path,
          `There is no element "${shown(child.name)}" in ${property.type.name}`,
        )
      }
    }
    readChildren(element, sibling, 'Element', path, definitions)
  }
  if (value === null && sibling === null) {
    throw refuse(element, path, 'The element has neither a value nor an extension')
  }
  const name = property.name
  if (!property.array) {
    if (value !== null) into[name] = value
    if (sibling !== null) into[`_${name}`] = sibling
    return
  }
  const values = into[name] as unknown[] | undefined
  const siblings = into[`_${name}`] as unknown[] | undefined
  const before = values?.length ?? siblings?.length ?? 0
  if (values !== undefined) values.push(value)
  else if (value !== null) into[name] = [...Array<null>(before).fill(null), value]
  if (siblings !== undefined) siblings.push(sibling)
  else if (sibling !== null) into[`_${name}`] = [...Array<null>(before).fill(null), sibling]
}

function place(into: Json, property: Property, value: unknown): void {
  if (!property.array) into[property.name] = value
  else if (into[property.name] === undefined) into[property.name] = [value]
  else (into[property.name] as unknown[]).push(value)
}

function typed(element: XmlElement, text: string, type: string, path: string): unknown {
  if (type === 'boolean') {
    if (text === 'true') return true
    if (text === 'false') return false
    throw refuse(element, path, 'The value must be true or false')
  }
  if (!NUMBERS.has(type)) return text
  if (!NUMBER.test(text)) throw refuse(element, path, `The value is not of the form of ${type}`)
  const problem = numberProblem(text)
  if (problem !== undefined) throw refuse(element, path, problem)
  return numberFrom(text)
}

const refuseAttribute = (element: XmlElement, path: string, name: string): Error =>
  refuse(element, path, `There is no attribute "${shown(name)}"`)

const refuse = (element: XmlElement, path: string, reason: string): Error =>
  fail('malformed', `${reason} (line ${element.line}, column ${element.column})`, path)

/** A name from the input, short enough for an answer. */
const shown = (name: string): string => (name.length > 64 ? `${name.slice(0, 64)}…` : name)
