// The StructureDefinitions that R4 publishes: types, profiles and extensions, with their snapshots.
// https://hl7.org/fhir/R4/profilelist.html and https://hl7.org/fhir/R4/extensibility-registry.html
// Must not parse a definition before it is needed: they are kept as texts.
import { readFileSync } from 'node:fs'
import { madeOfR4 } from './cache.ts'
import { correctElements, FOREIGN_TYPES, type RawElement } from './definitions-corrections.ts'
import type {
  Constraint,
  Element,
  FindStructure,
  StructureDefinition,
} from './structure-definition.ts'

/** Counted up whenever the compact form changes. */
const FORMAT = 5

const FILES = [
  'profiles-types.json',
  'profiles-resources.json',
  'profiles-others.json',
  'extension-definitions.json',
]

/** By canonical URL, each as JSON text. */
type Compact = { readonly structures: Readonly<Record<string, string>> }

/** By folder; it is never changed. */
const loaded = new Map<string, FindStructure>()

/**
 * Synchronous: ten milliseconds from the cache, about a second when it has to be made.
 * @param folder created if need be; holds `structures-<package version>-<format>.json` afterwards
 * @returns finds by canonical URL; a version other than R4's finds nothing
 */
export function publishedStructures(folder: string): FindStructure {
  const before = loaded.get(folder)
  if (before !== undefined) return before
  const { structures: texts } = madeOfR4<Compact>(
    folder,
    'structures',
    FORMAT,
    (c) => Boolean(c.structures),
    makeStructures,
    import.meta.url,
  )
  const parsed = new Map<string, StructureDefinition>()
  const find: FindStructure = (canonical) => {
    const [url = '', version] = canonical.split('|', 2)
    if (version !== undefined && !version.startsWith('4.0')) return undefined
    let found = parsed.get(url)
    const text = found === undefined ? texts[url] : undefined
    if (text !== undefined) {
      found = JSON.parse(text) as StructureDefinition
      parsed.set(url, found)
    }
    return found
  }
  loaded.set(folder, find)
  return find
}

/** @param folder of the published files */
export function makeStructures(folder: URL): Compact {
  const structures: Record<string, string> = {}
  for (const file of FILES) {
    const { entry } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
      entry: { resource: StructureDefinition | { resourceType: 'other' } }[]
    }
    for (const { resource } of entry) {
      if (resource.resourceType !== 'StructureDefinition' || isForeign(resource)) continue
      structures[resource.url] = JSON.stringify(compactStructure(resource))
    }
  }
  return { structures }
}

const isForeign = ({ name, version }: StructureDefinition): boolean =>
  FOREIGN_TYPES.has(name ?? '') || (version !== undefined && !version.startsWith('4.0'))

const element = (...expressions: string[]): NonNullable<StructureDefinition['context']> =>
  expressions.map((expression) => ({ type: 'element', expression }))

/** Where R4 itself uses extensions that it defines for other places; later releases name these, too. */
const MORE_CONTEXTS: Readonly<Record<string, NonNullable<StructureDefinition['context']>>> = {
  'http://hl7.org/fhir/StructureDefinition/regex': element('ElementDefinition.type'),
  'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type':
    element('ElementDefinition.type'),
  'http://hl7.org/fhir/StructureDefinition/structuredefinition-normative-version': element(
    'CapabilityStatement',
    'CodeSystem',
    'ElementDefinition',
    'OperationDefinition',
    'SearchParameter',
    'ValueSet',
  ),
}

/** Without the words; what they say is in the specification. */
function compactStructure(structure: StructureDefinition): StructureDefinition {
  const { resourceType, url, version, name, type, kind, derivation, baseDefinition } = structure
  const [root, ...elements] = structure.snapshot?.element ?? []
  const corrected =
    derivation === 'constraint'
      ? elements
      : (correctElements(elements as readonly RawElement[]) as readonly Element[])
  return {
    resourceType,
    url,
    ...(version === undefined ? {} : { version }),
    ...(name === undefined ? {} : { name }),
    type,
    kind,
    ...(structure.abstract ? { abstract: true } : {}),
    ...(derivation === undefined ? {} : { derivation }),
    ...(baseDefinition === undefined ? {} : { baseDefinition }),
    ...(structure.context === undefined
      ? {}
      : { context: [...structure.context, ...(MORE_CONTEXTS[url] ?? [])] }),
    ...(structure.contextInvariant === undefined
      ? {}
      : { contextInvariant: structure.contextInvariant }),
    snapshot: { element: root === undefined ? [] : [root, ...corrected].map(compactElement) },
  }
}

const KEPT =
  /^(id|path|sliceName|slicing|min|max|type|contentReference|binding|maxLength|isModifier|(fixed|pattern|minValue|maxValue)[A-Z].*)$/

/** Invariants that hold for all that has the right structure, so that validation/schema.ts has proved them. */
const STRUCTURAL = new Set(['ele-1', 'ext-1'])

function compactElement(element: Element): Element {
  const kept = Object.fromEntries(Object.entries(element).filter(([name]) => KEPT.test(name)))
  const constraint = element.constraint
    ?.filter(({ key }) => !STRUCTURAL.has(key))
    .map(compactConstraint)
  if (element.binding?.valueSet === undefined) delete kept.binding
  else kept.binding = { strength: element.binding.strength, valueSet: element.binding.valueSet }
  return {
    ...kept,
    path: element.path,
    ...(constraint === undefined || constraint.length === 0 ? {} : { constraint }),
  }
}

const BEST_PRACTICE = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice'

const compactConstraint = ({
  key,
  severity,
  human,
  expression,
  extension,
}: Constraint): Constraint => ({
  key,
  severity,
  ...(human === undefined ? {} : { human }),
  ...(expression === undefined ? {} : { expression }),
  ...(extension?.some(({ url }) => url === BEST_PRACTICE)
    ? { extension: [{ url: BEST_PRACTICE, valueBoolean: true }] }
    : {}),
})
