// Resources made at random from the definitions, and the examples of the specification where they are at hand.
// Not valid as to meaning: codes and references are any text. Valid as to names, types and arrays.

import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { Definitions, Property } from '../../src/fhir/definitions.ts'
import { parseLossless } from '../../src/fhir/json.ts'
import type { Resource } from '../../src/fhir/message.ts'

type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T
type Json = Record<string, unknown>

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((value) => value.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '�'))
  .filter((value) => value.isWellFormed())

const decimal = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.constantFrom('0', '1', '12', '98', '12345678901234567890'),
    fc.constantFrom('', '.0', '.50', '.500', '.12345678901234567890'),
    fc.constantFrom('', '', 'e3', 'E-22', 'e+7'),
  )
  .map((parts) => (parseLossless(`{"n":${parts.join('')}}`) as Json)['n'])

const divs = [
  '<div xmlns="http://www.w3.org/1999/xhtml">a</div>',
  '<div xmlns="http://www.w3.org/1999/xhtml" lang="ko">김 &lt; &#160;<br/><div><p title="a&quot;b">б</p></div><!-- c --></div>',
]

const primitive = (type: string): fc.Arbitrary<unknown> => {
  switch (type) {
    case 'boolean':
      return fc.boolean()
    case 'decimal':
      return decimal
    case 'integer':
    case 'unsignedInt':
    case 'positiveInt':
      return fc.integer()
    case 'xhtml':
      return fc.constantFrom(...divs)
    default:
      return text
  }
}

/** A resource of any type, with the rare forms frequent: primitive extensions, padded arrays, contained resources. */
export const randomResource = (
  definitions: Definitions,
  types: readonly string[] = definitions.resourceTypes,
): fc.Arbitrary<Resource> =>
  fc.gen().map((g) => {
    const draw: Draw = (arbitrary) => g(() => arbitrary)
    const resourceType = draw(fc.constantFrom(...types))
    return fill({ resourceType }, resourceType, 4, draw, definitions) as Resource
  })

function fill(
  into: Json,
  type: string,
  levels: number,
  draw: Draw,
  definitions: Definitions,
): Json {
  const properties = [...definitions.properties(type).values()]
  const chosen = draw(
    fc.uniqueArray(fc.nat(properties.length - 1), { minLength: 1, maxLength: levels + 1 }),
  )
  const choices = new Set<unknown>()
  for (const index of chosen) {
    const property = properties[index] as Property
    if (choices.has(property.element)) continue
    choices.add(property.element)
    add(into, property, levels, draw, definitions)
  }
  const named = Object.keys(into).some((key) => key !== 'resourceType')
  return named || type === into['resourceType'] ? into : { ...into, id: draw(text) }
}

function add(
  into: Json,
  property: Property,
  levels: number,
  draw: Draw,
  definitions: Definitions,
): void {
  const { name, type, array, element } = property
  const count = array ? draw(fc.integer({ min: 1, max: 3 })) : 1
  if (type.kind !== 'primitive') {
    if (levels === 0) return
    const values = Array.from({ length: count }, () => {
      if (type.kind !== 'resource') return fill({}, type.name, levels - 1, draw, definitions)
      const resourceType = draw(fc.constantFrom('Basic', 'Patient', 'Observation', 'Bundle'))
      return fill({ resourceType }, resourceType, levels - 1, draw, definitions)
    })
    into[name] = array ? values : values[0]
    return
  }
  const forms =
    element.attribute || type.name === 'xhtml' ? ['value'] : ['value', 'value', 'both', 'sibling']
  const form = Array.from({ length: count }, () => draw(fc.constantFrom(...forms)))
  const values = form.map((f) => (f === 'sibling' ? null : draw(primitive(type.name))))
  const siblings = form.map((f) =>
    f === 'value'
      ? null
      : draw(fc.constantFrom<Json>({ id: 'i' }, { extension: [{ url: 'u', valueCode: 'c' }] })),
  )
  if (values.some((value) => value !== null)) into[name] = array ? values : values[0]
  if (siblings.some((sibling) => sibling !== null))
    into[`_${name}`] = array ? siblings : siblings[0]
}

/** Examples of the specification, as text; none where the folder beside the project is absent. */
export function officialExamples(): { name: string; text: string }[] {
  const file = new URL('../../../shared/cases/official.ndjson.gz', import.meta.url)
  if (!existsSync(file)) return []
  return gunzipSync(readFileSync(file))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { case: string; text: string })
    .map((example) => ({ name: example.case, text: example.text }))
}

/** The same value with its keys in alphabetical order, for comparing meaning. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
