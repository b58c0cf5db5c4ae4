// XML text to a bare tree of FHIR elements with their places; a narrative stays text.
// https://hl7.org/fhir/R4/xml.html
// Must not take a document type, so that there are no entities to expand, and must not repeat input in an answer.

import { SaxesParser } from 'saxes'
import type { SaxesTagNS } from 'saxes'
import { fail } from '../errors.ts'
import { MAX_DEPTH, MAX_ELEMENTS } from './limits.ts'

export const FHIR_NAMESPACE = 'http://hl7.org/fhir'
export const XHTML_NAMESPACE = 'http://www.w3.org/1999/xhtml'
const SCHEMA_INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance'

/** An element in the FHIR namespace. `xhtml` is set for a narrative's div only: its text from `<div` to `</div>`. */
export type XmlElement = {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: XmlElement[]
  readonly line: number
  readonly column: number
  xhtml?: string
}

// What the parser says when it refuses, in our words.
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/unclosed tag|unexpected end/, 'an element is not closed'],
  [/unmatched closing tag|unexpected close tag/, 'a closing tag has no opening tag'],
  [/entity/, 'only the entities &amp; &lt; &gt; &quot; &apos; and character references are known'],
  [/duplicate attribute/, 'an attribute stands twice'],
  [/unbound namespace prefix/, 'a namespace prefix is not declared'],
  [/attribute|quoted|whitespace/, 'an attribute is not well-formed'],
  [/only one root|outside of root/, 'something stands outside the root element'],
  [/must contain a root/, 'there is no element'],
  [/declaration|version|standalone/i, 'the XML declaration is not well-formed'],
  [/disallowed character/, 'a character is not allowed there'],
]

/**
 * The root of a document.
 * @throws Failure `malformed` with line and column (both from 1)
 */
export function parseXml(source: string): XmlElement {
  const text = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source
  const parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true })
  const open: XmlElement[] = []
  let root: XmlElement | undefined
  let depth = 0
  let elements = 0
  let narrative: { element: XmlElement; start: number; depth: number } | undefined

  const refuse = (reason: string, line = parser.line, column = parser.columnIndex + 1): Error =>
    fail('malformed', `The XML is not valid at line ${line}, column ${column}: ${reason}`)

  parser.on('error', (error) => {
    throw refuse(
      REASONS.find(([known]) => known.test(error.message))?.[1] ?? 'it is not well-formed',
    )
  })
  parser.on('doctype', () => {
    throw refuse('a document type declaration is not allowed')
  })
  parser.on('xmldecl', ({ version, encoding }) => {
    if (version !== '1.0') throw refuse('the XML version must be 1.0')
    if (encoding !== undefined && !/^utf-?8$/i.test(encoding))
      throw refuse('the encoding must be UTF-8')
  })
  const onText = (content: string): void => {
    if (narrative === undefined && /[^ \t\r\n]/.test(content)) {
      throw refuse(
        'text between the elements is not allowed; values stand in the attribute "value"',
      )
    }
  }
  parser.on('text', onText)
  parser.on('cdata', onText)

  parser.on('opentag', (tag) => {
    if (++depth > MAX_DEPTH) throw refuse(`it is nested more than ${MAX_DEPTH} levels deep`)
    if (++elements > MAX_ELEMENTS)
      throw fail('too-large', `The XML has more than ${MAX_ELEMENTS} elements`)
    if (narrative !== undefined) {
      if (tag.uri !== XHTML_NAMESPACE || tag.prefix !== '') {
        throw refuse('a narrative holds XHTML elements without a prefix only')
      }
      return
    }
    const start = text.lastIndexOf('<', parser.position - 1)
    const line = parser.line
    const column = parser.columnIndex + 1
    const xhtml = tag.uri === XHTML_NAMESPACE
    if (xhtml ? tag.name !== 'div' || open.length === 0 : tag.uri !== FHIR_NAMESPACE) {
      throw refuse(`the element must be in the namespace ${FHIR_NAMESPACE}`)
    }
    const element: XmlElement = {
      name: tag.local,
      attributes: xhtml ? {} : attributesOf(tag, refuse),
      children: [],
      line,
      column,
    }
    open.at(-1)?.children.push(element)
    if (xhtml) narrative = { element, start, depth }
    else open.push(element)
    root ??= element
  })
  parser.on('closetag', (tag) => {
    depth--
    if (narrative === undefined) {
      open.pop()
    } else if (depth < narrative.depth) {
      const { element, start } = narrative
      const slice = text.slice(start, parser.position)
      // The declaration may stand further out, where FHIR's own elements have a prefix.
      element.xhtml =
        tag.attributes['xmlns'] === undefined
          ? slice.replace('<div', `<div xmlns="${XHTML_NAMESPACE}"`)
          : slice
      narrative = undefined
    }
  })
  parser.write(text).close()
  if (root === undefined) throw refuse('there is no element')
  return root
}

function attributesOf(tag: SaxesTagNS, refuse: (reason: string) => Error): Record<string, string> {
  // No prototype: an attribute may have any name.
  const attributes = Object.create(null) as Record<string, string>
  for (const { name, prefix, local, uri, value } of Object.values(tag.attributes)) {
    if (prefix === 'xmlns' || name === 'xmlns') continue
    if (uri === SCHEMA_INSTANCE && local === 'schemaLocation') continue
    if (prefix !== '') throw refuse('an attribute with a prefix is not allowed')
    attributes[local] = value
  }
  return attributes
}
