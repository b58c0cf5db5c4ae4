// The JSON form of a resource to FHIR XML, with the elements in the order of their definitions.
// https://hl7.org/fhir/R4/xml.html
// Must not write what XML 1.0 can't hold: such a value is a failure, never a changed character.

import { fail } from '../errors.ts'
import type { Definitions, Property } from './definitions.ts'
import { decimalText } from './json.ts'
import type { Resource } from './message.ts'
import { narrativeXml } from './xml-narrative.ts'
import { FHIR_NAMESPACE } from './xml-parse.ts'

type Json = Record<string, unknown>
type Writer = { readonly definitions: Definitions; readonly pretty: boolean; text: string }

/**
 * A resource, as `parseLossless` gave it, to an XML document; `pretty` indents by two spaces, except narratives.
 * @throws Failure `not-acceptable` with a FHIRPath for what XML or the type can't hold (control characters, unknown names)
 */
export function resourceToXml(
  resource: Resource,
  definitions: Definitions,
  pretty: boolean = false,
): string {
  const writer: Writer = { definitions, pretty, text: '<?xml version="1.0" encoding="UTF-8"?>' }
  if (!pretty) writer.text += '\n'
  writeResource(writer, resource, resource.resourceType, 0, ` xmlns="${FHIR_NAMESPACE}"`)
  return pretty ? `${writer.text}\n` : writer.text
}

function writeResource(
  writer: Writer,
  value: unknown,
  path: string,
  level: number,
  xmlns = '',
): void {
  const type = isObject(value) ? value['resourceType'] : undefined
  if (!isObject(value) || typeof type !== 'string' || !writer.definitions.isResourceType(type)) {
    throw refuse(path, 'The element must hold a resource')
  }
  writeElement(writer, type, type, value, path, level, xmlns)
}

/** `<tag attributes>children</tag>` of a complex value or a resource. */
function writeElement(
  writer: Writer,
  tag: string,
  type: string,
  value: Json,
  path: string,
  level: number,
  xmlns = '',
): void {
  const properties = writer.definitions.properties(type)
  const found = inOrder(
    properties,
    value,
    path,
    writer.definitions.types.get(type)?.kind === 'resource',
  )
  indent(writer, level)
  writer.text += `<${tag}${xmlns}`
  for (const { name, element } of found) {
    if (element.attribute) writer.text += attribute(name, value[name], `${path}.${name}`)
  }
  const children = found.filter(({ element }) => !element.attribute)
  if (children.length === 0) {
    writer.text += '/>'
    return
  }
  writer.text += '>'
  for (const property of children)
    writeProperty(writer, property, value, `${path}.${property.name}`, level + 1)
  indent(writer, level)
  writer.text += `</${tag}>`
}

function writeProperty(
  writer: Writer,
  property: Property,
  value: Json,
  path: string,
  level: number,
): void {
  const { name, type, array } = property
  const content = value[name]
  if (type.kind === 'primitive') {
    const sibling = value[`_${name}`]
    if (type.name === 'xhtml') {
      if (typeof content !== 'string') throw refuse(path, 'The narrative is not a string')
      indent(writer, level)
      writer.text += narrativeXml(content, path)
    } else if (array) {
      const values = listOf(content, path)
      const siblings = listOf(sibling, path)
      for (let i = 0; i < Math.max(values.length, siblings.length); i++) {
        writePrimitive(writer, name, values[i], siblings[i], `${path}[${i}]`, level)
      }
    } else {
      writePrimitive(writer, name, content, sibling, path, level)
    }
    return
  }
  const items = array ? listOf(content, path) : [content]
  items.forEach((item, i) => {
    const at = array ? `${path}[${i}]` : path
    if (!isObject(item)) throw refuse(at, 'The element must be an object')
    if (type.kind === 'resource') {
      indent(writer, level)
      writer.text += `<${name}>`
      writeResource(writer, item, at, level + 1)
      indent(writer, level)
      writer.text += `</${name}>`
    } else {
      writeElement(writer, name, type.name, item, at, level)
    }
  })
}

function writePrimitive(
  writer: Writer,
  name: string,
  value: unknown,
  sibling: unknown,
  path: string,
  level: number,
): void {
  if ((value ?? null) === null && (sibling ?? null) === null) return
  const { id, extension, ...others } = isObject(sibling) ? sibling : {}
  if (((sibling ?? null) !== null && !isObject(sibling)) || Object.keys(others).length > 0) {
    throw refuse(path, 'Beside a primitive value there may be an id and extensions only')
  }
  indent(writer, level)
  writer.text += `<${name}`
  if (id !== undefined) writer.text += attribute('id', id, `${path}.id`)
  if ((value ?? null) !== null) writer.text += attribute('value', value, path)
  if (extension === undefined) {
    writer.text += '/>'
    return
  }
  writer.text += '>'
  listOf(extension, path).forEach((item, i) => {
    const at = `${path}.extension[${i}]`
    if (!isObject(item)) throw refuse(at, 'The element must be an object')
    writeElement(writer, 'extension', 'Extension', item, at, level + 1)
  })
  indent(writer, level)
  writer.text += `</${name}>`
}

const orders = new WeakMap<ReadonlyMap<string, Property>, Map<string, number>>()

/** The properties that `value` has, in the order of the definitions; a `_name` counts as its `name`. */
function inOrder(
  properties: ReadonlyMap<string, Property>,
  value: Json,
  path: string,
  resource: boolean,
): Property[] {
  let order = orders.get(properties)
  if (order === undefined) {
    order = new Map([...properties.keys()].map((name, index) => [name, index]))
    orders.set(properties, order)
  }
  const ranks: number[] = []
  const found = new Map<number, Property>()
  for (const key of Object.keys(value)) {
    if (key === 'resourceType' && resource) continue
    const name = key.startsWith('_') ? key.slice(1) : key
    const property = properties.get(name)
    const rank = order.get(name)
    if (
      property === undefined ||
      rank === undefined ||
      (name !== key && (property.type.kind !== 'primitive' || property.element.attribute))
    ) {
      throw refuse(
        path,
        `There is no element "${key.slice(0, 64)}" here, so it cannot be written as XML`,
      )
    }
    if (!found.has(rank)) ranks.push(rank)
    found.set(rank, property)
  }
  return ranks.sort((a, b) => a - b).flatMap((rank) => found.get(rank) ?? [])
}

function attribute(name: string, value: unknown, path: string): string {
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'boolean'
        ? String(value)
        : decimalText(value)
  if (text === undefined) throw refuse(path, 'The value must be a string, a number or a boolean')
  return ` ${name}="${escapeXml(text, path)}"`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}
// Tab, line feed and carriage return would be read back as spaces.
const TO_ESCAPE = /[&<>"\t\n\r]/g
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

function escapeXml(text: string, path: string): string {
  if (NOT_XML.test(text) || !text.isWellFormed()) {
    throw refuse(path, 'The value has a character that XML cannot hold; ask for JSON')
  }
  return text.replace(TO_ESCAPE, (c) => ESCAPES[c] ?? `&#${c.charCodeAt(0)};`)
}

function indent(writer: Writer, level: number): void {
  if (writer.pretty) writer.text += `\n${'  '.repeat(level)}`
}

function listOf(value: unknown, path: string): readonly unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw refuse(path, 'The element must be an array')
  return value
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)

const refuse = (path: string, reason: string): Error => fail('not-acceptable', reason, path)
