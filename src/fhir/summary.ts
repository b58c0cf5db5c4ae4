// A part of a resource: what _summary and _elements ask for.
// https://hl7.org/fhir/R4/search.html#summary and #elements
// Must not leave out what is mandatory or what changes the meaning of the rest, and must mark what it gives as a
// part, so that nobody writes it back as the whole.

import type { Definitions, Property } from './definitions.ts'
import type { Resource } from './message.ts'

/** What is asked for: elements of the first level, or one of the summaries. */
export type Subset =
  { readonly elements: readonly string[] } | { readonly summary: 'true' | 'text' | 'data' }

type Json = Record<string, unknown>

const SUBSETTED = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
}

/** Never left out: without them the rest would be read wrongly. */
const ALWAYS = new Set(['id', 'meta', 'implicitRules', 'modifierExtension'])

/**
 * The part of a resource, with the tag SUBSETTED; the resource itself stays as it is and shares its elements.
 * @param resource as `parseLossless` gave it
 */
export function subset(resource: Resource, wanted: Subset, definitions: Definitions): Resource {
  const type = resource.resourceType
  const part: Resource = { resourceType: type }
  const properties = definitions.properties(type)
  const asked = 'elements' in wanted ? namesFor(type, wanted.elements, definitions) : undefined
  for (const key of Object.keys(resource)) {
    const property = propertyOf(properties, key)
    if (property === undefined) continue
    const { name, element } = property
    if (ALWAYS.has(name) || element.min > 0) {
      part[key] = resource[key]
    } else if (asked !== undefined) {
      if (asked.has(name) || asked.has(element.name)) part[key] = resource[key]
    } else if ('summary' in wanted && keeps(wanted.summary, property)) {
      part[key] =
        wanted.summary === 'true'
          ? summarized(resource[key], key, property, definitions)
          : resource[key]
    }
  }
  return marked(part)
}

const keeps = (summary: 'true' | 'text' | 'data', { name, element }: Property): boolean =>
  summary === 'true' ? element.summary : (name === 'text') === (summary === 'text')

/** `name`, `Patient.name` and `value[x]` as names of elements; those of other types are dropped. */
function namesFor(
  type: string,
  elements: readonly string[],
  definitions: Definitions,
): ReadonlySet<string> {
  return new Set(
    elements.flatMap((path) => {
      const [first = '', second] = path.split('.')
      if (!definitions.isResourceType(first)) return first.replace(/\[x\]$/, '')
      return first === type && second !== undefined ? second.replace(/\[x\]$/, '') : []
    }),
  )
}

/** The elements within a value that belong to the summary; all of them where nothing would be left. */
function summarized(
  value: unknown,
  key: string,
  { name, type }: Property,
  definitions: Definitions,
): unknown {
  if (key !== name || type.kind === 'primitive' || type.kind === 'resource') return value
  if (Array.isArray(value)) {
    return value.map((item) => summarizedObject(item, type.name, definitions))
  }
  return summarizedObject(value, type.name, definitions)
}

function summarizedObject(value: unknown, type: string, definitions: Definitions): unknown {
  if (typeof value !== 'object' || value === null) return value
  const properties = definitions.properties(type)
  const part: Json = {}
  for (const [key, item] of Object.entries(value)) {
    const property = propertyOf(properties, key)
    if (property === undefined) continue
    const { name, element } = property
    if (element.summary || element.min > 0 || name === 'modifierExtension') {
      part[key] = summarized(item, key, property, definitions)
    }
  }
  // An empty object is no element; one that has extensions only says something with them.
  return Object.keys(part).length === 0 ? value : part
}

/** The property of a key, `_birthDate` counting as `birthDate`. */
const propertyOf = (properties: ReadonlyMap<string, Property>, key: string): Property | undefined =>
  properties.get(key.startsWith('_') ? key.slice(1) : key)

function marked(part: Resource): Resource {
  const { resourceType, id, meta, ...others } = part
  const tags = meta?.tag ?? []
  const isMark = (tag: unknown): boolean => {
    const { system, code } = (tag ?? {}) as Json
    return system === SUBSETTED.system && code === SUBSETTED.code
  }
  return {
    resourceType,
    ...(id === undefined ? {} : { id }),
    meta: { ...meta, tag: tags.some(isMark) ? tags : [...tags, SUBSETTED] },
    ...others,
  }
}
